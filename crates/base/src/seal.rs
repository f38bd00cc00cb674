//! Sealing: AES-256-GCM with a fresh 96-bit nonce, bound to a context, so that a sealed value moved to another row
//! or another purpose does not open.
//!
//! The master key comes from a file or the environment and is never stored in the database. It wraps the keys of
//! tenants; a tenant's keys wrap what belongs to its people.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Fault, Kind};
use crate::random::{Entropy, hmac_sha256};

const NONCE_BYTES: usize = 12;

/// A 256-bit key. Not printed, not compared, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

/// Why a sealed value did not open.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// Wrong key, wrong context, or changed bytes: the cipher cannot tell which.
    #[error(
        "a sealed value does not open: the master key is not the one it was sealed under, or the value was changed"
    )]
    DoesNotOpen,
    /// The text of a key is not 64 hexadecimal digits.
    #[error("a key is 64 hexadecimal digits (32 bytes); make one with `tallymark key new`")]
    MalformedKey,
}

impl Fault for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::DoesNotOpen => "seal.does_not_open",
            Self::MalformedKey => "seal.malformed_key",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(hidden)")
    }
}

impl Key {
    /// A key from 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// Reads 64 hexadecimal digits; surrounding white space is allowed, as files end with a newline.
    pub fn from_hex(text: &str) -> Result<Self, SealError> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return Err(SealError::MalformedKey);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let value = |digit: u8| (digit as char).to_digit(16).ok_or(SealError::MalformedKey);
            // Two hexadecimal digits are at most 255.
            *byte = (value(pair[0])? * 16 + value(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }

    /// The raw bytes, for deriving or for handing to a cipher.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one purpose, from which this one cannot be found (HMAC-SHA256 of the purpose).
    pub fn derive(&self, purpose: &str) -> Self {
        Self(hmac_sha256(&self.0, &[purpose.as_bytes()]))
    }

    /// Seals `plain`. `context` names what it is and whose (table, column, row id); opening needs the same.
    pub fn seal(&self, context: &[u8], plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = entropy.bytes();
        let sealed = self
            .cipher()
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: context })
            .expect("AES-GCM seals anything below 64 GiB");
        [&nonce[..], &sealed].concat()
    }

    /// Opens what [`Key::seal`] made.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(SealError::DoesNotOpen)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::DoesNotOpen)?;
        self.cipher()
            .decrypt(&Nonce::from(nonce), Payload { msg: body, aad: context })
            .map_err(|_| SealError::DoesNotOpen)
    }

    /// Opens a sealed key.
    pub fn open_key(&self, context: &[u8], sealed: &[u8]) -> Result<Self, SealError> {
        let mut plain = self.open(context, sealed)?;
        let key = <[u8; 32]>::try_from(plain.as_slice()).map(Self).map_err(|_| SealError::DoesNotOpen);
        plain.zeroize();
        key
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededEntropy;

    #[test]
    fn a_sealed_value_opens_only_with_its_key_context_and_bytes() {
        let entropy = SeededEntropy::new([1; 32]);
        let key = Key::generate(&entropy);
        let sealed = key.seal(b"phone:1", b"13800138000", &entropy);
        assert_eq!(key.open(b"phone:1", &sealed).unwrap(), b"13800138000");
        assert_eq!(key.open(b"phone:2", &sealed), Err(SealError::DoesNotOpen));
        assert_eq!(Key::generate(&entropy).open(b"phone:1", &sealed), Err(SealError::DoesNotOpen));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"phone:1", &changed), Err(SealError::DoesNotOpen));
        }
        assert_eq!(key.open(b"phone:1", b"short"), Err(SealError::DoesNotOpen));
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        assert_eq!(Key::from_hex(&format!("{}\n", "0a".repeat(32))).unwrap().bytes(), &[10; 32]);
        assert!(Key::from_hex("0a").is_err());
        assert!(Key::from_hex(&"zz".repeat(32)).is_err());
    }
}
