//! Times in cells.

use jiff::tz::TimeZone;
use tallymark_tables::{TimeFormat, moment};

fn told(text: &str, format: TimeFormat, zone: &str) -> Option<String> {
    moment(text, format, &TimeZone::get(zone).unwrap()).map(|moment| moment.to_string())
}

/// Shanghai is eight hours ahead of UTC, without summer time since 1991.
#[test]
fn the_forms_that_exports_write_are_one_moment() {
    for text in [
        "2024-02-29T08:30:05+08:00",
        "2024-02-29T00:30:05Z",
        "2024-02-29 08:30:05",
        "2024-02-29T08:30:05",
        "2024/2/29 8:30:05",
        "20240229 083005".replace("083005", "08:30:05").as_str(),
        "1709166605",
        "1709166605000",
    ] {
        assert_eq!(told(text, TimeFormat::Auto, "Asia/Shanghai").as_deref(), Some("2024-02-29T00:30:05Z"), "{text}");
    }
    for text in ["2024-02-29", "2024/2/29", "20240229", "2024-2-29 0:00"] {
        assert_eq!(told(text, TimeFormat::Auto, "Asia/Shanghai").as_deref(), Some("2024-02-28T16:00:00Z"), "{text}");
    }
}

#[test]
fn what_is_no_moment_is_none() {
    for text in
        ["", "yesterday", "2023-02-29", "2024-13-01", "24-01-01", "2024-01-01 25:00", "12", "2024-01-01-02", "2024/1-2"]
    {
        assert_eq!(told(text, TimeFormat::Auto, "Asia/Shanghai"), None, "{text}");
    }
    assert_eq!(told("2024-01-01", TimeFormat::UnixS, "UTC"), None);
    assert_eq!(told("2024-01-01", TimeFormat::Rfc3339, "UTC"), None);
    assert_eq!(told("99999999999999999", TimeFormat::UnixMs, "UTC"), None);
}

/// In New York 2:30 was skipped on 10 March 2024, and 1:30 came twice on 3 November: before at -04:00, after at -05:00.
#[test]
fn a_change_of_the_clocks_moves_nothing_by_more_than_its_hour() {
    let at = |text| told(text, TimeFormat::Local, "America/New_York").unwrap();
    assert_eq!(at("2024-03-10 02:30"), "2024-03-10T07:30:00Z");
    assert_eq!(at("2024-11-03 01:30"), "2024-11-03T05:30:00Z");
}
