//! What is assumed before anything is learned: how one person's values agree, and how strangers' do.
//!
//! Where there is much data it overrules all of this but the shares of values.

use crate::compare::Kind;
use crate::level::{EXACT, LEVELS, Pattern};
use crate::table::{Column, Role};

/// For each level how likely it is.
pub(crate) type Distribution = [f64; LEVELS];

/// With how many pairs of strangers the first guess of their agreement counts.
const CHANCE_PAIRS: f64 = 500.0;
/// Every level is at least this likely among strangers.
pub(crate) const U_MIN: f64 = 1e-7;

/// The first guess of how one person's value is written twice: the levels from different to exact.
pub(crate) fn guess(kind: Kind) -> [f64; 7] {
    match kind {
        Kind::Name => [0.05, 0.01, 0.02, 0.06, 0.03, 0.01, 0.82],
        Kind::Text => [0.05, 0.01, 0.02, 0.10, 0.02, 0.0, 0.80],
        Kind::Code => [0.05, 0.0, 0.02, 0.06, 0.02, 0.0, 0.85],
        Kind::Date => [0.02, 0.01, 0.02, 0.05, 0.01, 0.01, 0.88],
        Kind::Phone => [0.15, 0.0, 0.01, 0.03, 0.02, 0.0, 0.79],
        Kind::Email => [0.15, 0.02, 0.02, 0.04, 0.0, 0.0, 0.77],
    }
}

/// A guess over [`LEVELS`], agreement being spread over the values as they are among records.
pub(crate) fn spread(levels: &[f64; 7], shares: &Distribution) -> Distribution {
    let mut all = [0.0; LEVELS];
    all[1..=6].copy_from_slice(&levels[..6]);
    for level in usize::from(EXACT)..LEVELS {
        all[level] = levels[6] * shares[level];
    }
    all
}

/// How neighbours agree on a column of their area: as well as one person, and the oftener the more people live there.
pub(crate) fn neighbours(m: &Distribution, agreeing: &Distribution) -> Distribution {
    let exact = usize::from(EXACT);
    let equal: f64 = m[exact..].iter().sum();
    let all: f64 = agreeing[exact..].iter().sum::<f64>().max(f64::MIN_POSITIVE);
    std::array::from_fn(|level| if level < exact { m[level] } else { equal * agreeing[level] / all })
}

/// How strangers agree on a column: exactly as its values are spread, less than exactly as random pairs do; and, where there
/// are few pairs, as experience says.
pub(crate) fn chance(index: usize, column: &Column, random: &[Pattern]) -> Distribution {
    let mut counts = [0.0; LEVELS];
    for pattern in random {
        counts[usize::from(pattern.level(index))] += 1.0;
    }
    let compared: f64 = counts[1..].iter().sum();
    let first = spread(&strangers(column), &column.shares);
    let mut all: Distribution =
        std::array::from_fn(|level| (counts[level] + CHANCE_PAIRS * first[level]) / (compared + CHANCE_PAIRS));
    for level in usize::from(EXACT)..LEVELS {
        let agreeing = column.agreeing[level] * column.compared + CHANCE_PAIRS * first[level];
        all[level] = agreeing / (column.compared + CHANCE_PAIRS);
    }
    let rest = all[2..].iter().sum::<f64>();
    (all[0], all[1]) = (0.0, (1.0 - rest).max(0.01));
    all.map(|share| share.max(U_MIN))
}

/// The first guess of how strangers' values agree: the levels from different to exact.
fn strangers(column: &Column) -> [f64; 7] {
    match (column.kind, column.role) {
        (_, Role::Area) => [0.92, 0.01, 0.01, 0.01, 0.005, 0.0, 0.05],
        (Kind::Name, _) => [0.95, 0.02, 0.005, 0.002, 0.003, 0.001, 0.01],
        (Kind::Text, _) => [0.94, 0.05, 0.005, 0.0005, 0.002, 0.0, 0.002],
        (Kind::Code, _) => [0.94, 0.0, 0.02, 0.02, 0.01, 0.0, 0.01],
        (Kind::Date, _) => [0.97, 0.02, 0.006, 0.001, 0.0001, 0.001, 0.0001],
        (Kind::Phone | Kind::Email, _) => [0.998, 0.0005, 0.0005, 0.0001, 0.0002, 0.0, 0.0001],
    }
}
