//! What the checks look at: the root folder, its packages as cargo sees them, and its files as git sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{self, Failure};

/// The repository that `cargo xtask` was started in.
pub(crate) struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// The packages of the workspace, in cargo's order.
    pub(crate) packages: Vec<Package>,
}

/// One of our own crates.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The name in its `Cargo.toml`.
    pub(crate) name: String,
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
    /// What it declares under `[dependencies]`, `[dev-dependencies]` and `[build-dependencies]`.
    pub(crate) dependencies: Vec<Dependency>,
    /// Names under `[package.metadata.cargo-machete] ignored`: needed without being named in the code.
    pub(crate) needed_unnamed: Vec<String>,
}

/// One line of a dependency table.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) name: String,
    /// The name that the code uses, when the line renames the package.
    pub(crate) rename: Option<String>,
    /// Whether only tests, examples and benches use it.
    pub(crate) for_tests: bool,
}

impl Workspace {
    /// Reads the workspace that holds this crate.
    pub(crate) fn open() -> Result<Self, Failure> {
        let metadata = metadata(&["--no-deps"])?;
        let packages = metadata["packages"].as_array().map(|all| all.iter().map(package_of).collect());
        Ok(Self {
            root: PathBuf::from(text(&metadata["workspace_root"])),
            target: PathBuf::from(text(&metadata["target_directory"])),
            packages: packages.unwrap_or_default(),
        })
    }

    /// A cargo command in the root folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = process::cargo();
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Builds every program and test, as the lanes of the tests do: with one choice of packages the features of their
    /// dependencies are the same each time, and the query engine is built once instead of once for each choice.
    pub(crate) fn build_all(&self) -> Result<(), Failure> {
        process::run(&mut self.cargo(&["build", "--quiet", "--workspace", "--all-targets"]))
    }

    /// What the program prints when it is called with `argument`.
    pub(crate) fn said_by_program(&self, argument: &str) -> Result<String, Failure> {
        self.build_all()?;
        process::stdout_of(Command::new(self.target.join("debug/tallymark")).arg(argument))
    }

    /// Every file that is tracked or could be (not ignored), relative to the root, sorted.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&self.root);
        let names = process::stdout_of(&mut git)?;
        let mut files: Vec<PathBuf> = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
        files.retain(|file| self.root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The text of a file, or `None` when it is not UTF-8 text.
    pub(crate) fn read(&self, file: &Path) -> Result<Option<String>, Failure> {
        let bytes = std::fs::read(self.root.join(file))
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
    }

    /// The files under `crates/` and `xtask/` that end in `.rs`, with their texts.
    pub(crate) fn rust_files(&self) -> Result<Vec<(PathBuf, String)>, Failure> {
        let mut found = Vec::new();
        for file in self.files()? {
            if file.extension().is_some_and(|extension| extension == "rs")
                && let Some(text) = self.read(&file)?
            {
                found.push((file, text));
            }
        }
        Ok(found)
    }
}

/// The answer of `cargo metadata`.
pub(crate) fn metadata(arguments: &[&str]) -> Result<Value, Failure> {
    let mut command = process::cargo();
    command.args(["metadata", "--format-version", "1"]).args(arguments);
    if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
        command.current_dir(folder);
    }
    let answer = process::stdout_of(&mut command)?;
    serde_json::from_str(&answer).map_err(|error| Failure::new(format!("cannot read `cargo metadata`: {error}")))
}

/// A JSON string's text; the empty text for anything else.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn package_of(package: &Value) -> Package {
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ignored = package["metadata"]["cargo-machete"]["ignored"].as_array().map(Vec::as_slice).unwrap_or_default();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    Package {
        name: text(&package["name"]),
        folder: manifest.parent().map(Path::to_path_buf).unwrap_or_default(),
        dependencies: dependencies.iter().map(dependency_of).collect(),
        needed_unnamed: ignored.iter().map(text).collect(),
    }
}

fn dependency_of(dependency: &Value) -> Dependency {
    Dependency {
        name: text(&dependency["name"]),
        rename: dependency["rename"].as_str().map(str::to_owned),
        for_tests: dependency["kind"].as_str() == Some("dev"),
    }
}
