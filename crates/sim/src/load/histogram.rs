//! Latencies in buckets of 1/64 of their magnitude, so that a percentile is exact to 1.6 % and adding one costs a few
//! instructions (the layout of HdrHistogram, <https://hdrhistogram.org>).

use std::time::Duration;

const SUB_BITS: u32 = 6;
const SUB: u64 = 1 << SUB_BITS;
/// Microseconds up to 2³² (71 minutes).
const BUCKETS: usize = ((32 - SUB_BITS + 1) * SUB as u32) as usize;

/// Counts of latencies in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max_micros: u64,
}

impl Histogram {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max_micros: 0 }
    }

    /// Adds one latency.
    pub(crate) fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).min((1 << 32) - 1);
        self.counts[bucket_of(micros)] += 1;
        self.total += 1;
        self.max_micros = self.max_micros.max(micros);
    }

    /// How many were added.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The latency in milliseconds that `percent` of all do not exceed; 0 when there is none.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        let rank = (self.total as f64 * percent / 100.0).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && *count > 0 {
                return upper_end(bucket).min(self.max_micros) as f64 / 1000.0;
            }
        }
        0.0
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        self.max_micros as f64 / 1000.0
    }
}

fn bucket_of(micros: u64) -> usize {
    let magnitude = (64 - (micros | (SUB - 1)).leading_zeros()) - SUB_BITS;
    // Numbers below 64 have a bucket each; beyond, the leading 7 bits choose, the first of which is always 1.
    if magnitude == 0 {
        micros as usize
    } else {
        (u64::from(magnitude) * SUB + ((micros >> magnitude.saturating_sub(1)) - SUB)) as usize
    }
}

fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let (magnitude, sub) = (bucket / SUB, bucket % SUB);
    if magnitude == 0 { sub } else { ((SUB + sub + 1) << (magnitude - 1)) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_is_within_a_64th_of_its_bucket_and_buckets_rise() {
        let mut last = 0;
        for micros in (0..100_000_u64).chain((100_000..4_000_000_000).step_by(9_999_991)) {
            let bucket = bucket_of(micros);
            assert!(bucket >= last, "{micros}");
            last = bucket;
            let end = upper_end(bucket);
            assert!(end >= micros && end - micros <= micros / 64, "{micros} in a bucket up to {end}");
        }
        assert!(bucket_of((1 << 32) - 1) < BUCKETS);
    }

    #[test]
    fn percentiles_of_one_to_a_thousand_milliseconds() {
        let mut histogram = Histogram::new();
        for ms in 1..=1000 {
            histogram.add(Duration::from_millis(ms));
        }
        assert_eq!(histogram.total(), 1000);
        for percent in [50.0, 99.0, 99.9] {
            let (found, exact) = (histogram.percentile_ms(percent), percent * 10.0);
            assert!((found - exact).abs() <= exact / 60.0, "{percent}: {found}");
        }
        assert_eq!(histogram.percentile_ms(100.0), 1000.0);
        assert_eq!(histogram.max_ms(), 1000.0);
    }
}
