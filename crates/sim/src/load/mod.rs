//! The load generator: kept connections on one thread, as many scans as the server answers (closed loop) or a fixed
//! rate, where a latency counts from the moment the scan should have been sent, so that a server that stalls cannot
//! hide it (coordinated omission).

mod command;
mod deliveries;
mod histogram;

mod workload;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

pub(crate) use command::{LoadArguments, run_command};
pub(crate) use deliveries::Deliveries;
pub(crate) use histogram::Histogram;
pub(crate) use tallymark_sim::wire::Connection;
#[cfg(test)]
pub(crate) use workload::Kind;
pub(crate) use workload::{Codes, PLACES, RequestWriter, Workload, device_value};

use crate::failure::{Failure, Result};
use crate::stopwatch::Stopwatch;

/// Failures that are kept in words; all are counted.
const TOLD_MAX: usize = 5;
/// One answer of so many is looked into.
const LOOKED_INTO: u64 = 32;

/// What writes the request with a number into a buffer, whole.
pub(crate) type Write<'a> = Box<dyn FnMut(u64, &mut Vec<u8>) + 'a>;

/// Where requests come from.
pub(crate) trait Source: std::fmt::Debug {
    /// How many there are.
    fn requests_max(&self) -> u64;

    /// What writes requests for one server.
    fn writer<'a>(&'a self, address: SocketAddr, api_key: &str) -> Write<'a>;
}

/// One server and the requests that it gets.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The key that may scan.
    pub(crate) api_key: String,
    /// The scans.
    pub(crate) workload: Rc<dyn Source>,
    /// The first scan that was not sent yet.
    pub(crate) first: u64,
}

/// How much load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Connections to each server.
    pub(crate) connections: usize,
    /// Load before measuring begins.
    pub(crate) warm_up: Duration,
    /// How long is measured.
    pub(crate) measure: Duration,
    /// Scans a second over all servers; without it, as many as are answered.
    pub(crate) rate: Option<f64>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// For each server the first scan that was not sent.
    pub(crate) next: Vec<u64>,
    /// Answers by HTTP status, warm-up included.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Scans that got no answer.
    pub(crate) broken: u64,
    /// The first few failures in words.
    pub(crate) told: Vec<String>,
    /// Scans answered 200 in the measured time.
    pub(crate) answered: u64,
    /// The measured time.
    pub(crate) seconds: f64,
    /// Latencies in the measured time.
    pub(crate) latency: Histogram,
    /// Verdicts and rewards of one answer of [`LOOKED_INTO`].
    pub(crate) seen: BTreeMap<String, u64>,
}

impl Outcome {
    /// Scans answered 200 in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.answered as f64 / self.seconds
    }

    /// Scans that got another answer than 200, or none.
    pub(crate) fn failed(&self) -> u64 {
        let refused: u64 = self.statuses.iter().filter(|(status, _)| **status != 200).map(|(_, count)| count).sum();
        refused + self.broken
    }

    /// Fails when a scan failed: a figure of a run that dropped scans would be worth nothing.
    pub(crate) fn without_failures(self) -> Result<Self> {
        if self.failed() == 0 {
            return Ok(self);
        }
        Err(Failure::new(format!(
            "{} of the scans failed; statuses {:?}, without answer {}; {}",
            self.failed(),
            self.statuses,
            self.broken,
            self.told.join("; ")
        )))
    }
}

/// Everything that the connections share; one thread, so cells are enough.
struct Shared {
    clock: Stopwatch,
    options: Options,
    connections: usize,
    tickets: Cell<u64>,
    latency: RefCell<Histogram>,
    answered: Cell<u64>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    broken: Cell<u64>,
    told: RefCell<Vec<String>>,
    seen: RefCell<BTreeMap<String, u64>>,
}

impl Shared {
    fn new(options: Options, connections: usize) -> Self {
        Self {
            clock: Stopwatch::start(),
            options,
            connections,
            tickets: Cell::new(0),
            latency: RefCell::new(Histogram::new()),
            answered: Cell::new(0),
            statuses: RefCell::default(),
            broken: Cell::new(0),
            told: RefCell::default(),
            seen: RefCell::default(),
        }
    }

    fn end(&self) -> Duration {
        self.options.warm_up + self.options.measure
    }

    /// When the next scan shall be sent; `None` when the run is over.
    fn next_moment(&self) -> Option<Duration> {
        let moment = match self.options.rate {
            Some(rate) => {
                let ticket = self.tickets.replace(self.tickets.get() + 1);
                Duration::from_secs_f64(ticket as f64 / rate)
            }
            None => self.clock.elapsed(),
        };
        (moment < self.end()).then_some(moment)
    }

    fn took(&self, sent: Duration, status: u16, body: &[u8], n: u64) {
        let now = self.clock.elapsed();
        *self.statuses.borrow_mut().entry(status).or_default() += 1;
        // A scan belongs to the measured time when it ends there (closed loop) or should begin there (fixed rate).
        let at = if self.options.rate.is_some() { sent } else { now };
        if at >= self.options.warm_up && at < self.end() {
            self.latency.borrow_mut().add(now - sent);
            self.answered.set(self.answered.get() + u64::from(status == 200));
        }
        if status != 200 {
            self.tell(|| format!("{status}: {}", String::from_utf8_lossy(body)));
        } else if n % LOOKED_INTO == n / LOOKED_INTO % LOOKED_INTO {
            // The place in the mix of ten moves on, so that every kind is looked into.
            *self.seen.borrow_mut().entry(summary_of(body)).or_default() += 1;
        }
    }

    fn tell(&self, message: impl FnOnce() -> String) {
        let mut told = self.told.borrow_mut();
        if told.len() < TOLD_MAX {
            told.push(message());
        }
    }
}

