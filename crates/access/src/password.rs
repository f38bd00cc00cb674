//! Passwords as argon2id (RFC 9106) on threads for blocking work, a bounded number at once.
//!
//! Parameters: 19 MiB, 2 passes, 1 lane, 16 bytes of salt, 32 bytes of hash: the first choice of the OWASP Password
//! Storage Cheat Sheet. They stand in each stored text (PHC string format), so raising them later keeps old passwords
//! working; those are hashed anew when their owner signs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;
use tallymark_base::Entropy;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::Error;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// Hashed at once: each takes a core and 19 MiB, and the rest of the server needs some as well.
const AT_ONCE_MAX: usize = 2;
/// Waiting for their turn; beyond, callers are sent away. About two seconds of work.
const WAITING_MAX: usize = 64;

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// What is checked where there is no account, so that the time tells nothing.
    nobody: String,
}

impl Passwords {
    /// With nobody waiting.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let (salt, hash): ([u8; SALT_BYTES], [u8; HASH_BYTES]) = (entropy.bytes(), entropy.bytes());
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            waiting: AtomicUsize::new(0),
            nobody: written(MEMORY_KIB, PASSES, LANES, &salt, &hash),
        }
    }

    /// The text to store for a password.
    pub async fn hash(&self, entropy: &dyn Entropy, password: &str) -> Result<String, Error> {
        let salt: [u8; SALT_BYTES] = entropy.bytes();
        let password = Zeroizing::new(password.as_bytes().to_vec());
        self.run(move || {
            let hash = argon2id(MEMORY_KIB, PASSES, LANES, &password, &salt, HASH_BYTES);
            hash.map(|hash| written(MEMORY_KIB, PASSES, LANES, &salt, &hash))
        })
        .await?
        .ok_or_else(|| Error::Unreadable("argon2id refuses its own parameters".to_owned()))
    }

    /// Whether `stored` is of this password. Without a stored text the answer is no, after the same time.
    pub async fn is_right(&self, stored: Option<&str>, password: &str) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let same = self.run(move || is_same(&stored, &password)).await?;
        let same = same.ok_or_else(|| Error::Unreadable("a stored password is no argon2id text".to_owned()))?;
        Ok(known && same)
    }

    /// Whether a stored text has other parameters than new ones get.
    pub fn is_outdated(&self, stored: &str) -> bool {
        !stored.starts_with(&parameters(MEMORY_KIB, PASSES, LANES))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = Place::take(&self.waiting).ok_or(Error::Busy)?;
        // The permit goes with the work: a caller that hangs up does not make room for another while a thread works on.
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Error::Busy)
    }
}

/// A place in the line.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(line: &'a AtomicUsize) -> Option<Self> {
        let place = Self(line);
        (line.fetch_add(1, Ordering::SeqCst) < WAITING_MAX).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn argon2id(memory_kib: u32, passes: u32, lanes: u32, password: &[u8], salt: &[u8], length: usize) -> Option<Vec<u8>> {
    let parameters = Params::new(memory_kib, passes, lanes, Some(length)).ok()?;
    let mut hash = vec![0; length];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon2.hash_password_into(password, salt, &mut hash).ok()?;
    Some(hash)
}

fn parameters(memory_kib: u32, passes: u32, lanes: u32) -> String {
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}$")
}

fn written(memory_kib: u32, passes: u32, lanes: u32, salt: &[u8], hash: &[u8]) -> String {
    let parameters = parameters(memory_kib, passes, lanes);
    format!("{parameters}{}${}", BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(hash))
}

/// Whether a PHC string is of this password; none when it is not one of argon2id.
fn is_same(stored: &str, password: &[u8]) -> Option<bool> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let mut numbers = parts.next()?.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let (memory_kib, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
    let salt = BASE64_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
    let hash = BASE64_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
    let made = argon2id(memory_kib, passes, lanes, password, &salt, hash.len())?;
    Some(made.ct_eq(&hash).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    #[test]
    fn hashes_are_those_of_the_reference_implementation() {
        // phc-winner-argon2, src/test.c: argon2id, version 0x13, t=2, m=2^16, p=1.
        let known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert_eq!(is_same(known, b"password"), Some(true));
        assert_eq!(is_same(known, b"Password"), Some(false));
        assert_eq!(is_same("$2b$12$abc", b"password"), None);
    }

    #[tokio::test]
    async fn a_password_is_right_once_stored_and_nobody_has_one() {
        let entropy = SeededEntropy::new([1; 32]);
        let passwords = Passwords::new(&entropy);
        let stored = passwords.hash(&entropy, "correct horse battery").await.unwrap();
        assert!(passwords.is_right(Some(&stored), "correct horse battery").await.unwrap());
        assert!(!passwords.is_right(Some(&stored), "correct horse batterz").await.unwrap());
        assert!(!passwords.is_right(None, "correct horse battery").await.unwrap());
        assert!(!passwords.is_outdated(&stored));
        assert!(passwords.is_outdated("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXP"));
    }

    #[tokio::test]
    async fn a_flood_is_sent_away_and_leaves_the_line_empty() {
        let entropy = SeededEntropy::new([1; 32]);
        let passwords = Arc::new(Passwords::new(&entropy));
        let tries = (0..WAITING_MAX + 20).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.is_right(None, "x").await })
        });
        let mut busy = 0;
        for one in tries.collect::<Vec<_>>() {
            busy += usize::from(matches!(one.await.unwrap(), Err(Error::Busy)));
        }
        assert!(busy > 0 && busy <= 20, "{busy}");
        assert_eq!(passwords.waiting.load(Ordering::SeqCst), 0);
    }
}
