//! One transaction on either engine.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Postgres, Sqlite};
use tracing::Instrument as _;

use crate::rows::{Column, Form, Statement};
use crate::watch::{Access, Sent, Watch};
use crate::{Engine, Error, Row, Rows, Value};

/// A transaction. Dropping it rolls back. After any statement failed it cannot be committed: on PostgreSQL the
/// transaction is over, and on SQLite it must not be less so.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// In which form many rows go out.
    form: Form,
    failed: bool,
    /// The connection overwrites whole pages that become free.
    overwrites: bool,
    /// When it began, where it may write.
    writes_since: Option<Duration>,
    watch: Arc<Watch>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Binds values to a query of one driver.
macro_rules! bound {
    ($statement:expr) => {{
        let mut query = sqlx::query($statement.text);
        for value in &$statement.values {
            query = match value {
                Value::Int(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.as_deref()),
                Value::Bytes(value) => query.bind(value.as_deref()),
                Value::Real(value) => query.bind(*value),
            };
        }
        query
    }};
}

fn on_sqlite<'v>(statement: &Statement<'v>) -> sqlx::query::Query<'v, Sqlite, sqlx::sqlite::SqliteArguments> {
    bound!(statement)
}

fn on_postgres<'v>(statement: Statement<'v>) -> sqlx::query::Query<'v, Postgres, sqlx::postgres::PgArguments> {
    let mut query = bound!(statement);
    for column in statement.columns {
        query = match column {
            Column::Ints(values) => query.bind(values),
            Column::Texts(values) => query.bind(values),
            Column::Bytes(values) => query.bind(values),
            Column::Reals(values) => query.bind(values),
        };
    }
    query
}

impl Tx {
    pub(crate) fn sqlite(tx: sqlx::Transaction<'static, Sqlite>, access: Access, watch: Arc<Watch>) -> Self {
        Self {
            inner: Inner::Sqlite(tx),
            form: Form::Marks,
            failed: false,
            overwrites: false,
            writes_since: watch.writes_from(access),
            watch,
        }
    }

    pub(crate) fn postgres(
        tx: sqlx::Transaction<'static, Postgres>,
        form: Form,
        access: Access,
        watch: Arc<Watch>,
    ) -> Self {
        Self {
            inner: Inner::Postgres(tx),
            form,
            failed: false,
            overwrites: false,
            writes_since: watch.writes_from(access),
            watch,
        }
    }

    /// Which engine this runs on. Statements are the same on both; only migrations and administration ask.
    pub const fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// The connection underneath, on PostgreSQL: for copying whole tables.
    pub(crate) fn postgres_connection(&mut self) -> Option<&mut sqlx::PgConnection> {
        match &mut self.inner {
            Inner::Sqlite(_) => None,
            Inner::Postgres(tx) => Some(&mut **tx),
        }
    }

