//! The binary with a database and a master key of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// 690 is a prefix of China; the check digit of 690123456789 is 2: 6·1 + 9·3 + 0·1 + 1·3 + 2·1 + 3·3 + 4·1 + 5·3 + 6·1 +
/// 7·3 + 8·1 + 9·3 = 128, and 130 is the next multiple of ten (GS1 General Specifications, 7.9).
pub(crate) const GTIN: &str = "6901234567892";

/// An installation in a folder that goes away with it.
pub(crate) struct World {
    folder: TempDir,
    database: String,
}

impl World {
    /// A master key, and no database yet.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("tallymark.sqlite").display());
        Self::on(folder, database)
    }

    fn on(folder: TempDir, database: String) -> Self {
        let world = Self { folder, database };
        let key = world.says(&["key", "new"]);
        std::fs::write(world.path("master.key"), key).unwrap();
        world
    }

    /// A brand.
    pub(crate) fn new() -> Self {
        Self::empty().with_brand()
    }

    /// A brand in the database at `url`, in which there is nothing.
    pub(crate) fn at(url: &str) -> Self {
        Self::on(tempfile::tempdir().unwrap(), url.to_owned()).with_brand()
    }

    fn with_brand(self) -> Self {
        let world = self;
        world.json(&["tenant", "create", "--name", "青岚", "--host", "q.example.com"]);
        world
    }

    /// The URL of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// A path in the installation's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// The binary with no environment of whoever runs the test.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallymark"));
        command.env_clear().current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command.env("TALLYMARK_DATABASE", &self.database);
        if self.path("master.key").exists() {
            command.env("TALLYMARK_MASTER_KEY_FILE", self.path("master.key"));
        }
        command
    }

    /// What a command prints that must succeed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What a command prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self.says(&[&["--json"], arguments].concat());
        assert_eq!(said.lines().count(), 1, "{said}");
        serde_json::from_str(&said).unwrap()
    }

    /// What a command prints as JSON that reads `input`.
    pub(crate) fn json_from(&self, arguments: &[&str], input: &str) -> Value {
        let mut command = self.command(arguments);
        let mut child =
            command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Asserts that a command is refused with one line that has `code` and says `why`, and the exit status.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], exit: i32, code: &str, why: &str) {
        check_refusal(&self.command(arguments).output().unwrap(), exit, code, why);
    }

    /// A product; gives its id.
    pub(crate) fn product(&self) -> String {
        let made = self.json(&["product", "add", "--gtin", GTIN, "--sku", "QL-330", "--name", "青岚气泡水 330ml"]);
        id(&made)
    }

    /// A batch of `items` in cases of 6 on pallets of 2, with a code under the cap; gives its id.
    pub(crate) fn batch(&self, product: &str, items: u64) -> String {
        let items = items.to_string();
        let packing = ["--items", &items, "--items-per-case", "6", "--cases-per-pallet", "2"];
        let start = ["batch", "add", "--product", product, "--lot", "L1", "--faces", "outer-and-inner"];
        id(&self.json(&[&start[..], &packing].concat()))
    }

    /// Brand, dealer and store; gives the ids of the last two.
    pub(crate) fn channel(&self) -> (String, String) {
        let add = |kind: &str, code: &str, parent: Option<&str>| {
            let mut arguments = vec!["organisation", "add", "--kind", kind, "--name", code, "--code", code];
            arguments.extend(parent.iter().flat_map(|parent| ["--parent", parent]));
            id(&self.json(&arguments))
        };
        let brand = add("brand", "HQ", None);
        let dealer = add("dealer", "D1", Some(&brand));
        let store = add("store", "S1", Some(&dealer));
        (dealer, store)
    }

    /// The codes of a batch.
    pub(crate) fn codes(&self, batch: &str, level: &str, face: &str) -> Vec<String> {
        let said =
            self.says(&["mint", "--batch", batch, "--level", level, "--face", face, "--form", "code", "--out", "-"]);
        said.lines().map(str::to_owned).collect()
    }
}

/// Asserts one line with a code, and the exit status.
#[track_caller]
pub(crate) fn check_refusal(output: &Output, exit: i32, code: &str, why: &str) {
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with(&format!("error [{code}]: ")), "{said}");
    assert!(said.contains(why), "{said}");
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}

/// The id of something that was made.
pub(crate) fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Whether the folder of a file has something under the name of a half-written one.
pub(crate) fn has_part(file: &Path) -> bool {
    PathBuf::from(format!("{}.part", file.display())).exists()
}
