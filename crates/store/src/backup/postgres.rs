//! Copying every table out of one snapshot of PostgreSQL, and back in one transaction.
//!
//! The files are PostgreSQL's own binary form of COPY, one for each table: `\copy TABLE FROM 'TABLE.copy' (FORMAT
//! binary)` reads them as well. Only BIGINT, TEXT, BYTEA and DOUBLE PRECISION occur, whose forms do not change.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::BackupError;
use super::manifest::{Applied, Copied, Manifest, Part, Sum, Table, hex};
use super::sink::{CHUNK, Sink, check};
use super::tuples::Tuples;
use crate::{Engine, Migrations, Options, Store, Tx, migrate};

/// Kept in the manifest instead, and written by the migrations themselves.
const MIGRATIONS: &str = "migration";

/// Copies the database at `url` into `data`, the rows of `key_tables` into `keys`.
pub(super) async fn copy(url: &str, data: &Path, keys: &Path, key_tables: &[&str]) -> Result<Copied, BackupError> {
    let store = open(url).await?;
    let mut tx = store.read().await?;
    let connection = connection(&mut tx);
    let migrations = applied(connection).await?;
    let engine_version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut *connection).await?;
    let (mut of_data, mut of_keys) = (Part::default(), Part::default());
    for table in tables(connection).await? {
        if table == MIGRATIONS {
            continue;
        }
        let (folder, part) =
            if key_tables.contains(&table.as_str()) { (keys, &mut of_keys) } else { (data, &mut of_data) };
        let (sum, rows) = copy_out(connection, &table, &folder.join(file_of(&table))).await?;
        part.files.push(sum);
        part.tables.push(Table { name: table, rows });
    }
    tx.commit().await?;
    store.close().await;
    Ok(Copied { engine: Engine::Postgres, engine_version, migrations, data: of_data, keys: of_keys })
}

/// Two connections at most: a backup must leave them to the server.
async fn open(url: &str) -> Result<Store, BackupError> {
    Ok(Store::open(url, &Options { connections_max: 2, ..Options::default() }).await?)
}

fn connection(tx: &mut Tx) -> &mut PgConnection {
    tx.postgres_connection().expect("the address was PostgreSQL's")
}

