//! Making, copying and dropping whole PostgreSQL databases on the server that benchmarks and crashes may use.

use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::failure::{Context as _, Result};

/// Names a server whose role may create databases.
pub(crate) const POSTGRES_URL: &str = "TALLYMARK_BENCH_POSTGRES_URL";

/// The server, by the URL of its maintenance database.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    url: String,
}

impl Postgres {
    /// The server that [`POSTGRES_URL`] names, if it is set.
    pub(crate) fn of_environment() -> Option<Self> {
        std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()).map(|url| Self { url })
    }

    /// The URL of one of its databases.
    pub(crate) fn url_of(&self, database: &str) -> Result<String> {
        let options = PgConnectOptions::from_str(&self.url)?.database(database);
        Ok(options.to_url_lossy().to_string())
    }

    /// Whether a database exists.
    pub(crate) async fn has(&self, database: &str) -> Result<bool> {
        let mut connection = self.connect().await?;
        let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind(database)
            .fetch_optional(&mut connection)
            .await?;
        connection.close().await?;
        Ok(found.is_some())
    }

    /// Makes an empty database, in the place of one of that name.
    pub(crate) async fn create(&self, database: &str) -> Result<()> {
        self.drop(database).await?;
        self.run(&format!("CREATE DATABASE {database}")).await
    }

    /// Copies a database that nobody uses, into the place of one of that name.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> Result<()> {
        self.drop(to).await?;
        self.run(&format!("CREATE DATABASE {to} TEMPLATE {from} STRATEGY FILE_COPY")).await
    }

    /// Removes a database, with whoever is still connected to it.
    pub(crate) async fn drop(&self, database: &str) -> Result<()> {
        self.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await
    }

    /// Leaves a filled database as autovacuum would have left it over time, and its pages on the disk.
    pub(crate) async fn settle(&self, database: &str) -> Result<()> {
        let inside = Self { url: self.url_of(database)? };
        inside.run("VACUUM ANALYZE").await?;
        inside.run("CHECKPOINT").await
    }

    /// Reads a whole database once into the page cache.
    pub(crate) async fn warm(&self, database: &str) -> Result<()> {
        let inside = Self { url: self.url_of(database)? };
        inside.run("CREATE EXTENSION IF NOT EXISTS pg_prewarm").await?;
        inside
            .run(
                "SELECT pg_prewarm(oid::regclass, 'read')
                   FROM pg_class
                  WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
            )
            .await
    }

    async fn connect(&self) -> Result<PgConnection> {
        PgConnection::connect(&self.url).await.while_doing(|| format!("connecting to {POSTGRES_URL}"))
    }

    /// Names are our own: letters, digits and underscores.
    async fn run(&self, sql: &str) -> Result<()> {
        let mut connection = self.connect().await?;
        connection.execute(AssertSqlSafe(sql)).await.while_doing(|| sql.to_owned())?;
        Ok(connection.close().await?)
    }
}
