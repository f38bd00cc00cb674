//! Every measure of a server, in one table.

use prometheus::core::Metric as _;
use prometheus::process_collector::ProcessCollector;
use prometheus::{Encoder as _, Registry, TextEncoder};
pub use prometheus::{Gauge, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use crate::routes::Routes;
use crate::table::Measure;
pub use crate::table::{Entry, Kind};

/// The form of [`Metrics::text`], as `Content-Type` says it.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Upper ends for times, in seconds: from a look into memory to the longest answer.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper ends for numbers of scans in a batch.
const SCANS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// A counter or gauge has no ranges.
const NONE: &[f64] = &[];

macro_rules! table {
    (routes of $requests:ident, $seconds:ident; $($field:ident: $measure:ty, $name:literal, $labels:expr, $ranges:expr, $help:literal;)+) => {
        /// The measures of one server. Shared by everything that runs in it.
        pub struct Metrics {
            registry: Registry,
            /// HTTP requests, by route.
            pub routes: Routes,
            $(#[doc = $help] pub $field: $measure,)+
        }

        /// Every measure of our own, in the order in which it is documented.
        pub const TABLE: &[Entry] = &[$(Entry {
            name: $name, kind: <$measure as Measure>::KIND, labels: &$labels, ranges: $ranges, help: $help,
        },)+];

        impl Metrics {
            /// All at nought.
            pub fn new() -> Self {
                let registry = Registry::new();
                let mut rows = TABLE.iter();
                $(let $field = <$measure>::of(rows.next().expect("a row for each field"), &registry);)+
                let routes = Routes::new($requests.clone(), $seconds.clone());
                registry.register(Box::new(ProcessCollector::for_self())).expect("its names begin with process_");
                let metrics = Self { registry, routes, $($field,)+ };
                metrics.build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
                metrics
            }
        }
    };
}

table! {
    routes of http_requests, http_request_seconds;
    build: IntGaugeVec, "tallymark_build_info", ["version"], NONE,
        "1; the label tells the version of the program.";
    http_requests: IntCounterVec, "tallymark_http_requests_total", ["method", "route", "status"], NONE,
        "Requests answered. The route is its pattern (`/C/{code}`), `none` where no route matched.";
    http_request_seconds: HistogramVec, "tallymark_http_request_seconds", ["method", "route"], SECONDS,
        "Time from a request's head to its answer's head.";
    http_running: IntGauge, "tallymark_http_requests_running", [], NONE,
        "Requests that wait for their answer.";
    refusals: IntCounterVec, "tallymark_refusals_total", ["code"], NONE,
        "Answers that told of a problem, by its stable code: limits reached, keys unknown, server overloaded.";
    scans: IntCounterVec, "tallymark_scans_total", ["verdict"], NONE,
        "Scans decided and committed.";
    scans_forgotten: IntCounter, "tallymark_scans_forgotten_total", [], NONE,
        "Rows of old scans that left the database, because the lake has them (`serve --hot-days`).";
    scan_queue: IntGauge, "tallymark_scan_queue", [], NONE,
        "Scans that wait for the next batch. At 8,192 the server refuses more.";
    scan_batch_size: Histogram, "tallymark_scan_batch_size", [], SCANS,
        "Scans decided in one transaction.";
    scan_decide_seconds: Histogram, "tallymark_scan_decide_seconds", [], SECONDS,
        "Time of a batch from the begin of its transaction to the commit: claim, load, decide, save.";
    scan_commit_seconds: Histogram, "tallymark_scan_commit_seconds", [], SECONDS,
        "Time of a batch's commit, the write to the disk included.";
    scan_redone: IntCounterVec, "tallymark_scan_batches_redone_total", ["cause"], NONE,
        "Batches rolled back and decided again: `contended` by another server, `slice` of a budget, stock or day short, \
         `alone` where one scan failed and each was decided by itself.";
    slice_refills: IntCounterVec, "tallymark_slice_refills_total", ["kind", "result"], NONE,
        "Slices of a budget or stock (`account`) or of a day's limit (`day`) taken from what is shared: `granted`, or \
         `exhausted` where nothing was left anywhere.";
    jobs: IntGaugeVec, "tallymark_jobs", ["kind", "state"], NONE,
        "Jobs in the database: ready, running, done, dead. A dead one waits for a person.";
    job_runs: IntCounterVec, "tallymark_job_runs_total", ["kind", "result"], NONE,
        "Attempts that ended on this server: `done`, `again` (failed, runs again), `dead` (failed for good), `lost` (its \
         lease ran out meanwhile).";
    job_run_seconds: HistogramVec, "tallymark_job_run_seconds", ["kind"], SECONDS,
        "Time of an attempt.";
    outbox_rows: IntGauge, "tallymark_outbox_rows", [], NONE,
        "Rows of events that wait for their consumers; counted up to 100,000.";
    outbox_oldest_seconds: Gauge, "tallymark_outbox_oldest_seconds", [], NONE,
        "Age of the oldest of them.";
    lake_waiting_events: IntGauge, "tallymark_lake_waiting_events", [], NONE,
        "Events that are not in the lake yet.";
    lake_oldest_seconds: Gauge, "tallymark_lake_oldest_seconds", [], NONE,
        "Age of the oldest of them: how far the lake is behind. 0 where nothing waits.";
    lake_put_aside: IntGaugeVec, "tallymark_lake_put_aside_events", ["event_type"], NONE,
        "Events that fit no declaration this program knows and were put aside.";
    lake_batches: IntCounterVec, "tallymark_lake_batches_total", ["result"], NONE,
        "Attempts of this server's lake writer: `written`, or `failed` and tried again.";
    lake_files: IntGaugeVec, "tallymark_lake_live_files", ["table"], NONE,
        "Live files of a table of the lake, as this server's writer last saw them.";
    database_up: IntGauge, "tallymark_database_up", [], NONE,
        "1 where the database answered when these figures were asked for; otherwise 0, and what it would have told is left \
         as it was.";
    database_errors: IntCounterVec, "tallymark_database_errors_total", ["code"], NONE,
        "Statements, commits and connections that failed, by the stable code of the error.";
    database_connections: IntGaugeVec, "tallymark_database_connections", ["pool", "state"], NONE,
        "Connections by pool (`writer` and `readers` on SQLite, `all` on PostgreSQL): `busy` or `idle`.";
    database_wait_seconds: HistogramVec, "tallymark_database_wait_seconds", ["access"], SECONDS,
        "Time until a transaction began: the wait for a free connection and, on SQLite, for the write lock.";
    database_write_seconds: Histogram, "tallymark_database_write_seconds", [], SECONDS,
        "Time of a transaction that wrote, from its begin to its commit. On SQLite only one runs at a time: how fast the sum \
         grows is how busy the write lock is.";
    database_skew_seconds: Gauge, "tallymark_database_clock_skew_seconds", [], NONE,
        "This server's clock less the database's; 0 with SQLite, which has no clock of its own.";
    slow_statements: IntCounter, "tallymark_database_slow_statements_total", [], NONE,
        "Statements that took longer than the limit of the log of slow statements.";
    wal_pages: IntGauge, "tallymark_wal_pages", [], NONE,
        "SQLite: pages of 4 KiB in the write-ahead log. Above 262,144 (1 GiB) something holds it.";
    checkpoints: IntCounterVec, "tallymark_checkpoints_total", ["result"], NONE,
        "SQLite: passes that copy the log into the file: `whole`, `partial` (writing went on), `failed`.";
}

impl Metrics {
    /// All measures with something to tell, in the text form of Prometheus.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory does not fail, and every family has its samples.
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("families are whole");
        String::from_utf8(text).expect("the encoder writes text")
    }
}

/// What so large a share of the values does not exceed, as far as the ranges of a histogram tell: the end of the range in which
/// the share is reached. `None` where nothing was observed; above the last range infinity.
pub fn no_more_than(histogram: &Histogram, share: f64) -> Option<f64> {
    let metric = histogram.metric();
    let told = metric.get_histogram();
    let count = told.get_sample_count();
    let wanted = (count as f64 * share).ceil().max(1.0);
    let range = told.get_bucket().iter().find(|range| range.cumulative_count() as f64 >= wanted);
    (count > 0).then(|| range.map_or(f64::INFINITY, prometheus::proto::Bucket::upper_bound))
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The table as `docs/operate.md` shows it, in Markdown.
pub fn documentation() -> String {
    let mut text = "| Name | Kind | Labels | Tells |\n|---|---|---|---|\n".to_owned();
    for entry in TABLE {
        let labels: Vec<String> = entry.labels.iter().map(|label| format!("`{label}`")).collect();
        let (kind, labels) = (entry.kind.name(), labels.join(", "));
        text.push_str(&format!("| `{}` | {kind} | {labels} | {} |\n", entry.name, entry.help));
    }
    text
}
