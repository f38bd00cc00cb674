//! China's days: who works, who is at home, and when people drink something.
//!
//! Holidays of 2026: notice of the General Office of the State Council of 4 November 2025 on the holidays of 2026. Spring
//! Festival is off from 15 to 23 February; 14 and 28 February, both Saturdays, are worked instead. New Year's Eve is
//! 16 February, the first day of the year 17 February.

use jiff::civil::{Date, Weekday, date};

/// What sort of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// People work.
    Work,
    /// A free weekend.
    Weekend,
    /// A public holiday.
    Holiday,
}

const HOLIDAY: (Date, Date) = (date(2026, 2, 15), date(2026, 2, 23));
const WORKED_SATURDAYS: [Date; 2] = [date(2026, 2, 14), date(2026, 2, 28)];
/// The days on which families eat and visit: New Year's Eve and the three days after.
const FEAST: (Date, Date) = (date(2026, 2, 16), date(2026, 2, 19));
/// When those who travel home are there (the rush of spring travel, 春运, leaves and comes back around it).
const AT_HOME: (Date, Date) = (date(2026, 2, 12), date(2026, 2, 23));

/// What sort of day `day` of 2026 is.
pub(super) fn kind(day: Date) -> Kind {
    if within(day, HOLIDAY) {
        Kind::Holiday
    } else if !WORKED_SATURDAYS.contains(&day) && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        Kind::Weekend
    } else {
        Kind::Work
    }
}

/// How much more is bought than on a working day.
pub(super) fn demand(day: Date) -> f64 {
    match kind(day) {
        _ if within(day, FEAST) => 2.2,
        Kind::Holiday => 1.5,
        Kind::Weekend => 1.25,
        // Before the feast everybody stocks up.
        Kind::Work if within(day, (date(2026, 2, 9), date(2026, 2, 14))) => 1.4,
        Kind::Work => 1.0,
    }
}

/// Whether the festival moves people to gifts and large bottles.
pub(super) fn is_festive(day: Date) -> bool {
    within(day, (date(2026, 2, 7), date(2026, 2, 23)))
}

/// Whether those who travel home are there.
pub(super) fn is_travel(day: Date) -> bool {
    within(day, AT_HOME)
}

/// How scans are spread over the hours from midnight: on working days at noon and after work, on free days later and
/// longer.
pub(super) fn hours(day: Date) -> [f64; 24] {
    match kind(day) {
        Kind::Work => [
            0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.7, 1.6, 2.4, 2.6, 3.1, 5.2, 7.0, 5.1, 4.0, 3.9, 4.3, 5.6, 7.6, 8.4, 7.9,
            6.0, 3.4, 1.5,
        ],
        Kind::Weekend | Kind::Holiday => [
            1.0, 0.5, 0.2, 0.1, 0.1, 0.2, 0.4, 0.9, 1.9, 3.4, 4.8, 6.3, 7.2, 6.2, 5.5, 5.4, 5.6, 6.2, 7.6, 8.6, 8.2,
            6.6, 4.3, 2.4,
        ],
    }
}

fn within(day: Date, (first, last): (Date, Date)) -> bool {
    first <= day && day <= last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spring_festival_of_2026_is_nine_days_off_and_two_saturdays_are_worked() {
        let days: Vec<Date> = date(2026, 2, 1).series(jiff::Span::new().days(1)).take(30).collect();
        let off =
            |wanted: Kind| days.iter().filter(|day| kind(**day) == wanted).map(|day| day.day()).collect::<Vec<_>>();
        assert_eq!(off(Kind::Holiday), [15, 16, 17, 18, 19, 20, 21, 22, 23]);
        // Sundays and Saturdays of February and 1 March 2026 that are neither holidays nor worked.
        assert_eq!(off(Kind::Weekend), [1, 7, 8, 1]);
        assert!(days.iter().all(|day| (0.9..3.0).contains(&demand(*day))));
    }
}
