//! Pure decisions about a scan.

mod check;
mod decide;

pub use check::{CodeUse, Counted, RECENT_MAX, SUSPICIOUS_CHECKS, VIEW_ONCE_IN, count_check};
pub use decide::{Known, REBATE_PART, Short, Slice, State, UseKey, decide, use_key};
