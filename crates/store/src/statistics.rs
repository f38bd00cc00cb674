//! Keeps PostgreSQL's statistics near the truth while tables grow fast.
//!
//! The plan of a prepared statement is kept until the statistics of its tables change. Of a table that has none, PostgreSQL
//! takes one brand's rows for a handful and reads them all, with the right index and the wrong end of it. Autovacuum comes
//! round once a minute; the first files of a brand bring millions of rows in that time.

use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

/// Between looks while some table grows.
const PAUSE_BUSY: Duration = Duration::from_secs(1);
/// Between looks while none does.
const PAUSE_IDLE: Duration = Duration::from_secs(4);
/// Tables that have grown threefold since they were last looked through, and are worth it; those of other owners are theirs
/// to look after. Names come quoted.
const GROWN: &str = "SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.relname)
       FROM pg_stat_user_tables s
       JOIN pg_class c ON c.oid = s.relid
      WHERE s.schemaname = ANY(current_schemas(false)) AND pg_has_role(c.relowner, 'USAGE')
            AND s.n_live_tup >= 1000 AND s.n_live_tup >= 3 * c.reltuples";
/// Held by whoever looks through tables, of all servers of a database.
const LOCK: &str = "SELECT pg_try_advisory_xact_lock(hashtext('tallymark statistics'))";

/// The task that does it, until the store is closed or its last handle is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Statistics(Arc<Task>);

#[derive(Debug)]
struct Task {
    stop: Arc<Notify>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Statistics {
    pub(crate) fn start(pool: PgPool) -> Self {
        let stop = Arc::new(Notify::new());
        let handle = tokio::spawn(run(pool, stop.clone()));
        Self(Arc::new(Task { stop, handle: Mutex::new(Some(handle)) }))
    }

    pub(crate) async fn stop(&self) {
        self.0.stop.notify_one();
        if let Some(handle) = self.0.handle.lock().await.take() {
            // A panic in the task was reported by the runtime; there is nothing to add at the end.
            handle.await.ok();
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

async fn run(pool: PgPool, stop: Arc<Notify>) {
    let mut pause = PAUSE_BUSY;
    loop {
        tokio::select! {
            () = stop.notified() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = match renew(&pool).await {
            Ok(0) => PAUSE_IDLE.min(pause * 2),
            Ok(tables) => {
                tracing::debug!(tables, "statistics of tables that grew were renewed");
                PAUSE_BUSY
            }
            Err(error) => {
                tracing::debug!(%error, "statistics were not renewed; the next look tries again");
                PAUSE_IDLE
            }
        };
    }
}

/// Renews the statistics of tables that have grown; gives how many.
async fn renew(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let grown: Vec<String> = sqlx::query_scalar(GROWN).fetch_all(pool).await?;
    for table in &grown {
        let mut tx = pool.begin().await?;
        let is_alone: bool = sqlx::query_scalar(LOCK).fetch_one(&mut *tx).await?;
        if is_alone {
            sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE {table}"))).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    Ok(grown.len())
}
