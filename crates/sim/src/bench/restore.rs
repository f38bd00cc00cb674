//! `restore_10m_s`: a backup of a database with a long past is brought back, beside a plain copy of as many bytes.

use std::path::Path;

use super::Bench;
use super::prepared::{Engine, kept};
use crate::failure::{Failure, Result};
use crate::process::Installation;
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Measures the figure. Every restored database is proved by `tallymark verify`, which is timed apart. Needs room on the
/// disk for the database twice, beside the one that is kept.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    let source = kept(bench, Engine::Sqlite).await?;
    let folder = tempfile::tempdir_in(&bench.cache)?;
    let backups = folder.path().join("backups").display().to_string();
    let watch = Stopwatch::start();
    source.command(["backup", "--to", &backups]).await?;
    let backup_s = watch.seconds();
    let (mut restore_s, mut copy_s, mut verify_s, mut bytes) = (Vec::new(), Vec::new(), 0.0, 0);
    for _ in 0..bench.runs() {
        let file = folder.path().join("restored.sqlite");
        let restored = Installation { database: format!("sqlite:{}", file.display()), ..source.clone() };
        let watch = Stopwatch::start();
        restored.command(["restore", "--from", &backups]).await?;
        restore_s.push(watch.seconds());
        bytes = std::fs::metadata(&file)?.len();
        let watch = Stopwatch::start();
        let said = restored.command(["verify"]).await?;
        verify_s = watch.seconds();
        if said.trim() != "0 discrepancies" {
            return Err(Failure::new(format!("what was restored is not right: {said}")));
        }
        copy_s.push(copied(&file, &folder.path().join("copy")).await?);
        std::fs::remove_file(&file)?;
    }
    let measured = Measured::new("restore_10m_s", "s", restore_s)
        .against("a plain copy of the file, synced", copy_s)
        .with("prior_scans", bench.prior)
        .with("bytes", bytes)
        .with("backup_s", format!("{backup_s:.1}"))
        .with("verify_s", format!("{verify_s:.1}"));
    bench.report(measured)
}

/// Seconds for a plain copy until it is on the disk; the copy goes again.
async fn copied(from: &Path, to: &Path) -> Result<f64> {
    let watch = Stopwatch::start();
    tokio::fs::copy(from, to).await?;
    tokio::fs::File::open(to).await?.sync_all().await?;
    let seconds = watch.seconds();
    std::fs::remove_file(to)?;
    Ok(seconds)
}
