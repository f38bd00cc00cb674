//! `tallymark restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock as _, Timestamp};
use tallymark_partners::tenant;
use tallymark_store::backup::{self, BackupError, Found, Source};
use tallymark_store::{Engine, Migrations};

use crate::installation::Installation;
use crate::print::{Failure, show, table};
use crate::stop::StopSignal;

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A backup, or a folder of backups; then the newest of them
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Where the keys are, when they are not in the backup: one backup's keys, or a folder of them. Keys of a later backup
    /// do as well: what was erased since then stays erased
    #[arg(long, value_name = "FOLDER")]
    keys_from: Option<PathBuf>,
    /// The newest backup from this moment or before, such as 2026-03-01T08:30:00Z
    #[arg(long, value_name = "MOMENT")]
    at: Option<Timestamp>,
    /// List the backups in the folder, and restore nothing
    #[arg(long)]
    list: bool,
}

/// A backup that is there.
#[derive(Serialize)]
struct Listed {
    folder: PathBuf,
    taken_at: Timestamp,
    engine: Engine,
    program: String,
    rows: u64,
    bytes: u64,
}

/// What was brought back.
#[derive(Serialize)]
struct Restored {
    from: PathBuf,
    taken_at: Timestamp,
    rows: u64,
    bytes: u64,
    seconds: f64,
}

impl Restore {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let clock = SystemClock::new();
        let found = backup::found_in(&self.from)?;
        if self.list {
            return list(json, &found);
        }
        let chosen = self.chosen(&found)?;
        let from = Source { folder: chosen.folder.clone(), keys: self.keys(chosen) };
        let stop = StopSignal::watch()?;
        let migrations = tallymark_server::migrations();
        let manifest = tokio::select! {
            restored = backup::restore(installation.database(), &from, &migrations) => restored?,
            () = stop.received() => return Err(Failure::interrupted("stopped before the database was whole; nothing was kept")),
        };
        end_sessions(installation, &migrations).await?;
        let restored = Restored {
            from: from.folder,
            taken_at: manifest.taken_at,
            rows: manifest.rows(),
            bytes: manifest.bytes(),
            seconds: clock.elapsed().as_secs_f64(),
        };
        show(json, &restored, |restored| {
            format!(
                "restored {} rows of {} from {} in {:.1} s\nprove it before you serve: tallymark verify\n\
                 everybody signs in again; a lake that was written since goes back as well: tallymark lake rewind",
                restored.rows,
                restored.taken_at,
                restored.from.display(),
                restored.seconds
            )
        })
    }

    fn chosen<'a>(&self, found: &'a [Found]) -> Result<&'a Found, Failure> {
        let Some(oldest) = found.first() else { return Err(BackupError::None(self.from.clone()).into()) };
        let until = self.at.unwrap_or(Timestamp(i64::MAX));
        let chosen = found.iter().rfind(|found| found.manifest.taken_at <= until);
        chosen.ok_or_else(|| {
            let (folder, oldest) = (self.from.clone(), oldest.manifest.taken_at);
            BackupError::NoneBefore { folder, at: until, oldest }.into()
        })
    }

    /// The keys that were asked for: in a folder of them, those of the same backup.
    fn keys(&self, chosen: &Found) -> Option<PathBuf> {
        let folder = self.keys_from.as_ref()?;
        let same = chosen.folder.file_name().map(|name| folder.join(name)).filter(|path| path.is_dir());
        Some(same.unwrap_or_else(|| folder.clone()))
    }
}

/// Sessions and links of then are open again in what came back; nobody may come in by them. A backup of an older program is
/// left as it is.
async fn end_sessions(installation: &Installation, migrations: &[Migrations]) -> Result<(), Failure> {
    let store = installation.store_as_it_is().await?;
    if store.pending_migrations(migrations).await? == 0 {
        let mut tx = store.write().await?;
        for tenant in tenant::ids(&mut tx).await? {
            tallymark_access::end_all(&mut tx, tenant).await?;
        }
        tx.commit().await?;
    }
    store.close().await;
    Ok(())
}

fn list(json: bool, found: &[Found]) -> Result<(), Failure> {
    let of = |Found { folder, manifest }: &Found| Listed {
        folder: folder.clone(),
        taken_at: manifest.taken_at,
        engine: manifest.engine,
        program: manifest.program.clone(),
        rows: manifest.rows(),
        bytes: manifest.bytes(),
    };
    let listed: Vec<Listed> = found.iter().map(of).collect();
    show(json, &listed, |listed| {
        let name = |path: &Path| path.display().to_string();
        let row = |one: &Listed| {
            let engine = format!("{:?}", one.engine);
            [one.taken_at.to_string(), engine, one.rows.to_string(), one.bytes.to_string(), name(&one.folder)]
        };
        let rows: Vec<_> = listed.iter().map(row).collect();
        table(["MOMENT", "ENGINE", "ROWS", "BYTES", "FOLDER"], &rows, "no whole backup")
    })
}
