//! The end of questions that use too much memory.

use std::time::Duration;

use crate::Lake;

/// How often the memory is looked at. A thread fills some megabytes meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Comes back when questions use more memory than all that run may use together, of which one may use `memory_bytes`: it
/// may have ended and given that back before its answer is heard.
pub(super) async fn overrun(lake: &Lake, memory_bytes: usize) {
    while !lake.is_overrun(memory_bytes) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
