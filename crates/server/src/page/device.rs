//! The device cookie and the nonce of the claim form.
//!
//! The cookie names a device by 128 random bits and carries a MAC, so that nobody can choose to be another device or
//! mint thousands of them for free. The nonce in the form is bound to the device and the code; it is the idempotency
//! key of the claim, so two taps are one claim.

use axum::http::{HeaderMap, header};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use subtle::ConstantTimeEq;
use tallymark_base::random::{hmac_sha256, uuid_v7};
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Timestamp};

const COOKIE: &str = "tm_device";
/// 400 days: the longest that browsers keep a cookie.
const COOKIE_SECONDS: u32 = 34_560_000;
const MAC_BYTES: usize = 10;
const UUID_LENGTH: usize = 36;

/// A device, by its 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) id: String,
    /// It was made for this request; the answer must set the cookie.
    pub(crate) is_new: bool,
}

impl Device {
    /// The device of the cookie, if there is one with a right MAC.
    pub(crate) fn of(headers: &HeaderMap, key: &Key) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let values = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = values.into_iter().find(|(name, _)| *name == COOKIE)?;
        let (id, mac) = value.split_once('.')?;
        let is_id = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_id && same(mac, &mac_of(key, &["device", id]))).then(|| Self { id: id.to_owned(), is_new: false })
    }

    /// A device that was never seen.
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        Self { id: HEXLOWER.encode(&entropy.bytes::<16>()), is_new: true }
    }

    /// The `Set-Cookie` that makes the phone remember.
    pub(crate) fn cookie(&self, key: &Key, is_https: bool) -> String {
        let mac = mac_of(key, &["device", &self.id]);
        let secure = if is_https { "; Secure" } else { "" };
        format!("{COOKIE}={}.{mac}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}", self.id)
    }

    /// A fresh nonce for a form about `code`: a UUID of version 7, as is best for a key, and its MAC.
    pub(crate) fn nonce(&self, key: &Key, code: &str, at: Timestamp, entropy: &dyn Entropy) -> String {
        let uuid = uuid_v7(at, entropy);
        let mac = mac_of(key, &["nonce", &self.id, code, &uuid]);
        format!("{uuid}{mac}")
    }

    /// Whether the nonce was made by [`Device::nonce`] for this device and code.
    pub(crate) fn made(&self, key: &Key, code: &str, nonce: &str) -> bool {
        let Some((uuid, mac)) = nonce.split_at_checked(UUID_LENGTH) else { return false };
        same(mac, &mac_of(key, &["nonce", &self.id, code, uuid]))
    }
}

fn mac_of(key: &Key, parts: &[&str]) -> String {
    // The parts hold no NUL, so joining them with it keeps them apart.
    let digest = hmac_sha256(key.bytes(), &[parts.join("\0").as_bytes()]);
    BASE32_NOPAD.encode(&digest[..MAC_BYTES])
}

fn same(given: &str, made: &str) -> bool {
    given.as_bytes().ct_eq(made.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("other=1; {cookie}").parse().unwrap());
        headers
    }

    #[test]
    fn a_cookie_reads_back_and_a_changed_one_is_nobody() {
        let key = Key::new([3; 32]);
        let device = Device::new(&SeededEntropy::new([1; 32]));
        let cookie = device.cookie(&key, true).split(';').next().unwrap().to_owned();
        assert_eq!(Device::of(&headers(&cookie), &key).unwrap().id, device.id);
        assert_eq!(Device::of(&headers(&cookie), &Key::new([4; 32])), None);
        let flipped = if device.id.starts_with('0') { '1' } else { '0' };
        let other = cookie.replacen(&device.id[..1], &flipped.to_string(), 1);
        assert_eq!(Device::of(&headers(&other), &key), None);
        assert_eq!(Device::of(&headers("tm_device=x"), &key), None);
    }

    #[test]
    fn a_nonce_belongs_to_its_device_and_code() {
        let (key, entropy) = (Key::new([3; 32]), SeededEntropy::new([1; 32]));
        let (device, other) = (Device::new(&entropy), Device::new(&entropy));
        let nonce = device.nonce(&key, "CODE", Timestamp(0), &entropy);
        assert!(device.made(&key, "CODE", &nonce));
        assert!(!device.made(&key, "OTHER", &nonce));
        assert!(!other.made(&key, "CODE", &nonce));
        assert!(!device.made(&key, "CODE", "short"));
        assert!(!device.made(&key, "CODE", "字字字字字字字"));
    }
}
