//! When an event happened, by hand-made clocks. The receipt is 2026-03-01T08:30:00Z.

use tallymark_intake::TimeBasis::{Corrected, Given, Original, Received};
use tallymark_intake::TimeFlag::{Future, OutOfRange, Unreadable};
use tallymark_intake::{Endpoint, EventTime, Outcome, TimeBasis, TimeFlag};

use crate::{RECEIVED, deliver, moment};

fn time_at(endpoint: Endpoint, members: &str, batch_sent: &str) -> EventTime {
    let body = format!(r#"{{"batch":[{{"type":"track","event":"e","userId":"u"{members}}}]{batch_sent}}}"#);
    let outcomes = deliver(endpoint, body.as_bytes()).unwrap();
    let [Outcome::Accepted(event)] = &outcomes[..] else { panic!("{outcomes:?}") };
    event.time
}

fn check(members: &str, at: &str, basis: TimeBasis, flag: Option<TimeFlag>) {
    let time = time_at(Endpoint::Batch, members, "");
    assert_eq!((time.at, time.basis, time.flag), (moment(at), basis, flag), "{members}");
}

#[test]
fn a_right_clock_is_believed_to_the_microsecond() {
    check("", RECEIVED, Received, None);
    check(r#","timestamp":"2026-03-01T08:29:58.123456Z""#, "2026-03-01T08:29:58.123456Z", Original, None);
    let sent = r#","timestamp":"2026-03-01T00:00:00+08:00","sentAt":"2026-03-01T08:30:00.250Z""#;
    check(sent, "2026-02-28T16:00:00Z", Original, None);
    // By a clock that is a quarter of a second ahead, midnight is not moved to the day before.
    check(
        r#","originalTimestamp":"2026-03-01T08:29:56Z","sentAt":"2026-03-01T08:29:55Z""#,
        "2026-03-01T08:29:56Z",
        Original,
        None,
    );
}

#[test]
fn a_wrong_clock_is_corrected_by_when_it_says_the_event_was_sent() {
    // Segment's rule: the receipt less the four minutes between event and sending.
    let never_set = r#","timestamp":"1970-01-01T00:01:00Z","sentAt":"1970-01-01T00:05:00Z""#;
    check(never_set, "2026-03-01T08:26:00Z", Corrected, None);
    let ahead = r#","originalTimestamp":"2038-01-19T03:14:07Z","sentAt":"2038-01-19T03:14:37Z""#;
    check(ahead, "2026-03-01T08:29:30Z", Corrected, None);
    let time =
        time_at(Endpoint::Batch, r#","timestamp":"2026-03-01T09:00:00Z""#, r#","sentAt":"2026-03-01T09:10:00Z""#);
    assert_eq!((time.at, time.basis), (moment("2026-03-01T08:20:00Z"), Corrected), "the batch's sentAt");
    let own = r#","timestamp":"2026-03-01T09:00:00Z","sentAt":"2026-03-01T09:01:00Z""#;
    let time = time_at(Endpoint::Batch, own, r#","sentAt":"2026-03-01T09:10:00Z""#);
    assert_eq!(time.at, moment("2026-03-01T08:29:00Z"), "the event's own sentAt counts first");
}

#[test]
fn a_sending_before_the_event_corrects_nothing() {
    let absurd = r#","timestamp":"2026-02-01T00:00:00Z","sentAt":"1999-01-01T00:00:00Z""#;
    check(absurd, "2026-02-01T00:00:00Z", Original, None);
    check(r#","timestamp":"2026-02-01T00:00:00Z","sentAt":"soon""#, "2026-02-01T00:00:00Z", Original, None);
    check(r#","timestamp":"2026-02-01T00:00:00Z","sentAt":null"#, "2026-02-01T00:00:00Z", Original, None);
}

#[test]
fn what_the_caller_names_beside_the_clock_is_taken_as_it_is() {
    let given = r#","timestamp":"2025-12-31T23:59:59Z","originalTimestamp":"2026-03-01T09:00:00Z","sentAt":"2026-03-01T09:00:01Z""#;
    check(given, "2025-12-31T23:59:59Z", Given, None);
    let import =
        time_at(Endpoint::Import, r#","timestamp":"2024-02-29T00:00:00Z""#, r#","sentAt":"2026-03-01T11:00:00Z""#);
    assert_eq!((import.at, import.basis), (moment("2024-02-29T00:00:00Z"), Given));
}

#[test]
fn no_event_lies_in_the_future_or_before_2000() {
    check(r#","timestamp":"2026-03-01T08:35:00Z""#, "2026-03-01T08:35:00Z", Original, None);
    check(r#","timestamp":"2026-03-01T08:35:00.000001Z""#, RECEIVED, Received, Some(Future));
    check(r#","timestamp":"9999-12-31T23:59:59.999999+00:00""#, RECEIVED, Received, Some(OutOfRange));
    check(r#","timestamp":"9998-12-31T23:59:59Z""#, RECEIVED, Received, Some(Future));
    check(r#","timestamp":"0000-01-01T00:00:00Z""#, RECEIVED, Received, Some(OutOfRange));
    check(r#","timestamp":"0001-01-01T00:00:00Z""#, RECEIVED, Received, Some(OutOfRange));
    check(r#","timestamp":"1999-12-31T23:59:59Z""#, RECEIVED, Received, Some(OutOfRange));
    check(r#","timestamp":"2000-01-01T00:00:00Z""#, "2000-01-01T00:00:00Z", Original, None);
    check(r#","timestamp":9223372036854775807"#, RECEIVED, Received, Some(Future));
    check(r#","timestamp":-9223372036854775808"#, RECEIVED, Received, Some(OutOfRange));
    // Set to right between event and sending: the span is 56 years, and means nothing.
    check(
        r#","timestamp":"1970-01-01T00:00:10Z","sentAt":"2026-03-01T08:29:00Z""#,
        RECEIVED,
        Received,
        Some(OutOfRange),
    );
}

#[test]
fn moments_are_read_in_the_forms_that_senders_write() {
    for (written, at) in [
        (r#""2026-03-01T16:29:00.5+08:00""#, "2026-03-01T08:29:00.5Z"),
        (r#""2026-03-01T16:29:00+0800""#, "2026-03-01T08:29:00Z"),
        (r#""2026-03-01 08:29:00Z""#, "2026-03-01T08:29:00Z"),
        (r#""2026-03-01T08:29:00""#, "2026-03-01T08:29:00Z"),
        (r#""2026-03-01 08:29:00.123456""#, "2026-03-01T08:29:00.123456Z"),
        (r#""2026-03-01T08:29:00.123456789Z""#, "2026-03-01T08:29:00.123456Z"),
        (r#""2026-03-01""#, "2026-03-01T00:00:00Z"),
        // date -u -d 2026-03-01T08:29:00Z +%s
        ("1772353740", "2026-03-01T08:29:00Z"),
        ("1772353740123", "2026-03-01T08:29:00.123Z"),
        ("1772353740123456", "2026-03-01T08:29:00.123456Z"),
    ] {
        check(&format!(r#","timestamp":{written}"#), at, Original, None);
    }
    for written in [r#""yesterday""#, "1.5", "true", "{}", r#""2026-02-30T00:00:00Z""#] {
        check(&format!(r#","timestamp":{written}"#), RECEIVED, Received, Some(Unreadable));
    }
    check(r#","timestamp":"soon","originalTimestamp":"2026-03-01T08:29:00Z""#, "2026-03-01T08:29:00Z", Original, None);
    check(r#","timestamp":"  ""#, RECEIVED, Received, None);
}
