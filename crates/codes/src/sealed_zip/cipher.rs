//! The encryption of one file (WinZip AE-2, strength 3): AES-256 in counter mode, a little-endian counter from 1, and the
//! first ten bytes of HMAC-SHA-1 over what was encrypted. Keys by PBKDF2-HMAC-SHA-1 (RFC 8018, 5.2) of 1,000 rounds: few by
//! today's measure, so the password must be one that nobody can guess.

use aes::Aes256;
use ctr::Ctr128LE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use zeroize::Zeroizing;

pub(super) const SALT_BYTES: usize = 16;
pub(super) const VERIFIER_BYTES: usize = 2;
pub(super) const MAC_BYTES: usize = 10;

const KEY_BYTES: usize = 32;
const ROUNDS: u32 = 1_000;
/// Bytes of a SHA-1.
const HASH_BYTES: usize = 20;

pub(super) struct Cipher {
    stream: Ctr128LE<Aes256>,
    mac: Hmac<Sha1>,
}

impl Cipher {
    /// The cipher of a file, and the two bytes by which a reader tells a wrong password.
    pub(super) fn new(password: &str, salt: &[u8; SALT_BYTES]) -> (Self, [u8; VERIFIER_BYTES]) {
        let mut derived = Zeroizing::new([0; 2 * KEY_BYTES + VERIFIER_BYTES]);
        derive(password.as_bytes(), salt, &mut *derived);
        let (key, rest) = derived.split_at(KEY_BYTES);
        let (mac_key, verifier) = rest.split_at(KEY_BYTES);
        let mut counter = [0; 16];
        counter[0] = 1;
        let stream = Ctr128LE::new_from_slices(key, &counter).expect("key and counter have their lengths");
        let mac = Hmac::new_from_slice(mac_key).expect("an HMAC takes a key of any length");
        (Self { stream, mac }, [verifier[0], verifier[1]])
    }

    pub(super) fn encrypt(&mut self, piece: &mut [u8]) {
        self.stream.apply_keystream(piece);
        self.mac.update(piece);
    }

    /// The authentication code of all that was encrypted.
    pub(super) fn code(self) -> [u8; MAC_BYTES] {
        let whole = self.mac.finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }
}

/// PBKDF2 with HMAC-SHA-1.
fn derive(password: &[u8], salt: &[u8], out: &mut [u8]) {
    let keyed: Hmac<Sha1> = Hmac::new_from_slice(password).expect("an HMAC takes a key of any length");
    for (block, number) in out.chunks_mut(HASH_BYTES).zip(1_u32..) {
        let mut round = keyed.clone().chain_update(salt).chain_update(number.to_be_bytes()).finalize().into_bytes();
        let mut sum = round;
        for _ in 1..ROUNDS {
            round = keyed.clone().chain_update(round).finalize().into_bytes();
            for (sum, byte) in sum.iter_mut().zip(round) {
                *sum ^= byte;
            }
        }
        block.copy_from_slice(&sum[..block.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python's `hashlib.pbkdf2_hmac('sha1', b'password', bytes(range(16)), 1000, 66)` has it.
    #[test]
    fn keys_are_those_of_pbkdf2() {
        let mut out = [0; 66];
        derive(b"password", &std::array::from_fn::<u8, 16, _>(|at| at as u8), &mut out);
        let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "0309e2fe4e0bdfe7d0fe4828d41c234416e2d9bfb61cdd8f643a11cfbfdfc119e78b0eb3d9243415743b2fe4f5e67c6689bd2c3e512d0fda622dd7d1b0565b83256b"
        );
    }
}
