//! How value is counted: the units a ledger account can be kept in, and money as people read it.
//!
//! An amount travels as an `i64` of the smallest unit: fen, points or pieces. In tables, records and answers its name
//! says which (`amount_fen`, `budget_points`); in the ledger the account's [`Unit`] does. No float ever holds value.

use serde::{Deserialize, Serialize};

/// An amount of fen (1/100 Chinese yuan) on its way to a reader: [`std::fmt::Display`] writes it in yuan. Signed, since a
/// difference of two amounts is an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money(i64);

impl Money {
    /// An amount in fen.
    pub const fn fen(amount_fen: i64) -> Self {
        Self(amount_fen)
    }
}

impl std::fmt::Display for Money {
    /// Yuan with two decimals and no sign of currency: `-0.88`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// What an account is kept in. Transfers never mix units.
///
/// Small numbers are the fixed units; an item unit is the id of the prize it counts, which is always above 2²².
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(pub i64);

impl Unit {
    /// Chinese yuan, in fen.
    pub const CNY: Self = Self(1);
    /// Loyalty points.
    pub const POINTS: Self = Self(2);

    /// The name an operator reads: `CNY`, `points`, or `item <number>` for pieces of one prize.
    pub fn name(self) -> String {
        match self {
            Self::CNY => "CNY".to_owned(),
            Self::POINTS => "points".to_owned(),
            Self(prize) => format!("item {prize}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_yuan_with_two_decimals() {
        assert_eq!(Money::fen(88).to_string(), "0.88");
        assert_eq!(Money::fen(-1205).to_string(), "-12.05");
        assert_eq!(Money::fen(i64::MIN).to_string(), "-92233720368547758.08");
    }
}
