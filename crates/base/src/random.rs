//! Where unguessable bytes come from. Domain code gets it as a parameter.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::time::Timestamp;

/// A source of bytes.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The operating system's source.
#[derive(Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // A machine that cannot give random bytes must not hand out secrets.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// The same bytes for the same seed: for tests and the demo world, never for a real installation.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: [u8; 32],
    block: AtomicU64,
}

impl SeededEntropy {
    /// A source that depends on `seed` alone.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::SeqCst);
            let digest = hmac_sha256(&self.seed, &[&block.to_be_bytes()]);
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

/// The bytes of a simulation: what a request draws depends on the seed, the request's number and how much it drew before,
/// and not on other requests. Never for a real installation: whoever knows the seed knows the bytes.
#[derive(Debug)]
pub struct SimulatedEntropy {
    seed: [u8; 32],
    number: AtomicU64,
    block: AtomicU64,
}

impl SimulatedEntropy {
    /// A source that depends on `seed`, before the first request.
    pub fn new(seed: u64) -> Self {
        let seed = hmac_sha256(b"tallymark.simulation.entropy", &[&seed.to_be_bytes()]);
        Self { seed, number: AtomicU64::new(0), block: AtomicU64::new(0) }
    }

    /// Request `number` begins.
    pub fn begin(&self, number: u64) {
        self.number.store(number, Ordering::SeqCst);
        self.block.store(0, Ordering::SeqCst);
    }
}

impl Entropy for SimulatedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.number.load(Ordering::SeqCst).to_be_bytes();
        for chunk in bytes.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::SeqCst);
            let digest = hmac_sha256(&self.seed, &[&number, &block.to_be_bytes()]);
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

/// HMAC-SHA256 (RFC 2104) of the parts in order. Callers separate parts of variable length themselves.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A UUID of version 7 (RFC 9562, 5.7): 36 characters that begin with the moment, in milliseconds, and go on with 74
/// random bits. Names made one after another lie beside each other in an index.
pub fn uuid_v7(at: Timestamp, entropy: &dyn Entropy) -> String {
    let mut bytes = entropy.bytes::<16>();
    let ms = u64::try_from(at.0 / 1_000).unwrap_or(0);
    bytes[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    bytes[6] = 0x70 | bytes[6] & 0x0F;
    bytes[8] = 0x80 | bytes[8] & 0x3F;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The milliseconds at the head of a text that begins with a UUID of version 7, as their six bytes.
pub fn uuid_v7_time(text: &str) -> Option<[u8; 6]> {
    let uuid = text.as_bytes().get(..36)?;
    let is_uuid = uuid.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        14 => *byte == b'7',
        _ => byte.is_ascii_hexdigit(),
    });
    if !is_uuid {
        return None;
    }
    let digit = |place: usize| (uuid[place] as char).to_digit(16).unwrap_or(0) as u8;
    let places = [0, 2, 4, 6, 9, 11];
    Some(places.map(|place| digit(place) << 4 | digit(place + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_tells_its_moment() {
        // RFC 9562, appendix A.6: 2022-02-22 14:22:22 UTC-5.
        let published = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F";
        assert_eq!(uuid_v7_time(published), Some([0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0]));
        let made = uuid_v7(Timestamp(1_645_557_742_000_000), &SeededEntropy::new([1; 32]));
        assert_eq!(made[..15], published.to_lowercase()[..15]);
        assert!(matches!(made.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{made}");
        assert_eq!(uuid_v7_time(&(made + ".more")), uuid_v7_time(published));
        // RFC 9562, appendix A.3: version 4.
        assert_eq!(uuid_v7_time("919108f7-52d1-4320-9bac-f847db4148a8"), None);
        assert_eq!(uuid_v7_time("short"), None);
        assert_eq!(uuid_v7_time("字字字字字字字字字字字字字"), None);
    }

    #[test]
    fn a_simulated_request_draws_the_same_whatever_was_drawn_before() {
        let (one, other) = (SimulatedEntropy::new(5), SimulatedEntropy::new(5));
        let draw = |entropy: &SimulatedEntropy| (entropy as &dyn Entropy).bytes::<40>();
        draw(&one);
        one.begin(7);
        other.begin(7);
        let (first, second) = (draw(&one), draw(&one));
        assert_eq!((first, second), (draw(&other), draw(&other)));
        assert_ne!(first, second);
        other.begin(8);
        assert_ne!(first, draw(&other));
        let unlike = SimulatedEntropy::new(6);
        unlike.begin(7);
        assert_ne!(first, draw(&unlike));
    }

    #[test]
    fn hmac_gives_the_published_value() {
        // RFC 4231, test case 2.
        let digest = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(digest[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(digest[28..], [0x64, 0xec, 0x38, 0x43]);
    }
}
