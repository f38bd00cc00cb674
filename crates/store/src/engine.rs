//! Opening a database, and proving that it keeps what it acknowledges.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock, Timestamp};
use tallymark_telemetry::Metrics;
use tracing::Instrument as _;

use crate::checkpoint::Checkpointer;
use crate::rows::Form;
use crate::statistics::Statistics;
use crate::watch::{Access, Sent, Watch};
use crate::{Error, Tx};

/// Older SQLite can corrupt a database in WAL mode when a checkpoint and a reset race (fixed in 3.51.3).
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);
/// SQLSTATE lists, `MERGE`-free SQL and the defaults that the product asserts hold from this release on.
const POSTGRES_MIN: i64 = 150_000;
/// Distinct statement texts of a server stay below this: some 60 statements of at most sixteen sizes, and those of one text.
const STATEMENTS_MAX: usize = 2_000;
/// Statements that take longer are written to the log, unless an option says otherwise.
const SLOW_AFTER: Duration = Duration::from_millis(200);
/// How a transaction that may write begins on PostgreSQL. Plans of prepared statements are kept: one that was made while a
/// table was small would go on reading the whole of it as it grows, until its statistics are renewed some minutes later.
/// Every statement has an index that serves it.
const BEGIN_WRITE: &str = "BEGIN; SET LOCAL enable_seqscan = off";

/// The kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

impl Engine {
    /// The engine of a database's address.
    pub fn of(url: &str) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            return Ok(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres);
        }
        Err(Error::Unsafe("a database is given as sqlite:PATH or postgres://USER@HOST/NAME".to_owned()))
    }
}

/// How to open a database. `Default` is right for a server of one machine.
#[derive(Debug, Clone)]
pub struct Options {
    /// Page cache of the one SQLite writer, in MiB; it fills as pages are used. A quarter of the memory by default.
    pub sqlite_cache_mib: u32,
    /// Connections for reading (SQLite), or for everything (PostgreSQL).
    pub connections_max: u32,
    /// How long to wait for a free connection or a lock.
    pub wait_max: Duration,
    /// Statements that take longer are written to the log.
    pub slow_after: Duration,
    /// Where failures, waits and slow statements are counted.
    pub metrics: Arc<Metrics>,
    /// What statements are measured by.
    pub clock: Arc<dyn Clock>,
    /// A named SQLite VFS; tests cut its power.
    pub sqlite_vfs: Option<String>,
    /// Run with `synchronous=NORMAL`, which may lose acknowledged commits when power fails. Exists so that the
    /// power-loss test can show that it notices; every other opening refuses it.
    pub sqlite_unsafe_for_test: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sqlite_cache_mib: quarter_of_memory_mib(),
            connections_max: 8,
            wait_max: Duration::from_secs(5),
            slow_after: SLOW_AFTER,
            metrics: Arc::default(),
            clock: Arc::new(SystemClock::new()),
            sqlite_vfs: None,
            sqlite_unsafe_for_test: false,
        }
    }
}

/// A quarter of the machine's memory, 64 to 8,192 MiB; 256 where it cannot be told. With millions of past scans the rows
/// that a batch touches lie all over the file: what is not in this cache is read again for every batch.
fn quarter_of_memory_mib() -> u32 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total_kib = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    total_kib.map_or(256, |kib| u32::try_from((kib / 1024 / 4).clamp(64, 8_192)).unwrap_or(256))
}

/// A database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    watch: Arc<Watch>,
}

#[derive(Debug, Clone)]
enum Pools {
    /// One writer, so that writers queue in the process instead of failing on the file's lock; many readers.
    Sqlite { writer: SqlitePool, readers: SqlitePool, checkpointer: Checkpointer },
    Postgres {
        pool: PgPool,
        /// In which form many rows go out.
        form: Form,
        statistics: Statistics,
    },
}

impl Store {
    /// Opens `url`: `sqlite:PATH` (made if it is missing) or `postgres://…`. Fails when the engine is too old or is
    /// set so that it may forget what it acknowledged. Must be called inside a tokio runtime.
    pub async fn open(url: &str, options: &Options) -> Result<Self, Error> {
        match Engine::of(url)? {
            Engine::Sqlite => {
                let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
                Self::open_sqlite(Path::new(path), options).await
            }
            Engine::Postgres => Self::open_postgres(url, options).await,
        }
    }

