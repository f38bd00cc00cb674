//! `capture_single_per_s` and `capture_epcs_per_s`: how fast events of EPCIS are captured over HTTP until they are durable:
//! events of one object each, and objects of events that name a thousand. The slower engine counts.

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::LocalSet;

use super::Bench;
use super::people::Place;
use super::prepared::Engine;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

/// Callers at once, each with a connection of its own.
const CALLERS: u64 = 8;
/// Events of a document of events of one object each.
const SINGLES: u64 = 200;
/// Objects of an event, and such events of a document.
const OBJECTS: u64 = 1_000;
const EVENTS: u64 = 5;

/// Measures both on each engine that is there.
pub(super) async fn captures(bench: &mut Bench) -> Result<()> {
    let singles: fn(u64) -> Value = |number| document((0..SINGLES).map(|n| event(number * SINGLES + n, 1)));
    let many: fn(u64) -> Value = |number| document((0..EVENTS).map(|n| event(number * EVENTS + n, OBJECTS)));
    for (name, unit, document, per_document) in [
        ("capture_single_per_s", "events/s", singles, SINGLES),
        ("capture_epcs_per_s", "EPCs/s", many, EVENTS * OBJECTS),
    ] {
        let sqlite = rates(bench, Engine::Sqlite, document, per_document).await?;
        let mut measured = Measured::new(name, unit, sqlite.clone()).with("callers", CALLERS);
        measured = measured.with("sqlite", format!("{:.0}", median(&sqlite)));
        if bench.postgres.is_some() {
            let postgres = rates(bench, Engine::Postgres, document, per_document).await?;
            measured = measured.with("postgres", format!("{:.0}", median(&postgres)));
        }
        bench.report(measured)?;
    }
    Ok(())
}

async fn rates(bench: &Bench, engine: Engine, document: fn(u64) -> Value, per_document: u64) -> Result<Vec<f64>> {
    let mut rates = Vec::new();
    for _ in 0..bench.runs() {
        let place = Place::new(bench, engine).await?;
        let server = place.serve().await?;
        let watch = Stopwatch::start();
        let local = LocalSet::new();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let client = Client::new(server.address, place.owner());
                local.spawn_local(deliver(client, (watch, bench.seconds), caller, document))
            })
            .collect();
        let sent = local
            .run_until(async move {
                let mut sent = 0;
                for caller in callers {
                    sent += caller.await??;
                }
                Ok::<u64, Failure>(sent)
            })
            .await?;
        rates.push((sent * per_document) as f64 / watch.seconds());
        server.stop().await?;
        place.remove(bench).await?;
    }
    Ok(rates)
}

/// Sends documents one after another until the time is over; gives how many were taken.
async fn deliver(
    client: Client,
    (watch, seconds): (Stopwatch, f64),
    caller: u64,
    document: fn(u64) -> Value,
) -> Result<u64> {
    let mut sent = 0_u64;
    while watch.seconds() < seconds {
        let body = Bytes::from(document(sent * CALLERS + caller).to_string());
        match client.deliver("/epcis/v2/capture", body).await? {
            202 => sent += 1,
            status => return Err(Failure::new(format!("capturing gave {status}"))),
        }
    }
    Ok(sent)
}

/// The event of a number, about so many objects that no other is about; their serials do not follow each other.
fn event(number: u64, objects: u64) -> Value {
    let epcs: Vec<String> =
        (0..objects).map(|n| format!("urn:epc:id:sgtin:4012345.011111.{}", 10 + (number * objects + n) * 7)).collect();
    json!({
        "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active",
        "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+08:00", "epcList": epcs,
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:7"}],
    })
}

fn document(events: impl Iterator<Item = Value>) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": events.collect::<Vec<_>>()},
    })
}
