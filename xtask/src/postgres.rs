//! A private PostgreSQL: a cluster of its own in a temporary folder, on a free port of 127.0.0.1.
//!
//! It keeps PostgreSQL's safe defaults (`fsync`, `full_page_writes`, `synchronous_commit`), which the server asserts at
//! its start. Dropping a [`Cluster`] stops it and removes its folder; should we be killed, the kernel stops it for us.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::process::{self, Failure};
use crate::tools;

/// Each test has a database and a pool of its own, and several run at once.
const CONNECTIONS_MAX: u32 = 300;
/// A free port can be taken by someone else before PostgreSQL binds it.
const STARTS_MAX: u32 = 3;
const POLL: Duration = Duration::from_millis(100);
/// 60 seconds in polls: a busy machine needs a few to start or stop a cluster.
const POLLS_MAX: u32 = 600;
/// The account that PostgreSQL runs under when we are root, which it refuses to run as.
const ACCOUNT: &str = "postgres";

/// How much a cluster may use; the rest are PostgreSQL's defaults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// `shared_buffers`, in MiB.
    buffers_mib: u64,
    /// `max_wal_size`, in MiB.
    log_mib: u64,
}

impl Memory {
    /// For tests: small, since the machine is busy with them.
    pub(crate) const TESTS: Self = Self { buffers_mib: 256, log_mib: 1_024 };

    /// For measurements: what PostgreSQL's manual advises on a server of this size, a quarter of the memory, and a log
    /// that is not cut every few seconds under load.
    pub(crate) fn of_a_server() -> Self {
        let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        Self { buffers_mib: kib.map_or(256, |kib| (kib / 1024 / 4).clamp(256, 8_192)), log_mib: 8_192 }
    }
}

/// A running private cluster.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts a cluster; installs PostgreSQL first where `apt-get` can and we are root.
    pub(crate) fn start(memory: Memory) -> Result<Self, Failure> {
        let programs = programs_or_install()?;
        let folder = private_folder()?;
        let started = create(&programs, &folder).and_then(|()| serve(&programs, &folder, memory));
        match started {
            Ok((server, port)) => {
                println!("postgres: private cluster on 127.0.0.1:{port}");
                Ok(Self { server, folder, port })
            }
            Err(failure) => {
                remove(&folder);
                Err(failure)
            }
        }
    }

    /// The URL of its maintenance database, as its owner.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&mut self.server);
        remove(&self.folder);
    }
}

/// The folder that holds `initdb` and `postgres`, the newest where several are installed.
fn programs() -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    candidates.extend(installed.into_iter().rev().map(|(_, folder)| folder));
    candidates.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn programs_or_install() -> Result<PathBuf, Failure> {
    if let Some(folder) = programs() {
        return Ok(folder);
    }
    tools::apt_install(&["postgresql"])?;
    programs().ok_or_else(|| {
        Failure::new(
            "PostgreSQL is not installed: install it (Debian: `apt-get install postgresql`), or set \
             TALLYMARK_TEST_POSTGRES_URL to a server whose role may create databases, or pass `--engine sqlite`",
        )
    })
}

fn private_folder() -> Result<PathBuf, Failure> {
    let folder = std::env::temp_dir().join(format!("tallymark-postgres-{}", std::process::id()));
    // Left by a process that had our number and was killed.
    if folder.exists() {
        remove(&folder);
    }
    fs::create_dir(&folder).map_err(|error| Failure::new(format!("cannot create {}: {error}", folder.display())))?;
    if tools::is_root() {
        process::run_silently(Command::new("chown").arg(format!("{ACCOUNT}:{ACCOUNT}")).arg(&folder))?;
    }
    Ok(folder)
}

fn create(programs: &Path, folder: &Path) -> Result<(), Failure> {
    let mut initdb = as_account(&programs.join("initdb"));
    initdb.arg("--pgdata").arg(folder.join("data"));
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
    process::run_silently(initdb.current_dir(folder))
}

fn serve(programs: &Path, folder: &Path, memory: Memory) -> Result<(Child, u16), Failure> {
    let mut last = Failure::new("PostgreSQL was not started");
    for _ in 0..STARTS_MAX {
        let port = free_port()?;
        let mut server = spawn(programs, folder, port, memory)?;
        match wait_until_ready(&mut server, programs, folder, port) {
            Ok(()) => return Ok((server, port)),
            Err(failure) => last = failure,
        }
        stop(&mut server);
        if process::interrupted() {
            break;
        }
    }
    Err(last)
}

fn spawn(programs: &Path, folder: &Path, port: u16, memory: Memory) -> Result<Child, Failure> {
    let log_path = folder.join("log");
    let log = File::create(&log_path)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", log_path.display())))?;
    let errors = log.try_clone().map_err(|error| Failure::new(format!("cannot share the log: {error}")))?;
    let mut server = as_account(&programs.join("postgres"));
    server.arg("-D").arg(folder.join("data"));
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.display()),
        format!("max_connections={CONNECTIONS_MAX}"),
        format!("shared_buffers={}MB", memory.buffers_mib),
        format!("max_wal_size={}MB", memory.log_mib),
    ] {
        server.arg("-c").arg(setting);
    }
    // A group of its own: Ctrl-C must not take the database away from under tests that are still ending.
    server.process_group(0).current_dir(folder).stdin(Stdio::null()).stdout(log).stderr(errors);
    server.spawn().map_err(|error| Failure::new(format!("cannot start `{}`: {error}", process::shown(&server))))
}

fn wait_until_ready(server: &mut Child, programs: &Path, folder: &Path, port: u16) -> Result<(), Failure> {
    let is_ready = programs.join("pg_isready");
    let port = port.to_string();
    for _ in 0..POLLS_MAX {
        let ended = server.try_wait().ok().flatten().is_some();
        if ended || process::interrupted() {
            break;
        }
        if process::succeeds(&is_ready.to_string_lossy(), &["--quiet", "--host=127.0.0.1", "--port", &port]) {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(Failure::new(format!("the private PostgreSQL did not become ready; its log:\n{log}")))
}

/// Fast shutdown (SIGINT: roll back, checkpoint, end), then the hard way.
fn stop(server: &mut Child) {
    process::signal(server.id(), "INT");
    for _ in 0..POLLS_MAX {
        if !matches!(server.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(POLL);
    }
    process::signal(server.id(), "QUIT");
    let _ = server.wait();
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        eprintln!("postgres: cannot remove {}: {error}", folder.display());
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| Failure::new(format!("no free port on 127.0.0.1: {error}")))
}

/// The program, run by an account that PostgreSQL accepts, and ended by the kernel should we be killed.
fn as_account(program: &Path) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    if tools::is_root() {
        command.args([&format!("--reuid={ACCOUNT}"), &format!("--regid={ACCOUNT}"), "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    command
}
