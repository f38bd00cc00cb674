//! The secrets behind the codes. A tenant has one 32-byte root secret per epoch, and from it comes
//! one AES key. Face and length enter through the FF1 tweak, which exists to make unrelated
//! permutations out of one key (NIST SP 800-38G, appendix C). A key per face would protect nothing
//! more, since both would come from the same secret, and would halve the speed of reading: two
//! faces under one key schedule fill the AES unit side by side.

use std::fmt;

use aes::Aes128Enc;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ff1::TWEAK_BYTES;
use crate::types::{CodeLength, Epoch, Face};

/// Version of the code format: part of every derived key and tweak.
const FORMAT: u8 = 1;

/// The root secret of a tenant for one epoch. Whoever holds it can mint and read every code of that
/// epoch. It is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct EpochKey {
    epoch: Epoch,
    secret: Zeroizing<[u8; 32]>,
}

impl EpochKey {
    /// Takes 32 bytes from a cryptographic random source, or the secret stored for this epoch.
    pub fn new(epoch: Epoch, secret: [u8; 32]) -> Self {
        Self { epoch, secret: Zeroizing::new(secret) }
    }

    /// The epoch of this secret.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The cipher, keyed by the first 16 bytes of HMAC-SHA-256(secret, "tallymark code" ‖ format ‖
    /// epoch).
    pub(crate) fn cipher(&self) -> Aes128Enc {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.secret).expect("HMAC takes keys of any length");
        mac.update(b"tallymark code");
        mac.update(&[FORMAT, self.epoch.0]);
        let derived = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
        let mut key = Zeroizing::new([0; 16]);
        key.copy_from_slice(&derived[..16]);
        Aes128Enc::new((&*key).into())
    }

    /// The FF1 tweak: format ‖ face ‖ epoch ‖ length.
    pub(crate) fn tweak(&self, face: Face, length: CodeLength) -> [u8; TWEAK_BYTES] {
        [FORMAT, face.as_i64() as u8, self.epoch.0, length.characters() as u8]
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochKey").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
