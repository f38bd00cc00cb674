//! The rows of a report as rows of a file: amounts in yuan, places, products and campaigns with their names.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallymark_base::geography::{Adcode, name_path};
use tallymark_base::id::{CampaignId, ProductId};
use tallymark_exports::{Cell, Error};
use tallymark_insight::{Breakdown, ReportAnswer, Span, Wanted, report_within, reports};
use tallymark_lake::Lake;
use tallymark_partners::Tenant;
use tallymark_store::{Context, Tx};
use utoipa::ToSchema;

use super::names::Names;
use super::{Locale, of_source};

/// Rows of a file.
const ROWS_MAX: usize = 100_000;
/// As long as a report may take.
const TIME_MAX: Duration = Duration::from_secs(120);

/// Which report, and what of it, as `GET /v1/reports/{name}` takes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportFilter)]
pub(crate) struct ReportFilter {
    /// The report: `GET /v1/reports` lists them.
    #[schema(example = "overview")]
    report: String,
    /// The first day, YYYY-MM-DD, in the brand's zone; six days before the last where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The last day, itself included; today where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// What the rows are; the report's first breakdown where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Breakdown>,
    /// Only this campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<CampaignId>,
    /// Only this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<ProductId>,
}

impl ReportFilter {
    fn wanted(&self) -> Wanted {
        let Self { from, to, by, campaign, product, .. } = self.clone();
        Wanted { from, to, by, campaign, product }
    }

    /// Whether it can be asked like that.
    ///
    /// # Errors
    /// What the report itself would answer.
    pub(super) fn check(&self, context: &Context, brand: &Tenant) -> Result<(), tallymark_insight::Error> {
        let report = reports::find(&self.report)?;
        tallymark_insight::rules::asked(report, &self.wanted(), context.clock.now(), &brand.time_zone()?).map(drop)
    }
}

/// What columns and groups are called, as the console calls them.
const WORDS: [(&str, &str, &str); 19] = [
    ("day", "日期", "Day"),
    ("province", "省份", "Province"),
    ("city", "城市", "City"),
    ("product", "商品", "Product"),
    ("campaign", "活动", "Campaign"),
    ("scans", "扫码", "Scans"),
    ("genuine_scans", "正品扫码", "Genuine scans"),
    ("repeat_scans", "重复扫码", "Repeat scans"),
    ("new_people", "新用户", "New people"),
    ("rewarded_scans", "中奖扫码", "Winning scans"),
    ("rewards", "奖品", "Prizes won"),
    ("reward_fen", "红包（元）", "Red packets (CNY)"),
    ("reward_points", "发放积分", "Points won"),
    ("rebate_fen", "门店返利（元）", "Rebates (CNY)"),
    ("cost_fen", "成本（元）", "Cost (CNY)"),
    ("joined", "新会员", "New members"),
    ("winners", "中奖人数", "Winners"),
    ("new_winners", "首次中奖人数", "New winners"),
    ("fen_per_new_winner", "每个新中奖者成本（元）", "Cost per new winner (CNY)"),
];

fn word(name: &str, locale: Locale) -> String {
    let known = WORDS.iter().find(|(known, ..)| *known == name);
    known.map_or(name, |(_, zh, en)| locale.word(zh, en)).to_owned()
}

/// A report, ready to be written.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) titles: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Answers a report.
///
/// # Errors
/// What the report itself would answer; a server without a lake.
pub(super) async fn table(
    context: &Context,
    lake: Option<&Lake>,
    brand: &Tenant,
    asked: &ReportFilter,
    locale: Locale,
) -> Result<Table, Error> {
    let lake = lake.ok_or(tallymark_insight::Error::Off).map_err(of_source)?;
    let report = reports::find(&asked.report).map_err(of_source)?;
    let (whose, span) = ((brand.id, brand.zone.as_str()), Span { rows_max: ROWS_MAX, time: TIME_MAX });
    let wanted = asked.wanted();
    let answer = report_within(lake, &context.store, &*context.clock, whose, (report, &wanted), span).await;
    let answer = answer.map_err(of_source)?;
    let mut tx = context.store.read().await?;
    let groups = Groups::of(&mut tx, brand, answer.by, locale).await?;
    Ok(written(&answer, &groups, locale))
}

