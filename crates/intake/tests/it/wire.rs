//! Headers and bodies, before any event is read.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use tallymark_intake::{Endpoint, Limits, Outcome, Refusal, Request, receive};

use crate::{batch, deliver, request};

const TRACK: &str = r#"{"type":"track","event":"e","userId":"u","messageId":"m"}"#;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn codes(outcomes: &[Outcome]) -> Vec<&'static str> {
    let code = |outcome: &Outcome| match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Quarantined(quarantined) => quarantined.code(),
    };
    outcomes.iter().map(code).collect()
}

fn with(change: impl FnOnce(&mut Request<'_>)) -> Result<usize, &'static str> {
    let body = format!("{{\"batch\":[{TRACK}]}}");
    let mut request = request(Endpoint::Batch, body.as_bytes());
    change(&mut request);
    receive(&request, &Limits::default()).map(|outcomes| outcomes.len()).map_err(|refusal| refusal.code())
}

#[test]
fn the_content_types_under_which_sdks_send_json_are_taken() {
    for content_type in [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=\"UTF-8\"",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "application/vnd.api+json",
    ] {
        assert_eq!(with(|request| request.content_type = content_type), Ok(1), "{content_type}");
    }
    for content_type in ["application/json; charset=gbk", "multipart/form-data; boundary=x", "application/xml", "html"]
    {
        let refused = with(|request| request.content_type = content_type);
        assert_eq!(refused, Err("unsupported_type"), "{content_type}");
    }
}

#[test]
fn gzip_is_the_one_content_encoding() {
    let body = gzip(format!("{{\"batch\":[{TRACK}]}}").as_bytes());
    let encoded = |content_encoding, body| {
        receive(&Request { content_encoding, ..request(Endpoint::Batch, body) }, &Limits::default())
    };
    assert_eq!(encoded("gzip", &body).unwrap().len(), 1);
    assert_eq!(encoded("GZIP", &body).unwrap().len(), 1);
    // RFC 1952: a file is a series of members.
    let halves = [gzip(b"{\"batch\":"), gzip(format!("[{TRACK}]}}").as_bytes())].concat();
    assert_eq!(encoded("gzip", &halves).unwrap().len(), 1);
    assert_eq!(encoded("gzip", &body[..body.len() - 9]).unwrap_err().code(), "invalid_body");
    assert_eq!(encoded("gzip", TRACK.as_bytes()).unwrap_err().code(), "invalid_body");
    assert_eq!(encoded("", &body).unwrap_err().code(), "invalid_body");
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflated.write_all(TRACK.as_bytes()).unwrap();
    assert_eq!(encoded("deflate", &deflated.finish().unwrap()).unwrap_err().code(), "unsupported_encoding");
}

#[test]
fn a_body_that_inflates_without_end_is_refused_at_the_limit() {
    // 64 MB of blanks in 65 KB.
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let limits = Limits::default();
    let refused = receive(&Request { content_encoding: "gzip", ..request(Endpoint::Batch, &bomb) }, &limits);
    assert_eq!(refused.unwrap_err(), Refusal::TooLarge { bytes_max: 4 << 20 });
    let refused = receive(&request(Endpoint::Batch, &vec![b' '; (4 << 20) + 1]), &limits);
    assert_eq!(refused.unwrap_err(), Refusal::TooLarge { bytes_max: 4 << 20 });
}

#[test]
fn a_body_of_exactly_the_limit_is_read() {
    let mut body = format!("{{\"batch\":[{TRACK}]}}").into_bytes();
    body.resize(4 << 20, b' ');
    assert_eq!(deliver(Endpoint::Batch, &body).unwrap().len(), 1);
    let gzipped = gzip(&body);
    let request = Request { content_encoding: "gzip", ..request(Endpoint::Batch, &gzipped) };
    assert_eq!(receive(&request, &Limits::default()).unwrap().len(), 1);
}

#[test]
fn a_body_that_is_no_batch_is_refused_with_a_code() {
    for body in
        ["", "null", "[]", "{}", "7", "{\"batch\":null}", "{\"batch\":{}}", "{\"batch\":[", "{\"batch\":[]} x", "<a/>"]
    {
        assert_eq!(deliver(Endpoint::Batch, body.as_bytes()).unwrap_err().code(), "invalid_body", "{body}");
    }
    for body in ["", "null", "[]", "{", "{\"event\":\"e\"", "\"text\""] {
        assert_eq!(deliver(Endpoint::Track, body.as_bytes()).unwrap_err().code(), "invalid_body", "{body}");
    }
    assert_eq!(deliver(Endpoint::Batch, b"{\"batch\":[]}").unwrap(), []);
    assert_eq!(deliver(Endpoint::Batch, b"\xEF\xBB\xBF {\"batch\":[]} ").unwrap(), []);
}

#[test]
fn a_batch_has_at_most_5000_events() {
    let events = |count: usize| format!("{{\"batch\":[{}]}}", vec![TRACK; count].join(","));
    assert_eq!(deliver(Endpoint::Batch, events(5_000).as_bytes()).unwrap().len(), 5_000);
    let over = deliver(Endpoint::Batch, events(5_001).as_bytes()).unwrap_err();
    assert_eq!((over.code(), over.status()), ("too_many_events", 413));
    let broken = events(5_001).replace("\"u\"", "NaN");
    assert_eq!(deliver(Endpoint::Batch, broken.as_bytes()).unwrap_err().code(), "too_many_events");
}

#[test]
fn bad_events_stand_beside_good_ones_in_their_order() {
    let deep = |depth: usize| {
        // The event and `properties` are two of them.
        format!(
            r#"{{"type":"track","event":"e","userId":"u","properties":{{"a":{}{}}}}}"#,
            "[".repeat(depth - 2),
            "]".repeat(depth - 2)
        )
    };
    let (deepest, too_deep) = (deep(32), deep(33));
    let large = |bytes: usize| {
        let event = r#"{"type":"track","event":"e","userId":"u","properties":{"a":""}}"#;
        event.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - event.len())))
    };
    let (largest, too_large) = (large(32 << 10), large((32 << 10) + 1));
    let outcomes = batch(&[TRACK, "7", &deepest, &too_deep, &largest, &too_large, "null", "[1]", "\"x\"", TRACK]);
    let expected = [
        "accepted",
        "invalid_event",
        "accepted",
        "event_too_deep",
        "accepted",
        "event_too_large",
        "invalid_event",
        "invalid_event",
        "invalid_event",
        "accepted",
    ];
    assert_eq!(codes(&outcomes), expected);
    let Outcome::Quarantined(quarantined) = &outcomes[5] else { panic!("{outcomes:?}") };
    assert_eq!((quarantined.index, &*quarantined.body), (5, too_large.as_bytes()));
    assert!(!format!("{quarantined:?}").contains("xxx"), "a body may be personal");
}

