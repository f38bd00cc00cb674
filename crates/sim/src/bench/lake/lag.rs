//! `lake_lag_s`: events are committed at a steady rate while a server writes the lake as it does by default, and a client
//! asks it again and again how many it sees.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;

use super::field::Field;
use super::outbox::{EVENTS_A_ROW, LINGER_S};
use crate::bench::Bench;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Events a second.
const RATE: u64 = 5_000;
/// How long they come: several batches.
const SECONDS: u64 = 300;
/// How often the lake is asked. A lag is told longer by up to this and the time of the question.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// A quick run comes to an end by waiting less.
const QUICK_LINGER_S: u64 = 5;
const QUICK_SECONDS: u64 = 20;
/// An event that is not seen by then was lost.
const LOST_AFTER: Duration = Duration::from_secs(300);

/// Measures the longest time of any event from its commit until a question saw it.
pub(in crate::bench) async fn lag(bench: &mut Bench) -> Result<()> {
    let (seconds, linger_s) = if bench.quick { (QUICK_SECONDS, QUICK_LINGER_S) } else { (SECONDS, LINGER_S) };
    let mut field = Field::new(bench).await?;
    let linger = linger_s.to_string();
    let arguments: &[&str] = if bench.quick { &["--lake-linger-s", &linger] } else { &[] };
    let server = field.serve(arguments).await?;
    let client = Client::new(server.address, &field.api_key);
    let watch = Stopwatch::start();
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let commits = async {
        for row in 0..seconds * RATE / EVENTS_A_ROW {
            watch.sleep_until(Duration::from_millis(row * EVENTS_A_ROW * 1_000 / RATE)).await;
            field.outbox.save_rows(1).await?;
            send.send(watch.elapsed()).ok();
        }
        drop(send);
        Ok(())
    };
    let looks = async {
        let (mut seen, mut lags, mut open) = (0, Vec::new(), VecDeque::new());
        loop {
            tokio::time::sleep(ASK_EVERY).await;
            let visible = visible(&client).await?;
            let now = watch.elapsed();
            while let Ok(at) = receive.try_recv() {
                open.push_back(at);
            }
            while seen + EVENTS_A_ROW <= visible
                && let Some(at) = open.pop_front()
            {
                lags.push(now.saturating_sub(at).as_secs_f64());
                seen += EVENTS_A_ROW;
            }
            if open.front().is_some_and(|at| now > *at + LOST_AFTER) {
                return Err(Failure::new(format!("events are not in the lake after {} s", LOST_AFTER.as_secs())));
            }
            if open.is_empty() && receive.is_closed() && receive.is_empty() {
                return Ok(lags);
            }
        }
    };
    let ((), mut lags) = tokio::try_join!(commits, looks)?;
    server.stop().await?;
    lags.sort_by(f64::total_cmp);
    let (median, longest) = (lags[lags.len() / 2], lags[lags.len() - 1]);
    let measured = Measured::new("lake_lag_s", "s", vec![longest])
        .with("events_per_s", RATE)
        .with("seconds", seconds)
        .with("lake_linger_s", linger_s)
        .with("median_s", format!("{median:.1}"))
        .with("asked_every_ms", ASK_EVERY.as_millis());
    bench.report(measured)
}

/// Events that a question sees. The writer takes rows in their order, so the first so many that were committed.
async fn visible(client: &Client) -> Result<u64> {
    let answer = client.post("/v1/query", &json!({ "sql": "SELECT COUNT(*) FROM scan_decided" })).await?;
    let count = answer["rows"][0][0].as_u64();
    count.ok_or_else(|| Failure::new(format!("the number of events is not in {answer}")))
}
