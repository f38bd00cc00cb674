//! The statement of a report.
//!
//! It keeps to what DuckDB 1.5 and DataFusion 55 read alike: `FILTER`, typed literals with an offset, `VALUES` in a common
//! table expression; `"at"` in quotes because DuckDB keeps the word. A day is found by whole seconds of the zone since
//! 1970 rather than by a cast of the moment, which would go by the zone of the reader's session. Sums are cast because
//! DuckDB adds in 128 bits; a division takes the remainder off first because DuckDB divides into fractions.
//!
//! Rows outside the days are skipped twice: by the partition (`day`, the UTC day of saving, a day wider on both sides,
//! since an event is saved within seconds of happening), and exactly by the moment.

use std::fmt::Write as _;

use jiff::Span;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;

use crate::metrics::{Formula, Metric, Source};
use crate::rules::days_between;
use crate::{Asked, Breakdown};

/// The statement that answers `asked` for one brand. Its tables are named as in the lake.
pub fn statement(asked: &Asked, tenant: TenantId, zone: &TimeZone) -> String {
    let mut counted: Vec<&'static Metric> = asked.report.metrics.iter().flat_map(|metric| metric.counted()).collect();
    let mut names = std::collections::BTreeSet::new();
    counted.retain(|metric| names.insert(metric.name));
    let sources =
        Source::ALL.into_iter().filter(|source| counted.iter().any(|metric| metric.source() == Some(*source)));
    let facts: Vec<String> = sources.map(|source| facts(asked, source, &counted, tenant, zone)).collect();
    let days = if asked.by == Breakdown::Day {
        format!("days (number, day) AS (VALUES\n{}),\n", days(asked))
    } else {
        String::new()
    };
    let facts = facts.join(" UNION ALL\n");
    let columns: Vec<String> = asked.report.metrics.iter().map(|metric| shown(metric)).collect();
    let columns = columns.join(",\n       ");
    let rest = match asked.by {
        Breakdown::Total => format!("SELECT {columns}\n  FROM facts"),
        Breakdown::Day => format!(
            "SELECT days.day AS day,\n       {columns}\n  FROM days\n  LEFT JOIN facts ON facts.key = days.number\n \
             GROUP BY days.day\n ORDER BY days.day"
        ),
        by => format!(
            "SELECT {group} AS {name},\n       {columns}\n  FROM facts\n GROUP BY 1\n ORDER BY 2 DESC, 1 NULLS LAST",
            group = group(by),
            name = by.name(),
        ),
    };
    format!("WITH {days}facts AS (\n{facts})\n{rest}")
}

/// The counts of one table by the key of the breakdown; zeros for what other tables count.
fn facts(asked: &Asked, source: Source, counted: &[&'static Metric], tenant: TenantId, zone: &TimeZone) -> String {
    let (begin, end) = (midnight(asked.from, zone), midnight(next(asked.to), zone));
    let key = match asked.by {
        Breakdown::Total => "0".to_owned(),
        Breakdown::Day => {
            format!("CAST(FLOOR((EXTRACT(EPOCH FROM \"at\") + {}) / 86400) AS BIGINT)", offset(&begin, &end, zone))
        }
        Breakdown::Province | Breakdown::City => "place".to_owned(),
        Breakdown::Product => "product".to_owned(),
        Breakdown::Campaign => "campaign".to_owned(),
    };
    let mut text = format!("  SELECT {key} AS key");
    for metric in counted {
        let sql = match metric.formula {
            Formula::Counted(of, sql) if of == source => sql,
            _ => "0",
        };
        write!(text, ",\n         {sql} AS {}", metric.name).expect("a string takes any text");
    }
    let (first, last) = (previous(asked.from), next(asked.to));
    write!(
        text,
        "\n    FROM {table}\n   WHERE tenant = {tenant}\n     AND day BETWEEN DATE '{first}' AND DATE '{last}'\n     \
         AND \"at\" >= {begin} AND \"at\" < {end}",
        table = source.table(),
        tenant = tenant.raw(),
        begin = moment(&begin),
        end = moment(&end),
    )
    .expect("a string takes any text");
    // Ids hold letters and digits alone.
    if let Some(product) = asked.product {
        write!(text, "\n     AND product = '{product}'").expect("a string takes any text");
    }
    if let Some(campaign) = asked.campaign {
        write!(text, "\n     AND campaign = '{campaign}'").expect("a string takes any text");
    }
    if asked.by == Breakdown::Total { text } else { text + "\n   GROUP BY 1" }
}

/// A metric's column in the outer statement.
fn shown(metric: &Metric) -> String {
    let sum = |metric: &Metric| format!("CAST(COALESCE(SUM({}), 0) AS BIGINT)", metric.name);
    let column = match metric.formula {
        Formula::Counted(..) => sum(metric),
        Formula::Sum(left, right) => format!("{} + {}", sum(left), sum(right)),
        Formula::Ratio(over, under) => {
            let (over, under) = (format!("SUM({})", over.name), format!("SUM({})", under.name));
            format!("CASE WHEN {under} > 0 THEN CAST(({over} - {over} % {under}) / {under} AS BIGINT) END")
        }
    };
    format!("{column} AS {}", metric.name)
}

/// What the outer statement makes of the key.
const fn group(by: Breakdown) -> &'static str {
    match by {
        Breakdown::Province => "SUBSTR(key, 1, 2) || '0000'",
        Breakdown::City => "SUBSTR(key, 1, 4) || '00'",
        Breakdown::Total | Breakdown::Day | Breakdown::Product | Breakdown::Campaign => "key",
    }
}

