//! The server's binary as processes: commands that end, and servers that are always stopped.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::failure::{Context as _, Failure, Result};
use crate::stopwatch::Stopwatch;

/// A server that is not ready after this long never will be.
const READY_IN: Duration = Duration::from_secs(60);
/// A server that does not stop when asked is killed after this long.
const STOP_IN: Duration = Duration::from_secs(15);
/// How often something is looked at that tells nothing by itself.
const POLL: Duration = Duration::from_millis(5);

/// The binary with its database and master key.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// The binary `tallymark`.
    pub(crate) bin: PathBuf,
    /// Its database.
    pub(crate) database: String,
    /// The file that holds its master key.
    pub(crate) key_file: PathBuf,
}

/// Writes a file that nobody else on the machine may read, as `tallymark doctor` asks for.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

impl Installation {
    /// An installation in `folder`, with a master key of its own.
    pub(crate) async fn new(bin: &Path, database: String, folder: &Path) -> Result<Self> {
        let key_file = folder.join("master.key");
        let installation = Self { bin: bin.to_owned(), database, key_file };
        let key = installation.command(["key", "new"]).await?;
        write_secret(&installation.key_file, &key)?;
        Ok(installation)
    }

    /// Runs a command of the binary; its standard output, or why it failed.
    pub(crate) async fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let mut command = self.prepared();
        command.args(arguments);
        let output = command.output().await.while_doing(|| format!("starting {}", self.bin.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let shown = command.as_std().get_args().map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!("`tallymark {shown}` failed ({}): {text}{errors}", output.status)))
    }

    /// The binary with its settings; it dies with us.
    pub(crate) fn prepared(&self) -> Command {
        let mut command = Command::new(&self.bin);
        command
            .env("TALLYMARK_DATABASE", &self.database)
            .env("TALLYMARK_MASTER_KEY_FILE", &self.key_file)
            .env_remove("TALLYMARK_MASTER_KEY")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Starts a server and waits until it is ready.
    pub(crate) async fn serve(&self, options: &ServeOptions<'_>) -> Result<Server> {
        let mut command = self.prepared();
        command.args(["serve", "--listen", options.listen]).args(options.arguments);
        command.envs(options.environment.iter().copied()).stdout(Stdio::piped());
        let log = std::fs::OpenOptions::new().create(true).append(true).open(options.log)?;
        command.stderr(log);
        let watch = Stopwatch::start();
        let mut child = command.spawn().while_doing(|| format!("starting {}", self.bin.display()))?;
        match tokio::time::timeout(READY_IN, ready(&mut child)).await.unwrap_or_else(|_| Err(Failure::new("no answer")))
        {
            Ok(address) => Ok(Server { child, address, ready_after: watch.elapsed() }),
            Err(failure) => {
                // It may have ended by itself.
                let _ = child.kill().await;
                let log = std::fs::read_to_string(options.log).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(5).collect();
                let tail: String = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
                Err(Failure::new(format!("the server did not become ready ({failure}); the end of its log:\n{tail}")))
            }
        }
    }
}

/// How a server is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServeOptions<'a> {
    /// Address and port; port 0 takes a free one.
    pub(crate) listen: &'a str,
    /// Further arguments of `serve`.
    pub(crate) arguments: &'a [&'a str],
    /// Further environment.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Where its log goes.
    pub(crate) log: &'a Path,
}

impl<'a> ServeOptions<'a> {
    /// A free port and nothing special.
    pub(crate) const fn new(log: &'a Path) -> Self {
        Self { listen: "127.0.0.1:0", arguments: &[], environment: &[], log }
    }
}

/// Waits for the line that names the address, and until the server says that it is ready.
async fn ready(child: &mut Child) -> Result<SocketAddr> {
    let output = child.stdout.take().ok_or_else(|| Failure::new("the server has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let address: SocketAddr = loop {
        let line = lines.next_line().await?.ok_or_else(|| Failure::new("the server ended"))?;
        if let Some(address) = line.strip_prefix("listening ") {
            break address.trim().parse().while_doing(|| format!("reading the address in {line:?}"))?;
        }
    };
    // A full pipe would stop the server.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let client = Client::new(address, "");
    while !client.is_ready().await {
        if let Some(status) = child.try_wait()? {
            return Err(Failure::new(format!("the server ended ({status})")));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(address)
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start until it was ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Asks it to stop, as an operator would, and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM)?;
        }
        match tokio::time::timeout(STOP_IN, self.child.wait()).await {
            Ok(status) => Ok(status.map(drop)?),
            Err(_) => {
                self.child.kill().await?;
                Err(Failure::new(format!("the server did not stop within {} s of SIGTERM", STOP_IN.as_secs())))
            }
        }
    }

    /// SIGKILL, and the end of the process.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits for the process to end by itself.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Memory in RAM, in KiB.
    pub(crate) fn rss_kib(&self) -> Option<u64> {
        status_kib(self.child.id()?, "VmRSS:")
    }

    /// The most memory that it ever had in RAM, in KiB.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        status_kib(self.child.id()?, "VmHWM:")
    }
}

/// Runs a command to its end and gives the most memory that it had in RAM, in KiB. It is looked at every few
/// milliseconds; the kernel keeps the maximum in between.
pub(crate) async fn peak_rss_kib(command: &mut Command) -> Result<u64> {
    let mut child = command.spawn()?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = child.id().and_then(|pid| status_kib(pid, "VmHWM:")).unwrap_or(0).max(peak);
        tokio::time::sleep(POLL).await;
    };
    if !status.success() {
        return Err(Failure::new(format!("the command failed ({status})")));
    }
    Ok(peak)
}

/// The most memory that this process ever had in RAM, in KiB.
pub(crate) fn own_peak_kib() -> Option<u64> {
    status_kib(std::process::id(), "VmHWM:")
}

fn status_kib(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}
