//! Which texts are accepted from outside.

use crate::Error;

/// Characters of a product's name.
pub const NAME_MAX: usize = 120;
/// Characters of a SKU and of a lot.
pub const LABEL_MAX: usize = 40;
/// Characters of a reason that only the brand's own people read.
pub const LONG_REASON_MAX: usize = 500;
/// Characters of a reason.
pub const REASON_MAX: usize = 200;

/// Accepts a text of 1 to `max` characters without control characters; `field` names it in the error.
pub fn check(field: &'static str, text: &str, max: usize) -> Result<(), Error> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max || text.chars().any(char::is_control) {
        return Err(Error::Text { field, length, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_neither_blank_nor_too_long_nor_holds_control_characters() {
        assert!(check("name", "青岚气泡水 330ml", NAME_MAX).is_ok());
        assert!(check("name", &"汽".repeat(120), NAME_MAX).is_ok());
        for refused in ["", "  ", "a\0b", "line\nline", &"汽".repeat(121)] {
            assert!(check("name", refused, NAME_MAX).is_err(), "{refused:?}");
        }
    }
}
