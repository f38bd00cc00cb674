//! GTINs against numbers that GS1 published.

use proptest::prelude::*;
use tallymark_codes::{Gtin, GtinError};

/// From GS1's check digit page (6291041500213), its Digital Link standard (09506000134352), and
/// the tests of its syntax engine (the others).
const PUBLISHED: [(&str, &str); 6] = [
    ("6291041500213", "06291041500213"),
    ("09506000134352", "09506000134352"),
    ("02345673", "00000002345673"),
    ("416000336108", "00416000336108"),
    ("2112345678900", "02112345678900"),
    ("12312312312333", "12312312312333"),
];

#[test]
fn gs1s_published_numbers_become_fourteen_digits() {
    for (text, fourteen) in PUBLISHED {
        let gtin = Gtin::parse(text).expect("published as valid");
        assert_eq!(gtin.to_string(), fourteen);
        assert_eq!(gtin, Gtin::parse(fourteen).expect("the same number"));
    }
}

#[test]
fn a_wrong_gtin_is_told_what_is_wrong() {
    let refusal = |text: &str| Gtin::parse(text).expect_err("not a GTIN");
    assert_eq!(refusal("6291041500214"), GtinError::CheckDigit { expected: 3, found: 4 });
    // 3·(2+0+1+0+9+6) + (0+5+4+1+2) = 66, and 4 makes it 70.
    assert_eq!(refusal("629104150021"), GtinError::CheckDigit { expected: 4, found: 1 });
    assert_eq!(refusal("123456789"), GtinError::Length(9));
    assert_eq!(refusal(""), GtinError::Length(0));
    assert_eq!(refusal("0629104150021X"), GtinError::Digit('X'));
    assert_eq!(refusal("６２９１"), GtinError::Digit('６'));
}

proptest! {
    /// Weights 1 and 3 have no common factor with 10, so the check digit finds every such error.
    #[test]
    fn one_wrong_digit_is_always_found(place in 0..14_usize, other in 1..10_u8) {
        let mut digits = *b"09506000134352";
        digits[place] = b'0' + (digits[place] - b'0' + other) % 10;
        let text = std::str::from_utf8(&digits).expect("ASCII");
        let found = matches!(Gtin::parse(text), Err(GtinError::CheckDigit { .. }));
        prop_assert!(found);
    }
}