/// What the rows are called.
enum Groups {
    Plain,
    Places(Locale),
    Named(HashMap<String, String>),
}

impl Groups {
    async fn of(tx: &mut Tx, brand: &Tenant, by: Breakdown, locale: Locale) -> Result<Self, Error> {
        Ok(match by {
            Breakdown::Total | Breakdown::Day => Self::Plain,
            Breakdown::Province | Breakdown::City => Self::Places(locale),
            Breakdown::Product => {
                let names = Names::of_goods(tx, brand.id, locale).await?;
                Self::Named(names.products.into_iter().map(|(id, (_, name))| (id.to_string(), name)).collect())
            }
            Breakdown::Campaign => {
                let all = tallymark_campaigns::list(tx, brand.id).await.map_err(of_source)?;
                Self::Named(all.into_iter().map(|one| (one.id.to_string(), one.name)).collect())
            }
        })
    }

    /// The name of a group; `None` where groups have none.
    fn name(&self, group: &Value) -> Option<Cell> {
        match self {
            Self::Plain => None,
            Self::Places(locale) => Some(match group.as_str().and_then(|code| code.parse::<Adcode>().ok()) {
                Some(place) => Cell::shown(name_path(place, locale.language())),
                None => Cell::text(locale.word("未知地点", "Unknown place")),
            }),
            Self::Named(names) => Some(Cell::shown(group.as_str().and_then(|id| names.get(id)))),
        }
    }
}

fn written(answer: &ReportAnswer, groups: &Groups, locale: Locale) -> Table {
    let has_names = !matches!(groups, Groups::Plain);
    let mut titles: Vec<String> = answer.columns.iter().map(|column| word(&column.name, locale)).collect();
    if has_names && let Some(first) = titles.first_mut() {
        let code = locale.word("编号", "Code");
        let name = std::mem::replace(first, code.to_owned());
        titles.insert(1, name);
    }
    let is_money: Vec<bool> = answer
        .columns
        .iter()
        .map(|column| answer.metrics.iter().any(|metric| metric.name == column.name && metric.unit == "fen"))
        .collect();
    let row = |row: &Vec<Value>| {
        let mut cells: Vec<Cell> = row.iter().zip(&is_money).map(|(value, money)| cell(value, *money)).collect();
        if let Some(name) = row.first().and_then(|group| groups.name(group)) {
            cells.insert(1, name);
        }
        cells
    };
    let name = format!("{} {} – {}", locale.word("报表", "Report"), answer.from, answer.to);
    Table { name, titles, rows: answer.rows.iter().map(row).collect() }
}

fn cell(value: &Value, is_money: bool) -> Cell {
    match (value, value.as_i64()) {
        (Value::Null, _) => Cell::Empty,
        (_, Some(fen)) if is_money => Cell::Hundredths(fen),
        (_, Some(number)) => Cell::Number(number),
        (Value::String(text), _) => Cell::text(text.as_str()),
        (other, _) => Cell::text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_report_has_the_console_s_word() {
        let locales = [
            include_str!("../../../../console/src/app/locales/zh-CN/home.json"),
            include_str!("../../../../console/src/app/locales/en/home.json"),
        ];
        let [zh, en]: [Value; 2] = locales.map(|text| serde_json::from_str(text).unwrap());
        for metric in reports::ALL.iter().flat_map(|report| report.metrics) {
            let key = format!("metric.{}", metric.name);
            for (texts, locale) in [(&zh, Locale::Zh), (&en, Locale::En)] {
                let said = word(metric.name, locale);
                assert!(said.starts_with(texts[&key].as_str().unwrap()), "{key}: {said}");
                assert_eq!(said.contains('元') || said.contains("CNY"), metric.unit == "fen", "{key}");
            }
        }
    }
}
