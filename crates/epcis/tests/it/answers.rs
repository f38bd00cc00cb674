//! Answers: events of several documents under one context.

use serde_json::Value;
use tallymark_base::Timestamp;
use tallymark_epcis::answer::query_document;
use tallymark_epcis::{Context, Event, Limits, equal, read};

use crate::{document, object};

fn events(text: &str) -> Vec<Event> {
    let read = read(text.as_bytes(), &Limits::default(), Timestamp(i64::MAX)).unwrap();
    read.events.into_iter().map(Result::unwrap).collect()
}

#[test]
fn events_that_mean_different_things_by_one_prefix_keep_what_they_mean() {
    let one = document(&object(r#", "ex:a": 1"#));
    let other = one.replace("https://ns.example.com/", "https://other.example/");
    let third = document(&object(r#", "own:b": 2"#)).replace("\"ex\"", "\"own\"");
    let answer = query_document([&one, &other, &third].map(|text| events(text)).concat(), "q", None, Timestamp(0));
    let again = events(&answer.to_string());
    let given = [&one, &other, &third].map(|text| events(text).remove(0));
    assert_eq!(again.len(), 3);
    for (given, again) in given.iter().zip(&again) {
        let value = |event: &Event| Value::Object(event.body().clone());
        assert!(equal::events((&value(given), given.context()), (&value(again), again.context())));
    }
    let names = |event: &Event| event.body().keys().map(|name| event.context().expand(name)).collect::<Vec<_>>();
    assert!(names(&again[1]).contains(&"https://other.example/a".to_owned()));
}

#[test]
fn what_says_the_same_is_equal_and_what_does_not_is_not() {
    let context = Context::default();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let one = value(&object(r#", "bizStep": "shipping", "ex:l": ["a", "b"], "recordTime": "2026-01-01T00:00:00Z""#));
    let same = value(&object(
        r#", "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping", "ex:l": ["b", "a"], "eventID": "urn:x:y""#,
    ));
    assert!(equal::events((&one, &context), (&same, &context)));
    let moved = value(&object("").replace("2026-01-01T08:00:00+08:00", "2026-01-01T08:00:01+08:00"));
    assert!(!equal::events((&one, &context), (&moved, &context)));
}
