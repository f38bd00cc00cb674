//! `unmerge_1000_ms`: how long it takes over HTTP to part half of the accounts of a person of 1,000.

use serde_json::{Value, json};

use super::Place;
use crate::bench::Bench;
use crate::bench::prepared::Engine;
use crate::client::{Client, text};
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

/// Accounts of the person: as many browsers as devices, in a chain.
const ACCOUNTS: usize = 1_000;
/// Times that it is parted and joined again.
const TIMES: usize = 11;

/// Measures on both engines; the slower counts.
pub(in crate::bench) async fn measure(bench: &mut Bench) -> Result<()> {
    let sqlite = on(bench, Engine::Sqlite).await?;
    let postgres = if bench.postgres.is_some() { Some(on(bench, Engine::Postgres).await?) } else { None };
    let slower = postgres.as_ref().filter(|found| median(&found.parting) > median(&sqlite.parting)).unwrap_or(&sqlite);
    let told = |runs: &[f64]| format!("{:.1}", median(runs));
    let of = postgres.as_ref().map_or("not measured".to_owned(), |found| told(&found.parting));
    let measured = Measured::new("unmerge_1000_ms", "ms", slower.parting.clone())
        .against("the preview alone", slower.preview.clone())
        .with("sqlite_ms", told(&sqlite.parting))
        .with("postgres_ms", of);
    bench.report(measured)
}

struct Found {
    parting: Vec<f64>,
    preview: Vec<f64>,
}

async fn on(bench: &Bench, engine: Engine) -> Result<Found> {
    let place = Place::new(bench, engine).await?;
    let server = place.serve().await?;
    let key = place.write_key(&server).await?;
    let (sender, owner) = (Client::new(server.address, &key), Client::new(server.address, &place.owner));
    // Each event shows a browser with a device; the next device comes with the same browser.
    let events: Vec<Value> = (1..ACCOUNTS)
        .map(|n| {
            let device = json!({"device": {"id": format!("device-{:06}", n / 2)}, "app": {"namespace": "shop"}});
            let browser = format!("browser-{:06}", n.div_ceil(2));
            json!({"type": "track", "event": "Seen", "messageId": format!("m-{n}"), "anonymousId": browser, "context": device})
        })
        .collect();
    for some in events.chunks(100) {
        sender.post("/v1/batch", &json!({"batch": some})).await?;
    }
    let wanted = json!({"identifier": {"kind": "anonymous_id", "value": "browser-000001"}});
    let person = owner.post("/v1/people/search", &wanted).await?;
    let accounts = person["accounts"].as_array().cloned().unwrap_or_default();
    if accounts.len() != ACCOUNTS {
        return Err(Failure::new(format!("the person has {} accounts instead of {ACCOUNTS}", accounts.len())));
    }
    let half = &accounts[ACCOUNTS / 2..];
    let (mut parting, mut preview) = (Vec::new(), Vec::new());
    for _ in 0..if bench.quick { 2 } else { TIMES } {
        let watch = Stopwatch::start();
        owner.post("/v1/identity/parting/preview", &json!({"accounts": half})).await?;
        preview.push(watch.seconds() * 1_000.0);
        let watch = Stopwatch::start();
        let done = owner.post("/v1/identity/parting", &json!({"accounts": half, "reason": "measured"})).await?;
        parting.push(watch.seconds() * 1_000.0);
        if done["moved"].as_array().map(Vec::len) != Some(ACCOUNTS / 2) {
            return Err(Failure::new(format!("parting moved other accounts: {}", done["moved"])));
        }
        let undo = format!("/v1/identity/changes/{}/undo", text(&done["change"], "id")?);
        owner.post(&undo, &json!({"reason": "measured"})).await?;
    }
    server.stop().await?;
    place.remove(bench).await?;
    Ok(Found { parting, preview })
}