/// `genuine opened red_packet` or `unknown no_right`.
fn summary_of(body: &[u8]) -> String {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let reward = &answer["reward"];
    let words = [&answer["verdict"], &reward["status"], &reward["won"][0]["kind"]];
    words.into_iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join(" ")
}

/// Sends load to the targets. Must run on a thread of its own runtime (`current_thread`), inside no `LocalSet`.
pub(crate) async fn run(targets: &[Target], options: Options) -> Result<Outcome> {
    let shared = Rc::new(Shared::new(options, options.connections * targets.len()));
    let next: Vec<Rc<Cell<u64>>> = targets.iter().map(|target| Rc::new(Cell::new(target.first))).collect();
    let local = tokio::task::LocalSet::new();
    for place in 0..options.connections {
        for (target, next) in targets.iter().zip(&next) {
            local.spawn_local(one_connection(shared.clone(), target.clone(), next.clone(), place));
        }
    }
    local.await;
    if let Some(target) = targets.iter().zip(&next).find(|(target, next)| next.get() >= target.workload.requests_max())
    {
        return Err(Failure::new(format!(
            "the load ran out of codes after {} requests",
            target.0.workload.requests_max()
        )));
    }
    Ok(Outcome {
        next: next.iter().map(|next| next.get()).collect(),
        statuses: shared.statuses.take(),
        broken: shared.broken.get(),
        told: shared.told.take(),
        answered: shared.answered.get(),
        seconds: options.measure.as_secs_f64(),
        latency: shared.latency.replace(Histogram::new()),
        seen: shared.seen.take(),
    })
}

async fn one_connection(shared: Rc<Shared>, target: Target, next: Rc<Cell<u64>>, place: usize) {
    // Connecting all at once could overflow the server's queue of new connections.
    let spread = Duration::from_micros(200 * place as u64);
    shared.clock.sleep_until(spread).await;
    if let Err(error) = exchanges(&shared, &target, &next).await {
        shared.broken.set(shared.broken.get() + 1);
        let connections = shared.connections;
        shared.tell(|| format!("one of {connections} connections broke: {error}"));
    }
}

async fn exchanges(shared: &Shared, target: &Target, next: &Cell<u64>) -> std::io::Result<()> {
    let mut connection = Connection::open(target.address).await?;
    let mut write = target.workload.writer(target.address, &target.api_key);
    let mut request = Vec::with_capacity(512);
    while let Some(moment) = shared.next_moment() {
        if shared.options.rate.is_some() {
            shared.clock.sleep_until(moment).await;
        }
        let n = next.get();
        if n >= target.workload.requests_max() {
            break;
        }
        next.set(n + 1);
        write(n, &mut request);
        let answer = connection.exchange(&request).await?;
        shared.took(moment, answer.status, answer.body, n);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::Mutex;

    /// A server that answers every request, and all of them late when `stall_at` of them have come.
    async fn server(answer: &'static str, stall_at: u64) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (gate, count) = (Arc::new(Mutex::new(())), Arc::new(AtomicU64::new(0)));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (gate, count) = (gate.clone(), count.clone());
                tokio::spawn(async move {
                    let mut input = [0; 4096];
                    // A request is small enough to arrive in one piece.
                    while stream.read(&mut input).await.is_ok_and(|bytes| bytes > 0) {
                        let turn = gate.lock().await;
                        if count.fetch_add(1, Ordering::SeqCst) == stall_at {
                            tokio::time::sleep(Duration::from_millis(400)).await;
                        }
                        drop(turn);
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        address
    }

    async fn load_on(address: SocketAddr, rate: Option<f64>) -> Outcome {
        let mut fresh = Codes::default();
        for number in 0..200_000 {
            fresh.push(format!("{number:016}").as_bytes()).unwrap();
        }
        let workload = Rc::new(Workload { fresh, used: Codes::default(), known: 10, seed: 1, since_ms: 0 });
        let target = Target { address, api_key: String::new(), workload, first: 0 };
        let (warm_up, measure) = (Duration::from_millis(100), Duration::from_millis(1000));
        run(&[target], Options { connections: 4, warm_up, measure, rate }).await.unwrap()
    }

    const GENUINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 23\r\n\r\n{\"verdict\":\"genuine\"}\r\n";

    #[tokio::test]
    async fn at_a_fixed_rate_a_stall_counts_for_every_scan_that_should_have_been_sent() {
        let outcome = load_on(server(GENUINE, 60).await, Some(200.0)).await.without_failures().unwrap();
        assert_eq!(outcome.answered, 200);
        assert_eq!(outcome.next, [220]);
        // Of 200 scans in a second about 80 should have been sent in the 400 ms of the stall.
        assert!(outcome.latency.percentile_ms(80.0) > 100.0, "{}", outcome.latency.percentile_ms(80.0));
        assert!(outcome.latency.percentile_ms(40.0) < 100.0, "{}", outcome.latency.percentile_ms(40.0));
    }

    #[tokio::test]
    async fn a_closed_loop_sends_as_much_as_is_answered_and_looks_into_some_answers() {
        let outcome = load_on(server(GENUINE, u64::MAX).await, None).await.without_failures().unwrap();
        assert!(outcome.answered > 500, "{}", outcome.answered);
        assert!(outcome.seen["genuine"] >= outcome.answered / 40);
    }

    #[tokio::test]
    async fn a_run_with_failures_is_no_measurement() {
        let busy = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\n\r\n{}";
        let outcome = load_on(server(busy, u64::MAX).await, Some(50.0)).await;
        assert_eq!((outcome.answered, outcome.failed()), (0, 55));
        assert!(outcome.without_failures().unwrap_err().to_string().contains("429"));
    }
}