fn file_of(table: &str) -> String {
    format!("{table}.copy")
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<String>, BackupError> {
    let sql = "SELECT table_name::text
                 FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
             ORDER BY table_name";
    Ok(sqlx::query_scalar(sql).fetch_all(connection).await?)
}

async fn columns(connection: &mut PgConnection, table: &str) -> Result<String, BackupError> {
    let sql = "SELECT column_name::text
                 FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name = $1
             ORDER BY ordinal_position";
    let names: Vec<String> = sqlx::query_scalar(sql).bind(table).fetch_all(connection).await?;
    Ok(names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "))
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, BackupError> {
    if !tables(connection).await?.iter().any(|table| table == MIGRATIONS) {
        let text = "the database is none of this product: nothing was ever migrated";
        return Err(BackupError::NoDatabase(text.to_owned()));
    }
    let sql = "SELECT owner, number, name, checksum FROM migration ORDER BY owner, number";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    let of_row = |row: &sqlx::postgres::PgRow| {
        Ok(Applied {
            owner: row.try_get(0)?,
            number: row.try_get(1)?,
            name: row.try_get(2)?,
            checksum: hex(&row.try_get::<Vec<u8>, _>(3)?),
        })
    };
    rows.iter().map(of_row).collect()
}

async fn copy_out(connection: &mut PgConnection, table: &str, to: &Path) -> Result<(Sum, u64), BackupError> {
    let columns = columns(connection, table).await?;
    let mut sink = Sink::new(to)?;
    let mut tuples = Tuples::new();
    let sql = format!("COPY (SELECT {columns} FROM \"{table}\") TO STDOUT (FORMAT binary)");
    let mut pieces = connection.copy_out_raw(&sql).await?;
    while let Some(piece) = pieces.try_next().await? {
        tuples.add(&piece);
        sink.add(&piece);
    }
    drop(pieces);
    let sum = sink.finish()?;
    let rows = tuples.rows().ok_or_else(|| BackupError::damaged(to, "PostgreSQL sent only a part of the table"))?;
    Ok((sum, rows))
}

/// Puts both halves back into the database at `url`, which must hold no table.
pub(super) async fn restore(
    url: &str,
    parts: [(&Path, &Manifest); 2],
    known: &[Migrations],
) -> Result<(), BackupError> {
    for (folder, manifest) in parts {
        for sum in &manifest.files {
            check(&folder.join(&sum.name), sum)?;
        }
    }
    let store = open(url).await?;
    let mut tx = store.write().await?;
    let there = tables(connection(&mut tx)).await?;
    if !there.is_empty() {
        return Err(BackupError::NotEmpty(format!("the database has {} tables already", there.len())));
    }
    migrate::apply_as(&mut tx, known, |owner, number| {
        parts[0].1.migrations.iter().any(|applied| applied.owner == owner && applied.number == number)
    })
    .await?;
    let target = connection(&mut tx);
    // Building an index over what is there is several times faster than keeping it while rows come.
    let indexes = take_indexes(target).await?;
    for (folder, manifest) in parts {
        for table in &manifest.tables {
            copy_in(target, table, &folder.join(file_of(&table.name))).await?;
        }
    }
    run(target, "SET LOCAL maintenance_work_mem = '256MB'".to_owned()).await?;
    for index in indexes {
        run(target, index).await?;
    }
    tx.commit().await?;
    let mut tx = store.write().await?;
    run(connection(&mut tx), "ANALYZE".to_owned()).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// Removes every key and index; gives the statements that make them again.
async fn take_indexes(target: &mut PgConnection) -> Result<Vec<String>, BackupError> {
    let mut again = Vec::new();
    let sql = "SELECT quote_ident(t.relname), quote_ident(c.conname), pg_get_constraintdef(c.oid)
                 FROM pg_constraint AS c
                 JOIN pg_class AS t ON t.oid = c.conrelid
                WHERE t.relnamespace = current_schema()::regnamespace AND c.contype IN ('p', 'u')
             ORDER BY t.relname, c.conname";
    let keys: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(&mut *target).await?;
    for (table, name, definition) in keys {
        if table == MIGRATIONS {
            continue;
        }
        run(target, format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
        again.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
    }
    let sql = "SELECT quote_ident(i.relname), pg_get_indexdef(i.oid)
                 FROM pg_index AS x
                 JOIN pg_class AS i ON i.oid = x.indexrelid
                 JOIN pg_class AS t ON t.oid = x.indrelid
                WHERE t.relnamespace = current_schema()::regnamespace AND NOT x.indisprimary
             ORDER BY i.relname";
    let indexes: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut *target).await?;
    for (name, definition) in indexes {
        run(target, format!("DROP INDEX {name}")).await?;
        again.push(definition);
    }
    Ok(again)
}

async fn copy_in(target: &mut PgConnection, table: &Table, from: &Path) -> Result<(), BackupError> {
    let columns = columns(target, &table.name).await?;
    if columns.is_empty() {
        return Err(BackupError::KeysOfAnother(format!("the data has no table {}", table.name)));
    }
    let mut file = File::open(from).map_err(BackupError::io(from))?;
    let sql = format!("COPY \"{}\" ({columns}) FROM STDIN (FORMAT binary)", table.name);
    let mut copy = target.copy_in_raw(&sql).await?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(BackupError::io(from))?;
        if read == 0 {
            break;
        }
        copy.send(&chunk[..read]).await?;
    }
    let rows = copy.finish().await?;
    if rows != table.rows {
        return Err(BackupError::damaged(from, format!("it has {rows} rows, not {}", table.rows)));
    }
    Ok(())
}

/// Runs a statement whose names come from the schema itself.
async fn run(target: &mut PgConnection, sql: String) -> Result<(), BackupError> {
    sqlx::query(AssertSqlSafe(sql)).execute(target).await?;
    Ok(())
}
