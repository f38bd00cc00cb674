//! What is asked of a report, and what is answered.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{CampaignId, ProductId};
use tallymark_lake::SeenTable;
use tallymark_lake::query::AnswerColumn;
use utoipa::ToSchema;

use crate::metrics::Metric;
use crate::reports::Report;

/// What the rows of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// One row for everything.
    Total,
    /// The days of the brand's zone, each of them, also where nothing happened.
    Day,
    /// The provinces in which it happened: six digits of GB/T 2260; null where the place is not known.
    Province,
    /// The cities, likewise; the province itself where only that is known.
    City,
    /// The products; null where the code is not the brand's, or no code was scanned.
    Product,
    /// The campaigns.
    Campaign,
}

impl Breakdown {
    /// Every breakdown.
    pub const ALL: [Self; 6] = [Self::Total, Self::Day, Self::Province, Self::City, Self::Product, Self::Campaign];

    /// The name in the API, and of the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Day => "day",
            Self::Province => "province",
            Self::City => "city",
            Self::Product => "product",
            Self::Campaign => "campaign",
        }
    }
}

/// What somebody wants of a report, not checked yet.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The first day, as YYYY-MM-DD; six days before the last where it is left out.
    pub from: Option<String>,
    /// The last day, itself included; today where it is left out.
    pub to: Option<String>,
    /// What the rows are; the report's first breakdown where it is left out.
    pub by: Option<Breakdown>,
    /// Only what belongs to this campaign.
    pub campaign: Option<CampaignId>,
    /// Only what belongs to this product.
    pub product: Option<ProductId>,
}

/// A question to a report that can be answered.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Which report.
    pub report: &'static Report,
    /// What its rows are.
    pub by: Breakdown,
    /// The first day.
    pub from: Date,
    /// The last day, itself included.
    pub to: Date,
    /// Only this campaign.
    pub campaign: Option<CampaignId>,
    /// Only this product.
    pub product: Option<ProductId>,
}

/// A metric, as answers explain it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MetricEntry {
    /// Its name, which is the column's.
    pub name: &'static str,
    /// What a 1 is.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its definition: an SQL expression over the rows of `table`, or over other metrics.
    pub sql: String,
    /// The table that it is counted over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'static str>,
    /// Whether the rows of a report add up to the whole.
    pub additive: bool,
}

impl MetricEntry {
    /// The entry of a metric.
    pub fn of(metric: &Metric) -> Self {
        Self {
            name: metric.name,
            unit: metric.unit,
            meaning: metric.meaning,
            sql: metric.sql(),
            table: metric.source().map(crate::metrics::Source::table),
            additive: metric.is_additive,
        }
    }
}

/// A report, as the list shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportEntry {
    /// Its name.
    pub name: &'static str,
    /// What it tells.
    pub meaning: &'static str,
    /// What its rows can be; the first is taken where nobody says.
    pub by: &'static [Breakdown],
    /// Whether it can be limited to a campaign.
    pub campaign_filter: bool,
    /// Its metrics.
    pub metrics: Vec<MetricEntry>,
}

impl ReportEntry {
    /// The entry of a report.
    pub fn of(report: &Report) -> Self {
        Self {
            name: report.name,
            meaning: report.meaning,
            by: report.breakdowns,
            campaign_filter: report.has_campaign(),
            metrics: report.metrics.iter().map(|metric| MetricEntry::of(metric)).collect(),
        }
    }
}

/// The answer of a report, with all that is needed to compute it again elsewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportAnswer {
    /// The report.
    pub report: &'static str,
    /// What it tells.
    pub meaning: &'static str,
    /// What the rows are.
    pub by: Breakdown,
    /// The first day.
    pub from: String,
    /// The last day, itself included.
    pub to: String,
    /// The zone in which the days begin.
    pub zone: String,
    /// Only this campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
    /// Only this product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// Everything that was committed before this moment is counted.
    pub as_of: Timestamp,
    /// Whether what waits in the database for the lake is counted. It is not where too much waits; `as_of` tells.
    pub current: bool,
    /// The tables of the lake, as they were seen.
    pub tables: Vec<SeenTable>,
    /// The columns, in order.
    pub columns: Vec<AnswerColumn>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether there are more rows than the limit let through.
    pub has_more: bool,
    /// What the columns mean.
    pub metrics: Vec<MetricEntry>,
    /// The statement that gave the rows, for any engine over the same tables.
    pub sql: String,
}