#[test]
fn an_event_that_no_reader_takes_costs_no_other() {
    let cases: [&[u8]; 5] = [
        br#"{"type":"track","event":"e","userId":"u","a":}"#,
        br#"{"type":"track","event":"e","userId":"u","a":'x'}"#,
        b"{\"type\":\"track\",\"event\":\"\xD3\xC5\xBB\xDD\",\"userId\":\"u\"}",
        b"{\"type\":\"track\",\"event\":\"a\nb\",\"userId\":\"u\"}",
        br#"{"type":"track","event":"e","userId":"u","a":01}"#,
    ];
    for bad in cases {
        let body = [
            b"{\"sentAt\":\"2026-03-01T08:29:59Z\",\"batch\":[",
            TRACK.as_bytes(),
            b",",
            bad,
            b" , ",
            TRACK.as_bytes(),
            b"]}",
        ]
        .concat();
        let outcomes = deliver(Endpoint::Batch, &body).unwrap();
        assert_eq!(codes(&outcomes), ["accepted", "invalid_event", "accepted"]);
        let Outcome::Quarantined(quarantined) = &outcomes[1] else { panic!("{outcomes:?}") };
        assert_eq!((quarantined.index, &*quarantined.body), (1, bad));
        let Outcome::Accepted(event) = &outcomes[2] else { panic!("{outcomes:?}") };
        assert_eq!(event.time.sent, Some(crate::moment("2026-03-01T08:29:59Z")));
    }
}

#[test]
fn an_endpoint_for_one_event_says_what_it_is() {
    for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| !matches!(endpoint, Endpoint::Batch | Endpoint::Import))
    {
        let body = br#" {"userId":"u","event":"e","groupId":"g","previousId":"p","type":"other",
            "mergeProperties":[{"type":"email","value":"a@b.cn"},{"type":"phone","value":"13912345670"}]} "#;
        let outcomes = deliver(endpoint, body).unwrap();
        let [Outcome::Accepted(event)] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!(event.kind.name(), endpoint.name());
    }
    let outcomes = deliver(Endpoint::Track, br#"{"event":"e","userId":"u","properties":{"x":NaN}}"#).unwrap();
    assert_eq!(codes(&outcomes), ["accepted"]);
    let outcomes = deliver(Endpoint::Track, b"{}").unwrap();
    assert_eq!(codes(&outcomes), ["missing_member"]);
}

#[test]
fn what_a_batch_says_of_its_context_counts_for_each_of_its_events() {
    let body = |context: &str, events: usize| {
        format!("{{\"batch\":[{}],\"context\":{context}}}", vec![TRACK; events].join(","))
    };
    let large = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
    let outcomes = deliver(Endpoint::Batch, body(&large(32 << 10), 1).as_bytes()).unwrap();
    assert_eq!(codes(&outcomes), ["event_too_large"]);
    // 5,000 copies of 1 KB are more than 4 MB.
    let refused = deliver(Endpoint::Batch, body(&large(1 << 10), 5_000).as_bytes()).unwrap_err();
    assert_eq!(refused.code(), "too_large");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(31), "]".repeat(31));
    assert_eq!(codes(&deliver(Endpoint::Batch, body(&deep, 1).as_bytes()).unwrap()), ["event_too_deep"]);
    let mended = r#"{"ip":"a\ud83d\u0000","locale":NaN}"#;
    let outcomes = deliver(Endpoint::Batch, body(mended, 1).as_bytes()).unwrap();
    let [Outcome::Accepted(event)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!((event.context.ip.as_deref(), event.context.locale.as_deref()), (Some("a\u{fffd}"), None));
}
