//! Whose turn it is to ask.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use tokio::sync::OwnedSemaphorePermit;

use super::Lake;

/// What the engine counts is at most this part of a question's memory. An operator that hands on what it gathered holds
/// it twice or three times meanwhile, as groups, as arrays and as rows, and asks for the first only; rows on their way are
/// not counted at all.
const COUNTED: usize = 3;
/// How often an ended question is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// How long operators may hold on to their memory after their question ended.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// The right to run a question. It ends when the turn was dropped and the last operator of the question let go of its
/// memory: one that is told to end does so when it comes to a place where it can, and the next question must not begin on
/// top of what it holds.
#[derive(Debug)]
pub(crate) struct Turn {
    lake: Lake,
    memory_bytes: usize,
    pool: Arc<dyn MemoryPool>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turn {
    pub(super) fn begin(lake: Lake, memory_bytes: usize, permit: Option<OwnedSemaphorePermit>) -> Self {
        let granted_before = lake.inner.granted_bytes.fetch_add(memory_bytes, Ordering::SeqCst);
        if granted_before == 0 {
            lake.inner.idle_bytes.store(lake.inner.memory.used_bytes().unwrap_or(0), Ordering::SeqCst);
        }
        let pool = Arc::new(GreedyMemoryPool::new(memory_bytes / COUNTED));
        Self { lake, memory_bytes, pool, permit }
    }

    /// Where the engine asks for memory.
    pub(crate) fn pool(&self) -> Arc<dyn MemoryPool> {
        self.pool.clone()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (lake, pool, permit) = (self.lake.clone(), self.pool.clone(), self.permit.take());
        let memory_bytes = self.memory_bytes;
        let threads = lake.handle(&lake.inner.asking);
        threads.spawn(async move {
            let gone = async {
                while Arc::strong_count(&pool) > 1 {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            if tokio::time::timeout(GONE_AFTER, gone).await.is_err() {
                tracing::warn!("a question that was ended holds on to its memory");
            }
            lake.inner.granted_bytes.fetch_sub(memory_bytes, Ordering::SeqCst);
            drop(permit);
        });
    }
}
