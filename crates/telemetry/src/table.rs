//! How a row of the table becomes a measure.

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

/// What a measure is to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often a value fell into each range, and their sum.
    Histogram,
}

impl Kind {
    /// The word that Prometheus uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One measure, as it is documented.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name, with the unit at the end.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The labels that tell its series apart.
    pub labels: &'static [&'static str],
    /// Upper ends of the ranges of a histogram.
    pub ranges: &'static [f64],
    /// What it tells, in a sentence.
    pub help: &'static str,
}

/// A type of the `prometheus` crate that a row can become.
pub(crate) trait Measure: Collector + Clone + Sized + 'static {
    const KIND: Kind;
    fn make(entry: &Entry) -> prometheus::Result<Self>;

    /// The measure of a row, known to the registry.
    fn of(entry: &Entry, registry: &Registry) -> Self {
        let measure = Self::make(entry).expect("the table holds names that Prometheus takes");
        registry.register(Box::new(measure.clone())).expect("a name stands in the table once");
        measure
    }
}

macro_rules! measures {
    ($($measure:ty: $kind:ident, $make:expr;)+) => {$(
        impl Measure for $measure {
            const KIND: Kind = Kind::$kind;
            fn make(entry: &Entry) -> prometheus::Result<Self> {
                $make(entry)
            }
        }
    )+};
}

measures! {
    IntCounter: Counter, |entry| IntCounter::with_opts(options(entry));
    IntCounterVec: Counter, |entry: &Entry| IntCounterVec::new(options(entry), entry.labels);
    IntGauge: Gauge, |entry| IntGauge::with_opts(options(entry));
    IntGaugeVec: Gauge, |entry: &Entry| IntGaugeVec::new(options(entry), entry.labels);
    Gauge: Gauge, |entry| Gauge::with_opts(options(entry));
    GaugeVec: Gauge, |entry: &Entry| GaugeVec::new(options(entry), entry.labels);
    Histogram: Histogram, |entry| Histogram::with_opts(ranges(entry));
    HistogramVec: Histogram, |entry: &Entry| HistogramVec::new(ranges(entry), entry.labels);
}

fn options(entry: &Entry) -> Opts {
    Opts::new(entry.name, entry.help)
}

fn ranges(entry: &Entry) -> HistogramOpts {
    HistogramOpts::from(options(entry)).buckets(entry.ranges.to_vec())
}
