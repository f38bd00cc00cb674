//! The database: that it answers, how fast, how large it is, whose clock it goes by, and who uses it.

use std::time::Duration;

use tallymark_store::{Engine, node};
use tallymark_telemetry::metrics::{Histogram, no_more_than};

use super::Finding;

/// Events that wait for longer than this have no consumer, in seconds.
const EVENTS_WAIT_MAX_S: i64 = 3_600;
/// Reading one row takes a machine less than this that is not overloaded.
const READ_MAX: Duration = Duration::from_millis(100);
/// A database that needs so long to read one row keeps everybody waiting.
const READ_STUCK: Duration = Duration::from_secs(1);
/// A durable commit of a sound disk is below this, in seconds.
const COMMIT_MAX_S: f64 = 0.25;
/// Above this every scan waits for the disk, in seconds.
const COMMIT_STUCK_S: f64 = 2.5;

/// The engine, which answers. That it keeps what it acknowledges was asserted when it was opened.
pub fn engine(engine: Engine, version: &str) -> Finding {
    let name = match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    Finding::ok("database", format!("{name} {version} answers and keeps what it acknowledges"))
        .says("database.ok")
        .with("engine", name)
        .with("version", version)
}

/// How much the database holds.
pub fn size(bytes: u64) -> Finding {
    let text = format!("{:.2} GiB", bytes as f64 / (1 << 30) as f64);
    Finding::ok("size", text).says("size.ok").with("size_bytes", bytes)
}

/// How long reading a row took just now.
pub fn reading(took: Duration) -> Finding {
    let ms = took.as_secs_f64() * 1e3;
    let text = format!("reading a row took {ms:.1} ms");
    let finding = if took > READ_STUCK {
        let text = text + ": everybody waits; look at what else the machine does, and at the log of slow statements";
        Finding::wrong("reading", text).says("reading.stuck")
    } else if took > READ_MAX {
        let text = text + ", which is long; the log names slow statements (--slow-ms)";
        Finding::note("reading", text).says("reading.slow")
    } else {
        Finding::ok("reading", text).says("reading.ok")
    };
    finding.with("read_ms", rounded(ms))
}

/// How long scans waited for the disk since the server started.
pub fn commits(seconds: &Histogram) -> Finding {
    let (Some(half), Some(most)) = (no_more_than(seconds, 0.5), no_more_than(seconds, 0.99)) else {
        return Finding::ok("commits", "no scan was kept since the server started").says("commits.none");
    };
    let count = seconds.get_sample_count();
    // Above the last of its ranges a measure knows no more.
    let ms = |seconds: f64| rounded(seconds.min(30.0) * 1e3);
    let (half_ms, most_ms) = (ms(half), ms(most));
    let text = format!(
        "of {count} batches of scans half were on the disk within {half_ms} ms, and 99 of 100 within {most_ms} ms"
    );
    let finding = if most > COMMIT_STUCK_S {
        let text = text + ": the disk is too slow or too busy; give the database a disk of its own";
        Finding::wrong("commits", text).says("commits.stuck")
    } else if most > COMMIT_MAX_S {
        let text = text + ", which is long; look at what else uses its disk";
        Finding::note("commits", text).says("commits.slow")
    } else {
        Finding::ok("commits", text).says("commits.ok")
    };
    finding.with("count", count).with("half_ms", half_ms).with("most_ms", most_ms)
}

/// A tenth is enough to judge by.
fn rounded(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

/// How far this machine's clock is from the database's, in microseconds; `None` where it goes by this machine's.
pub fn clock(difference_us: Option<i64>) -> Finding {
    let Some(us) = difference_us else {
        return Finding::ok("clock", "the database goes by this machine's clock").says("clock.own");
    };
    let seconds = us as f64 / 1e6;
    if us.unsigned_abs() > node::CLOCK_DIFFERENCE_MAX.as_micros() as u64 {
        let limit = node::CLOCK_DIFFERENCE_MAX.as_secs();
        let text = format!(
            "this machine is {seconds:.1} s off the database's clock (ahead where positive); above {limit} s no server \
             starts: set the clock, for example by chrony"
        );
        return Finding::wrong("clock", text).says("clock.off").with("off_ms", rounded(seconds * 1e3));
    }
    let text = format!("within {:.3} s of the database's", seconds.abs());
    Finding::ok("clock", text).says("clock.ok").with("off_ms", rounded(seconds.abs() * 1e3))
}

/// Node numbers that are held, each by a server or a command.
pub fn servers(held: &[u16]) -> Finding {
    let finding = match held.len() {
        count if count >= usize::from(node::SIMULATED) => {
            let text = format!("all {} node numbers are held; stop servers that are not needed", node::SIMULATED);
            Finding::wrong("servers", text).says("servers.too_many")
        }
        0 => Finding::ok("servers", "no server holds a node number").says("servers.none"),
        count => Finding::ok("servers", format!("{count} node numbers are held: {held:?}")).says("servers.ok"),
    };
    finding.with("servers", held.len())
}

/// Events in the outbox: the age of the oldest in seconds, and how many rows, where that is told.
pub fn events(rows: Option<i64>, age_s: i64) -> Finding {
    let text = match rows {
        Some(rows) => format!("{rows} rows of events wait, the oldest for {age_s} s"),
        None if age_s == 0 => "no event waits".to_owned(),
        None => format!("the oldest event waits for {age_s} s"),
    };
    let finding = match age_s {
        0 => Finding::ok("events", text).says("events.none"),
        _ if age_s > EVENTS_WAIT_MAX_S => Finding::note("events", text).says("events.late"),
        _ => Finding::ok("events", text).says("events.ok"),
    };
    finding.with("oldest_s", age_s)
}

#[cfg(test)]
mod tests {
    use tallymark_telemetry::Metrics;

    use super::super::State;
    use super::*;

    #[test]
    fn commits_are_judged_by_what_the_slowest_of_a_hundred_take() {
        let metrics = Metrics::new();
        let seconds = &metrics.scan_commit_seconds;
        assert_eq!(commits(seconds).code, Some("commits.none"));
        for _ in 0..98 {
            seconds.observe(0.004);
        }
        let told = commits(seconds);
        // The measures know ranges: 4 ms lie in that which ends at 5 ms.
        assert_eq!((told.state, &told.values["half_ms"]), (State::Ok, &5.0.into()));
        seconds.observe(0.3);
        seconds.observe(0.3);
        assert_eq!(commits(seconds).state, State::Note);
        for _ in 0..8 {
            seconds.observe(4.0);
        }
        assert_eq!(commits(seconds).state, State::Wrong);
    }

    #[test]
    fn a_clock_more_than_five_seconds_off_is_wrong_whichever_way() {
        assert_eq!(clock(Some(5_000_000)).state, State::Ok);
        assert_eq!(clock(Some(-5_000_001)).state, State::Wrong);
        assert_eq!(clock(None).state, State::Ok);
    }
}
