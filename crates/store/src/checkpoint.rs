//! Keeps SQLite's write-ahead log short without stopping the writer.
//!
//! A connection of its own copies pages from the log to the file while the writer goes on. Under steady load such a
//! pass never reaches the end of the log, so above a size the writer's own connection makes a last one, between two
//! transactions: by then little is left to copy, and the next transaction begins the log anew. SQLite's own ways to
//! restart a log wait for each other with the writer in sleeps, which took over a second under load.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;
use tallymark_telemetry::Metrics;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Between passes while the log grows. A pass ends with an fsync of the file, and a commit that comes meanwhile waits for
/// the disk behind it: many small passes keep that wait short.
const PAUSE_BUSY: Duration = Duration::from_millis(50);
/// Between passes while nothing is written.
const PAUSE_IDLE: Duration = Duration::from_millis(500);
/// Pages in the log above which it is restarted: 128 MiB.
const RESTART_PAGES: i64 = 32_768;
/// Pages that may be left to copy when the writer is asked to: 2 MiB.
const LAST_PAGES: i64 = 512;
/// Passes that try to get there.
const PASSES_MAX: u32 = 8;
/// Pages above which an operator should look: 1 GiB.
const ALARM_PAGES: i64 = 262_144;

#[derive(Debug, Clone)]
pub(crate) struct Checkpointer {
    stop: Arc<Notify>,
    task: Arc<tokio::sync::Mutex<Option<JoinHandle<()>>>>,
}

impl Checkpointer {
    pub(crate) fn start(pool: SqlitePool, writer: SqlitePool, metrics: Arc<Metrics>) -> Self {
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(run(pool, writer, metrics, stop.clone()));
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

async fn run(pool: SqlitePool, writer: SqlitePool, metrics: Arc<Metrics>, stop: Arc<Notify>) {
    let (mut pause, mut before) = (PAUSE_IDLE, 0);
    loop {
        tokio::select! {
            () = stop.notified() => break,
            () = tokio::time::sleep(pause) => {}
        }
        let passed = pass(&pool).await;
        count(&metrics, &passed);
        match passed {
            Ok(log) => {
                pause = if log.pages == before { PAUSE_IDLE.min(pause * 2) } else { PAUSE_BUSY };
                before = log.pages;
                if log.pages > ALARM_PAGES {
                    tracing::warn!(log.pages, "the write-ahead log is over 1 GiB: a long read may be holding it");
                }
                if log.pages > RESTART_PAGES
                    && log.left > 0
                    && let Err(error) = restart(&pool, &writer, log).await
                {
                    tracing::debug!(%error, "the log could not be restarted; the next pass tries again");
                }
            }
            Err(error) => tracing::debug!(%error, "checkpoint failed; the next pass tries again"),
        }
    }
    drop(writer);
    pool.close().await;
}

fn count(metrics: &Metrics, passed: &Result<Log, sqlx::Error>) {
    let result = match passed {
        Ok(Log { left: 0, .. }) => "whole",
        Ok(_) => "partial",
        Err(_) => "failed",
    };
    metrics.checkpoints.with_label_values(&[result]).inc();
    if let Ok(log) = passed {
        metrics.wal_pages.set(log.pages);
    }
}

/// Copies until little is left, then lets the writer's connection copy the rest, while nobody can write.
async fn restart(pool: &SqlitePool, writer: &SqlitePool, mut log: Log) -> Result<(), sqlx::Error> {
    for _ in 0..PASSES_MAX {
        if log.left <= LAST_PAGES {
            pass(writer).await?;
            return Ok(());
        }
        log = pass(pool).await?;
    }
    Ok(())
}

/// Copies everything and empties the log; `false` where somebody was in the way for as long as a connection waits.
pub(crate) async fn empty(writer: &SqlitePool) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// What a pass found.
#[derive(Debug, Clone, Copy)]
struct Log {
    /// Pages in the log.
    pages: i64,
    /// Those of them that are not in the file yet.
    left: i64,
}

/// Copies what was in the log when it began.
async fn pass(pool: &SqlitePool) -> Result<Log, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(pool).await?;
    let (pages, copied): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    Ok(Log { pages, left: pages - copied })
}
