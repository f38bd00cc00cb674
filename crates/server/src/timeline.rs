//! What a person did and what happened to them, over all channels: every event of the lake, and of what waits for it, that
//! names one of the person's accounts.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use tallymark_base::event::EventType;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_lake::{Lake, Limits, Question, TailLimits};
use tallymark_store::Context;
use tallymark_web::Problem;
use utoipa::ToSchema;

/// Events that are told at once.
pub const EVENTS_MAX: usize = 200;
/// How far one question looks back.
pub const SPAN_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// The column by which an event names whose it is.
const ACCOUNT: &str = "account";
/// Columns that stand in an item by themselves, or that say nothing to a reader.
const APART: [&str; 7] = ["id", "tenant", "at", "recorded_at", "day", ACCOUNT, "person"];

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Happened {
    /// The event type: `scan.decided`, for example.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The event: a number, as a text.
    pub id: String,
    /// When.
    pub at: String,
    /// The account of the person that it names.
    pub account: String,
    /// Its other fields that have a value.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

/// Why there is no time line.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("this server has no lake, where what happened is kept: start it with --lake FOLDER")]
    Off,
    #[error("a time line has 1 to {EVENTS_MAX} events at once, not {0}")]
    Limit(usize),
}

impl Fault for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Off => "lake.off",
            Self::Limit(_) => "people.timeline_limit",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Off => Kind::NotFound,
            Self::Limit(_) => Kind::Invalid,
        }
    }
}

/// Which part of a time line.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// From this moment on.
    pub since: Timestamp,
    /// Before this moment.
    pub before: Timestamp,
    /// The latest so many.
    pub limit: usize,
}

impl Stretch {
    /// The latest so many of a year. A source's clock may be a little ahead.
    pub fn latest(now: Timestamp, limit: usize) -> Self {
        let before = Timestamp(now.0 + Timestamp::DAY);
        Self { since: Timestamp(before.0 - SPAN_MAX.as_micros() as i64), before, limit }
    }
}

/// The latest events of a stretch that name one of the accounts, the latest first, and whether there are more in it. Up to
/// the last commit, where not too much waits for the lake.
///
/// # Errors
/// `lake.off` on a server without a lake, and what the lake says.
pub async fn timeline(
    context: &Context,
    lake: Option<&Lake>,
    tenant: TenantId,
    accounts: &[AccountId],
    stretch: Stretch,
) -> Result<(Vec<Happened>, bool), Problem> {
    let lake = lake.ok_or(Refused::Off)?;
    if !(1..=EVENTS_MAX).contains(&stretch.limit) {
        return Err(Refused::Limit(stretch.limit).into());
    }
    let (mut happened, mut has_more) = (Vec::new(), false);
    for event_type in lake.registry().iter().filter(|event_type| names_account(event_type)) {
        let (some, is_cut) = of_type(context, lake, (tenant, accounts), event_type, stretch).await?;
        happened.extend(some);
        has_more |= is_cut;
    }
    happened.sort_by(|a: &Happened, b| (&b.at, &b.id).cmp(&(&a.at, &a.id)));
    has_more |= happened.len() > stretch.limit;
    happened.truncate(stretch.limit);
    Ok((happened, has_more))
}

/// How many events of the last year name one of the accounts, up to the last commit.
///
/// # Errors
/// What the lake says.
pub async fn events_of_a_year(
    context: &Context,
    lake: &Lake,
    tenant: TenantId,
    accounts: &[AccountId],
) -> Result<u64, Problem> {
    let stretch = Stretch::latest(context.clock.now(), 1);
    let mut events = 0;
    for event_type in lake.registry().iter().filter(|event_type| names_account(event_type)) {
        let sql = format!("SELECT COUNT(*) {}", condition(event_type, accounts, stretch));
        let question = Question { sql, tenant, is_masked: false, limits: Limits::default() };
        let current = lake.ask_now(&context.store, &*context.clock, question, TailLimits::default()).await?;
        let rows = current.answer.json_rows().map_err(|error| Problem::internal("people.timeline", error))?;
        events += rows.first().and_then(|row| row.first()?.as_u64()).unwrap_or_default();
    }
    Ok(events)
}

fn names_account(event_type: &EventType) -> bool {
    !event_type.is_dimension() && event_type.fields.iter().any(|field| field.name == ACCOUNT)
}

/// The latest of one event type.
async fn of_type(
    context: &Context,
    lake: &Lake,
    (tenant, accounts): (TenantId, &[AccountId]),
    event_type: &EventType,
    stretch: Stretch,
) -> Result<(Vec<Happened>, bool), Problem> {
    let sql = format!("SELECT * {} ORDER BY at DESC, id DESC", condition(event_type, accounts, stretch));
    let limits = Limits { rows_max: stretch.limit, ..Limits::default() };
    let question = Question { sql, tenant, is_masked: false, limits };
    let current = lake.ask_now(&context.store, &*context.clock, question, TailLimits::default()).await?;
    let names: Vec<String> = current.answer.columns().into_iter().map(|column| column.name).collect();
    let rows = current.answer.json_rows().map_err(|error| Problem::internal("people.timeline", error))?;
    let items = rows.into_iter().map(|row| happened(event_type, &names, row)).collect();
    Ok((items, current.answer.is_cut))
}

/// The rest of a statement that names events of one type about accounts in a stretch.
fn condition(event_type: &EventType, accounts: &[AccountId], stretch: Stretch) -> String {
    // Ids have letters and digits, moments are our own: nothing of it can end a text of SQL.
    let ids: Vec<String> = accounts.iter().map(|account| format!("'{account}'")).collect();
    let (table, day) = (event_type.table(), &stretch.since.to_string()[..10]);
    format!(
        "FROM {table} WHERE day >= DATE '{day}' AND at >= TIMESTAMP '{}' AND at < TIMESTAMP '{}' AND {ACCOUNT} IN ({})",
        stretch.since,
        stretch.before,
        ids.join(", ")
    )
}

fn happened(event_type: &EventType, names: &[String], row: Vec<Value>) -> Happened {
    let mut data: Map<String, Value> = names.iter().cloned().zip(row).filter(|(_, value)| !value.is_null()).collect();
    let mut take = |name: &str| match data.remove(name) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let (id, at, account) = (take("id"), take("at"), take(ACCOUNT));
    data.retain(|name, _| !APART.contains(&name.as_str()));
    Happened { event_type: event_type.name.to_owned(), id, at, account, data }
}
