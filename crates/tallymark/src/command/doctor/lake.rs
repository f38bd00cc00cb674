//! The lake: whether it can be written, what waits for it, and what fits none of its tables.

use std::path::Path;

use rustix::fs::Access;
use tallymark_base::Clock as _;
use tallymark_base::time::SystemClock;
use tallymark_lake::{Location, Status, status};
use tallymark_store::{Store, node};

use super::machine::FREE_MIN;
use super::{Finding, State};
use crate::installation::Installation;
use crate::print::Failure;

/// A server that writes the lake is never this late, in seconds: events wait for 50 s, and a batch takes seconds.
const LATE: i64 = 600;

/// Everything about the lake. Makes no folder and writes nothing.
pub(super) async fn look(installation: &Installation, store: &Store, found: &mut Vec<Finding>) {
    let location = match installation.lake_location() {
        Ok(Some(location)) => location,
        Ok(None) => {
            let text = "there is none: events stay in the database until a server runs with --lake";
            return found.push(Finding::note("lake", text));
        }
        Err(failure) => return found.push(Finding::failed("lake", failure)),
    };
    if let Location::Folder(path) = &location {
        let finding = folder(path);
        let is_usable = finding.state == State::Ok && path.exists();
        found.push(finding);
        if !is_usable {
            return;
        }
    }
    match waiting(installation, store).await {
        Ok(findings) => found.extend(findings),
        Err(failure) => found.push(Finding::failed("lake", failure)),
    }
}

/// Whether the folder of a lake, or the one that it will be made in, can be written.
fn folder(path: &Path) -> Finding {
    let shown = path.display();
    let full = path.is_absolute().then(|| path.to_owned()).or_else(|| Some(std::env::current_dir().ok()?.join(path)));
    let Some(there) = full.as_deref().and_then(|full| full.ancestors().find(|folder| folder.exists())) else {
        return Finding::wrong("lake", format!("{shown} cannot be looked at"));
    };
    if !there.is_dir() {
        return Finding::wrong("lake", format!("{} is no folder; name one by --lake", there.display()));
    }
    if let Err(error) = rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK) {
        let text = format!("{} cannot be written by whoever runs this: {error}", there.display());
        return Finding::wrong("lake", text);
    }
    match rustix::fs::statvfs(there) {
        Ok(disk) if disk.f_bavail * disk.f_frsize < FREE_MIN => {
            let text = format!("less than 1 GiB is free at {shown}; events stay in the database when it is full");
            Finding::wrong("lake", text)
        }
        _ if path.exists() => Finding::ok("lake", format!("{shown} can be written")),
        _ => Finding::ok("lake", format!("{shown} is made with the first event")),
    }
}

async fn waiting(installation: &Installation, store: &Store) -> Result<Vec<Finding>, Failure> {
    let Some(lake) = installation.lake()? else { return Ok(Vec::new()) };
    let state = status(&lake, store).await?;
    let now = SystemClock::new().now();
    let mut tx = store.read().await?;
    let has_servers = !node::held(&mut tx, now).await?.is_empty();
    drop(tx);
    let age_s = state.oldest_waiting_at.map_or(0, |oldest| now.since(oldest) / 1_000_000);
    Ok(vec![lag(&state, age_s, has_servers), put_aside(&state)])
}

fn lag(state: &Status, age_s: i64, has_servers: bool) -> Finding {
    let text = format!("{} events wait for it, the oldest for {age_s} s", state.waiting_events);
    match (age_s > LATE, has_servers) {
        (false, _) => Finding::ok("lake lag", text),
        (true, false) => Finding::note("lake lag", text + "; no server runs that could write it"),
        (true, true) => Finding::wrong(
            "lake lag",
            text + "; the log of the servers tells why (`tallymark lake write` as well): no server was started with \
                    --lake, its place cannot be written, or the database was restored to before the lake's last batch",
        ),
    }
}

fn put_aside(state: &Status) -> Finding {
    if state.put_aside.is_empty() {
        return Finding::ok("put aside", "every event fitted its table");
    }
    let kinds = state.put_aside.iter().map(|own| format!("{} of {} {}", own.events, own.event_type, own.version));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let text = format!("events that this program cannot put into tables: {kinds}; a program that knows them does");
    Finding::note("put aside", text)
}
