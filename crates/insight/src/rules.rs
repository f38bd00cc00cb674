//! Whether a report can be asked like that.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Unit};
use tallymark_base::Timestamp;

use crate::reports::Report;
use crate::{Asked, Error, Wanted};

/// Days of a report: a year, and one more for leap years.
pub const DAYS_MAX: i64 = 366;
/// The first day that can be asked for: there were no events before.
pub const DAY_MIN: Date = date(2024, 1, 1);
/// The last day that can be asked for.
pub const DAY_MAX: Date = date(2092, 12, 31);
/// Days before the last one, where only that is given or none.
const DAYS_BEFORE: i64 = 6;

/// What is asked, with what was left out filled in.
///
/// # Errors
///
/// Where a day is none, there are too many or they are reversed, or the report does not offer what is wanted.
pub fn asked(report: &'static Report, wanted: &Wanted, now: Timestamp, zone: &TimeZone) -> Result<Asked, Error> {
    let to = match &wanted.to {
        Some(text) => day(text)?,
        None => now.to_jiff().to_zoned(zone.clone()).date(),
    };
    let from = match &wanted.from {
        Some(text) => day(text)?,
        None => to.saturating_sub(Span::new().days(DAYS_BEFORE)).max(DAY_MIN),
    };
    if from > to {
        return Err(Error::Reversed { from, to });
    }
    let days = days_between(from, to) + 1;
    if days > DAYS_MAX {
        return Err(Error::TooLong { from, to, days });
    }
    let by = wanted.by.unwrap_or(report.breakdowns[0]);
    if !report.breakdowns.contains(&by) {
        let allowed: Vec<&str> = report.breakdowns.iter().map(|by| by.name()).collect();
        return Err(Error::Breakdown { report: report.name, by: by.name(), allowed: allowed.join(", ") });
    }
    if wanted.campaign.is_some() && !report.has_campaign() {
        return Err(Error::CampaignFilter { report: report.name });
    }
    Ok(Asked { report, by, from, to, campaign: wanted.campaign, product: wanted.product })
}

fn day(text: &str) -> Result<Date, Error> {
    let wrong = || Error::Day(text.chars().take(40).collect());
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: Date = if is_plain { text.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    if (DAY_MIN..=DAY_MAX).contains(&day) { Ok(day) } else { Err(wrong()) }
}

/// Whole days from one to the other.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to)).map_or(i64::MAX - 1, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Breakdown, reports};
    use tallymark_base::id::CampaignId;
    use tallymark_base::{Fault as _, TypedId as _};

    fn ask(report: &str, wanted: &Wanted) -> Result<Asked, Error> {
        // 2026-03-01T16:30:00Z is half past midnight of the second of March in Shanghai.
        let now = "2026-03-01T16:30:00Z".parse().unwrap();
        asked(reports::find(report)?, wanted, now, &TimeZone::get("Asia/Shanghai").unwrap())
    }

    fn days(from: &str, to: &str) -> Wanted {
        Wanted { from: Some(from.into()), to: Some(to.into()), ..Wanted::default() }
    }

    #[test]
    fn the_last_seven_days_of_the_brands_zone_are_meant_where_nobody_says() {
        let asked = ask("scans", &Wanted::default()).unwrap();
        assert_eq!((asked.from, asked.to, asked.by), (date(2026, 2, 24), date(2026, 3, 2), Breakdown::Day));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_a_stable_code() {
        for (report, wanted, code) in [
            ("sales", Wanted::default(), "report.unknown"),
            ("scans", days("2026-03-02", "2026-03-01"), "report.days_reversed"),
            // 2026 has 365 days.
            ("scans", days("2026-01-01", "2027-01-02"), "report.days_too_many"),
            ("scans", days("2026-02-29", "2026-03-01"), "report.day"),
            ("scans", days("2026-2-1", "2026-03-01"), "report.day"),
            ("scans", days("20260201", "2026-03-01"), "report.day"),
            ("scans", days("2023-12-31", "2024-01-01"), "report.day"),
            ("scans", Wanted { by: Some(Breakdown::Campaign), ..Wanted::default() }, "report.by"),
            ("campaigns", Wanted { by: Some(Breakdown::City), ..Wanted::default() }, "report.by"),
            (
                "scans",
                Wanted { campaign: Some(CampaignId::from_raw(1)), ..Wanted::default() },
                "report.campaign_filter",
            ),
        ] {
            assert_eq!(ask(report, &wanted).unwrap_err().code(), code, "{report} {wanted:?}");
        }
        assert!(ask("scans", &days("2026-01-01", "2027-01-01")).is_ok(), "366 days");
        assert!(ask("campaigns", &Wanted { campaign: Some(CampaignId::from_raw(1)), ..Wanted::default() }).is_ok());
    }
}
