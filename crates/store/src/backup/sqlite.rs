//! Copying a SQLite file page by page while it is written to, and putting it back.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::BackupError;
use super::folder::{create, sync_parent};
use super::manifest::{Applied, Copied, Manifest, Part, Sum, Table, hex};
use super::sink::{Sink, check, compare, sum_of};
use crate::{Engine, Error};

/// The copy of the database, without the rows of keys.
const DATA: &str = "data.sqlite";
/// The rows of keys, in tables of the same names.
const KEYS: &str = "keys.sqlite";
/// Where the header of a file says whether it has a write-ahead log, and what it says where it has none
/// (https://sqlite.org/fileformat2.html, 1.3.3).
const VERSIONS: std::ops::Range<usize> = 18..20;
const WITHOUT_LOG: u8 = 1;
/// Page cache of the connections that copy, in KiB: pages are read once.
const CACHE_KIB: &str = "-8192";

/// Copies the database at `path` into `data`, the rows of `key_tables` into `keys`.
pub(super) async fn copy(path: &Path, data: &Path, keys: &Path, key_tables: &[&str]) -> Result<Copied, BackupError> {
    if !path.exists() {
        return Err(BackupError::NoDatabase(format!("there is no database {}", path.display())));
    }
    let mut source = SqliteConnectOptions::new()
        .filename(path)
        .pragma("query_only", "1")
        .pragma("cache_size", CACHE_KIB)
        .busy_timeout(std::time::Duration::from_secs(30))
        .connect()
        .await?;
    refuse_without_pages(&mut source).await?;
    sqlx::query("BEGIN").execute(&mut source).await?;
    // The first look fixes the picture that the whole copy shows.
    let migrations = applied(&mut source).await?;
    let engine_version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut source).await?;
    let copy = data.join(DATA);
    copy_pages(&mut source, &copy).await?;
    sqlx::query("COMMIT").execute(&mut source).await?;
    source.close().await?;

    let kept = keys.join(KEYS);
    let (data_tables, keys_tables) = split(&copy, &kept, key_tables).await?;
    Ok(Copied {
        engine: Engine::Sqlite,
        engine_version,
        migrations,
        data: Part { tables: data_tables, files: vec![sum_of(&copy)?] },
        keys: Part { tables: keys_tables, files: vec![sum_of(&kept)?] },
    })
}

/// The pages of the file are read through a table that SQLite has only where it is built with it.
async fn refuse_without_pages(source: &mut SqliteConnection) -> Result<(), BackupError> {
    let sql = "SELECT COUNT(*) FROM pragma_module_list WHERE name = 'sqlite_dbpage'";
    let count: i64 = sqlx::query_scalar(sql).fetch_one(source).await?;
    if count == 0 {
        let text = "this program was built without SQLITE_ENABLE_DBPAGE_VTAB; build it in its own folder, where .cargo/config.toml sets it";
        return Err(Error::Unsafe(text.to_owned()).into());
    }
    Ok(())
}

async fn applied(source: &mut SqliteConnection) -> Result<Vec<Applied>, BackupError> {
    let sql = "SELECT owner, number, name, checksum FROM migration ORDER BY owner, number";
    let rows = match sqlx::query(sql).fetch_all(source).await {
        Ok(rows) => rows,
        Err(sqlx::Error::Database(error)) if error.message().contains("no such table") => {
            return Err(BackupError::NoDatabase(
                "the file is no database of this product: nothing was ever migrated".into(),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let of_row = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Applied {
            owner: row.try_get(0)?,
            number: row.try_get(1)?,
            name: row.try_get(2)?,
            checksum: hex(row.try_get::<&[u8], _>(3)?),
        })
    };
    rows.iter().map(of_row).collect()
}

async fn copy_pages(source: &mut SqliteConnection, to: &Path) -> Result<(), BackupError> {
    let mut sink = Sink::new(to)?;
    let mut is_first = true;
    let mut pages = sqlx::query("SELECT data FROM sqlite_dbpage").fetch(source);
    while let Some(row) = pages.try_next().await? {
        let page: &[u8] = row.try_get(0)?;
        if is_first {
            // The copy has no log beside it.
            let mut page = page.to_vec();
            page[VERSIONS].fill(WITHOUT_LOG);
            sink.add(&page);
            is_first = false;
        } else {
            sink.add(page);
        }
    }
    drop(pages);
    sink.finish()?;
    Ok(())
}

/// A copy that nobody else uses and that is thrown away when something fails: no journal, no waiting for the disk.
async fn open_alone(path: &Path) -> Result<SqliteConnection, BackupError> {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .pragma("cache_size", CACHE_KIB);
    Ok(connect.connect().await?)
}

/// Moves the rows of keys from the copy into a file of their own, and overwrites where they were. Gives the tables and
/// rows that are in each.
async fn split(copy: &Path, kept: &Path, key_tables: &[&str]) -> Result<(Vec<Table>, Vec<Table>), BackupError> {
    drop(create(kept)?);
    let mut data = open_alone(copy).await?;
    sqlx::query("PRAGMA secure_delete = ON").execute(&mut data).await?;
    attach(&mut data, kept).await?;
    let names = tables(&mut data).await?;
    let (mut of_data, mut of_keys) = (Vec::new(), Vec::new());
    for name in names {
        if key_tables.contains(&name.as_str()) {
            run(&mut data, format!("CREATE TABLE keys.\"{name}\" AS SELECT * FROM main.\"{name}\"")).await?;
            run(&mut data, format!("DELETE FROM main.\"{name}\"")).await?;
            of_keys.push(Table { rows: count(&mut data, "keys", &name).await?, name });
        } else {
            of_data.push(Table { rows: count(&mut data, "main", &name).await?, name });
        }
    }
    data.close().await?;
    Ok((of_data, of_keys))
}

async fn attach(data: &mut SqliteConnection, keys: &Path) -> Result<(), BackupError> {
    sqlx::query("ATTACH DATABASE $1 AS keys").bind(keys.to_string_lossy()).execute(&mut *data).await?;
    run(data, "PRAGMA keys.journal_mode = OFF".to_owned()).await?;
    run(data, "PRAGMA keys.synchronous = OFF".to_owned()).await
}

async fn tables(data: &mut SqliteConnection) -> Result<Vec<String>, BackupError> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    Ok(sqlx::query_scalar(sql).fetch_all(data).await?)
}

async fn count(data: &mut SqliteConnection, schema: &str, table: &str) -> Result<u64, BackupError> {
    let sql = format!("SELECT COUNT(*) FROM {schema}.\"{table}\"");
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(data).await?;
    Ok(rows.unsigned_abs())
}

/// Runs a statement whose names come from the schema itself.
async fn run(data: &mut SqliteConnection, sql: String) -> Result<(), BackupError> {
    sqlx::query(AssertSqlSafe(sql)).execute(data).await?;
    Ok(())
}

/// The half with the keys.
pub(super) struct Keys<'a> {
    pub(super) folder: &'a Path,
    pub(super) manifest: &'a Manifest,
}

