//! Time-based one-time passwords (RFC 6238) as authenticator apps make them: HMAC-SHA-1, steps of 30 seconds, six
//! digits.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use tallymark_base::Timestamp;

/// Length of a secret in bytes: that of the hash, as RFC 4226, section 4 recommends.
pub const SECRET_BYTES: usize = 20;
const STEP_S: i64 = 30;
const DIGITS: u32 = 6;
/// A code is taken one step early or late: a phone's clock, and slow fingers (RFC 6238, 5.2).
const STEPS_APART_MAX: i64 = 1;

/// The code of a step of time, with so many digits.
fn code(secret: &[u8], step: i64, digits: u32) -> String {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    // RFC 4226, 5.3: four bytes from where the last half-byte points, without the sign.
    let offset = usize::from(hash[hash.len() - 1] & 0x0f);
    let bytes: [u8; 4] = std::array::from_fn(|place| hash[offset + place]);
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    format!("{:0width$}", number % 10_u32.pow(digits), width = digits as usize)
}

/// The step whose code this is, if it is near `at` and later than `last`, the step whose code was taken before: so a
/// code is taken once (RFC 6238, 5.2).
pub fn step_of(secret: &[u8], given: &str, at: Timestamp, last: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let here = at.0.div_euclid(Timestamp::SECOND).div_euclid(STEP_S);
    let near = here - STEPS_APART_MAX..=here + STEPS_APART_MAX;
    near.filter(|step| *step > last).find(|step| {
        let right = code(secret, *step, DIGITS);
        right.as_bytes().ct_eq(given.as_bytes()).into()
    })
}

/// The code that an app shows at a moment: for those who have no app at hand, such as tests and the demo.
pub fn shown(secret: &[u8], at: Timestamp) -> String {
    code(secret, at.0.div_euclid(Timestamp::SECOND).div_euclid(STEP_S), DIGITS)
}

/// What an authenticator app reads from a QR symbol (the Key URI format that all of them take).
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let escaped =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (issuer, account) = (escaped(issuer), escaped(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", BASE32_NOPAD.encode(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the rows of SHA1.
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(SECRET, seconds / STEP_S, 8), expected, "{seconds}");
        }
        // RFC 4226, appendix D.
        for (count, expected) in [(0, "755224"), (1, "287082"), (2, "359152"), (9, "520489")] {
            assert_eq!(code(SECRET, count, 6), expected, "{count}");
        }
    }

    #[test]
    fn a_code_is_taken_a_step_around_its_time_and_once() {
        let at = |seconds: i64| Timestamp(seconds * Timestamp::SECOND);
        // The code of step 1 (RFC 4226, appendix D), shown from 30 s to 59 s.
        assert_eq!(step_of(SECRET, "287 082", at(59), 0), Some(1));
        assert_eq!(step_of(SECRET, "287082", at(89), 0), Some(1));
        assert_eq!(step_of(SECRET, "287082", at(90), 0), None);
        assert_eq!(step_of(SECRET, "287082", at(0), 0), Some(1));
        assert_eq!(step_of(SECRET, "287082", at(59), 1), None);
        assert_eq!(step_of(SECRET, "287083", at(59), 0), None);
        assert_eq!(step_of(SECRET, "", at(59), 0), None);
    }

    #[test]
    fn an_app_reads_the_secret_from_the_uri() {
        // RFC 4648 base 32 of the ASCII digits.
        let expected =
            "otpauth://totp/Spring:li%40brand%2Eexample?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Spring";
        assert_eq!(uri(SECRET, "Spring", "li@brand.example"), expected);
    }
}
