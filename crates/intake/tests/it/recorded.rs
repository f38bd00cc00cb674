//! The bodies that unmodified SDKs sent for the known set of `sdk/known_set.json`, read.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tallymark_intake::identifier::{Kind as Id, identifiers};
use tallymark_intake::{Endpoint, Event, Kind, Limits, Object, Outcome, Request, TimeBasis, receive};

use crate::moment;

/// File, bytes of it, and what the SDK calls itself in `context.library`.
const SDKS: [(&str, &str, &str, &str); 6] = [
    ("segment_node", include_str!("recorded/segment_node.json"), "@segment/analytics-node", "3.1.0"),
    ("rudder_node", include_str!("recorded/rudder_node.json"), "analytics-node", "3.0.13"),
    ("rudder_node_plain", include_str!("recorded/rudder_node_plain.json"), "analytics-node", "3.0.13"),
    ("segment_python", include_str!("recorded/segment_python.json"), "analytics-python", "2.4.0"),
    ("segment_python_gzip", include_str!("recorded/segment_python_gzip.json"), "analytics-python", "2.4.0"),
    ("rudder_python", include_str!("recorded/rudder_python.json"), "analytics-python", "2.1.9"),
];

const ANONYMOUS: &str = "7f1d0c2e-5c1b-4a52-9d55-0b7e64f0a001";

#[derive(Deserialize)]
struct Recorded {
    path: String,
    authorization: String,
    content_type: String,
    content_encoding: String,
    received_at: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    body_base64: String,
}

/// The events of everything that a file holds.
fn events(file: &str) -> Vec<Event> {
    let requests: Vec<Recorded> = serde_json::from_str(file).unwrap();
    let mut events = Vec::new();
    for recorded in requests {
        assert_eq!(recorded.path, "/v1/batch");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, recorded.authorization.parse().unwrap())]);
        assert_eq!(tallymark_web::bearer(&headers).unwrap(), "wk-1");
        let body = match recorded.body_base64.as_str() {
            "" => recorded.body.into_bytes(),
            encoded => BASE64.decode(encoded.as_bytes()).unwrap(),
        };
        let request = Request {
            namespace: tallymark_intake::identifier::NAMESPACE,
            endpoint: Endpoint::Batch,
            content_type: &recorded.content_type,
            content_encoding: &recorded.content_encoding,
            body: &body,
            received_at: moment(&recorded.received_at),
        };
        for outcome in receive(&request, &Limits::default()).unwrap() {
            let Outcome::Accepted(event) = outcome else { panic!("{outcome:?}") };
            events.push(*event);
        }
    }
    events
}

fn value(object: &Object) -> Value {
    serde_json::from_str(object.as_str()).unwrap()
}

#[test]
fn every_sdk_delivers_the_known_set() {
    for (name, file, library, version) in SDKS {
        let events = events(file);
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.name()).collect();
        assert_eq!(kinds, ["identify", "track", "track", "page", "screen", "group", "alias"], "{name}");
        for event in &events {
            assert_eq!(event.context.library.name.as_deref(), Some(library), "{name}");
            assert_eq!(event.context.library.version.as_deref(), Some(version), "{name}");
            assert!(!event.is_message_id_derived && !event.is_mended, "{name}");
            assert_eq!(event.time.flag, None, "{name}");
        }
        let user = |event: &Event| event.user_id.as_deref() == Some("u-1001");
        assert!(events.iter().enumerate().all(|(index, event)| user(event) != (index == 2)), "{name}");
        let ids: Vec<&str> = events[1..].iter().map(|event| event.message_id.as_str()).collect();
        let known = ["known-track-1", "known-track-2", "known-page", "known-screen", "known-group", "known-alias"];
        assert_eq!(ids, known, "{name}");
    }
}

#[test]
fn the_traits_are_the_same_wherever_an_sdk_puts_them() {
    let traits = json!({
        "name": "李雷 🎉", "phone": "139 1234 5670", "email": "Li.Lei@Mail.example.org", "level": "7", "nickname": null,
        "address": { "city": "成都", "tags": ["a", "b"] },
    });
    for (name, file, ..) in SDKS {
        let events = events(file);
        assert_eq!(value(&events[0].traits), traits, "{name}");
        assert!(!events[0].traits.members().contains_key("nickname"), "{name}: null means absent");
        assert_eq!(value(&events[2].traits), json!({ "phone": "+86 139-1234-5670" }), "{name}");
        assert!(events[5].traits.is_empty(), "{name}: the traits of a group are not the person's");
        let Kind::Group { group_id, traits } = &events[5].kind else { panic!("{name}") };
        assert_eq!(group_id, "store-77", "{name}");
        assert_eq!(value(traits), json!({ "name": "Corner shop", "phone": "028-1234567", "employees": 3 }), "{name}");
    }
}

