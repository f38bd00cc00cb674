//! A brand's database and lake in a folder, the commands that write and read it, and a server on it.

use std::time::Duration;

use serde_json::Value;

use super::outbox::Outbox;
use crate::bench::Bench;
use crate::failure::{Context as _, Failure, Result};
use crate::process::{Installation, ServeOptions, Server};
use crate::setup::create_brand;

/// How long the lease of a writer that went away lasts, in seconds.
const LEASE_S: &str = "1";
/// It has run out by then.
pub(super) const LEASE_OVER: Duration = Duration::from_millis(1_300);

/// A brand's database and lake, and a way to fill its outbox.
pub(super) struct Field {
    pub(super) outbox: Outbox,
    pub(super) api_key: String,
    installation: Installation,
    lake: String,
    folder: tempfile::TempDir,
}

impl Field {
    pub(super) async fn new(bench: &Bench) -> Result<Self> {
        let folder = tempfile::tempdir_in(&bench.cache)?;
        let database = format!("sqlite:{}", folder.path().join("lake.sqlite").display());
        let installation = Installation::new(&bench.bin, database.clone(), folder.path()).await?;
        let brand = create_brand(&installation, "Lake", &["127.0.0.1"]).await?;
        Ok(Self {
            outbox: Outbox::open(&database, &brand.tenant).await?,
            api_key: brand.api_key,
            installation,
            lake: folder.path().join("lake").display().to_string(),
            folder,
        })
    }

    /// `tallymark lake write`, not started yet.
    pub(super) fn write(&self) -> tokio::process::Command {
        let mut command = self.installation.prepared();
        command.args(["lake", "write", "--lake", &self.lake, "--lake-lease-s", LEASE_S]);
        command.stdout(std::process::Stdio::null());
        command
    }

    /// Writes everything that waits.
    pub(super) async fn write_all(&self) -> Result<()> {
        let status = self.write().status().await?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`tallymark lake write` failed ({status})"))) }
    }

    /// Events in the lake, and how many of them are different.
    pub(super) async fn counted(&self) -> Result<(u64, u64)> {
        let sql = "SELECT COUNT(*), COUNT(DISTINCT id) FROM scan_decided";
        let answer = self.json(&["query", "--json", "--lake", &self.lake, sql]).await?;
        let number = |column: usize| answer["rows"][0][column].as_u64().unwrap_or(0);
        Ok((number(0), number(1)))
    }

    /// Live files and version of the table of scans; 0 where it does not exist yet.
    pub(super) async fn files(&self) -> Result<(u64, u64)> {
        let state = self.json(&["lake", "status", "--json", "--lake", &self.lake]).await?;
        let tables = state["tables"].as_array().map_or(&[][..], Vec::as_slice);
        let table = tables.iter().find(|table| table["name"] == "scan_decided");
        let number = |name: &str| table.and_then(|table| table[name].as_u64()).unwrap_or(0);
        Ok((number("files"), number("version")))
    }

    /// A server that writes this lake.
    pub(super) async fn serve(&self, arguments: &[&str]) -> Result<Server> {
        let arguments: Vec<&str> = ["--lake", &self.lake].into_iter().chain(arguments.iter().copied()).collect();
        let log = self.folder.path().join("server.log");
        self.installation.serve(&ServeOptions { arguments: &arguments, ..ServeOptions::new(&log) }).await
    }

    async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let answer = self.installation.command(arguments).await?;
        serde_json::from_str(&answer).while_doing(|| format!("reading {answer:?}"))
    }
}
