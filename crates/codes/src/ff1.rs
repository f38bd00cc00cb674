//! FF1 format-preserving encryption (NIST SP 800-38G, section 5.1) over AES-128, for radix 2 and
//! 70 to 100 bits: the only shapes a code has. With them the standard's loop shrinks to one AES
//! block a round:
//!
//! - b, the bytes of NUM(B), is 5, 6 or 7, so d = 4·⌈b/4⌉ + 4 = 12 and S is a prefix of one block;
//! - the tweak is at most 8 bytes, so Q = T ‖ 0… ‖ i ‖ NUM(B) is exactly one block;
//! - P depends on length and tweak alone, so its encryption is kept and Q is XORed into it.
//!
//! A is never moved into B and back: rounds alternate between the two halves in place.
//!
//! AES-128 rather than AES-256: what an attacker can try is a code (30 to 60 check bits, behind a
//! rate limit) or the key, and 2^128 keys are out of reach; four rounds less per block mint and
//! read a quarter faster. Keys come from a 256-bit secret.

use aes::Aes128Enc;
use aes::Block;
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser};

use crate::types::CodeLength;

/// Bytes of the tweak.
pub(crate) const TWEAK_BYTES: usize = 4;

/// Codes that are encrypted side by side under one key: the widest step of the `aes` crate.
pub(crate) const LANES: usize = 64;

/// FF1 always makes ten rounds.
const ROUNDS: u32 = 10;

/// The two halves of a numeral string: A, the upper u bits, and B, the lower v bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Halves {
    a: u64,
    b: u64,
}

/// Everything that is fixed for one key, length and tweak, except the key schedule.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Schedule {
    /// CIPH(P) ⊕ (T ‖ 0…): the rest of a round's input is XORed on top.
    base: u128,
    u: u32,
    v: u32,
    /// Place of the round number in Q, in bits from the right: 8·b.
    round_shift: u32,
}

impl Schedule {
    pub(crate) fn new(aes: &Aes128Enc, length: CodeLength, tweak: [u8; TWEAK_BYTES]) -> Self {
        let n = length.bits();
        let (u, v) = (n / 2, n - n / 2);
        let mut p = [0; 16];
        p[..8].copy_from_slice(&[1, 2, 1, 0, 0, 2, 10, u as u8]);
        p[8..12].copy_from_slice(&n.to_be_bytes());
        p[12..].copy_from_slice(&(TWEAK_BYTES as u32).to_be_bytes());
        let mut block = Block::from(p);
        aes.encrypt_block(&mut block);
        let shifted_tweak = u128::from(u32::from_be_bytes(tweak)) << 96;
        let base = u128::from_be_bytes(block.into()) ^ shifted_tweak;
        Self { base, u, v, round_shift: 8 * v.div_ceil(8) }
    }

    pub(crate) fn split(&self, bits: u128) -> Halves {
        Halves { a: (bits >> self.v) as u64, b: bits as u64 & mask(self.v) }
    }

    pub(crate) fn join(&self, halves: Halves) -> u128 {
        u128::from(halves.a) << self.v | u128::from(halves.b)
    }

    #[inline(always)]
    fn input(&self, round: u32, half: u64) -> Block {
        let q = u128::from(round) << self.round_shift | u128::from(half);
        Block::from((self.base ^ q).to_be_bytes())
    }

    /// Encrypts up to [`LANES`] strings under one key, all of them a round at a time.
    pub(crate) fn encrypt(&self, aes: &Aes128Enc, lanes: &mut [Halves]) {
        let (mask_u, mask_v) = (mask(self.u), mask(self.v));
        let mut blocks = [Block::default(); LANES];
        let blocks = &mut blocks[..lanes.len()];
        for round in (0..ROUNDS).step_by(2) {
            for (block, lane) in blocks.iter_mut().zip(lanes.iter()) {
                *block = self.input(round, lane.b);
            }
            aes.encrypt_blocks(blocks);
            for (block, lane) in blocks.iter_mut().zip(lanes.iter_mut()) {
                lane.a = lane.a.wrapping_add(output(block)) & mask_u;
                *block = self.input(round + 1, lane.a);
            }
            aes.encrypt_blocks(blocks);
            for (block, lane) in blocks.iter().zip(lanes.iter_mut()) {
                lane.b = lane.b.wrapping_add(output(block)) & mask_v;
            }
        }
    }
}

/// Decrypts `N` strings under one key but each by its own schedule, all of them a round at a time:
/// while the AES unit waits for one block it works on the others. The loop is handed to the cipher
/// whole, because the `aes` crate prepares its widest registers anew at each call.
pub(crate) fn decrypt<const N: usize>(aes: &Aes128Enc, schedules: [&Schedule; N], lanes: &mut [Halves; N]) {
    aes.encrypt_with_backend(Decryption { schedules, lanes });
}

struct Decryption<'a, const N: usize> {
    schedules: [&'a Schedule; N],
    lanes: &'a mut [Halves; N],
}

impl<const N: usize> BlockSizeUser for Decryption<'_, N> {
    type BlockSize = U16;
}

impl<const N: usize> BlockCipherEncClosure for Decryption<'_, N> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        for round in (0..ROUNDS).step_by(2).rev() {
            for (lane, schedule) in self.lanes.iter_mut().zip(self.schedules) {
                let mut block = schedule.input(round + 1, lane.a);
                backend.encrypt_block((&mut block).into());
                lane.b = lane.b.wrapping_sub(output(&block)) & mask(schedule.v);
            }
            for (lane, schedule) in self.lanes.iter_mut().zip(self.schedules) {
                let mut block = schedule.input(round, lane.b);
                backend.encrypt_block((&mut block).into());
                lane.a = lane.a.wrapping_sub(output(&block)) & mask(schedule.u);
            }
        }
    }
}

#[inline(always)]
const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// y = NUM(S) modulo 2^64, where S is the first 12 bytes of the block. A half has at most 50 bits.
#[inline(always)]
fn output(block: &Block) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&block[4..12]);
    u64::from_be_bytes(bytes)
}