    async fn open_sqlite(path: &Path, options: &Options) -> Result<Self, Error> {
        let synchronous =
            if options.sqlite_unsafe_for_test { SqliteSynchronous::Normal } else { SqliteSynchronous::Full };
        let mut connect = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(options.wait_max)
            .foreign_keys(false)
            .statement_cache_capacity(STATEMENTS_MAX)
            // Rows travel from the driver's thread in chunks; the default of 50 stalls it on a batch.
            .row_buffer_size(1_024)
            .pragma("temp_store", "MEMORY")
            // The checkpointer keeps the log short; this is only the net under it (64 MiB of pages).
            .pragma("wal_autocheckpoint", "16384");
        if let Some(vfs) = &options.sqlite_vfs {
            connect = connect.vfs(vfs.clone());
        }
        let cache_kib = |mib: u32| format!("-{}", u64::from(mib) * 1024);
        // After a full disk or a failed sync SQLite ends the transaction by itself, and the driver, whose own rollback
        // then fails, takes the connection for one inside a transaction for ever. Such a connection is replaced.
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(options.wait_max)
            .test_before_acquire(false)
            .before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            });
        let one = pool.clone().max_connections(1);
        // What is deleted is overwritten where that costs nothing. Overwriting pages that become free as well would double what
        // a queue writes; `Tx::overwrite_deleted` does it for those who must.
        let writes = connect.clone().pragma("secure_delete", "FAST");
        let writer = one.clone().connect_with(writes.pragma("cache_size", cache_kib(options.sqlite_cache_mib))).await?;
        assert_sqlite(&writer, !options.sqlite_unsafe_for_test).await?;
        let readers = pool
            .max_connections(options.connections_max)
            .idle_timeout(Duration::from_secs(60))
            .connect_lazy_with(connect.clone().pragma("query_only", "1"));
        let checkpoints = one.connect_lazy_with(connect);
        let checkpointer = Checkpointer::start(checkpoints, writer.clone(), options.metrics.clone());
        Ok(Self { pools: Pools::Sqlite { writer, readers, checkpointer }, watch: watch(options) })
    }

    async fn open_postgres(url: &str, options: &Options) -> Result<Self, Error> {
        let connect = PgConnectOptions::from_str(url)?
            .statement_cache_capacity(STATEMENTS_MAX)
            .application_name("tallymark")
            // A statement that waits for a lock longer than a caller would gives up, and is done again. Compiling a plan
            // costs more than any statement here takes.
            .options([("lock_timeout", format!("{}ms", options.wait_max.as_millis()).as_str()), ("jit", "off")]);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections_max)
            .acquire_timeout(options.wait_max)
            // A ping before each use costs a round trip; a dead connection shows itself as Unavailable.
            .test_before_acquire(false)
            .connect_with(connect)
            .await?;
        assert_postgres(&pool).await?;
        let form = if is_citus(&pool).await? { Form::Numbers } else { Form::Arrays };
        let statistics = Statistics::start(pool.clone());
        Ok(Self { pools: Pools::Postgres { pool, form, statistics }, watch: watch(options) })
    }

    /// The same database by one connection that nobody else uses, for whoever sends the same statements all the time:
    /// PostgreSQL keeps prepared statements by connection, and where any of eight may come next, each is prepared and planned
    /// eight times. One transaction at a time; whoever begins a second waits. SQLite has one writer as it is.
    pub fn with_own_connection(&self) -> Self {
        let Pools::Postgres { pool, form, statistics } = &self.pools else { return self.clone() };
        let connect = PgConnectOptions::clone(&pool.connect_options());
        let own = pool.options().clone().max_connections(1).connect_lazy_with(connect);
        let pools = Pools::Postgres { pool: own, form: *form, statistics: statistics.clone() };
        Self { pools, watch: self.watch.clone() }
    }

    /// Which engine.
    pub const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Opens a transaction that may write. On SQLite it takes the write lock at once, so that it cannot fail later
    /// for having read too early.
    pub async fn write(&self) -> Result<Tx, Error> {
        let (start, span) = self.beginning();
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let begun = writer.begin_with("BEGIN IMMEDIATE").instrument(span).await;
                Ok(Tx::sqlite(self.watch.began(Access::Write, start, begun)?, Access::Write, self.watch.clone()))
            }
            Pools::Postgres { pool, form, .. } => {
                let begun = begin(pool, BEGIN_WRITE).instrument(span).await;
                let tx = self.watch.began(Access::Write, start, begun)?;
                Ok(Tx::postgres(tx, *form, Access::Write, self.watch.clone()))
            }
        }
    }

    /// Opens a transaction for reading: one consistent picture, which never waits for a writer.
    pub async fn read(&self) -> Result<Tx, Error> {
        let (start, span) = self.beginning();
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let begun = readers.begin().instrument(span).await;
                Ok(Tx::sqlite(self.watch.began(Access::Read, start, begun)?, Access::Read, self.watch.clone()))
            }
            Pools::Postgres { pool, form, .. } => {
                let begun = begin(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").instrument(span).await;
                let tx = self.watch.began(Access::Read, start, begun)?;
                Ok(Tx::postgres(tx, *form, Access::Read, self.watch.clone()))
            }
        }
    }

    fn beginning(&self) -> (Duration, tracing::Span) {
        let sent = Sent { statement: "BEGIN", rows: 0 };
        (self.watch.start(), self.watch.span(self.engine(), sent))
    }

    /// Where this store counts; whoever uses it counts there as well.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.watch.metrics
    }

    /// Sets the measures of connections to what is so at this moment.
    pub fn count_connections(&self) {
        let connections = &self.watch.metrics.database_connections;
        let count = |pool: &str, size: u32, idle: usize| {
            let idle = i64::try_from(idle).unwrap_or(i64::MAX);
            connections.with_label_values(&[pool, "idle"]).set(idle);
            connections.with_label_values(&[pool, "busy"]).set((i64::from(size) - idle).max(0));
        };
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                count("writer", writer.size(), writer.num_idle());
                count("readers", readers.size(), readers.num_idle());
            }
            Pools::Postgres { pool, .. } => count("all", pool.size(), pool.num_idle()),
        }
    }

    /// The version of the engine, as it names it.
    pub async fn version(&self) -> Result<String, Error> {
        let mut tx = self.read().await?;
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT sqlite_version()",
            Engine::Postgres => "SELECT current_setting('server_version')",
        };
        let row = tx.query_one(sql, &[]).await?;
        tx.commit().await?;
        row.map_or(Ok(String::new()), |row| row.text(0))
    }

    /// How much the database holds on its disk, in bytes.
    pub async fn size_bytes(&self) -> Result<u64, Error> {
        let mut tx = self.read().await?;
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Engine::Postgres => "SELECT pg_database_size(current_database())",
        };
        let row = tx.query_one(sql, &[]).await?;
        tx.commit().await?;
        row.map_or(Ok(0), |row| Ok(u64::try_from(row.int(0)?).unwrap_or_default()))
    }

    /// The database's own clock, where it has one that is not this machine's.
    pub async fn time(&self) -> Result<Option<Timestamp>, Error> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let mut tx = self.read().await?;
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
        let row = tx.query_one(sql, &[]).await?;
        tx.commit().await?;
        row.map(|row| row.time(0)).transpose()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut tx = self.read().await?;
        tx.query("SELECT 1", &[]).await?;
        tx.commit().await
    }

    /// Writes everything that stands in SQLite's write-ahead log into the file, and empties the log: what was deleted before
    /// stands nowhere afterwards. Nobody writes meanwhile. Gives `false` where a reader that goes on reading was in the way;
    /// try again later. On PostgreSQL there is nothing to do here.
    pub async fn empty_log(&self) -> Result<bool, Error> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Ok(crate::checkpoint::empty(writer).await?),
            Pools::Postgres { .. } => Ok(true),
        }
    }

    /// Gives back the memory of SQLite's page cache for writing: for long work whose pages nobody asks for again. What others
    /// need of it is read again. On PostgreSQL there is nothing to do here.
    pub async fn release_cache(&self) -> Result<(), Error> {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            sqlx::query("PRAGMA shrink_memory").execute(writer).await?;
        }
        Ok(())
    }

    /// Closes every connection; waits for those in use.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, checkpointer } => {
                checkpointer.stop().await;
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool, statistics, .. } => {
                statistics.stop().await;
                pool.close().await;
            }
        }
    }
}

