//! A database for each test, on either engine.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::random::SeededEntropy;
use tallymark_base::seal::Key;
use tallymark_base::time::ManualClock;
use tallymark_base::{Entropy, IdSource, Timestamp};
use tallymark_store::{Context, Engine, Migrations, Options, Store};

/// The variable that names a PostgreSQL server on which tests may create databases.
pub const POSTGRES_URL: &str = "TALLYMARK_TEST_POSTGRES_URL";

/// The variable that limits tests to one engine: `sqlite` or `postgres`.
pub const ENGINE: &str = "TALLYMARK_TEST_ENGINE";

/// An empty, migrated database with a clock that stands at 2026-03-01T00:00:00Z, ids, and seeded entropy.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub store: Store,
    /// Its address, to open it again.
    pub url: String,
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// Ids of node 1.
    pub ids: Arc<IdSource>,
    /// The same bytes in every run.
    pub entropy: Arc<dyn Entropy>,
    /// A master key.
    pub master: Key,
    folder: Option<tempfile::TempDir>,
}

impl TestDb {
    /// A database on `engine`, or `None` (and a line that says so) when PostgreSQL is not configured.
    pub async fn on(engine: Engine, migrations: &[Migrations]) -> Option<Self> {
        let only = std::env::var(ENGINE).unwrap_or_default();
        if matches!((engine, only.as_str()), (Engine::Sqlite, "postgres") | (Engine::Postgres, "sqlite")) {
            println!("skipped on {engine:?}: {ENGINE} is {only}");
            return None;
        }
        let EmptyDb { url, folder } = EmptyDb::on(engine).await?;
        let store = Store::open(&url, &Options { connections_max: 12, ..Options::default() }).await.expect("opens");
        let foundation = tallymark_store::MIGRATIONS;
        let above = migrations.iter().filter(|own| own.owner != foundation.owner).copied();
        let all: Vec<Migrations> = std::iter::once(foundation).chain(above).collect();
        store.migrate(&all).await.expect("migrates");
        Some(Self {
            store,
            url,
            clock: Arc::new(ManualClock::at(start())),
            ids: Arc::new(IdSource::new(1, Timestamp(0), Duration::MAX)),
            entropy: Arc::new(SeededEntropy::new([7; 32])),
            master: Key::new([9; 32]),
            folder,
        })
    }

    /// The same as the context of use cases.
    pub fn context(&self) -> Context {
        Context {
            store: self.store.clone(),
            ids: self.ids.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            master: self.master.clone(),
        }
    }

    /// The folder of a SQLite database.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(tempfile::TempDir::path)
    }
}

/// The address of a database in which there is nothing; on SQLite not even the file.
#[derive(Debug)]
pub struct EmptyDb {
    /// Its address.
    pub url: String,
    folder: Option<tempfile::TempDir>,
}

impl EmptyDb {
    /// An address on `engine`, or `None` (and a line that says so) when PostgreSQL is not configured.
    pub async fn on(engine: Engine) -> Option<Self> {
        Some(match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
                Self { url, folder: Some(folder) }
            }
            Engine::Postgres => Self { url: new_postgres_database().await?, folder: None },
        })
    }

    /// The folder of a SQLite database.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(tempfile::TempDir::path)
    }
}

/// Where every test clock starts.
pub fn start() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().expect("a moment")
}

/// Creates a database with a name of its own; gives its address.
#[expect(clippy::disallowed_methods, reason = "a name that no other test process chooses")]
async fn new_postgres_database() -> Option<String> {
    let Ok(server) = std::env::var(POSTGRES_URL) else {
        println!("skipped on PostgreSQL: {POSTGRES_URL} is not set");
        return None;
    };
    let name = format!("test_{:032x}", rand::random::<u128>());
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&server).await.expect("PostgreSQL answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"));
    sqlx::query(create).execute(&mut connection).await.expect("may create databases");
    let (base, _) = server.rsplit_once('/').expect("an address ends with a database");
    Some(format!("{base}/{name}"))
}

/// Declares tests that run on both engines: each function gets a migrated [`TestDb`].
///
/// ```text
/// both_engines! { [tallymark_ledger::MIGRATIONS];
///     async fn a_promise(db: TestDb) { … }
/// }
/// ```
#[macro_export]
macro_rules! both_engines {
    ($migrations:expr; $($(#[$meta:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing of its file")]
            use super::*;

            async fn promise($db: $crate::db::TestDb) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                if let Some(db) = $crate::db::TestDb::on(tallymark_store::Engine::Sqlite, &$migrations).await {
                    promise(db).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(db) = $crate::db::TestDb::on(tallymark_store::Engine::Postgres, &$migrations).await {
                    promise(db).await;
                }
            }
        }
    )+};
}
