//! A report from question to answer.

use std::time::Duration;

use tallymark_base::Clock;
use tallymark_base::id::TenantId;
use tallymark_lake::{Lake, Limits, Question, TailLimits};
use tallymark_partners::rules::time_zone;
use tallymark_store::Store;

use crate::reports::Report;
use crate::sql::statement;
use crate::{Error, MetricEntry, ReportAnswer, Wanted, rules};

/// Rows of an answer. There are 366 days at most, some 400 cities, and rarely more products.
const ROWS_MAX: usize = 1_000;
/// Memory of the groups.
const MEMORY_BYTES: usize = 512 << 20;
/// As long as the server gives a call.
const TIME_MAX: Duration = Duration::from_secs(25);

/// How much of a report is answered.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Most rows.
    pub rows_max: usize,
    /// As long as it may take.
    pub time: Duration,
}

/// What a page shows.
const OF_A_PAGE: Span = Span { rows_max: ROWS_MAX, time: TIME_MAX };

/// Answers a report of `tenant`, whose days begin in `zone`, over the lake and what waits for it in `store`.
///
/// # Errors
///
/// Where it cannot be asked like that, or the lake cannot answer.
pub async fn report(
    lake: &Lake,
    store: &Store,
    clock: &dyn Clock,
    whose: (TenantId, &str),
    report: &'static Report,
    wanted: &Wanted,
) -> Result<ReportAnswer, Error> {
    report_within(lake, store, clock, whose, (report, wanted), OF_A_PAGE).await
}

/// The same with more rows than a page shows.
///
/// # Errors
///
/// Those of [`report`].
pub async fn report_within(
    lake: &Lake,
    store: &Store,
    clock: &dyn Clock,
    (tenant, zone): (TenantId, &str),
    (report, wanted): (&'static Report, &Wanted),
    span: Span,
) -> Result<ReportAnswer, Error> {
    let rules_of_zone = time_zone(zone)?;
    let asked = rules::asked(report, wanted, clock.now(), &rules_of_zone)?;
    let sql = statement(&asked, tenant, &rules_of_zone);
    let limits = Limits { rows_max: span.rows_max, memory_bytes: MEMORY_BYTES, time: span.time, ..Limits::default() };
    let question = Question { sql: sql.clone(), tenant, is_masked: false, limits };
    let current = lake.ask_now(store, clock, question, TailLimits::default()).await?;
    let rows = current.answer.json_rows().map_err(|error| Error::Rows(error.to_string()))?;
    Ok(ReportAnswer {
        report: report.name,
        meaning: report.meaning,
        by: asked.by,
        from: asked.from.to_string(),
        to: asked.to.to_string(),
        zone: zone.to_owned(),
        campaign: asked.campaign,
        product: asked.product,
        as_of: current.as_of,
        current: current.is_current,
        tables: current.tables,
        columns: current.answer.columns(),
        rows,
        has_more: current.answer.is_cut,
        metrics: report.metrics.iter().map(|metric| MetricEntry::of(metric)).collect(),
        sql,
    })
}