#[test]
fn names_properties_and_context_arrive_as_they_were_given() {
    for (name, file, ..) in SDKS {
        let events = events(file);
        assert_eq!(events[1].kind, Kind::Track { name: "Order Completed".to_owned() }, "{name}");
        let order = json!({
            "order_id": "O-9", "total": 18.5, "quantity": "3", "is_gift": false, "coupon": null,
            "products": [{ "sku": "S1", "price": 9.25 }, { "sku": "S2", "price": 9.25 }],
        });
        assert_eq!(value(&events[1].properties), order, "{name}");
        assert_eq!(events[2].kind, Kind::Track { name: "مرحبا 🌸 优惠券".to_owned() }, "{name}");
        assert_eq!(value(&events[2].properties), json!({ "note": "line\nbreak \"quoted\" \\ back" }), "{name}");
        let context = &events[2].context;
        assert_eq!(context.ip.as_deref(), Some("203.0.113.7"), "{name}");
        assert_eq!(context.locale.as_deref(), Some("zh-CN"), "{name}");
        assert_eq!(context.campaign.source.as_deref(), Some("wechat"), "{name}");
        let page = Kind::Page { name: Some("Shelf".to_owned()), category: Some("Shop".to_owned()) };
        assert_eq!(events[3].kind, page, "{name}");
        assert_eq!(events[4].kind, Kind::Screen { name: Some("Wallet".to_owned()), category: None }, "{name}");
        assert_eq!(events[6].kind, Kind::Alias { previous_id: ANONYMOUS.to_owned() }, "{name}");
    }
}

#[test]
fn a_moment_that_the_caller_named_is_kept_to_the_millisecond() {
    for (name, file, ..) in SDKS {
        let events = events(file);
        // 16:30 in Chengdu is 08:30 in UTC.
        assert_eq!(events[1].time.at, moment("2026-03-01T08:30:00.123Z"), "{name}");
        // RudderStack's Node SDK writes its own reading of the clock beside it.
        let by_caller = name.starts_with("rudder_node");
        assert_eq!(events[1].time.basis, if by_caller { TimeBasis::Given } else { TimeBasis::Original }, "{name}");
        // The recording was made on one machine, within a second.
        let age_ms = events[0].time.received.since(events[0].time.at) / 1_000;
        assert!((0..1_000).contains(&age_ms), "{name}: {age_ms} ms");
    }
}

#[test]
fn every_sdk_names_the_same_person() {
    for (name, file, ..) in SDKS {
        let events = events(file);
        let of = |index: usize| {
            let findings = identifiers(&events[index], "main");
            assert_eq!(findings.dropped, [], "{name}");
            findings
                .found
                .iter()
                .map(|found| (found.identifier.kind(), found.identifier.value().to_owned()))
                .collect::<Vec<_>>()
        };
        let plain = |kind, value: &str| (kind, value.to_owned());
        let identify = [
            plain(Id::UserId, "main:u-1001"),
            plain(Id::AnonymousId, ANONYMOUS),
            plain(Id::Phone, "+8613912345670"),
            plain(Id::Email, "li.lei@mail.example.org"),
        ];
        assert_eq!(of(0), identify, "{name}");
        let openid = plain(Id::WechatOpenid, "wx0123456789abcdef:oLb7p5a1B2c3D4e5F6g7H8i9");
        let device = plain(Id::AppDevice, "main:5b1c9d3e-7a44-4e0f-8b61-2c5d9e10aa01");
        let track = [plain(Id::AnonymousId, ANONYMOUS), plain(Id::Phone, "+8613912345670"), openid, device];
        assert_eq!(of(2), track, "{name}: the advertising id is not among them");
        assert_eq!(of(5), [plain(Id::UserId, "main:u-1001")], "{name}: the shop's phone number is not the person's");
        assert_eq!(of(6), [plain(Id::UserId, "main:u-1001"), plain(Id::AnonymousId, ANONYMOUS)], "{name}");
    }
}

#[test]
fn a_number_that_json_does_not_have_spoils_neither_its_event_nor_its_batch() {
    // Python writes NaN and -Infinity, which makes the whole body no JSON.
    let events = events(include_str!("recorded/odd_numbers_python.json"));
    let mended: Vec<bool> = events.iter().map(|event| event.is_mended).collect();
    assert_eq!(mended, [true, false, false]);
    let odd = value(&events[0].properties);
    assert_eq!((&odd["nan"], &odd["inf"]), (&Value::Null, &Value::Null));
    assert_eq!(odd["zero"], "ab");
    assert_eq!(odd["lone"], "x\u{fffd}");
    assert_eq!(odd["ctl"], "\u{1}\u{7f}");
    assert_eq!(events[0].user_id.as_deref(), Some("1001"));
    assert_eq!(events[1].time.at, moment("2026-03-01T08:30:00Z"));
}
