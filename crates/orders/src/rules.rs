//! Pure decisions about orders: whether one can be meant, what it earns, what a return takes back, and what all that moves.

mod check;
mod points;

pub use check::{Refusal, check, check_rule};
pub(crate) use points::given_by;
pub use points::{Standing, Wallets, decide, due, earned, transfers};
