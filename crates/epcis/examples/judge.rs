//! Judges documents of EPCIS, one a line: a line of JSON for each, with what is wrong or with the hash ids of its events. For
//! comparing with other implementations.

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use tallymark_base::Timestamp;
use tallymark_epcis::{Limits, hash, read};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let verdict = match read(line?.as_bytes(), &Limits::default(), Timestamp(i64::MAX)) {
            Err(refusal) => json!({ "wrong": [refusal.to_string()] }),
            Ok(document) => {
                let wrong: Vec<String> =
                    document.events.iter().filter_map(|event| event.as_ref().err()).map(ToString::to_string).collect();
                let events: Vec<Value> = document
                    .events
                    .iter()
                    .flatten()
                    .map(|event| json!({ "id": hash::event_id(event), "text": hash::pre_hash(event) }))
                    .collect();
                json!({ "wrong": wrong, "events": events })
            }
        };
        writeln!(out, "{verdict}")?;
    }
    Ok(())
}
