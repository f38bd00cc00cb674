//! What the machine gives: time zones, files, port, key file, disk.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tallymark_base::seal::Key;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use tallymark_server::condition::{Finding, machine};

use super::failed;
use crate::installation::Installation;

/// How long whoever listens on the port may take to say who it is.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Days begin at midnight of a tenant's zone.
pub(super) fn time_zones() -> Finding {
    match jiff::tz::TimeZone::get("Asia/Shanghai") {
        Ok(_) => Finding::ok("time zones", "the data of time zones is there"),
        Err(error) => Finding::wrong("time zones", format!("there is no data of time zones: {error}")),
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
            found.push(failed("master key", failure));
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
pub(super) fn disk(installation: &Installation, found: &mut Vec<Finding>) {
    let Some(path) = installation.database_file() else { return };
    let folder = machine::folder_of(&path);
    found.push(match machine::free_at(folder) {
        Err(error) => Finding::wrong("disk", format!("{} cannot be looked at: {error}", folder.display())),
        Ok(free) => machine::room(&format!("at {}", folder.display()), free),
    });
    found.extend(machine::log(&path));
}
