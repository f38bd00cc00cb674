//! What the machine has left: memory, files that may be open, room on a disk.

use std::path::Path;

use super::Finding;

/// Free room below which a day of work may not fit, in bytes.
pub const FREE_MIN: u64 = 1 << 30;
/// Free room below which somebody should plan for more.
const FREE_SOON: u64 = 5 << 30;
/// A write-ahead log above this is held by something, in bytes.
const LOG_MAX: u64 = 1 << 30;
/// Connections, callers and files that a busy server has open at once.
const OPEN_FILES_MIN: u64 = 4_096;
/// Memory below which a busy server is soon short of it.
const FREE_MEMORY_MIN_MIB: u64 = 512;

/// How many files and connections this process may have open.
pub fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(limit) if limit < OPEN_FILES_MIN => Finding::note(
            "open files",
            format!(
                "at most {limit} files and connections may be open; a busy server wants {OPEN_FILES_MIN} (ulimit -n)"
            ),
        )
        .says("open_files.few")
        .with("files", limit)
        .with("wanted", OPEN_FILES_MIN),
        Some(limit) => {
            Finding::ok("open files", format!("{limit} may be open at once")).says("open_files.ok").with("files", limit)
        }
        None => Finding::ok("open files", "no limit").says("open_files.unlimited"),
    }
}

/// What programs may still take.
pub fn memory() -> Finding {
    let (Some(total), Some(free)) = (kib_in("/proc/meminfo", "MemTotal:"), kib_in("/proc/meminfo", "MemAvailable:"))
    else {
        return Finding::ok("memory", "this system does not tell").says("memory.untold");
    };
    let text = format!("{} of {} MiB are free", free / 1024, total / 1024);
    let finding = if free / 1024 < FREE_MEMORY_MIN_MIB {
        let text = format!("only {text}; questions to the lake and large exports may be refused");
        Finding::note("memory", text).says("memory.low")
    } else {
        Finding::ok("memory", text).says("memory.ok")
    };
    finding.with("free_bytes", free * 1024).with("total_bytes", total * 1024)
}

/// What this process holds, where the system tells.
pub fn resident_bytes() -> Option<u64> {
    Some(kib_in("/proc/self/status", "VmRSS:")? * 1024)
}

/// A line of those that tell KiB.
fn kib_in(file: &str, name: &str) -> Option<u64> {
    let told = std::fs::read_to_string(file).ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Free room on the disk of a folder, in bytes.
pub fn free_at(folder: &Path) -> Result<u64, rustix::io::Errno> {
    rustix::fs::statvfs(folder).map(|disk| disk.f_bavail * disk.f_frsize)
}

/// The folder that a file lies in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Free room on the disk of the database, which `place` names.
pub fn room(place: &str, free: u64) -> Finding {
    let text = format!("{:.1} GiB are free {place}", free as f64 / (1 << 30) as f64);
    let finding = match free {
        _ if free < FREE_MIN => {
            Finding::wrong("disk", format!("only {text}; when it is full the server refuses every scan"))
                .says("disk.low")
        }
        _ if free < FREE_SOON => Finding::note("disk", format!("{text}; plan for more")).says("disk.soon"),
        _ => Finding::ok("disk", text).says("disk.ok"),
    };
    finding.with("free_bytes", free)
}

/// The write-ahead log of a SQLite database, where there is one.
pub fn log(database: &Path) -> Option<Finding> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    Some(log_of(std::fs::metadata(name).ok()?.len()))
}

fn log_of(bytes: u64) -> Finding {
    let mib = bytes >> 20;
    let finding = if bytes > LOG_MAX {
        let text = format!("the write-ahead log has {mib} MiB: a long read (a backup, a forgotten query) holds it");
        Finding::wrong("log", text).says("log.long")
    } else {
        Finding::ok("log", format!("the write-ahead log has {mib} MiB")).says("log.ok")
    };
    finding.with("log_bytes", bytes)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_disk_is_told_of_before_it_is_full() {
        let state = |free| room("here", free).state;
        assert_eq!(state(900 << 20), State::Wrong);
        assert_eq!(state(3 << 30), State::Note);
        assert_eq!(state(6 << 30), State::Ok);
        assert_eq!(room("at /srv", 3 << 30).text, "3.0 GiB are free at /srv; plan for more");
    }

    #[test]
    fn a_log_of_more_than_a_gibibyte_is_held_by_something() {
        assert_eq!(log_of(1 << 30).state, State::Ok);
        assert_eq!(log_of((1 << 30) + 1).state, State::Wrong);
    }
}