/// Begins in a task of its own. A caller who goes away in the middle, as one does whose client hung up, would otherwise
/// leave the connection in a transaction that the driver does not know of, for the next one to run into.
async fn begin(
    pool: &PgPool,
    statement: &'static str,
) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

fn watch(options: &Options) -> Arc<Watch> {
    Arc::new(Watch::new(options.metrics.clone(), options.clock.clone(), options.slow_after))
}

async fn assert_sqlite(pool: &SqlitePool, full: bool) -> Result<(), Error> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < SQLITE_MIN {
        return Err(Error::Unsafe(format!("SQLite {version} can corrupt a WAL database; 3.51.3 or later is needed")));
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    if journal != "wal" {
        return Err(Error::Unsafe(format!(
            "the SQLite file is in journal mode {journal}, not WAL; is its disk a network share?"
        )));
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await?;
    if full && synchronous < 2 {
        return Err(Error::Unsafe("SQLite runs with synchronous below FULL and could forget a commit".to_owned()));
    }
    Ok(())
}

async fn assert_postgres(pool: &PgPool) -> Result<(), Error> {
    let version: String = sqlx::query_scalar("SHOW server_version_num").fetch_one(pool).await?;
    if version.parse::<i64>().unwrap_or(0) < POSTGRES_MIN {
        return Err(Error::Unsafe(format!("PostgreSQL {version} is too old; 15 or later is needed")));
    }
    for (setting, sql) in [
        ("fsync", "SHOW fsync"),
        ("full_page_writes", "SHOW full_page_writes"),
        ("synchronous_commit", "SHOW synchronous_commit"),
    ] {
        let value: String = sqlx::query_scalar(sql).fetch_one(pool).await?;
        // Beyond `on`, synchronous_commit knows `remote_apply`, which promises more.
        if value != "on" && value != "remote_apply" {
            return Err(Error::Unsafe(format!(
                "PostgreSQL runs with {setting} = {value} and could forget a commit; set {setting} = on"
            )));
        }
    }
    Ok(())
}

/// Whether tables may lie on several machines. There rows that stand one by one in a statement are sent to where they belong;
/// arrays would all be unpacked on the coordinator first.
async fn is_citus(pool: &PgPool) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')";
    Ok(sqlx::query_scalar(sql).fetch_one(pool).await?)
}
