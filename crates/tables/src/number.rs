//! Numbers as a person reads them.

use crate::types::{Cell, Flaw};

/// From here on not every whole number is one that a spreadsheet keeps: it keeps 15 digits.
pub(crate) const SHEET_MAX: f64 = 1e15;
/// From here on not every whole number is a double (IEEE 754: 53 bits).
pub(crate) const DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

/// A number without exponent and without `.0`. Whole numbers from `whole_max` on have made-up digits.
pub(crate) fn cell(value: f64, whole_max: f64) -> Cell {
    if !value.is_finite() {
        return Cell::Flawed(Flaw::Failed);
    }
    if value.abs() >= whole_max {
        return Cell::Flawed(Flaw::Imprecise);
    }
    // 15 digits, as a spreadsheet shows them: a sum of 0.1 and 0.2 is 0.3 to whoever looks at it.
    let shown = if whole_max == SHEET_MAX { format!("{value:.14e}").parse().unwrap_or(value) } else { value };
    let shown = if shown == 0.0 { 0.0 } else { shown };
    Cell::Text(format!("{shown}"))
}
