//! The lists that can be had as files, with reports and answers of the lake: what may be asked, by whom, and who reads it.

mod columns;
mod exceptions;
mod flows;
mod holders;
mod names;
mod operations;
mod people;
mod query;
mod rejects;
mod reports;
mod scans;
mod shipments;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::actor::Act;
use tallymark_base::geography::Language;
use tallymark_base::id::{BatchId, ExportId, ImportId, TenantId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_exports::{Cell, Error, Format, Head, New, Pages, Run};
use tallymark_goods::api::exceptions::Wanted as ExceptionFilter;
use tallymark_goods::api::flows::Wanted as FlowFilter;
use tallymark_goods::api::operations::Wanted as OperationFilter;
use tallymark_goods::api::shipments::Wanted as ShipmentFilter;
use tallymark_lake::Lake;
use tallymark_partners::{Tenant, tenant};
use tallymark_people::rules::mask::Sight;
use tallymark_store::{Context, Tx};
use tallymark_web::{Caller, Problem, Scope};
use utoipa::ToSchema;

use crate::api::people_list::{Wanted as PeopleFilter, sight_of};
use crate::api::scan_list::Wanted as ScanFilter;

/// Rows that are read in one transaction.
const ROWS: usize = 2_000;

/// The language of titles and words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Locale {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Locale {
    /// One of two words.
    const fn word(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    const fn language(self) -> Language {
        match self {
            Self::Zh => Language::Chinese,
            Self::En => Language::English,
        }
    }
}

/// Which list, and what of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "list", content = "filters", rename_all = "snake_case")]
#[schema(as = ExportList)]
pub(crate) enum List {
    /// People, as `GET /v1/people` lists them.
    People(PeopleFilter),
    /// Scans, as `GET /v1/scans` lists them.
    Scans(ScanFilter),
    /// Shipments, as `GET /v1/shipments` lists them.
    Shipments(ShipmentFilter),
    /// Operations, as `GET /v1/operations` lists them.
    Operations(OperationFilter),
    /// Exceptions, as `GET /v1/exceptions` lists them.
    Exceptions(ExceptionFilter),
    /// Shipments behind flows, as `GET /v1/flows/shipments` lists them.
    FlowShipments(FlowFilter),
    /// Who has how many items of a batch, as `GET /v1/batches/{id}/holders` tells.
    BatchHolders(HeldBatch),
    /// What an import left out.
    ImportRejects(Rejected),
    /// A report, as `GET /v1/reports/{name}` answers it, with up to 100,000 rows.
    Report(reports::ReportFilter),
    /// The rows of a question to the lake, as `POST /v1/query` answers it.
    Query(query::QueryFilter),
}

/// Of which batch, and as of when.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchHoldersFilter)]
pub(crate) struct HeldBatch {
    /// The batch.
    batch: BatchId,
    /// Up to the end of this moment; now unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// Of which import.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportRejectsFilter)]
pub(crate) struct Rejected {
    /// The import.
    import: ImportId,
}

/// What is asked for as a file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = NewExport)]
pub struct Asked {
    /// Which list, and what of it.
    #[serde(flatten)]
    list: List,
    /// As what.
    format: Format,
    /// The language of titles and words.
    #[serde(default)]
    locale: Locale,
    /// Which columns, in this order; all of the list where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    columns: Option<Vec<String>>,
}

/// What is kept of it: how much whoever asked may see, too.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    asked: Asked,
    /// Values of people are masked, and not left out.
    #[serde(default)]
    masked: bool,
    /// What stands for people in answers to questions is what stands for them everywhere.
    #[serde(default)]
    sees_people: bool,
}

/// How much of people whoever asks may see.
#[derive(Debug, Clone, Copy)]
pub struct Seeing {
    /// Their values, masked.
    pub values: bool,
    /// What stands for them in the lake.
    pub people: bool,
}

impl Seeing {
    /// That of a caller.
    pub(crate) fn of(caller: &Caller) -> Self {
        Self { values: sight_of(caller) == Sight::Masked, people: caller.scopes.allow(Scope::People) }
    }
}

impl List {
    /// Its name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::People(_) => PEOPLE,
            Self::Scans(_) => SCANS,
            Self::Shipments(_) => SHIPMENTS,
            Self::Operations(_) => OPERATIONS,
            Self::Exceptions(_) => EXCEPTIONS,
            Self::FlowShipments(_) => FLOW_SHIPMENTS,
            Self::BatchHolders(_) => BATCH_HOLDERS,
            Self::ImportRejects(_) => IMPORT_REJECTS,
            Self::Report(_) => REPORT,
            Self::Query(_) => QUERY,
        }
    }
}

const PEOPLE: &str = "people";
const SCANS: &str = "scans";
const SHIPMENTS: &str = "shipments";
const OPERATIONS: &str = "operations";
const EXCEPTIONS: &str = "exceptions";
const FLOW_SHIPMENTS: &str = "flow_shipments";
const BATCH_HOLDERS: &str = "batch_holders";
const IMPORT_REJECTS: &str = "import_rejects";
const REPORT: &str = "report";
const QUERY: &str = "query";

