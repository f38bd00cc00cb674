//! Migrations: each crate has its own, numbered from 1, forward only.
//!
//! What was applied is kept with a checksum. A program that finds an applied migration with another text, or one it
//! does not know, refuses to run: it would read tables that are not what it thinks.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::dialect::statements;
use crate::{Engine, Error, Store, Tx};

/// The migrations of one crate.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The crate.
    pub owner: &'static str,
    /// (name, text), in order.
    pub steps: &'static [(&'static str, &'static str)],
}

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "store",
    steps: &[
        ("0001_foundation", include_str!("../migrations/0001_foundation.sql")),
        ("0002_job", include_str!("../migrations/0002_job.sql")),
        ("0003_outbox_mark", include_str!("../migrations/0003_outbox_mark.sql")),
        ("0004_audit", include_str!("../migrations/0004_audit.sql")),
        ("0005_outbox_packed", include_str!("../migrations/0005_outbox_packed.sql")),
    ],
};

impl Store {
    /// Brings the database to the state this program expects. Several servers may start at once: one applies, the
    /// others wait. Gives the number of migrations applied.
    pub async fn migrate(&self, all: &[Migrations]) -> Result<usize, Error> {
        // A command that only reads does not wait for whoever writes.
        if self.pending_migrations(all).await? == 0 {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let count = apply_as(&mut tx, all, |_, _| true).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// How many migrations would be applied; fails as [`Store::migrate`] does. Changes nothing.
    pub async fn pending_migrations(&self, all: &[Migrations]) -> Result<usize, Error> {
        let mut tx = self.read().await?;
        let applied = if has_migrations(&mut tx).await? { applied(&mut tx).await? } else { HashMap::new() };
        tx.commit().await?;
        let mut count = 0;
        for migrations in all {
            count += pending(migrations, &applied)?.len();
        }
        Ok(count)
    }
}

/// Applies what is missing of the migrations that are wanted, by owner and number; gives how many.
pub(crate) async fn apply_as(
    tx: &mut Tx,
    all: &[Migrations],
    is_wanted: impl Fn(&str, i64) -> bool,
) -> Result<usize, Error> {
    if tx.engine() == Engine::Postgres {
        // Two servers that create the same table at once would fail; the number is "tallymar" in ASCII.
        tx.execute("SELECT pg_advisory_xact_lock(8385552934364373362)", &[]).await?;
    }
    for sql in statements(tx.engine(), include_str!("../migrations/0000_migration.sql")) {
        tx.execute(sql.leak(), &[]).await?;
    }
    let applied = applied(tx).await?;
    let mut count = 0;
    for migrations in all {
        for step in pending(migrations, &applied)? {
            if is_wanted(migrations.owner, step.number) {
                apply(tx, migrations.owner, &step).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// A migration that is not applied yet.
struct Step {
    number: i64,
    name: &'static str,
    text: &'static str,
    checksum: [u8; 32],
}

/// The steps of one owner that are missing. Fails where one was applied with another text, or is not known.
fn pending(migrations: &Migrations, applied: &HashMap<(String, i64), [u8; 32]>) -> Result<Vec<Step>, Error> {
    refuse_unknown(migrations, applied)?;
    let mut missing = Vec::new();
    for (number, (name, text)) in (1_i64..).zip(migrations.steps) {
        let checksum: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        match applied.get(&(migrations.owner.to_owned(), number)) {
            Some(known) if *known == checksum => {}
            Some(_) => return Err(changed(migrations.owner, name)),
            None => missing.push(Step { number, name, text, checksum }),
        }
    }
    Ok(missing)
}

async fn has_migrations(tx: &mut Tx) -> Result<bool, Error> {
    let sql = match tx.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'migration'",
        Engine::Postgres => {
            "SELECT table_name::text FROM information_schema.tables
              WHERE table_schema = current_schema() AND table_name = 'migration'"
        }
    };
    Ok(tx.query_one(sql, &[]).await?.is_some())
}

async fn applied(tx: &mut Tx) -> Result<HashMap<(String, i64), [u8; 32]>, Error> {
    let rows = tx.query("SELECT owner, number, checksum FROM migration", &[]).await?;
    rows.iter().map(|row| Ok(((row.text(0)?, row.int(1)?), row.array(2)?))).collect()
}

async fn apply(tx: &mut Tx, owner: &str, step: &Step) -> Result<(), Error> {
    for sql in statements(tx.engine(), step.text) {
        // A migration runs once in the life of a database: keeping its text is no leak that grows.
        tx.execute(sql.leak(), &[]).await?;
    }
    tx.execute(
        "INSERT INTO migration (owner, number, name, checksum) VALUES ($1, $2, $3, $4)",
        &[owner.into(), step.number.into(), step.name.into(), step.checksum.into()],
    )
    .await?;
    Ok(())
}

fn refuse_unknown(migrations: &Migrations, applied: &HashMap<(String, i64), [u8; 32]>) -> Result<(), Error> {
    let known = migrations.steps.len() as i64;
    match applied.keys().find(|(owner, number)| owner == migrations.owner && *number > known) {
        Some((owner, number)) => Err(Error::Migration(format!(
            "the database has migration {number} of {owner}, which this program does not know; run the newer program"
        ))),
        None => Ok(()),
    }
}

fn changed(owner: &str, name: &str) -> Error {
    Error::Migration(format!(
        "migration {name} of {owner} was applied with another text; migrations are never edited, add a new one"
    ))
}
