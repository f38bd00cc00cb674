//! What cannot be meant.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_people::IDENTIFIERS_MAX;

use crate::{CODE_CHARS_MAX, Error, LINES_MAX, NewOrder, NewPointsRule};

/// A clock that runs ahead by more than this is wrong.
const AHEAD_MAX: Duration = Duration::from_hours(24);
/// An amount of a line is below this: 10^13 of the smallest unit, so that no sum of an order's lines overflows.
const AMOUNT_MAX: i64 = 10_000_000_000_000;
/// Points for one full amount.
const POINTS_MAX: i64 = 1_000_000;
/// Sources that a rule names.
const SOURCES_MAX: usize = 50;

/// Why an order is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A number, shop or article is empty, too long or holds control characters.
    #[error("{what} has 1 to {CODE_CHARS_MAX} characters and no control characters")]
    Code {
        /// What it is.
        what: &'static str,
    },
    /// There is nothing in it.
    #[error("an order has at least one line")]
    NoLines,
    /// There is too much in it.
    #[error("an order has at most {LINES_MAX} lines")]
    TooManyLines,
    /// Too many identifiers.
    #[error("a buyer is known by at most {IDENTIFIERS_MAX} identifiers")]
    TooManyIdentifiers,
    /// Its time has not come.
    #[error("its time is more than a day ahead; set the clock of whoever wrote it, or the zone of the file")]
    Future,
    /// Its time is before 1970.
    #[error("its time is before 1970")]
    Past,
    /// An amount is absurdly large.
    #[error("an amount or a quantity is beyond what an order may have")]
    TooLarge,
    /// It is said to come back from itself.
    #[error("an order cannot be the return of itself")]
    OwnReturn,
}

impl Refusal {
    /// The stable name of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Code { .. } => "malformed_code",
            Self::NoLines => "no_lines",
            Self::TooManyLines => "too_many_lines",
            Self::TooManyIdentifiers => "too_many_identifiers",
            Self::Future => "time_in_future",
            Self::Past => "time_too_old",
            Self::TooLarge => "amount_too_large",
            Self::OwnReturn => "return_of_itself",
        }
    }
}

/// Refuses what cannot be meant at `now`.
pub fn check(order: &NewOrder, now: Timestamp) -> Result<(), Refusal> {
    code(&order.number, "the number of an order")?;
    order.shop.as_deref().map_or(Ok(()), |shop| code(shop, "the code of a shop"))?;
    if let Some(original) = &order.original {
        code(original, "the number of the original order")?;
        if *original == order.number {
            return Err(Refusal::OwnReturn);
        }
    }
    if order.buyer.len() > IDENTIFIERS_MAX {
        return Err(Refusal::TooManyIdentifiers);
    }
    match order.lines.len() {
        0 => return Err(Refusal::NoLines),
        1..=LINES_MAX => {}
        _ => return Err(Refusal::TooManyLines),
    }
    for line in &order.lines {
        code(&line.article, "the code of an article")?;
        let is_large = |number: i64| number.unsigned_abs() >= AMOUNT_MAX.unsigned_abs();
        if is_large(line.amount) || is_large(line.discount) || is_large(line.quantity) {
            return Err(Refusal::TooLarge);
        }
    }
    if order.at.0 < 0 {
        return Err(Refusal::Past);
    }
    if order.at > now.plus(AHEAD_MAX) { Err(Refusal::Future) } else { Ok(()) }
}

fn code(text: &str, what: &'static str) -> Result<(), Refusal> {
    let length = text.chars().count();
    let fits = (1..=CODE_CHARS_MAX).contains(&length) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Refusal::Code { what }) }
}

/// Refuses a rule that cannot be meant.
pub fn check_rule(new: &NewPointsRule) -> Result<(), Error> {
    let length = new.name.chars().count();
    if !(1..=120).contains(&length) || new.name.chars().any(char::is_control) {
        return Err(Error::Name { length });
    }
    if new.ends <= new.starts {
        return Err(Error::EndsBeforeStart { starts: new.starts, ends: new.ends });
    }
    if new.sources.len() > SOURCES_MAX {
        return Err(Error::TooManySources { given: new.sources.len(), max: SOURCES_MAX });
    }
    if let Some(source) = new.sources.iter().find(|source| !tallymark_people::rules::profile::is_word(source)) {
        return Err(Error::Source { given: source.chars().take(40).collect() });
    }
    if !(1..=POINTS_MAX).contains(&new.points) {
        return Err(Error::Points { given: new.points, max: POINTS_MAX });
    }
    if !(1..AMOUNT_MAX).contains(&new.per_amount) {
        return Err(Error::PerAmount { given: new.per_amount, max: AMOUNT_MAX - 1 });
    }
    Ok(())
}
