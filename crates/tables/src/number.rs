//! Numbers as a person reads them.

use crate::types::{Cell, Flaw};

/// From here on not every whole number is one that a spreadsheet keeps: it keeps 15 digits.
pub(crate) const SHEET_MAX: f64 = 1e15;
/// From here on not every whole number is a double (IEEE 754: 53 bits).
pub(crate) const DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Below this, a number that a person wrote is 0.
const NOTHING: f64 = 1e-12;

/// A number without exponent and without `.0`. Whole numbers from `whole_max` on have made-up digits.
pub(crate) fn cell(value: f64, whole_max: f64) -> Cell {
    if !value.is_finite() {
        return Cell::Flawed(Flaw::Failed);
    }
    if value.abs() >= whole_max {
        return Cell::Flawed(Flaw::Imprecise);
    }
    // What is left of taking 4.39 from 2.2 and 2.19 is nothing to whoever looks at it.
    let value = if value.abs() < NOTHING { 0.0 } else { value };
    let shown = format!("{value}");
    // A double keeps 15 decimal digits of whatever was written into it; what stands behind them comes from adding: a sum of
    // 0.1 and 0.2 is 0.3. Whole numbers have all their digits.
    let is_noisy = value.fract() != 0.0 && shown.bytes().filter(u8::is_ascii_digit).count() > 15;
    if !is_noisy {
        return Cell::Text(shown);
    }
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    Cell::Text(format!("{rounded}"))
}

/// A number of single precision: it keeps fewer digits, and shows them alone.
pub(crate) fn single(value: f32) -> Cell {
    if value.is_finite() && value.fract() != 0.0 {
        Cell::Text(format!("{value}"))
    } else {
        cell(value.into(), DOUBLE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_the_digits_that_were_written_and_not_what_adding_left() {
        for (value, shown) in [
            (0.1 + 0.2, "0.3"),
            (4.39, "4.39"),
            (2.2 + 2.19, "4.39"),
            (1.1 * 3.0, "3.3"),
            (-0.0, "0"),
            (2.2 + 2.19 - 4.39, "0"),
            (1.776_357e-15, "0"),
            (1e-7, "0.0000001"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (123_456_789_012.34, "123456789012.34"),
        ] {
            assert_eq!(cell(value, DOUBLE_MAX), Cell::Text(shown.to_owned()), "{value:e}");
        }
        assert_eq!(single(0.1), Cell::Text("0.1".to_owned()));
        assert_eq!(single(16_777_216.0), Cell::Text("16777216".to_owned()));
    }
}
