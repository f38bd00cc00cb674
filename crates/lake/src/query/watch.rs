//! Memory that the engine does not count.
//!
//! Sorts, joins and groups ask for their memory; windows and unnested lists do not. So while questions run, the memory
//! of the whole process is looked at, and a question ends when the process grew by more than all running questions may
//! use, and a margin for what the server does meanwhile.

use std::time::Duration;

use crate::Lake;

/// How often the memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How much the server may grow for other reasons.
const MARGIN_BYTES: usize = 64 << 20;

/// Comes back when the process has grown too much since now, for a question that may use `memory_bytes` beside others;
/// never, where the system does not tell its memory.
pub(super) async fn overrun(lake: &Lake, memory_bytes: usize) {
    let Some(before) = resident_bytes() else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let grown = resident_bytes().unwrap_or(0).saturating_sub(before);
        // A question that has just ended gave its grant back before it is heard.
        if grown > lake.granted_bytes().max(memory_bytes).saturating_add(MARGIN_BYTES) {
            return;
        }
    }
}

/// Memory of this process that is not swapped out and not a file's, such as the program itself (Linux: proc(5),
/// `/proc/self/status`).
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: usize = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}
