//! The limits of one-time codes, and how a code is made and read. Pure.

use std::time::Duration;

use tallymark_base::Entropy;

/// How long a code can be answered with.
pub const CODE_LIFE: Duration = Duration::from_secs(300);
/// How many answers a code is good for. With [`CODES_PER_PHONE_MAX`] a stranger's chance in a day is 25 in a million.
pub const ANSWERS_MAX: i64 = 5;
/// Between two codes for a phone.
pub const RESEND_AFTER: Duration = Duration::from_secs(60);
/// Codes for a phone in a day.
pub const CODES_PER_PHONE_MAX: i64 = 5;
/// Codes for a network address in a day. Many phones share one address behind a mobile network.
pub const CODES_PER_ADDRESS_MAX: i64 = 60;

const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

/// Six random digits, each code as likely as any other.
pub(crate) fn fresh_code(entropy: &dyn Entropy) -> String {
    // Numbers from the last whole multiple on would make small codes likelier.
    const BELOW: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let number = u32::from_be_bytes(entropy.bytes());
        if number < BELOW {
            return format!("{:06}", number % CODES);
        }
    }
}

/// The digits of a typed code: spaces and hyphens are dropped, full-width digits taken for what they mean.
pub(crate) fn read_code(text: &str) -> Option<String> {
    let digit = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        c => c.is_ascii_digit().then_some(c),
    };
    if text.len() > 64 {
        return None;
    }
    let digits: Option<String> = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(digit).collect();
    digits.filter(|digits| digits.len() == DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    /// Gives the same bytes again and again.
    #[derive(Debug)]
    struct Fixed(std::sync::Mutex<Vec<u32>>);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0.lock().unwrap().remove(0).to_be_bytes());
        }
    }

    #[test]
    fn a_code_has_six_digits_and_no_code_is_likelier() {
        let code = |numbers: &[u32]| fresh_code(&Fixed(numbers.to_vec().into()));
        assert_eq!(code(&[7]), "000007");
        assert_eq!(code(&[4_293_999_999]), "999999");
        // 4,294 whole millions fit into 32 bits; what is left over is drawn again.
        assert_eq!(code(&[4_294_000_000, u32::MAX, 42]), "000042");
        let entropy = SeededEntropy::new([3; 32]);
        assert!((0..1_000).all(|_| read_code(&fresh_code(&entropy)).is_some()));
    }

    #[test]
    fn a_typed_code_is_read_as_people_write_it() {
        for text in ["042117", " 042 117 ", "042-117", "０４２１１７"] {
            assert_eq!(read_code(text).as_deref(), Some("042117"), "{text}");
        }
        for text in ["", "42117", "0421170", "04211a", "٠٤٢١١٧", &"0".repeat(100)] {
            assert_eq!(read_code(text), None, "{text}");
        }
    }
}
