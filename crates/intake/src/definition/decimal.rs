//! Decimal numbers as text, without a float in between.

/// Digits before the point.
const WHOLE_DIGITS_MAX: usize = 18;
/// Digits after the point.
const FRACTION_DIGITS_MAX: usize = 9;
/// Digits of a literal that are looked at.
const LITERAL_BYTES_MAX: usize = 64;

/// The shortest way to write the number without an exponent: `18.50` and `1.85e1` are both `18.5`. None where `literal` is
/// no number of JSON's grammar, or has more digits than there may be.
pub(super) fn canonical(literal: &str) -> Option<String> {
    if literal.len() > LITERAL_BYTES_MAX {
        return None;
    }
    let (sign, rest) = match literal.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", literal),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // Where the point stands, counted from the first significant digit.
    let leading_zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?.checked_sub(leading_zeros)?;
    placed(sign, significant.trim_end_matches('0'), point)
}

/// Writes significant digits with the point so many digits after the first.
fn placed(sign: &str, digits: &str, point: i64) -> Option<String> {
    let (whole, fraction) = if point <= 0 {
        let zeros = usize::try_from(point.checked_neg()?).ok().filter(|zeros| *zeros < FRACTION_DIGITS_MAX)?;
        ("0".to_owned(), format!("{}{digits}", "0".repeat(zeros)))
    } else {
        let point = usize::try_from(point).ok().filter(|point| *point <= WHOLE_DIGITS_MAX)?;
        match digits.get(point..) {
            Some(fraction) => (digits.get(..point)?.to_owned(), fraction.to_owned()),
            None => (format!("{digits}{}", "0".repeat(point - digits.len())), String::new()),
        }
    };
    if fraction.len() > FRACTION_DIGITS_MAX {
        return None;
    }
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}
