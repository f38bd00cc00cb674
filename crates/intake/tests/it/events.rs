//! Single events: what is taken, what is put aside.

use tallymark_intake::{Endpoint, Kind, Outcome};

use crate::{batch, deliver, event, quarantined};

#[test]
fn null_means_absent_and_the_last_of_equal_names_counts() {
    let read = event(
        r#"{"type":"track","event":"e","userId":"first","userId":"u","anonymousId":"a","anonymousId":null,
            "messageId":null,"context":null,"traits":null,"properties":{"a":1,"b":2,"b":null,"a":3},"timestamp":null}"#,
    );
    assert_eq!((read.user_id.as_deref(), read.anonymous_id), (Some("u"), None));
    let members = read.properties.members();
    assert_eq!(members.len(), 1);
    assert_eq!(members["a"].get(), "3");
    assert!(read.traits.is_empty() && read.is_message_id_derived);
}

#[test]
fn ids_are_trimmed_and_counting_numbers_are_ids() {
    let read = event(r#"{"type":" Track ","event":" e ","userId":42,"anonymousId":"\t a \u00a0","messageId":" m "}"#);
    assert_eq!(read.kind, Kind::Track { name: "e".to_owned() });
    assert_eq!(read.user_id.as_deref(), Some("42"));
    assert_eq!(read.anonymous_id.as_deref(), Some("a"));
    assert_eq!(read.message_id, "m");
}

#[test]
fn an_event_without_a_message_id_gets_the_same_one_whenever_it_is_sent() {
    let json = r#"{"type":"track","event":"e","userId":"u"}"#;
    // printf '%s' '{"type":"track","event":"e","userId":"u"}' | sha256sum | cut -c1-32
    let id = "bytes-7c433aed076919c7c9d9487f53d4c005";
    let first = event(json);
    assert_eq!((first.message_id.as_str(), first.is_message_id_derived), (id, true));
    let alone = deliver(Endpoint::Track, json.as_bytes()).unwrap();
    let [Outcome::Accepted(alone)] = &alone[..] else { panic!("{alone:?}") };
    assert_eq!(alone.message_id, id);
    assert_ne!(event(r#"{"type":"track","event":"f","userId":"u"}"#).message_id, id);
    // What was mended differs from what was sent; the id is that of what was sent.
    let broken = |text: &str| event(&format!(r#"{{"type":"track","event":"e{text}","userId":"u"}}"#)).message_id;
    assert_ne!(broken(r"\ud83d"), broken(r"\ude00"));
}

#[test]
fn what_a_kind_needs_and_lacks_is_named() {
    let cases = [
        (r#"{"userId":"u"}"#, "unknown_type", "`type`"),
        (r#"{"type":"videos","userId":"u"}"#, "unknown_type", "`type`"),
        (r#"{"type":7,"userId":"u"}"#, "unknown_type", "`type`"),
        (r#"{"type":"track","userId":"u"}"#, "missing_member", "`event`"),
        (r#"{"type":"track","event":" ","userId":"u"}"#, "missing_member", "`event`"),
        (r#"{"type":"track","event":{},"userId":"u"}"#, "no_text", "`event`"),
        (r#"{"type":"track","event":"e"}"#, "missing_identity", "`userId`"),
        (r#"{"type":"track","event":"e","userId":"  "}"#, "missing_identity", "`userId`"),
        (r#"{"type":"track","event":"e","userId":false}"#, "no_text", "`userId`"),
        (r#"{"type":"track","event":"e","userId":1.5}"#, "no_text", "`userId`"),
        (r#"{"type":"group","userId":"u"}"#, "missing_member", "`groupId`"),
        (r#"{"type":"alias","userId":"u"}"#, "missing_member", "`previousId`"),
        (r#"{"type":"merge"}"#, "invalid_merge", "`mergeProperties`"),
        (r#"{"type":"merge","mergeProperties":[{"type":"email","value":"a"}]}"#, "invalid_merge", "`mergeProperties`"),
        (r#"{"type":"track","event":"e","userId":"u","properties":"x"}"#, "no_object", "`properties`"),
        (r#"{"type":"track","event":"e","userId":"u","properties":[1]}"#, "no_object", "`properties`"),
        (r#"{"type":"track","event":"e","userId":"u","context":7}"#, "no_object", "`context`"),
        (r#"{"type":"identify","userId":"u","traits":"x"}"#, "no_object", "`traits`"),
    ];
    for (json, code, told) in cases {
        let quarantined = quarantined(json);
        assert_eq!(quarantined.code(), code, "{json}");
        assert!(quarantined.message().contains(told), "{json}: {}", quarantined.message());
        assert_eq!(&*quarantined.body, json.as_bytes());
    }
}

#[test]
fn a_text_has_the_length_that_its_column_has() {
    let with = |member: &str, bytes: usize| {
        let other = if member == "userId" { "" } else { r#","userId":"u""# };
        format!(r#"{{"type":"alias","previousId":"p"{other},"{member}":"{}"}}"#, "x".repeat(bytes))
    };
    for (member, bytes_max) in [("messageId", 128), ("userId", 256), ("anonymousId", 256)] {
        event(&with(member, bytes_max));
        assert_eq!(quarantined(&with(member, bytes_max + 1)).code(), "text_too_long", "{member}");
    }
}

#[test]
fn an_empty_list_is_what_php_writes_for_an_empty_object() {
    let read = event(r#"{"type":"identify","userId":"u","traits":[],"properties":[ ],"context":[]}"#);
    assert!(read.traits.is_empty() && read.properties.is_empty());
}

#[test]
fn any_language_is_kept_and_only_what_no_database_stores_is_mended() {
    let kept = "مرحبا \u{202e} 🌸\u{1}\u{7f} 优惠券 e\u{301}";
    let json = serde_json::json!({ "type": "track", "event": kept, "userId": "u", "properties": { kept: kept } });
    let read = event(&json.to_string());
    assert_eq!(read.kind, Kind::Track { name: kept.to_owned() });
    assert_eq!(serde_json::from_str::<serde_json::Value>(read.properties.as_str()).unwrap()[kept], kept);
    assert!(!read.is_mended);

    let read = event(r#"{"type":"track","event":"a\u0000b\ud83dc\ude00\\u0000\ud83d\ude00","userId":"\u0000u"}"#);
    assert_eq!(read.kind, Kind::Track { name: "ab\u{fffd}c\u{fffd}\\u0000😀".to_owned() });
    assert_eq!(read.user_id.as_deref(), Some("u"));
    assert!(read.is_mended);
    let quarantined = quarantined(r#"{"type":"track","event":"e","userId":"\u0000"}"#);
    assert_eq!(quarantined.code(), "missing_identity", "nothing is left of the id");
}

#[test]
fn what_a_batch_says_of_its_context_is_every_events_own_word_last() {
    let body = br#"{"context":{"ip":"203.0.113.1","locale":"en"},"batch":[
        {"type":"track","event":"e","userId":"u"},
        {"type":"track","event":"e","userId":"u","context":{"locale":"zh-CN","page":{"url":"https://a.example"}}}]}"#;
    let outcomes = deliver(Endpoint::Batch, body).unwrap();
    let [Outcome::Accepted(first), Outcome::Accepted(second)] = &outcomes[..] else { panic!("{outcomes:?}") };
    let shown = |context: &tallymark_intake::Context| (context.ip.clone(), context.locale.clone());
    assert_eq!(shown(&first.context), (Some("203.0.113.1".to_owned()), Some("en".to_owned())));
    assert_eq!(shown(&second.context), (Some("203.0.113.1".to_owned()), Some("zh-CN".to_owned())));
    assert_eq!(second.context.page.url.as_deref(), Some("https://a.example"));
}

#[test]
fn traits_beside_the_event_count_before_those_in_its_context() {
    let read = event(r#"{"type":"identify","userId":"u","traits":{"a":1,"b":2},"context":{"traits":{"b":0,"c":3}}}"#);
    let traits: serde_json::Value = serde_json::from_str(read.traits.as_str()).unwrap();
    assert_eq!(traits, serde_json::json!({ "a": 1, "b": 2, "c": 3 }));
}

#[test]
fn a_context_in_another_shape_costs_no_event() {
    let read = event(
        r#"{"type":"track","event":"e","userId":"u","context":{"ip":5,"device":"x","page":[],"library":null,
            "externalId":{"id":"1"},"traits":"none","userAgent":" UA "}}"#,
    );
    assert_eq!((read.context.ip, read.context.device.id), (None, None));
    assert_eq!(read.context.user_agent.as_deref(), Some("UA"));
    assert!(read.context.external_ids.is_empty() && read.traits.is_empty());
}

#[test]
fn nothing_personal_is_printed() {
    let read = event(
        r#"{"type":"identify","userId":"u","traits":{"phone":"13912345670"},
            "context":{"externalId":[{"type":"phone","id":"13912345670"}]}}"#,
    );
    let printed = format!("{:?} {:?} {:?}", read.traits, read.context.all, read.context.external_ids);
    assert!(!printed.contains("139"), "{printed}");
    assert_eq!(batch(&[]), []);
}

#[test]
fn brackets_beside_each_other_or_in_a_text_are_not_depth() {
    let beside = vec!["[{}]"; 100].join(",");
    let text = r#"{[{[\"{[\\"#.repeat(20);
    let json = format!(r#"{{"type":"track","event":"e","userId":"u","properties":{{"a":[{beside}],"b":"{text}"}}}}"#);
    assert_eq!(event(&json).properties.members().len(), 2);
}
