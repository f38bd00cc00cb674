//! Minting: from a dense index to an unguessable code.

use std::fmt;

use aes::Aes128Enc;

use crate::ff1::{Halves, LANES, Schedule};
use crate::key::EpochKey;
use crate::text::CodeText;
use crate::types::{CodeIndex, CodeLength, Epoch, Face, IndexRange};

/// Mints codes of one epoch, face and length. The same index always gives the same code, and two
/// indexes never give the same one: encryption is a permutation.
pub struct Minter {
    aes: Aes128Enc,
    schedule: Schedule,
    epoch: Epoch,
    face: Face,
    length: CodeLength,
}

impl Minter {
    /// Prepares the key schedule; keep the minter for as many codes as possible.
    pub fn new(key: &EpochKey, face: Face, length: CodeLength) -> Self {
        let aes = key.cipher();
        let schedule = Schedule::new(&aes, length, key.tweak(face, length));
        Self { aes, schedule, epoch: key.epoch(), face, length }
    }

    /// The code of one index. Many codes are minted much faster by [`Minter::mint_range`].
    pub fn mint(&self, index: CodeIndex) -> CodeText {
        let mut lanes = [self.plaintext(index)];
        self.schedule.encrypt(&self.aes, &mut lanes);
        self.text(lanes[0])
    }

    /// Hands over every code of the range with its index, in rising order of the index.
    ///
    /// ```
    /// use tallymark_codes::{CodeIndex, CodeLength, Epoch, EpochKey, Face, IndexRange, Minter};
    ///
    /// let key = EpochKey::new(Epoch(1), [7; 32]);
    /// let minter = Minter::new(&key, Face::Outer, CodeLength::STANDARD);
    /// let range = IndexRange::from_count(CodeIndex::new(1_000)?, 3)?;
    /// let mut lines = Vec::new();
    /// minter.mint_range(range, |_, code| {
    ///     lines.extend_from_slice(code.as_bytes());
    ///     lines.push(b'\n');
    /// });
    /// assert_eq!(lines.len(), 3 * 17);
    /// # Ok::<(), tallymark_codes::TypeError>(())
    /// ```
    pub fn mint_range(&self, range: IndexRange, mut take: impl FnMut(CodeIndex, &CodeText)) {
        let mut lanes = [Halves::default(); LANES];
        let mut start = range.first().get();
        let end = range.last().get() + 1;
        while start < end {
            let stop = end.min(start + LANES as u64);
            let filled = &mut lanes[..(stop - start) as usize];
            for (lane, index) in filled.iter_mut().zip(start..stop) {
                *lane = self.plaintext(CodeIndex(index));
            }
            self.schedule.encrypt(&self.aes, filled);
            for (lane, index) in filled.iter().zip(start..stop) {
                take(CodeIndex(index), &self.text(*lane));
            }
            start = stop;
        }
    }

    /// The index in the upper 40 bits, zero check bits below.
    fn plaintext(&self, index: CodeIndex) -> Halves {
        self.schedule.split(u128::from(index.get()) << self.length.check_bits())
    }

    fn text(&self, ciphertext: Halves) -> CodeText {
        CodeText::from_bits(self.schedule.join(ciphertext), self.length)
    }
}

impl fmt::Debug for Minter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minter")
            .field("epoch", &self.epoch)
            .field("face", &self.face)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