    /// Runs a statement and gives the number of rows it changed.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, Error> {
        self.run_execute(Statement::of_values(sql, values)).await
    }

    /// Runs a statement and gives its rows.
    pub async fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Error> {
        self.run_query(Statement::of_values(sql, values)).await
    }

    /// Runs a statement whose answer is at most one row.
    pub async fn query_one(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, values).await?.pop())
    }

    /// Writes many rows: `…` in the text is replaced by them. It stands in `VALUES …`, or as keys in `IN (…)`; the values of a
    /// column are of one kind. Gives the number of rows changed.
    pub async fn write_rows<const N: usize>(
        &mut self,
        sql: &'static str,
        fixed: &[Value],
        rows: &Rows<N>,
    ) -> Result<u64, Error> {
        let mut changed = 0;
        for statement in rows.writes(self.form, sql, fixed) {
            changed += self.run_execute(statement?).await?;
        }
        Ok(changed)
    }

    /// Writes many rows, each of which must be written: otherwise [`Error::RowsWritten`], and the transaction is over.
    pub async fn write_all_rows<const N: usize>(
        &mut self,
        sql: &'static str,
        fixed: &[Value],
        rows: &Rows<N>,
    ) -> Result<(), Error> {
        let wrote = self.write_rows(sql, fixed, rows).await?;
        let sent = rows.len() as u64;
        if wrote != sent {
            self.failed = true;
            return Err(Error::RowsWritten { sent, wrote });
        }
        Ok(())
    }

    /// Writes many rows and gives what the RETURNING clause gives, in no particular order.
    pub async fn write_rows_returning<const N: usize>(
        &mut self,
        sql: &'static str,
        fixed: &[Value],
        rows: &Rows<N>,
    ) -> Result<Vec<Row>, Error> {
        let mut returned = Vec::with_capacity(rows.len());
        for statement in rows.writes(self.form, sql, fixed) {
            returned.extend(self.run_query(statement?).await?);
        }
        Ok(returned)
    }

    /// Reads by many keys: `…` is replaced by them. The last key of a chunk may be sent several times, so the text
    /// must give a row once however often its key stands there: `WHERE key IN (…)`, or a join on `SELECT DISTINCT`.
    pub async fn read_rows<const N: usize>(
        &mut self,
        sql: &'static str,
        fixed: &[Value],
        keys: &Rows<N>,
    ) -> Result<Vec<Row>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for statement in keys.reads(self.form, sql, fixed) {
            found.extend(self.run_query(statement?).await?);
        }
        Ok(found)
    }

    /// From here on, what this transaction deletes is overwritten wherever it stood, so that nothing of it is left in a SQLite
    /// file once [`crate::Store::empty_log`] gave `true`. PostgreSQL keeps what was deleted until it is vacuumed, whatever
    /// a transaction says.
    pub async fn overwrite_deleted(&mut self) -> Result<(), Error> {
        if self.engine() == Engine::Sqlite {
            self.query("PRAGMA secure_delete = ON", &[]).await?;
            // A connection that is rolled back keeps it, which costs it something and harms nobody.
            self.overwrites = true;
        }
        Ok(())
    }

    /// Makes the transaction durable. Only after this returned `Ok` may a caller be told that anything happened.
    pub async fn commit(mut self) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Contended);
        }
        if self.overwrites {
            self.query("PRAGMA secure_delete = FAST", &[]).await?;
        }
        let sent = Sent { statement: "COMMIT", rows: 0 };
        let (start, span) = (self.watch.start(), self.watch.span(self.engine(), sent));
        let done = match self.inner {
            Inner::Sqlite(tx) => tx.commit().instrument(span).await,
            Inner::Postgres(tx) => tx.commit().instrument(span).await,
        };
        self.watch.ended(sent, start, 0);
        self.watch.wrote(self.writes_since);
        self.watch.failing(done)
    }

    /// Undoes everything. Dropping does the same, later.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    async fn run_execute(&mut self, statement: Statement<'_>) -> Result<u64, Error> {
        let sent = Sent { statement: statement.template, rows: statement.rows };
        let (start, span) = (self.watch.start(), self.watch.span(self.engine(), sent));
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let done = on_sqlite(&statement).execute(&mut **tx).instrument(span).await;
                done.map(|done| done.rows_affected())
            }
            Inner::Postgres(tx) => {
                let done = on_postgres(statement).execute(&mut **tx).instrument(span).await;
                done.map(|done| done.rows_affected())
            }
        };
        self.watch.ended(sent, start, result.as_ref().copied().unwrap_or(0));
        self.noting_failure(result)
    }

    async fn run_query(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, Error> {
        let sent = Sent { statement: statement.template, rows: statement.rows };
        let (start, span) = (self.watch.start(), self.watch.span(self.engine(), sent));
        let result: Result<Vec<Row>, sqlx::Error> = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = on_sqlite(&statement).fetch_all(&mut **tx).instrument(span).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(tx) => {
                let rows = on_postgres(statement).fetch_all(&mut **tx).instrument(span).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.watch.ended(sent, start, result.as_ref().map_or(0, |rows| rows.len() as u64));
        self.noting_failure(result)
    }

    fn noting_failure<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Error> {
        self.failed |= result.is_err();
        self.watch.failing(result)
    }
}
