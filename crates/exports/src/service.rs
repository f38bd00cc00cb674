//! Use cases about exports.

mod file;
mod forget;
mod manage;
mod run;

pub use file::File;
pub use forget::forget;
pub use manage::{ATTEMPTS_MAX, KEPT_FOR, New, RUN_JOB, begin, cancel, fail, find, later, list, retry, withdraw};
pub use run::{Pages, carry_out};
