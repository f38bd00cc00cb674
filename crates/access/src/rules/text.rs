//! Which addresses, names and passwords are taken.
//!
//! Passwords follow NIST SP 800-63B-4, 3.1.1.2: length counts, no rules of composition, no expiry; refused is what is
//! guessed first.

use crate::Error;

const NAME_CHARS_MAX: usize = 120;
/// RFC 5321, 4.5.3.1.
const EMAIL_BYTES_MAX: usize = 254;
/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The longest password, in bytes: a limit on work, not on strength.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Fewer different characters than this are a pattern.
const PASSWORD_DIFFERENT_MIN: usize = 5;

/// An email address as it is stored and looked up: lower case. Checked only for what would make it ambiguous: whether
/// mail arrives there is found out by sending some.
pub fn email(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or(Error::Email)?;
    let fits = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    let ends = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    let is_address = text.len() <= EMAIL_BYTES_MAX && fits(local) && !local.contains('@') && fits(domain) && ends;
    if is_address { Ok(text.to_lowercase()) } else { Err(Error::Email) }
}

/// Accepts a name of 1 to 120 characters without control characters.
pub fn name(text: &str) -> Result<(), Error> {
    let length = text.chars().count();
    let fits = !text.trim().is_empty() && length <= NAME_CHARS_MAX && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Error::Name) }
}

/// Accepts a password for the account of `email`.
pub fn password(text: &str, email: &str) -> Result<(), Error> {
    let refuse = |reason| Err(Error::Password { reason });
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return refuse("it is shorter than 12 characters");
    }
    if text.len() > PASSWORD_BYTES_MAX {
        return refuse("it is longer than 256 bytes");
    }
    let lower = text.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < PASSWORD_DIFFERENT_MIN {
        return refuse("it repeats a few characters");
    }
    let local = email.split('@').next().unwrap_or_default();
    if lower == email || lower.replace(local, "").chars().count() < PASSWORD_CHARS_MIN / 2 {
        return refuse("it is little more than the email address");
    }
    let codes: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| (pair[1] - pair[0]).abs() <= 1).count();
    if steps * 10 >= codes.len() * 8 {
        return refuse("it counts up or down");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_stored_in_lower_case_and_ambiguous_ones_refused() {
        assert_eq!(email(" Li.Wei@Brand.Example ").unwrap(), "li.wei@brand.example");
        for bad in ["", "a", "a@b", "@b.c", "a@", "a b@c.d", "a@b@c.d", "a@.c", "a@c.", "a\u{0}@b.c"] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        assert!(email(&format!("{}@b.example", "a".repeat(250))).is_err());
    }

    #[test]
    fn what_is_guessed_first_is_no_password() {
        let of = "liwei@brand.example";
        for bad in ["short", "aaaaaaaaaaaa", "abababababab", "liwei@brand.example", "LiWeiLiWei12", "123456789012"] {
            assert!(password(bad, of).is_err(), "{bad}");
        }
        assert!(password(&"ab3".repeat(100), of).is_err());
        for good in ["correct horse battery", "四月的江水向东流去不回头啊", "T7#kq!vLw02z"] {
            password(good, of).unwrap();
        }
    }
}
