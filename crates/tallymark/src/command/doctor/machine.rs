//! What the machine gives: time zones, files, port, key file, disk.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tallymark_base::seal::Key;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Finding;
use crate::installation::Installation;

/// Free room below which a day of work may not fit, in bytes.
pub(super) const FREE_MIN: u64 = 1 << 30;
/// Free room below which somebody should plan for more.
const FREE_SOON: u64 = 5 << 30;
/// A write-ahead log above this is held by something, in bytes.
const LOG_MAX: u64 = 1 << 30;
/// Connections, callers and files that a busy server has open at once.
const OPEN_FILES_MIN: u64 = 4_096;
/// Memory below which a busy server is soon short of it.
const FREE_MEMORY_MIN_MIB: u64 = 512;
/// How long whoever listens on the port may take to say who it is.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Days begin at midnight of a tenant's zone.
pub(super) fn time_zones() -> Finding {
    match jiff::tz::TimeZone::get("Asia/Shanghai") {
        Ok(_) => Finding::ok("time zones", "the data of time zones is there"),
        Err(error) => Finding::wrong("time zones", format!("there is no data of time zones: {error}")),
    }
}

pub(super) fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(limit) if limit < OPEN_FILES_MIN => Finding::note(
            "open files",
            format!(
                "at most {limit} files and connections may be open; a busy server wants {OPEN_FILES_MIN} (ulimit -n)"
            ),
        ),
        Some(limit) => Finding::ok("open files", format!("{limit} may be open at once")),
        None => Finding::ok("open files", "no limit"),
    }
}

/// What programs may still take.
pub(super) fn memory() -> Finding {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| -> Option<u64> {
        let line = told.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let (Some(total), Some(free)) = (field("MemTotal:"), field("MemAvailable:")) else {
        return Finding::ok("memory", "this system does not tell");
    };
    let text = format!("{} of {} MiB are free", free / 1024, total / 1024);
    if free / 1024 < FREE_MEMORY_MIN_MIB {
        Finding::note("memory", format!("only {text}; questions to the lake and large exports may be refused"))
    } else {
        Finding::ok("memory", text)
    }
}

/// The port is free, or a server of ours has it.
pub(super) async fn port(listen: SocketAddr) -> Finding {
    let error = match TcpListener::bind(listen).await {
        Ok(_) => return Finding::ok("port", format!("{listen} is free")),
        Err(error) => error,
    };
    match tokio::time::timeout(ANSWER_MAX, is_ours(listen)).await {
        Ok(Ok(true)) => Finding::ok("port", format!("a Tallymark server answers at {listen}")),
        _ => Finding::wrong(
            "port",
            format!(
                "{listen} cannot be listened on: {error}; stop the program that has it, or give another by --listen"
            ),
        ),
    }
}

async fn is_ours(listen: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(listen).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.contains("x-request-id: req_") && answer.contains(r#"{"status":"up"}"#))
}

/// The master key can be read, and by nobody else.
pub(super) fn key(installation: &Installation, found: &mut Vec<Finding>) -> Option<Key> {
    if let Some(path) = installation.key_file() {
        found.push(permissions(path));
    }
    match installation.master() {
        Ok(key) => {
            found.push(Finding::ok("master key", "can be read and has the right form"));
            Some(key)
        }
        Err(failure) => {
            found.push(Finding::failed("master key", failure));
            None
        }
    }
}

fn permissions(path: &Path) -> Finding {
    let shown = path.display();
    match std::fs::metadata(path) {
        // Reading it fails as well, and that says why.
        Err(_) => Finding::wrong("key file", format!("{shown} is not there or cannot be looked at")),
        Ok(file) if file.permissions().mode() & 0o077 != 0 => {
            let mode = file.permissions().mode() & 0o777;
            Finding::wrong(
                "key file",
                format!("{shown} has mode {mode:o}: others on this machine may read it; chmod 600 {shown}"),
            )
        }
        Ok(_) => Finding::ok("key file", format!("only its owner may read {shown}")),
    }
}

/// Room on the disk of a SQLite database, and its log. A database server looks after its own.
pub(super) fn disk(database: &str, found: &mut Vec<Finding>) {
    let Some(path) = database.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) else { return };
    let folder = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    found.push(match rustix::fs::statvfs(folder) {
        Err(error) => Finding::wrong("disk", format!("{} cannot be looked at: {error}", folder.display())),
        Ok(disk) => room(folder, disk.f_bavail * disk.f_frsize),
    });
    if let Ok(log) = std::fs::metadata(format!("{path}-wal")) {
        let mib = log.len() >> 20;
        found.push(if log.len() > LOG_MAX {
            let text = format!("the write-ahead log has {mib} MiB: a long read (a backup, a forgotten query) holds it");
            Finding::wrong("log", text)
        } else {
            Finding::ok("log", format!("the write-ahead log has {mib} MiB"))
        });
    }
}

fn room(folder: &Path, free: u64) -> Finding {
    let text = format!("{:.1} GiB are free at {}", free as f64 / (1 << 30) as f64, folder.display());
    match free {
        _ if free < FREE_MIN => {
            Finding::wrong("disk", format!("only {text}; when it is full the server refuses every scan"))
        }
        _ if free < FREE_SOON => Finding::note("disk", format!("{text}; plan for more")),
        _ => Finding::ok("disk", text),
    }
}
