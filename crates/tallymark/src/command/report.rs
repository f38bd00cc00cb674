//! `tallymark report`.

use clap::{Args, ValueEnum};
use serde_json::Value;
use tallymark_base::geography::{Adcode, Language, name_path};
use tallymark_base::id::{CampaignId, ProductId};
use tallymark_base::time::SystemClock;
use tallymark_insight::reports::{ALL, find};
use tallymark_insight::{Breakdown, ReportAnswer, ReportEntry, Wanted, report};

use super::query::no_lake;
use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, columns, list, say, show};

#[derive(Debug, Args)]
pub(super) struct ReportCommand {
    #[command(flatten)]
    of: Of,
    /// The report; all of them are listed where it is left out
    name: Option<String>,
    /// The first day, YYYY-MM-DD [default: six days before the last]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day, itself included [default: today]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// What the rows are [default: what the report names first]
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Only this campaign
    #[arg(long, value_name = "CAMPAIGN")]
    campaign: Option<CampaignId>,
    /// Only this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<ProductId>,
    /// Print the statement that gives the rows, and nothing else
    #[arg(long)]
    sql: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Total,
    Day,
    Province,
    City,
    Product,
    Campaign,
}

impl From<By> for Breakdown {
    fn from(by: By) -> Self {
        match by {
            By::Total => Self::Total,
            By::Day => Self::Day,
            By::Province => Self::Province,
            By::City => Self::City,
            By::Product => Self::Product,
            By::Campaign => Self::Campaign,
        }
    }
}

impl ReportCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Some(name) = &self.name else {
            let entries: Vec<ReportEntry> = ALL.iter().map(ReportEntry::of).collect();
            return show(json, &entries, |entries| listed(entries));
        };
        let asked = find(name)?;
        let wanted = Wanted {
            from: self.from,
            to: self.to,
            by: self.by.map(Breakdown::from),
            campaign: self.campaign,
            product: self.product,
        };
        let whose = installation.read(&self.of, async |_, tenant, _| Ok((tenant.id, tenant.zone.clone()))).await?;
        let lake = installation.lake()?.ok_or_else(no_lake)?;
        let store = installation.store().await?;
        let answer = report(&lake, &store, &SystemClock::new(), (whose.0, &whose.1), asked, &wanted).await;
        store.close().await;
        let answer = answer?;
        if self.sql { say(&answer.sql) } else { show(json, &answer, human) }
    }
}

fn listed(entries: &[ReportEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let by: Vec<&str> = entry.by.iter().map(|by| by.name()).collect();
        let metrics: Vec<&str> = entry.metrics.iter().map(|metric| metric.name).collect();
        let pairs = [("  columns", metrics.join(", ")), ("  by", by.join(", "))];
        text += &format!("{}: {}\n{}", entry.name, entry.meaning, list(&pairs));
    }
    text
}

/// The rows under their headings; below them what was counted, and what the columns mean.
fn human(answer: &ReportAnswer) -> String {
    let names_places = matches!(answer.by, Breakdown::Province | Breakdown::City);
    let mut headings: Vec<String> = answer.columns.iter().map(|column| column.name.to_uppercase()).collect();
    if names_places {
        headings.insert(1, "NAME".to_owned());
    }
    let row = |row: &Vec<Value>| {
        let mut cells: Vec<String> = row.iter().map(text_of).collect();
        if names_places {
            let name = cells[0].parse::<Adcode>().ok().and_then(|place| name_path(place, Language::Chinese));
            cells.insert(1, name.unwrap_or_default());
        }
        cells
    };
    let rows: Vec<Vec<String>> = answer.rows.iter().map(row).collect();
    let mut text = columns(&headings, &rows);
    let (from, to, zone) = (&answer.from, &answer.to, &answer.zone);
    text += &format!("\n{from} to {to} ({zone}), as of {}", answer.as_of);
    text += if answer.current { "\n" } else { ": too much waits for the lake to be counted with it\n" };
    if answer.has_more {
        text += "There are more rows.\n";
    }
    let meanings: Vec<(&str, String)> =
        answer.metrics.iter().map(|metric| (metric.name, format!("{} ({})", metric.meaning, metric.unit))).collect();
    text + &list(&meanings)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