/// Who may read a list, by its name: whoever has one of these.
fn readers(list: &str) -> &'static [Scope] {
    match list {
        PEOPLE | IMPORT_REJECTS => &[Scope::People, Scope::Read],
        SHIPMENTS | OPERATIONS | EXCEPTIONS | FLOW_SHIPMENTS | BATCH_HOLDERS => {
            &[Scope::Goods, Scope::Logistics, Scope::Read]
        }
        REPORT => &[Scope::Query, Scope::Read],
        QUERY => &[Scope::Query],
        _ => &[Scope::Read],
    }
}

/// Whether a caller may read what an export holds: its list, and values of people as whoever asked for it.
pub(crate) fn may_read(caller: &Caller, run: &Run) -> bool {
    let shows_values = (run.list == PEOPLE && run.request["masked"] == true)
        || (run.list == QUERY && run.request["sees_people"] == true);
    readers(&run.list).iter().any(|scope| caller.scopes.allow(*scope))
        && (!shows_values || caller.scopes.allow(Scope::People))
}

impl Asked {
    /// Who may ask for it: whoever has one of these.
    pub(crate) fn readers(&self) -> &'static [Scope] {
        readers(self.list.name())
    }

    /// Checks what was asked, and what is to be kept of it.
    ///
    /// # Errors
    /// What the list itself would answer; a column that it has not.
    async fn checked(self, tx: &mut Tx, context: &Context, tenant: TenantId, seeing: Seeing) -> Result<Kept, Problem> {
        self.list.check(tx, context, tenant).await?;
        let known = columns::keys(&self.list);
        let mut asked = self.columns.iter().flatten();
        if let Some(unknown) = asked.find(|column| !known.contains(&column.as_str())) {
            let unknown: String = unknown.chars().take(40).collect();
            let text = format!("the list {} has no column {unknown:?}; it has: {}", self.list.name(), known.join(", "));
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "export.column", text));
        }
        Ok(Kept { asked: self, masked: seeing.values, sees_people: seeing.people })
    }
}

impl List {
    /// Whether it can be asked like that.
    async fn check(&self, tx: &mut Tx, context: &Context, tenant: TenantId) -> Result<(), Problem> {
        match self {
            Self::Report(asked) => asked.check(context, &brand_of(tx, context, tenant).await?)?,
            Self::Query(asked) => {
                asked.rows_max()?;
            }
            Self::People(wanted) => {
                wanted.filter()?;
            }
            Self::Scans(wanted) => {
                wanted.filter(tx, tenant).await?;
            }
            Self::Shipments(wanted) => {
                tallymark_goods::shipments::count(tx, tenant, (None, &wanted.filter())).await?;
            }
            Self::Operations(wanted) => {
                tallymark_goods::operations::count(tx, tenant, &wanted.filter()).await?;
            }
            Self::Exceptions(wanted) => {
                tallymark_goods::exceptions::count(tx, tenant, (None, &wanted.filter())).await?;
            }
            Self::FlowShipments(wanted) => {
                tallymark_goods::flows::shipments(tx, tenant, &wanted.filter()).await?;
            }
            Self::BatchHolders(held) => {
                tallymark_goods::holders_of_batch(tx, tenant, held.batch, held.at).await?;
            }
            Self::ImportRejects(rejected) => {
                tallymark_imports::find(tx, tenant, rejected.import).await?;
            }
        }
        Ok(())
    }
}

impl Kept {
    /// As what the file is written.
    const fn format(&self) -> Format {
        self.asked.format
    }

    /// The list's name.
    const fn list(&self) -> &'static str {
        self.asked.list.name()
    }

    /// Whether the file tells of people.
    const fn tells_of_people(&self) -> bool {
        matches!(self.asked.list, List::People(_) | List::Scans(_) | List::Query(_))
    }
}

/// Keeps what is asked for; a server carries it out, or whoever calls [`carry_out`].
///
/// # Errors
/// What the list itself would answer; too many exports under way.
pub async fn ask(tx: &mut Tx, context: &Context, act: Act, asked: Asked, seeing: Seeing) -> Result<Run, Problem> {
    let kept = asked.checked(tx, context, act.tenant, seeing).await?;
    let request = serde_json::to_value(&kept).map_err(|error| Problem::internal("export.request_unwritable", error))?;
    let (list, format, people) = (kept.list(), kept.format(), kept.tells_of_people());
    Ok(tallymark_exports::begin(tx, context, act, New { list, format, request, people }).await?)
}

