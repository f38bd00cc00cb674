//! The lane `outside`: engines that are not ours read the lake of the first world, and event SDKs that are not ours deliver to
//! the server. They come from PyPI and npm, in pinned versions, into the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Failure};
use crate::workspace::Workspace;
use crate::{lanes, tools};

/// Where the scripts are that read the lake.
const FOLDER: &str = "crates/insight/tests/outside";
/// Where the programs are that deliver events.
const SDKS: &str = "crates/intake/sdk";
/// What imports a real retailer's year.
const RETAILER: &str = "crates/imports/tests/outside/retailer.py";
/// What opens packages for printing houses.
const PACKAGES: &str = "crates/goods/tests/outside";
/// What tries EPCIS.
const EPCIS: &str = "crates/traces/tests/outside";
/// The wheels need this version of Python or a later one.
const PYTHON_MIN: (u32, u32) = (3, 10);

/// Plays the first world and compares; `must` where a missing Python is a failure.
pub(crate) fn run(workspace: &Workspace, must: bool) -> Result<&'static str, Failure> {
    if let Some(missing) = missing() {
        if must {
            return Err(Failure::new(format!("the lane `outside` needs {missing}")));
        }
        println!("outside: skipped, it needs {missing} (Debian: python3 and python3-venv)");
        return Ok("skipped");
    }
    let folder = workspace.root.join(FOLDER);
    let python = environment(workspace, &folder.join("requirements.txt"))?;
    workspace.build_all()?;
    let mut script = Command::new(python);
    script.arg(folder.join("reports.py")).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    script.env("TALLYMARK_SIM_BIN", workspace.target.join("debug/tallymark-sim"));
    process::run(&mut script)?;
    packages(workspace)?;
    conformance_in_step(workspace)?;
    deliveries(workspace)
}

/// The page that says what the conformance tests found.
const CONFORMANCE: &str = "docs/conformance.md";

/// Tries EPCIS as GS1 and others publish it, and writes docs/conformance.md.
pub(crate) fn conformance(workspace: &Workspace) -> Result<(), Failure> {
    if let Some(missing) = missing() {
        return Err(Failure::new(format!("the conformance tests need {missing}")));
    }
    let Some(data) = documents(workspace) else {
        return Err(Failure::new(format!("the conformance tests need GS1's documents: set {}", lanes::SHARED_DATA)));
    };
    workspace.build_all()?;
    try_conformance(workspace, &data, &workspace.root.join(CONFORMANCE))
}

/// The same for the lane: nothing may be wrong, and the page must say what was found. GS1's documents are not ours to keep in
/// the repository, and no registry has them: where they are not given, nothing is tried.
fn conformance_in_step(workspace: &Workspace) -> Result<(), Failure> {
    let Some(data) = documents(workspace) else {
        println!(
            "outside: conformance is skipped: clone github.com/gs1/EPCIS, and set {} to a folder with its `JSON` folder and \
             EPCIS-JSON-Schema.json in `gs1-epcis`",
            lanes::SHARED_DATA
        );
        return Ok(());
    };
    let found = workspace.target.join("conformance.md");
    try_conformance(workspace, &data, &found)?;
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
    };
    if read(&found)? == read(&workspace.root.join(CONFORMANCE))? {
        Ok(())
    } else {
        Err(Failure::new(format!("{CONFORMANCE} says something else than was found: run cargo xtask conformance")))
    }
}

/// Where GS1's documents are.
fn documents(workspace: &Workspace) -> Option<PathBuf> {
    let named = || std::env::var_os(lanes::SHARED_DATA).map(PathBuf::from);
    lanes::shared_data(workspace).or_else(named).filter(|folder| folder.join("gs1-epcis/JSON").is_dir())
}

/// Writes what was found to a file; fails where anything is wrong. The scripts are copied, because Node looks for packages from
/// where they are.
fn try_conformance(workspace: &Workspace, data: &Path, to: &Path) -> Result<(), Failure> {
    let (from, folder) = (workspace.root.join(EPCIS), workspace.target.join("outside-epcis"));
    copy_files(&from, &folder)
        .map_err(|error| Failure::new(format!("cannot copy {} to {}: {error}", from.display(), folder.display())))?;
    let python = environment(workspace, &folder.join("requirements.txt"))?;
    if tools::has("npm") {
        let install = ["install", "--no-audit", "--no-fund", "--silent"];
        process::run(Command::new("npm").args(install).current_dir(&folder))?;
    }
    let mut script = Command::new(python);
    script.arg(folder.join("conformance.py")).arg(to);
    script.env("TALLYMARK_BIN", workspace.target.join("debug/tallymark")).env(lanes::SHARED_DATA, data);
    process::run(&mut script)
}

/// Has packages opened by a program that is not ours.
fn packages(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.root.join(PACKAGES);
    let python = environment(workspace, &folder.join("requirements.txt"))?;
    let mut script = Command::new(python);
    script.arg(folder.join("packages.py")).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    process::run(&mut script)
}

/// Has the event SDKs deliver. They run in a copy of their folder, because Node looks for packages from there.
fn deliveries(workspace: &Workspace) -> Result<&'static str, Failure> {
    if !tools::has("npm") {
        return Err(Failure::new("the lane `outside` needs Node and npm for the event SDKs (Debian: nodejs and npm)"));
    }
    let (from, folder) = (workspace.root.join(SDKS), workspace.target.join("outside-sdk"));
    copy_files(&from, &folder)
        .map_err(|error| Failure::new(format!("cannot copy {} to {}: {error}", from.display(), folder.display())))?;
    let python = environment(workspace, &folder.join("requirements.txt"))?;
    process::run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    let mut script = Command::new(&python);
    script.arg(folder.join("deliveries.py")).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    process::run(&mut script)?;
    retailer(workspace, &python)
}

/// Has a real retailer's year imported, and compares it with what DuckDB computes.
fn retailer(workspace: &Workspace, python: &Path) -> Result<&'static str, Failure> {
    let mut script = Command::new(python);
    script.arg(workspace.root.join(RETAILER)).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    script.env("TALLYMARK_DATASETS", workspace.target.join("outside-datasets"));
    process::run(&mut script).map(|()| "passed")
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What is not here.
fn missing() -> Option<String> {
    if !tools::has("python3") {
        return Some("python3".to_owned());
    }
    let (major, minor) = PYTHON_MIN;
    let is_new_enough = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({major}, {minor}))");
    let fits = process::succeeds("python3", &["-c", &is_new_enough]);
    (!fits).then(|| format!("Python {major}.{minor} with venv"))
}

/// The environment's interpreter, with what is pinned installed.
fn environment(workspace: &Workspace, requirements: &Path) -> Result<PathBuf, Failure> {
    let folder = workspace.target.join("outside-python");
    let python = folder.join("bin/python");
    if !python.is_file() {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    process::run(Command::new(&python).args(pip).arg(requirements))?;
    Ok(python)
}
