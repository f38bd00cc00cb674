//! Keeps SQLite's write-ahead log short without stopping the writer.
//!
//! A connection of its own copies pages from the log to the file while the writer goes on. Under steady load such a
//! pass never reaches the end of the log, so above a size it is followed by one that restarts the log: by then little
//! is left to copy, and the writer waits only for that.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Between passes while the log grows. A pass ends with an fsync of the file, and a commit that comes meanwhile waits for
/// the disk behind it: many small passes keep that wait short.
const PAUSE_BUSY: Duration = Duration::from_millis(50);
/// Between passes while nothing is written.
const PAUSE_IDLE: Duration = Duration::from_millis(500);
/// Pages in the log above which it is restarted: 32 MiB.
const RESTART_PAGES: i64 = 8_192;
/// Pages above which an operator should look: 1 GiB.
const ALARM_PAGES: i64 = 262_144;

#[derive(Debug, Clone)]
pub(crate) struct Checkpointer {
    stop: Arc<Notify>,
    task: Arc<tokio::sync::Mutex<Option<JoinHandle<()>>>>,
}

impl Checkpointer {
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(run(pool, stop.clone()));
        Self { stop, task: Arc::new(tokio::sync::Mutex::new(Some(task))) }
    }

    pub(crate) async fn stop(&self) {
        self.stop.notify_one();
        if let Some(task) = self.task.lock().await.take() {
            // A panic in the task was reported by the runtime; there is nothing to add at the end.
            task.await.ok();
        }
    }
}

async fn run(pool: SqlitePool, stop: Arc<Notify>) {
    let (mut pause, mut before) = (PAUSE_IDLE, 0);
    loop {
        tokio::select! {
            () = stop.notified() => break,
            () = tokio::time::sleep(pause) => {}
        }
        let passed = pass(&pool, "PRAGMA wal_checkpoint(PASSIVE)").await;
        let pages = *passed.as_ref().unwrap_or(&before);
        pause = if pages == before { PAUSE_IDLE.min(pause * 2) } else { PAUSE_BUSY };
        before = pages;
        match passed {
            Ok(pages) if pages > RESTART_PAGES => {
                if pages > ALARM_PAGES {
                    tracing::warn!(pages, "the write-ahead log is over 1 GiB: a long read may be holding it");
                }
                if let Err(error) = pass(&pool, "PRAGMA wal_checkpoint(RESTART)").await {
                    tracing::debug!(%error, "the log could not be restarted; the next pass tries again");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "checkpoint failed; the next pass tries again"),
        }
    }
    pool.close().await;
}

/// One pass; gives the pages in the log.
async fn pass(pool: &SqlitePool, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(sql).fetch_one(pool).await?.try_get(1)
}
