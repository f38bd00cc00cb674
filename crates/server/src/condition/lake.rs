//! The lake: whether its folder can be written, how late it is, and what fits none of its tables.

use std::path::Path;

use rustix::fs::Access;
use tallymark_lake::PutAsideCount;

use super::Finding;
use super::machine::{FREE_MIN, free_at};

/// A server that writes the lake is never this late, in seconds: events wait for 50 s, and a batch takes seconds.
const LATE_S: i64 = 600;

/// An installation without a lake.
pub fn none() -> Finding {
    let text = "there is none: events stay in the database until a server runs with --lake";
    Finding::note("lake", text).says("lake.none")
}

/// Whether the folder of a lake, or the one that it will be made in, can be written; `shown` names it.
pub fn folder(path: &Path, shown: &str) -> Finding {
    let full = path.is_absolute().then(|| path.to_owned()).or_else(|| Some(std::env::current_dir().ok()?.join(path)));
    let Some(there) = full.as_deref().and_then(|full| full.ancestors().find(|folder| folder.exists())) else {
        return Finding::wrong("lake", format!("{shown} cannot be looked at")).says("lake.unseen");
    };
    if !there.is_dir() {
        let text = format!("{} is no folder; name one by --lake", there.display());
        return Finding::wrong("lake", text).says("lake.no_folder");
    }
    if let Err(error) = rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK) {
        let text = format!("{} cannot be written by whoever runs this: {error}", there.display());
        return Finding::wrong("lake", text).says("lake.read_only");
    }
    let free = free_at(there);
    let finding = match free {
        Ok(free) if free < FREE_MIN => {
            let text = format!("less than 1 GiB is free at {shown}; events stay in the database when it is full");
            Finding::wrong("lake", text).says("lake.full")
        }
        _ if path.exists() => Finding::ok("lake", format!("{shown} can be written")).says("lake.ok"),
        _ => Finding::ok("lake", format!("{shown} is made with the first event")).says("lake.new"),
    };
    match free {
        Ok(free) => finding.with("free_bytes", free),
        Err(_) => finding,
    }
}

/// How late the lake is: the age of the oldest event that waits for it, in seconds, and of how many, where that is told.
pub fn lag(waiting: Option<i64>, age_s: i64, has_servers: bool) -> Finding {
    let text = match waiting {
        Some(events) => format!("{events} events wait for it, the oldest for {age_s} s"),
        None if age_s == 0 => "nothing waits for it".to_owned(),
        None => format!("the oldest event waits for it for {age_s} s"),
    };
    let finding = match (age_s > LATE_S, has_servers) {
        (false, _) => Finding::ok("lake lag", text).says(if age_s == 0 { "lake_lag.none" } else { "lake_lag.ok" }),
        (true, false) => {
            Finding::note("lake lag", text + "; no server runs that could write it").says("lake_lag.no_server")
        }
        (true, true) => Finding::wrong(
            "lake lag",
            text + "; the log of the servers tells why (`tallymark lake write` as well): no server was started with \
                    --lake, its place cannot be written, or the database was restored to before the lake's last batch",
        )
        .says("lake_lag.late"),
    };
    finding.with("oldest_s", age_s)
}

/// Events that fitted no table: which, and how many where that is told.
pub fn put_aside(kinds: &[PutAsideCount], with_counts: bool) -> Finding {
    if kinds.is_empty() {
        return Finding::ok("put aside", "every event fitted its table").says("put_aside.none");
    }
    let named = |own: &PutAsideCount| match with_counts {
        true => format!("{} of {} {}", own.events, own.event_type, own.version),
        false => format!("{} {}", own.event_type, own.version),
    };
    let kinds = kinds.iter().map(named).collect::<Vec<_>>().join(", ");
    let text = format!("events that this program cannot put into tables: {kinds}; a program that knows them does");
    Finding::note("put aside", text).says("put_aside.some").with("kinds", kinds)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_lake_that_nobody_writes_is_wrong_only_where_a_server_runs() {
        assert_eq!(lag(Some(5), 600, true).state, State::Ok);
        assert_eq!(lag(Some(5), 601, true).state, State::Wrong);
        assert_eq!(lag(Some(5), 601, false).state, State::Note);
    }

    #[test]
    fn what_others_put_aside_is_not_counted_for_a_brand() {
        let kinds = [PutAsideCount { event_type: "scan.decided".to_owned(), version: 9, events: 12 }];
        assert!(put_aside(&kinds, true).text.contains("12 of scan.decided 9"));
        let told = put_aside(&kinds, false);
        assert!(told.text.contains("scan.decided 9") && !told.text.contains("12"), "{}", told.text);
    }
}