/// Every day with its number since 1970.
fn days(asked: &Asked) -> String {
    let first = days_between(date(1970, 1, 1), asked.from);
    let days = asked.from.series(Span::new().days(1)).take_while(|day| *day <= asked.to);
    let rows: Vec<String> = (first..).zip(days).map(|(number, day)| format!("  ({number}, DATE '{day}')")).collect();
    rows.join(",\n")
}

/// Seconds by which the zone is ahead of UTC: one number, or a choice where clocks are changed between.
fn offset(begin: &jiff::Zoned, end: &jiff::Zoned, zone: &TimeZone) -> String {
    let changes = zone.following(begin.timestamp()).take_while(|change| change.timestamp() < end.timestamp());
    let (mut text, mut now) = (String::new(), begin.offset().seconds());
    for change in changes.filter(|change| change.offset().seconds() != now).collect::<Vec<_>>() {
        if change.offset().seconds() != now {
            let until = moment(&change.timestamp().to_zoned(TimeZone::UTC));
            write!(text, " WHEN \"at\" < {until} THEN {now}").expect("a string takes any text");
            now = change.offset().seconds();
        }
    }
    if text.is_empty() { now.to_string() } else { format!("CASE{text} ELSE {now} END") }
}

/// The first moment of a day. Where clocks jump over midnight it is the first that there is.
fn midnight(day: Date, zone: &TimeZone) -> jiff::Zoned {
    let begins = day.to_zoned(zone.clone()).and_then(|zoned| zoned.start_of_day());
    begins.expect("the days of a report lie far from the ends of the calendar")
}

fn moment(at: &jiff::Zoned) -> String {
    format!("TIMESTAMPTZ '{}'", at.strftime("%Y-%m-%d %H:%M:%S%:z"))
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

fn previous(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports;
    use tallymark_base::id::{CampaignId, ProductId};

    fn asked(report: &str, by: Breakdown, from: Date, to: Date) -> Asked {
        Asked { report: reports::find(report).unwrap(), by, from, to, campaign: None, product: None }
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_statement_names_tenant_days_and_filters() {
        let asked = Asked {
            campaign: Some(CampaignId::from_raw(1)),
            product: Some(ProductId::from_raw(2)),
            ..asked("rewards", Breakdown::Campaign, date(2026, 3, 1), date(2026, 3, 7))
        };
        let expected = "WITH facts AS (
  SELECT campaign AS key,
         COUNT(*) AS rewards,
         COALESCE(SUM(amount) FILTER (WHERE kind = 'red_packet'), 0) AS reward_fen,
         COALESCE(SUM(amount) FILTER (WHERE kind = 'points'), 0) AS reward_points
    FROM scan_reward_won
   WHERE tenant = 77
     AND day BETWEEN DATE '2026-02-28' AND DATE '2026-03-08'
     AND \"at\" >= TIMESTAMPTZ '2026-03-01 00:00:00+08:00' AND \"at\" < TIMESTAMPTZ '2026-03-08 00:00:00+08:00'
     AND product = 'prd_0000000000002'
     AND campaign = 'cam_0000000000001'
   GROUP BY 1)
SELECT key AS campaign,
       CAST(COALESCE(SUM(rewards), 0) AS BIGINT) AS rewards,
       CAST(COALESCE(SUM(reward_fen), 0) AS BIGINT) AS reward_fen,
       CAST(COALESCE(SUM(reward_points), 0) AS BIGINT) AS reward_points
  FROM facts
 GROUP BY 1
 ORDER BY 2 DESC, 1 NULLS LAST";
        assert_eq!(statement(&asked, TenantId::from_raw(77), &zone("Asia/Shanghai")), expected);
    }

    #[test]
    fn days_follow_the_clocks_of_the_zone() {
        // Berlin puts its clocks on at 01:00 UTC on 2026-03-29 (Directive 2000/84/EC: the last Sunday of March).
        let asked = asked("scans", Breakdown::Day, date(2026, 3, 28), date(2026, 3, 30));
        let text = statement(&asked, TenantId::from_raw(1), &zone("Europe/Berlin"));
        assert!(
            text.contains("CASE WHEN \"at\" < TIMESTAMPTZ '2026-03-29 01:00:00+00:00' THEN 3600 ELSE 7200 END"),
            "{text}"
        );
        assert!(text.contains("\"at\" >= TIMESTAMPTZ '2026-03-28 00:00:00+01:00'"), "{text}");
        assert!(text.contains("\"at\" < TIMESTAMPTZ '2026-03-31 00:00:00+02:00'"), "{text}");
        // 2026-03-28 is day 20,540 since 1970-01-01 (56 years with 14 leap days, 31 + 28 + 27 days).
        assert!(
            text.contains("(20540, DATE '2026-03-28'),\n  (20541, DATE '2026-03-29'),\n  (20542, DATE '2026-03-30')"),
            "{text}"
        );
    }

    #[test]
    fn the_longest_statement_is_within_the_lakes_limit() {
        for report in reports::ALL.iter().filter(|report| report.breakdowns.contains(&Breakdown::Day)) {
            let asked = asked(report.name, Breakdown::Day, date(2026, 1, 1), date(2027, 1, 1));
            let text = statement(&asked, TenantId::from_raw(i64::MAX), &zone("America/Santiago"));
            assert!(text.len() < 24 * 1024, "{} has {} bytes", report.name, text.len());
        }
    }
}
