//! Measures on one core how many events are read in a second, in batches of 20 like those that SDKs send: plain and
//! gzipped, with and without looking for identifiers. The baseline in the same run reads the same bodies into
//! `serde_json::Value`. Every figure is the best of 300 short rounds: what the work itself costs, whatever else the
//! machine does between them.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use tallymark_base::Timestamp;
use tallymark_intake::{Endpoint, Limits, Outcome, Request, identifier, receive};

const ROUNDS: usize = 300;
const BATCH_EVENTS: usize = 20;
const BATCHES_PER_ROUND: usize = 25;

/// What the SDKs sent, recorded.
const RECORDED: [(&str, &str); 3] = [
    ("segment_node", include_str!("../tests/it/recorded/segment_node.json")),
    ("rudder_node", include_str!("../tests/it/recorded/rudder_node_plain.json")),
    ("segment_python", include_str!("../tests/it/recorded/segment_python.json")),
];

#[derive(serde::Deserialize)]
struct Recorded {
    body: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (sdk, recorded) in RECORDED {
        let body = batch_of(recorded)?;
        println!("# {sdk}: {} bytes an event", body.len() / BATCH_EVENTS);
        let baseline = events_per_s(|| _ = black_box(serde_json::from_slice::<serde_json::Value>(&body)));
        let read = events_per_s(|| _ = black_box(outcomes(&body, "")));
        figure(&format!("intake_{sdk}"), read, baseline);
        let identified = events_per_s(|| {
            for outcome in outcomes(&body, "") {
                let Outcome::Accepted(event) = outcome else { panic!("an SDK's event is read") };
                black_box(identifier::identifiers(&event, "main"));
            }
        });
        figure(&format!("intake_{sdk}_identified"), identified, baseline);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&body)?;
        let gzipped = encoder.finish()?;
        let inflated = events_per_s(|| _ = black_box(outcomes(&gzipped, "gzip")));
        figure(&format!("intake_{sdk}_gzip"), inflated, baseline);
    }
    Ok(())
}

/// A batch of 20 events: the recorded ones, over and over.
fn batch_of(recorded: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let requests: Vec<Recorded> = serde_json::from_str(recorded)?;
    let mut events = Vec::new();
    for request in &requests {
        let body: serde_json::Value = serde_json::from_str(&request.body)?;
        events.extend(body["batch"].as_array().into_iter().flatten().cloned());
    }
    let batch: Vec<_> = events.iter().cycle().take(BATCH_EVENTS).collect();
    Ok(serde_json::to_vec(&serde_json::json!({ "batch": batch, "sentAt": "2026-11-22T15:40:46.484Z" }))?)
}

fn outcomes(body: &[u8], content_encoding: &str) -> Vec<Outcome> {
    let request = Request {
        namespace: tallymark_intake::identifier::NAMESPACE,
        endpoint: Endpoint::Batch,
        content_type: "application/json",
        content_encoding,
        body,
        received_at: Timestamp(1_795_362_046_600_000),
    };
    receive(&request, &Limits::default()).expect("an SDK's batch is read")
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch needs the real clock")]
fn events_per_s(mut batch: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        (0..BATCHES_PER_ROUND).for_each(|_| batch());
        (BATCHES_PER_ROUND * BATCH_EVENTS) as f64 / start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(0.0, f64::max)
}

fn figure(name: &str, value: f64, baseline: f64) {
    println!("figure {name}_events_per_s {value:.0} events/s ratio {:.2} against serde_json::Value", value / baseline);
}
