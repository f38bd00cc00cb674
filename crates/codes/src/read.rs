//! Reading: from a text somebody typed or scanned back to the index, face and epoch. No table is
//! needed: a code that decrypts to zero check bits under one of the tenant's keys is genuine.

use std::fmt;

use aes::Aes128Enc;
use thiserror::Error;

use crate::ff1::{Schedule, decrypt};
use crate::key::EpochKey;
use crate::text::{CodeText, MalformedCode};
use crate::types::{CodeIndex, CodeLength, Epoch, Face};

const LENGTHS: usize = CodeLength::MAX.characters() - CodeLength::MIN.characters() + 1;

/// A set of epoch keys that cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyringError {
    /// There is no key to read with.
    #[error("a keyring needs the key of at least one epoch")]
    Empty,
    /// More epochs than are ever tried for one code.
    #[error("a keyring holds at most {max} epochs; got {0}. Retire the oldest", max = Keyring::EPOCHS_MAX)]
    TooManyEpochs(usize),
    /// Two keys claim one epoch.
    #[error("epoch {0} was given two keys; each epoch has exactly one")]
    RepeatedEpoch(Epoch),
}

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The text does not have the shape of a code: a typing error.
    #[error(transparent)]
    Malformed(#[from] MalformedCode),
    /// The shape is right but no key of this tenant minted it: a counterfeit, another brand's code,
    /// a typing error, or a retired epoch.
    #[error("this code was not issued under any of the keys at hand")]
    Unknown,
}

/// What a genuine code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reading {
    /// The dense index; the tenant's interval table knows its batch, level and serial.
    pub index: CodeIndex,
    /// The face the code was minted for.
    pub face: Face,
    /// The epoch whose key minted it.
    pub epoch: Epoch,
    /// Its number of characters.
    pub length: CodeLength,
}

/// The cipher of one epoch and what is fixed for each length and face.
struct ReadKey {
    aes: Aes128Enc,
    schedules: [[Schedule; Face::ALL.len()]; LENGTHS],
    epoch: Epoch,
}

/// The keys a tenant's codes are read with, both faces of every epoch in use.
pub struct Keyring {
    /// Newest epoch first.
    keys: Vec<ReadKey>,
}

impl Keyring {
    /// Most epochs in use at one time. Every epoch adds two ways in which a guess could succeed.
    pub const EPOCHS_MAX: usize = 8;

    /// Prepares every face and length of these epochs. The order given does not matter.
    ///
    /// # Errors
    /// [`KeyringError`] for no epoch, more than [`Keyring::EPOCHS_MAX`], or one epoch twice.
    pub fn new(mut epochs: Vec<EpochKey>) -> Result<Self, KeyringError> {
        if epochs.is_empty() {
            return Err(KeyringError::Empty);
        }
        if epochs.len() > Self::EPOCHS_MAX {
            return Err(KeyringError::TooManyEpochs(epochs.len()));
        }
        epochs.sort_by_key(|key| std::cmp::Reverse(key.epoch()));
        if let Some(pair) = epochs.windows(2).find(|pair| pair[0].epoch() == pair[1].epoch()) {
            return Err(KeyringError::RepeatedEpoch(pair[0].epoch()));
        }
        Ok(Self { keys: epochs.iter().map(ReadKey::new).collect() })
    }

    /// Reads a text in any accepted spelling.
    ///
    /// Epochs are tried from the newest to the oldest, both faces of each side by side; the first
    /// fit wins.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] when no code is spelled like that, [`ReadError::Unknown`] when no
    /// key fits.
    pub fn read(&self, text: &str) -> Result<Reading, ReadError> {
        self.read_text(&CodeText::parse(text)?).ok_or(ReadError::Unknown)
    }

    /// Reads a code whose spelling was checked already, as it comes out of a link. `None` when no
    /// key fits.
    pub fn read_text(&self, code: &CodeText) -> Option<Reading> {
        let (length, bits) = (code.length(), code.bits());
        self.keys.iter().find_map(|key| key.read(length, bits))
    }
}

impl ReadKey {
    fn new(key: &EpochKey) -> Self {
        let aes = key.cipher();
        let mut schedules = [[Schedule::default(); Face::ALL.len()]; LENGTHS];
        for (faces, length) in schedules.iter_mut().zip(CodeLength::all()) {
            *faces = Face::ALL.map(|face| Schedule::new(&aes, length, key.tweak(face, length)));
        }
        Self { aes, schedules, epoch: key.epoch() }
    }

    fn read(&self, length: CodeLength, bits: u128) -> Option<Reading> {
        let schedules = self.schedules[length.characters() - CodeLength::MIN.characters()].each_ref();
        let mut lanes = schedules.map(|schedule| schedule.split(bits));
        decrypt(&self.aes, schedules, &mut lanes);
        let plaintexts = lanes.iter().zip(schedules).map(|(lane, schedule)| schedule.join(*lane));
        plaintexts.zip(Face::ALL).find_map(|(plaintext, face)| {
            let check = plaintext & ((1 << length.check_bits()) - 1);
            let index = CodeIndex((plaintext >> length.check_bits()) as u64);
            (check == 0).then_some(Reading { index, face, epoch: self.epoch, length })
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.epoch)).finish()
    }
}