/// Puts the copy in `from` to `path`, where nothing may be, and the keys back into it.
pub(super) async fn restore(path: &Path, from: &Path, data: &Manifest, keys: &Keys<'_>) -> Result<(), BackupError> {
    for beside in ["", "-wal", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let name = PathBuf::from(name);
        if std::fs::metadata(&name).is_ok_and(|there| there.len() > 0) {
            return Err(BackupError::NotEmpty(format!("{} is there already", name.display())));
        }
    }
    let kept = keys.folder.join(KEYS);
    check(&kept, sum_in(keys.manifest, KEYS, &kept)?)?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = Unfinished(PathBuf::from(part));
    // What an interrupted attempt left.
    std::fs::remove_file(&part.0).ok();
    let source = from.join(DATA);
    copy_checked(&source, &part.0, sum_in(data, DATA, &source)?)?;
    join_keys(&part.0, &kept, keys.manifest).await?;
    let file = std::fs::File::open(&part.0).map_err(BackupError::io(&part.0))?;
    file.sync_all().map_err(BackupError::io(&part.0))?;
    std::fs::rename(&part.0, path).map_err(BackupError::io(path))?;
    sync_parent(path)
}

/// A file under another name, removed unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn sum_in<'a>(manifest: &'a Manifest, name: &str, path: &Path) -> Result<&'a Sum, BackupError> {
    let sum = manifest.files.iter().find(|file| file.name == name);
    sum.ok_or_else(|| BackupError::damaged(path, "the manifest does not name it"))
}

/// Copies a file and finds out on the way whether it is what was written.
fn copy_checked(from: &Path, to: &Path, expected: &Sum) -> Result<(), BackupError> {
    use std::io::Read as _;
    let mut file = match std::fs::File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(BackupError::damaged(from, "it is missing"));
        }
        Err(error) => return Err(BackupError::Io { path: from.to_owned(), error }),
    };
    let mut sink = Sink::new(to)?;
    let mut chunk = vec![0; super::sink::CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(BackupError::io(from))?;
        if read == 0 {
            break;
        }
        sink.add(&chunk[..read]);
    }
    compare(from, expected, &sink.finish()?)
}

/// Puts the rows of keys back, and counts them.
async fn join_keys(copy: &Path, kept: &Path, keys: &Manifest) -> Result<(), BackupError> {
    let mut data = open_alone(copy).await?;
    attach(&mut data, kept).await?;
    let known = tables(&mut data).await?;
    for Table { name, rows } in &keys.tables {
        if !known.contains(name) {
            return Err(BackupError::KeysOfAnother(format!("the data has no table {name}")));
        }
        let sql = format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid");
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut data).await?;
        let columns = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO main.\"{name}\" ({columns}) SELECT {columns} FROM keys.\"{name}\"");
        run(&mut data, sql).await?;
        let there = count(&mut data, "main", name).await?;
        if there != *rows {
            return Err(BackupError::damaged(kept, format!("{name} has {there} rows, not {rows}")));
        }
    }
    data.close().await?;
    Ok(())
}
