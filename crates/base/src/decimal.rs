//! Amounts as people and programs write them, read as whole numbers: never by way of a float.

/// From here on an amount is taken for a mistake: 10^15 of the smallest unit.
const LIMIT: i64 = 1_000_000_000_000_000;
/// Signs of currency that may stand before or behind an amount. They are passed over: the currency is told elsewhere.
const SIGNS: [char; 7] = ['¥', '￥', '$', '€', '£', '元', '₩'];

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// It is not written as a number.
    #[error("that is no number; write digits, with a point before decimals and no exponent")]
    Malformed,
    /// It has more decimals than the unit.
    #[error("that has more than {digits} decimals, which the unit does not have")]
    Imprecise {
        /// Decimals of the unit.
        digits: u32,
    },
    /// It is absurdly large.
    #[error("that is beyond what an amount may be")]
    TooLarge,
}

impl DecimalError {
    /// The stable name of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_number",
            Self::Imprecise { .. } => "number_imprecise",
            Self::TooLarge => "number_too_large",
        }
    }
}

/// Reads `-1,234.50` with two `digits` as -123450. A minus sign may be any of the usual ones, or parentheses around the amount;
/// commas part thousands and nothing else. Decimals beyond `digits` must be zeros.
///
/// ```
/// use tallymark_base::decimal::{DecimalError, parse};
///
/// assert_eq!(parse("1.39", 2), Ok(139));
/// assert_eq!(parse("￥(1,234.5)", 2), Ok(-123_450));
/// assert_eq!(parse("12,50", 2), Err(DecimalError::Malformed));
/// assert_eq!(parse("0.305", 2), Err(DecimalError::Imprecise { digits: 2 }));
/// ```
pub fn parse(text: &str, digits: u32) -> Result<i64, DecimalError> {
    let mut text = text.trim();
    let mut is_negative = false;
    loop {
        let bare = text.trim_matches(|c: char| SIGNS.contains(&c) || c.is_whitespace());
        if let Some(inner) = bare.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|_| !is_negative) {
            (text, is_negative) = (inner, true);
        } else if let Some(rest) = bare.strip_prefix(['-', '−', '－']).filter(|_| !is_negative) {
            (text, is_negative) = (rest, true);
        } else {
            text = bare.strip_prefix('+').unwrap_or(bare);
            break;
        }
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if (whole.is_empty() && fraction.is_empty()) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::Malformed);
    }
    let kept = fraction.len().min(digits as usize);
    if fraction.as_bytes()[kept..].iter().any(|byte| *byte != b'0') {
        return Err(DecimalError::Imprecise { digits });
    }
    let mut value = whole_part(whole)?;
    let decimals = fraction.as_bytes()[..kept].iter().copied().chain(std::iter::repeat(b'0'));
    for digit in decimals.take(digits as usize) {
        value = append(value, digit)?;
    }
    Ok(if is_negative { -value } else { value })
}

/// Writes a whole number of the smallest unit with its decimals: -123450 with two is `-1234.50`.
pub fn show(value: i64, digits: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", value.unsigned_abs(), width = digits as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - digits as usize);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The digits before the point.
fn whole_part(text: &str) -> Result<i64, DecimalError> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = text.contains(',');
    if is_grouped && !(1..=3).contains(&first.len()) {
        return Err(DecimalError::Malformed);
    }
    let mut value = 0;
    for (place, group) in std::iter::once(first).chain(groups).enumerate() {
        if (place > 0 && group.len() != 3) || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DecimalError::Malformed);
        }
        for digit in group.bytes() {
            value = append(value, digit)?;
        }
    }
    Ok(value)
}

fn append(value: i64, digit: u8) -> Result<i64, DecimalError> {
    let value = value * 10 + i64::from(digit - b'0');
    if value < LIMIT { Ok(value) } else { Err(DecimalError::TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_read_and_what_may_be_meant_otherwise_is_refused() {
        for (text, value) in [
            ("0", 0),
            ("-0.00", 0),
            ("007", 700),
            (".5", 50),
            ("5.", 500),
            ("+12.30", 1230),
            ("1,234,567.8900", 123_456_789),
            ("−3.10", -310),
            ("－3.10", -310),
            ("¥ 9.90", 990),
            ("9.90元", 990),
            ("-￥9.90", -990),
            ("￥-9.90", -990),
            ("(9.90)", -990),
            ("9999999999999.99", 999_999_999_999_999),
        ] {
            assert_eq!(parse(text, 2), Ok(value), "{text}");
        }
        for text in
            ["", " ", ".", "-", "1e3", "12,50", "1,2345", ",123", "1.2.3", "--1", "(-1)", "1 000", "0x10", "½", "NaN"]
        {
            assert_eq!(parse(text, 2), Err(DecimalError::Malformed), "{text}");
        }
        assert_eq!(parse("10000000000000.00", 2), Err(DecimalError::TooLarge));
        assert_eq!(parse("1.001", 2), Err(DecimalError::Imprecise { digits: 2 }));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(value in -(LIMIT - 1)..LIMIT, digits in 0_u32..5) {
            prop_assert_eq!(parse(&show(value, digits), digits), Ok(value));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = parse(&text, 2);
        }
    }
}
