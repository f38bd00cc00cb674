//! Schedules, by hand.

use tallymark_base::Timestamp;
use tallymark_traces::Schedule;
use tallymark_traces::rules::schedule::Plan;

fn next(schedule: &Schedule, after: &str) -> String {
    let after: Timestamp = after.parse().unwrap();
    Plan::of(schedule).unwrap().next(after).map_or_else(|| "never".to_owned(), tallymark_epcis::time::text_of)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_next_moment_is_the_first_that_fits() {
    let daily = Schedule { hour: some("1"), minute: some("5"), ..Schedule::default() };
    assert_eq!(next(&daily, "2026-03-01T00:00:00Z"), "2026-03-01T01:05:00.000Z");
    assert_eq!(next(&daily, "2026-03-01T01:05:00Z"), "2026-03-02T01:05:00.000Z");
    let minutely = Schedule::default();
    assert_eq!(next(&minutely, "2026-12-31T23:59:30Z"), "2027-01-01T00:00:00.000Z");
    let leap = Schedule {
        day_of_month: some("29"),
        month: some("2"),
        hour: some("0"),
        minute: some("0"),
        ..Schedule::default()
    };
    assert_eq!(next(&leap, "2026-03-01T00:00:00Z"), "2028-02-29T00:00:00.000Z");
    // 2026-03-02 is a Monday.
    let workdays =
        Schedule { day_of_week: some("[1-5]"), hour: some("9,18"), minute: some("0"), ..Schedule::default() };
    assert_eq!(next(&workdays, "2026-03-06T18:00:00Z"), "2026-03-09T09:00:00.000Z");
    let never = Schedule { day_of_month: some("31"), month: some("2,4"), ..Schedule::default() };
    assert_eq!(next(&never, "2026-03-01T00:00:00Z"), "never");
    assert!(Plan::of(&Schedule { hour: some("x"), ..Schedule::default() }).is_err());
}
