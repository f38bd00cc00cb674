//! When a scheduled query runs next (ISO/IEC 19987:2024, 8.2.5.3).

use tallymark_base::Timestamp;

use crate::types::Schedule;

/// How many days ahead a moment is looked for: the 29th of February comes again within eight years.
const DAYS_MAX: i64 = 366 * 8 + 2;

/// A schedule that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
}

impl Plan {
    /// Reads a schedule.
    ///
    /// # Errors
    /// Which field cannot be read, and why.
    pub fn of(schedule: &Schedule) -> Result<Self, String> {
        let field = |name: &str, text: &Option<String>, range: (u32, u32)| match text {
            None => Ok(all(range)),
            Some(text) => numbers(text, range).ok_or_else(|| {
                format!("schedule.{name}: {text:?} is no number, list or range from {} to {}", range.0, range.1)
            }),
        };
        let Schedule { second, minute, hour, day_of_month, month, day_of_week } = schedule;
        Ok(Self {
            seconds: if second.is_none() { 1 } else { field("second", second, (0, 59))? },
            minutes: field("minute", minute, (0, 59))?,
            hours: field("hour", hour, (0, 23))?,
            days: field("dayOfMonth", day_of_month, (1, 31))?,
            months: field("month", month, (1, 12))?,
            weekdays: field("dayOfWeek", day_of_week, (1, 7))?,
        })
    }

    /// The first moment after `after`; none for a day that never comes.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let second = after.0.div_euclid(1_000_000) + 1;
        let (today, mut of_day) = (second.div_euclid(86_400), second.rem_euclid(86_400));
        for day in today..today + DAYS_MAX {
            if self.has_day(day)
                && let Some(found) = self.time_from(of_day)
            {
                return Some(Timestamp((day * 86_400 + found) * 1_000_000));
            }
            of_day = 0;
        }
        None
    }

    fn has_day(&self, day: i64) -> bool {
        let date = tallymark_epcis::time::text_of(Timestamp(day * 86_400 * 1_000_000));
        let number = |range: std::ops::Range<usize>| date[range].parse::<u32>().unwrap_or(0);
        // The first day of 1970 was a Thursday.
        let weekday = u32::try_from((day + 3).rem_euclid(7)).unwrap_or(0) + 1;
        has(self.months, number(5..7)) && has(self.days, number(8..10)) && has(self.weekdays, weekday)
    }

    /// The first second of a day, from `from` on.
    fn time_from(&self, from: i64) -> Option<i64> {
        let start = u32::try_from(from).ok()?;
        for hour in start / 3_600..24 {
            if !has(self.hours, hour) {
                continue;
            }
            for minute in 0..60 {
                if !has(self.minutes, minute) {
                    continue;
                }
                let seconds = (0..60).filter(|second| has(self.seconds, *second));
                let found = seconds.map(|second| hour * 3_600 + minute * 60 + second).find(|second| *second >= start);
                if let Some(found) = found {
                    return Some(i64::from(found));
                }
            }
        }
        None
    }
}

const fn has(set: u64, number: u32) -> bool {
    set & (1 << number) != 0
}

fn all((first, last): (u32, u32)) -> u64 {
    (first..=last).fold(0, |set, number| set | 1 << number)
}

fn numbers(text: &str, (first, last): (u32, u32)) -> Option<u64> {
    if text.trim() == "*" {
        return Some(all((first, last)));
    }
    text.split(',').try_fold(0, |set, part| {
        let part = part.trim();
        let inner = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(part);
        let (low, high) = inner.split_once('-').unwrap_or((inner, inner));
        let (low, high): (u32, u32) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
        (first <= low && low <= high && high <= last).then(|| set | all((low, high)))
    })
}
