//! The lists that can be had as files: what may be asked, by whom, and who reads it.

mod columns;
mod exceptions;
mod flows;
mod holders;
mod names;
mod operations;
mod people;
mod rejects;
mod scans;
mod shipments;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::geography::Language;
use tallymark_base::id::{BatchId, ImportId, TenantId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_exports::{Cell, Error, Format, Head, Pages, Run};
use tallymark_goods::api::exceptions::Wanted as ExceptionFilter;
use tallymark_goods::api::flows::Wanted as FlowFilter;
use tallymark_goods::api::operations::Wanted as OperationFilter;
use tallymark_goods::api::shipments::Wanted as ShipmentFilter;
use tallymark_partners::tenant;
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
pub(crate) struct Asked {
    /// Which list, and what of it.
    #[serde(flatten)]
    pub(crate) list: List,
    /// As what.
    pub(crate) format: Format,
    /// The language of titles and words.
    #[serde(default)]
    pub(crate) locale: Locale,
    /// Which columns, in this order; all of the list where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub(crate) columns: Option<Vec<String>>,
}

/// What is kept of it: how much whoever asked may see, too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(flatten)]
    asked: Asked,
    /// Values of people are masked, and not left out.
    #[serde(default)]
    masked: bool,
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

/// Who may read a list, by its name: whoever has one of these.
pub(crate) fn readers(list: &str) -> &'static [Scope] {
    match list {
        PEOPLE | IMPORT_REJECTS => &[Scope::People, Scope::Read],
        SHIPMENTS | OPERATIONS | EXCEPTIONS | FLOW_SHIPMENTS | BATCH_HOLDERS => {
            &[Scope::Goods, Scope::Logistics, Scope::Read]
        }
        _ => &[Scope::Read],
    }
}

/// Whether a caller may read what an export holds: its list, and values of people as whoever asked for it.
pub(crate) fn may_read(caller: &Caller, run: &Run) -> bool {
    let shows_values = run.list == PEOPLE && run.request["masked"] == true;
    readers(&run.list).iter().any(|scope| caller.scopes.allow(*scope))
        && (!shows_values || caller.scopes.allow(Scope::People))
}

impl Asked {
    /// Checks what was asked, and what is to be kept of it.
    ///
    /// # Errors
    /// What the list itself would answer; a column that it has not.
    pub(crate) async fn checked(self, tx: &mut Tx, caller: &Caller) -> Result<Kept, Problem> {
        caller.require_any(readers(self.list.name()))?;
        match &self.list {
            List::People(wanted) => {
                wanted.filter()?;
            }
            List::Scans(wanted) => {
                wanted.filter(tx, caller.tenant).await?;
            }
            List::Shipments(wanted) => {
                tallymark_goods::shipments::count(tx, caller.tenant, (None, &wanted.filter())).await?;
            }
            List::Operations(wanted) => {
                tallymark_goods::operations::count(tx, caller.tenant, &wanted.filter()).await?;
            }
            List::Exceptions(wanted) => {
                tallymark_goods::exceptions::count(tx, caller.tenant, (None, &wanted.filter())).await?;
            }
            List::FlowShipments(wanted) => {
                tallymark_goods::flows::shipments(tx, caller.tenant, &wanted.filter()).await?;
            }
            List::BatchHolders(held) => {
                tallymark_goods::holders_of_batch(tx, caller.tenant, held.batch, held.at).await?;
            }
            List::ImportRejects(rejected) => {
                tallymark_imports::find(tx, caller.tenant, rejected.import).await?;
            }
        }
        let known = columns::keys(&self.list);
        let mut asked = self.columns.iter().flatten();
        if let Some(unknown) = asked.find(|column| !known.contains(&column.as_str())) {
            let unknown: String = unknown.chars().take(40).collect();
            let text = format!("the list {} has no column {unknown:?}; it has: {}", self.list.name(), known.join(", "));
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "export.column", text));
        }
        let masked = sight_of(caller) == Sight::Masked;
        Ok(Kept { asked: self, masked })
    }
}

impl Kept {
    /// As what the file is written.
    pub(crate) const fn format(&self) -> Format {
        self.asked.format
    }

    /// The list's name.
    pub(crate) const fn list(&self) -> &'static str {
        self.asked.list.name()
    }

    /// Whether the file tells of people.
    pub(crate) const fn tells_of_people(&self) -> bool {
        matches!(self.asked.list, List::People(_) | List::Scans(_))
    }
}

/// Who reads the list of an export, and what stands above it.
///
/// # Errors
/// Of the database; what was kept by another release and cannot be read by this one.
pub(crate) async fn reader(context: &Context, tenant: TenantId, run: &Run) -> Result<(Head, Reader), Error> {
    let Kept { asked, masked } = serde_json::from_value(run.request.clone()).map_err(|error| {
        let text = format!("it was asked for at another release, which this one cannot read ({error}); ask again");
        Error::Source { code: "export.request", kind: Kind::Invalid, text }
    })?;
    let mut tx = context.store.read().await?;
    let brand = tenant::find(&mut tx, &context.master, tenant).await?;
    let brand = brand.ok_or_else(|| Error::Internal(format!("there is no tenant {tenant}")))?;
    let sight = if masked { Sight::Masked } else { Sight::Hidden };
    let (locale, wanted) = (asked.locale, asked.columns.as_deref());
    let (name, titles) = columns::titles(&asked.list, locale, wanted);
    let head = Head { name, titles, zone: brand.time_zone()? };
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
    };
    Ok((head, reader))
}

/// Whoever reads one of the lists.
pub(crate) enum Reader {
    People(people::People),
    Scans(scans::Scans),
    Shipments(shipments::Shipments),
    Operations(operations::Operations),
    Exceptions(exceptions::Exceptions),
    /// A list that is short enough to be read at once.
    Whole(Vec<Vec<Cell>>),
    Rejects(rejects::Rejects),
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
