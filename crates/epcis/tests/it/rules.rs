//! What is refused, and how it is said.

use tallymark_epcis::{Limits, Refusal, read};

use crate::{document, object, read_at, read_now};

/// What is said of the only event.
fn said(event: &str) -> String {
    let mut read = read_now(&document(event)).unwrap();
    read.events.remove(0).err().map(|wrong| wrong.to_string()).unwrap_or_default()
}

#[test]
fn a_wrong_event_is_told_with_its_number_id_and_field() {
    let text = object(r#", "eventID": "urn:uuid:1", "action": "LOOK""#).replacen(r#""action": "OBSERVE","#, "", 1);
    let said = said(&text);
    assert!(said.starts_with("event 0 (urn:uuid:1): /action: \"LOOK\" is no action"), "{said}");
}

#[test]
fn each_rule_names_its_field() {
    let aggregation = r#"{"type": "AggregationEvent", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",
        "action": "ADD", "childEPCs": ["urn:epc:id:sgtin:4012345.011111.987"]}"#;
    for (event, wanted) in [
        (aggregation.to_owned(), "parentID is missing"),
        (object(r#", "bizStep": "shiping""#), "/bizStep: \"shiping\" is neither"),
        (
            object(r#", "bizStep": "urn:epcglobal:cbv:bizstep:shipping""#),
            "/bizStep: words of the standard are written bare",
        ),
        (object(r#", "readPoint": {"id": "Hall 1"}"#), "/readPoint/id: \"Hall 1\" is no URI"),
        (object(r#", "note": 1"#), "/note: ObjectEvent has no field \"note\""),
        (object(r#", "ilmd": {"ex:lot": "1"}"#), "/ilmd: master data comes with the action ADD alone"),
        (object(r#", "quantityList": [{"epcClass": "urn:x:y", "uom": "KGM"}]"#), "/quantityList/0: a unit"),
        (
            object(r#", "sensorElementList": [{"sensorReport": [{"value": 1}]}]"#),
            "/sensorElementList/0/sensorReport/0: type",
        ),
        (object("").replace("Offset\": \"+08:00", "Offset\": \"+15:00"), "/eventTimeZoneOffset"),
        (
            object("").replace(
                "sgtin:4012345.011111.987",
                "sgtin:4012345.011111.987\", \"urn:epc:id:sgtin:4012345.011111.987",
            ),
            "/epcList: \"urn:epc:id:sgtin:4012345.011111.987\" stands here twice",
        ),
        (
            r#"{"type": "TransformationEvent", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",
            "inputEPCList": ["urn:epc:id:sgtin:4012345.011111.987"]}"#
                .to_owned(),
            "outputs are missing",
        ),
        (r#"{"type": "SightEvent"}"#.to_owned(), "/type: \"SightEvent\" is no event type"),
    ] {
        let said = said(&event);
        assert!(said.contains(wanted), "{event}\n{said}");
    }
}

#[test]
fn an_event_may_not_lie_ahead() {
    let text = document(&object(""));
    assert!(read_at(&text, "2026-01-01T00:00:00Z").unwrap().events[0].is_ok());
    let wrong = read_at(&text, "2025-12-31T23:59:59Z").unwrap().events.remove(0).unwrap_err();
    assert_eq!(wrong.findings[0].pointer, "/eventTime");
}

#[test]
fn events_are_wrong_one_by_one() {
    let deep = format!(r#", "ex:deep": {}1{}"#, "[".repeat(500), "]".repeat(500));
    let many: Vec<String> = (0..60_000).map(|number| format!("\"urn:epc:id:sgtin:4012345.011111.{number}\"")).collect();
    let many = object("").replace("\"urn:epc:id:sgtin:4012345.011111.987\"", &many.join(","));
    let events = [object(""), object(&deep), many, object(""), "{]".to_owned()].join(",");
    let read = read_now(&document(&events)).unwrap();
    let told: Vec<String> =
        read.events.into_iter().map(|event| event.err().map_or_else(String::new, |wrong| wrong.to_string())).collect();
    assert_eq!((told[0].as_str(), told[3].as_str()), ("", ""));
    assert!(told[1].contains("nested too deep"), "{}", told[1]);
    assert!(told[4].starts_with("event 4: this is no JSON"), "{}", told[4]);
    assert!(told[2].starts_with("event 2: /epcList: an event has at most 50000 EPCs, this one 60000"), "{}", told[2]);
}

#[test]
fn documents_have_limits_and_a_shape() {
    let limits = Limits { bytes_max: 2_000, events_max: 2, ..Limits::default() };
    let now = tallymark_base::Timestamp(i64::MAX);
    let read = |text: &str| read(text.as_bytes(), &limits, now).unwrap_err();
    assert!(matches!(read(&" ".repeat(2_001)), Refusal::TooManyBytes { bytes: 2_001, .. }));
    assert!(matches!(
        read(&document(&[object(""), object(""), object("")].join(","))),
        Refusal::TooManyEvents { max: 2 }
    ));
    for (text, wanted) in [
        ("", "no JSON"),
        ("[]", "an object is needed"),
        ("{\"type\": \"ObjectEvent\"}", "@context is missing"),
        (&document("").replace("2026-01-01T00:00:00Z", "yesterday"), "/creationDate"),
        (&document("").replace("\"2.0\"", "\"1.2\""), "/schemaVersion"),
        (&document("").replace("\"eventList\"", "\"events\""), "eventList is missing"),
        (&document("").replace("EPCISDocument", "Document"), "/type"),
    ] {
        let refusal = read(text).to_string();
        assert!(refusal.contains(wanted), "{text}\n{refusal}");
    }
}
