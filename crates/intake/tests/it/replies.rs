//! What senders are answered.

use serde_json::{Value, json};
use tallymark_intake::{Refusal, SUCCESS_BODY};

#[test]
fn a_refusal_has_what_the_sdks_look_for() {
    let refusals = [
        (Refusal::InvalidBody("x"), 400, "invalid_body", None),
        (Refusal::TooLarge { bytes_max: 1 }, 413, "too_large", None),
        (Refusal::TooManyEvents { events_max: 1 }, 413, "too_many_events", None),
        (Refusal::UnsupportedType { given: "\"<".to_owned() }, 415, "unsupported_type", None),
        (Refusal::UnsupportedEncoding { given: "br".to_owned() }, 415, "unsupported_encoding", None),
        (Refusal::TooManyRequests { retry_after_s: 7 }, 429, "too_many_requests", Some(7)),
        (Refusal::Unavailable { retry_after_s: 2 }, 503, "unavailable", Some(2)),
    ];
    for (refusal, status, code, retry_after_s) in refusals {
        assert_eq!((refusal.status(), refusal.code(), refusal.retry_after_s()), (status, code, retry_after_s));
        let body: Value = serde_json::from_str(&refusal.body()).unwrap();
        assert_eq!(body, json!({ "success": false, "code": code, "message": refusal.to_string() }));
    }
    assert_eq!(serde_json::from_str::<Value>(SUCCESS_BODY).unwrap(), json!({ "success": true }));
}
