//! Whatever is sent, the answer is one outcome for each event or a refusal.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};
use tallymark_intake::definition::{Definition, check};
use tallymark_intake::identifier::identifiers;
use tallymark_intake::{Endpoint, Limits, Outcome, Request, receive};

use crate::{deliver, request};

/// Any JSON, and often a word that means something here.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        any::<String>(),
        "[a-z]{0,8}",
        Just("track".to_owned()),
        Just("identify".to_owned()),
        Just("merge".to_owned()),
        Just("2026-03-01T08:30:00Z".to_owned()),
        Just("13912345670".to_owned()),
        Just("\u{0}".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let known = [
        "type",
        "event",
        "userId",
        "anonymousId",
        "messageId",
        "traits",
        "properties",
        "context",
        "externalId",
        "id",
        "device",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "groupId",
        "previousId",
        "mergeProperties",
        "value",
        "phone",
        "email",
        "openid",
        "appid",
        "campaign",
        "name",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

/// An event that nearly is one.
fn any_event() -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((any_name(), any_json()), 0..8);
    (members, prop::option::of("(track|identify|page|screen|group|alias|merge)")).prop_map(|(members, kind)| {
        let mut event: serde_json::Map<String, Value> = members.into_iter().collect();
        if let Some(kind) = kind {
            event.insert("type".to_owned(), kind.into());
        }
        Value::Object(event)
    })
}

/// Looks at everything that an outcome holds.
fn look_at(outcomes: &[Outcome]) {
    let definition: Definition = serde_json::from_value(json!({ "name": "e", "version": 1, "fields": [
        { "name": "value", "type": "decimal", "personal": false }, { "name": "name", "type": "time", "personal": false },
        { "name": "phone", "type": "integer", "personal": false }, { "name": "id", "type": "text", "personal": false },
    ] }))
    .unwrap();
    for outcome in outcomes {
        match outcome {
            Outcome::Accepted(event) => {
                _ = identifiers(event, "main");
                _ = check(&definition, &event.properties);
                for object in [&event.traits, &event.properties, &event.context.all] {
                    serde_json::from_str::<Value>(object.as_str()).expect("what is kept can be read by anybody");
                    assert!(!object.as_str().contains("\\u0000"));
                }
                assert!(!event.message_id.is_empty() && event.message_id.len() <= 128);
                let limit = event.time.received.plus(Limits::default().future_max);
                assert!(event.time.at <= limit && event.time.at.0 > 0);
            }
            Outcome::Quarantined(quarantined) => assert!(!quarantined.message().is_empty()),
        }
    }
}

fn places(outcomes: &[Outcome]) -> Vec<usize> {
    let quarantined = |(place, outcome): (usize, &Outcome)| match outcome {
        Outcome::Accepted(_) => place,
        Outcome::Quarantined(quarantined) => quarantined.index,
    };
    outcomes.iter().enumerate().map(quarantined).collect()
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body: Vec<u8>, content_type: String, content_encoding in "(gzip|identity|[a-z]{0,4})") {
        for endpoint in Endpoint::ALL {
            let request = Request { content_type: &content_type, content_encoding: &content_encoding, ..request(endpoint, &body) };
            _ = receive(&request, &Limits::default()).map(|outcomes| look_at(&outcomes));
            _ = deliver(endpoint, &body).map(|outcomes| look_at(&outcomes));
        }
    }

    #[test]
    fn any_json_is_answered(body in any_json()) {
        for endpoint in Endpoint::ALL {
            _ = deliver(endpoint, body.to_string().as_bytes()).map(|outcomes| look_at(&outcomes));
        }
    }

    #[test]
    fn a_batch_of_n_events_has_n_outcomes_in_order(events in prop::collection::vec(prop_oneof![any_event(), any_json()], 0..8)) {
        let body = json!({ "batch": events }).to_string();
        let outcomes = deliver(Endpoint::Batch, body.as_bytes()).unwrap();
        prop_assert_eq!(outcomes.len(), events.len());
        prop_assert_eq!(places(&outcomes), (0..events.len()).collect::<Vec<_>>());
        look_at(&outcomes);
    }

    #[test]
    fn one_event_that_is_no_json_changes_nothing_for_the_others(events in prop::collection::vec(any_event(), 1..5), place: prop::sample::Index) {
        let place = place.index(events.len());
        let whole = json!({ "batch": &events }).to_string();
        let mut texts: Vec<String> = events.iter().map(ToString::to_string).collect();
        texts.insert(place, "{\"a\":nothing}".to_owned());
        let broken = format!("{{\"batch\":[{}]}}", texts.join(","));
        let mut outcomes = deliver(Endpoint::Batch, broken.as_bytes()).unwrap();
        let Outcome::Quarantined(quarantined) = outcomes.remove(place) else { panic!("it is no JSON") };
        prop_assert_eq!(quarantined.index, place);
        for (outcome, alone) in outcomes.iter().zip(deliver(Endpoint::Batch, whole.as_bytes()).unwrap()) {
            match (outcome, &alone) {
                (Outcome::Accepted(event), Outcome::Accepted(other)) => prop_assert_eq!(event, other),
                (Outcome::Quarantined(one), Outcome::Quarantined(other)) => {
                    prop_assert_eq!((&one.flaw, &one.body), (&other.flaw, &other.body));
                }
                _ => prop_assert!(false, "{:?} and {:?}", outcome, alone),
            }
        }
    }

    #[test]
    fn a_body_cut_anywhere_is_answered(events in prop::collection::vec(any_event(), 1..4), cut: prop::sample::Index, flip: u8) {
        let mut body = json!({ "batch": events }).to_string().into_bytes();
        let at = cut.index(body.len());
        body[at] ^= flip;
        _ = deliver(Endpoint::Batch, &body).map(|outcomes| look_at(&outcomes));
        body.truncate(at);
        _ = deliver(Endpoint::Batch, &body).map(|outcomes| look_at(&outcomes));
    }

    #[test]
    fn gzip_changes_nothing(events in prop::collection::vec(any_event(), 0..5)) {
        let body = json!({ "batch": events }).to_string();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body.as_bytes()).unwrap();
        let gzipped = encoder.finish().unwrap();
        let request = Request { content_encoding: "gzip", ..request(Endpoint::Batch, &gzipped) };
        let inflated = receive(&request, &Limits::default());
        prop_assert_eq!(inflated, deliver(Endpoint::Batch, body.as_bytes()));
    }
}
