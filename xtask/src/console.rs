//! `cargo xtask console`: the operator's console as the server hands it out, in `console/packed`.
//!
//! What is up to date is not done again: packages are installed when the lock file is another one than theirs, and the
//! console is built when something that it is made of is younger than what was built last.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::process::{self, Failure};
use crate::tools;
use crate::workspace::Workspace;

/// What the console is made of.
const SOURCES: [&str; 3] = ["console/", "docs/openapi.json", "crates/base/data/adcode.tsv"];
/// What its build writes last.
const BUILT: &str = "console/packed/index.html";
/// The lock file that the installed packages are those of.
const INSTALLED: &str = "node_modules/.lock-of-what-is-installed.json";

/// Installs and builds what is not up to date.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    if !tools::has("npm") {
        return Err(Failure::new(
            "the console is built by Node (20.19 or later), and there is no npm here: install it",
        ));
    }
    install(&workspace.root.join("console"))?;
    if is_current(workspace)? {
        println!("console: as its sources are");
        return Ok(());
    }
    process::run_silently(&mut npm(&["run", "build"], &workspace.root.join("console")))?;
    println!("console: built into console/packed");
    Ok(())
}

/// Installs a folder's packages, unless they are those of its lock file.
pub(crate) fn install(folder: &Path) -> Result<(), Failure> {
    let unreadable = |error| Failure::new(format!("cannot read the lock file in {}: {error}", folder.display()));
    let lock = std::fs::read(folder.join("package-lock.json")).map_err(unreadable)?;
    let note = folder.join(INSTALLED);
    if std::fs::read(&note).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    process::run(&mut npm(&["ci", "--no-audit", "--no-fund"], folder))?;
    std::fs::write(&note, lock).map_err(|error| Failure::new(format!("cannot write {}: {error}", note.display())))
}

fn npm(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder);
    command
}

fn is_current(workspace: &Workspace) -> Result<bool, Failure> {
    let changed = |file: PathBuf| std::fs::metadata(workspace.root.join(file)).and_then(|known| known.modified()).ok();
    let Some(built) = changed(PathBuf::from(BUILT)) else { return Ok(false) };
    let files = workspace.files()?;
    let sources = files.into_iter().filter(|file| SOURCES.iter().any(|source| file.starts_with(source)));
    Ok(sources.filter_map(changed).max().unwrap_or(SystemTime::UNIX_EPOCH) < built)
}
