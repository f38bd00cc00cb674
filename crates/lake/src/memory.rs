//! How much memory questions use.
//!
//! The engine counts what sorts, joins and groups gather, and not what windows, lists and rows on their way hold. So the
//! memory in use is looked at all the time while questions run.

use std::fmt;

/// Tells how much memory is in use. The program that owns the allocator knows it best.
pub trait Memory: fmt::Debug + Send + Sync {
    /// Is called on each thread that works on questions, before anything else.
    fn enter(&self);

    /// Bytes in use; `None` where the system does not tell.
    fn used_bytes(&self) -> Option<usize>;

    /// How many of them may be for other reasons than questions that run.
    fn margin_bytes(&self) -> usize;
}

/// The memory of the whole process: what the system knows without the allocator's help.
#[derive(Debug)]
pub(crate) struct WholeProcess;

impl Memory for WholeProcess {
    fn enter(&self) {}

    /// What is in RAM and not a file's, such as the program itself (Linux: proc(5), `/proc/self/status`).
    fn used_bytes(&self) -> Option<usize> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
        let kibibytes: usize = line.split_whitespace().next()?.parse().ok()?;
        kibibytes.checked_mul(1024)
    }

    fn margin_bytes(&self) -> usize {
        64 << 20
    }
}