/// Writes the file of an export, from its beginning. `stop` is asked before each page.
///
/// # Errors
/// [`Error::Elsewhere`] where it ended or another server has it; [`Error::Stopped`]; what the list could not read.
pub async fn carry_out(
    context: &Context,
    lake: Option<&Lake>,
    tenant: TenantId,
    id: ExportId,
    stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Run, Error> {
    let mut tx = context.store.read().await?;
    let run = tallymark_exports::find(&mut tx, tenant, id).await?;
    tx.commit().await?;
    if !run.state.is_open() {
        return Err(Error::Elsewhere { id });
    }
    let list = reader(context, lake, tenant, &run).await?;
    tallymark_exports::carry_out(context, tenant, id, list, stop).await
}

async fn brand_of(tx: &mut Tx, context: &Context, tenant: TenantId) -> Result<Tenant, Error> {
    let brand = tenant::find(tx, &context.master, tenant).await?;
    brand.ok_or_else(|| Error::Internal(format!("there is no tenant {tenant}")))
}

/// Who reads the list of an export, and what stands above it.
///
/// # Errors
/// Of the database; what was kept by another release and cannot be read by this one.
async fn reader(context: &Context, lake: Option<&Lake>, tenant: TenantId, run: &Run) -> Result<(Head, Reader), Error> {
    let Kept { asked, masked, sees_people } = serde_json::from_value(run.request.clone()).map_err(|error| {
        let text = format!("it was asked for at another release, which this one cannot read ({error}); ask again");
        Error::Source { code: "export.request", kind: Kind::Invalid, text }
    })?;
    let mut tx = context.store.read().await?;
    let brand = brand_of(&mut tx, context, tenant).await?;
    let sight = if masked { Sight::Masked } else { Sight::Hidden };
    let (locale, wanted) = (asked.locale, asked.columns.as_deref());
    let zone = brand.time_zone()?;
    let (name, titles) = columns::titles(&asked.list, locale, wanted);
    let head = Head { name, titles, zone };
    let reader = match asked.list {
        List::People(filter) => Reader::People(people::People::new(context, &brand, (filter, sight), locale, wanted)?),
        List::Scans(filter) => {
            Reader::Scans(scans::Scans::new(context, &mut tx, tenant, filter, locale, wanted).await?)
        }
        List::Shipments(filter) => {
            Reader::Shipments(shipments::Shipments::new(context, &mut tx, tenant, &filter, locale, wanted).await?)
        }
        List::Operations(filter) => {
            Reader::Operations(operations::Operations::new(context, &mut tx, tenant, &filter, locale, wanted).await?)
        }
        List::Exceptions(filter) => {
            Reader::Exceptions(exceptions::Exceptions::new(context, &mut tx, tenant, &filter, locale, wanted).await?)
        }
        List::FlowShipments(filter) => Reader::Whole(flows::rows(&mut tx, tenant, &filter, locale, wanted).await?),
        List::BatchHolders(held) => Reader::Whole(holders::rows(&mut tx, tenant, &held, locale, wanted).await?),
        List::ImportRejects(rejected) => {
            Reader::Rejects(rejects::Rejects::new(&mut tx, tenant, rejected.import, locale, wanted).await?)
        }
        List::Report(asked) => {
            let table = reports::table(context, lake, &brand, &asked, locale).await?;
            return Ok((Head { name: table.name, titles: table.titles, ..head }, Reader::Whole(table.rows)));
        }
        List::Query(asked) => {
            let rows = query::Rows::new(lake, tenant, asked, sees_people).await?;
            return Ok((Head { titles: rows.titles(), ..head }, Reader::Query(rows)));
        }
    };
    Ok((head, reader))
}

/// Whoever reads one of the lists.
enum Reader {
    People(people::People),
    Scans(scans::Scans),
    Shipments(shipments::Shipments),
    Operations(operations::Operations),
    Exceptions(exceptions::Exceptions),
    /// A list that is short enough to be read at once.
    Whole(Vec<Vec<Cell>>),
    Rejects(rejects::Rejects),
    Query(query::Rows),
}

impl Pages for Reader {
    fn total(&self) -> Option<u64> {
        match self {
            Self::People(list) => list.total,
            Self::Scans(list) => list.total,
            Self::Shipments(list) => list.total,
            Self::Operations(list) => list.total,
            Self::Exceptions(list) => list.total,
            Self::Whole(rows) => Some(rows.len() as u64),
            Self::Rejects(list) => Some(list.total),
            Self::Query(_) => None,
        }
    }

    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        match self {
            Self::People(list) => list.next().await,
            Self::Scans(list) => list.next().await,
            Self::Shipments(list) => list.next().await,
            Self::Operations(list) => list.next().await,
            Self::Exceptions(list) => list.next().await,
            Self::Whole(rows) => Ok(std::mem::take(rows)),
            Self::Rejects(list) => Ok(list.next()),
            Self::Query(rows) => rows.next().await,
        }
    }
}

/// What a domain could not read.
fn of_source(fault: impl Fault) -> Error {
    Error::of_source(&fault)
}

/// How many rows there will be: none where there are more than are counted.
fn counted(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|_| number <= tallymark_store::keyset::COUNT_MAX)
}
