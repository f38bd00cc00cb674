//! Pure decisions.

pub mod schedule;
