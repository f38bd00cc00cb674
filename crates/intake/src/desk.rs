//! What an operator does about what comes in: naming what sources send, looking at what could not be read.

use serde::Serialize;
use tallymark_base::event::Registry;
use tallymark_base::id::{ApiKeyId, EventId, TenantId};
use tallymark_base::{Act, Timestamp, TypedId as _};
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx, revision};
use tallymark_web::Problem;
use utoipa::ToSchema;

use crate::definition::Definition;
use crate::settings::Settings;
use crate::{Error, store};

/// Items that are shown at once.
pub const PAGE_MAX: u32 = 500;

/// What sources call what happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventName {
    /// `track`, `page` and so on.
    pub kind: String,
    /// The source's word for it; empty where there is none.
    pub name: String,
    /// Events so far.
    pub events: i64,
    /// Those whose properties did not fit the definition.
    pub misfits: i64,
    /// Whether the tenant defines it. What is not defined counts as personal as a whole.
    pub defined: bool,
    /// When the first came.
    pub first_at: Timestamp,
    /// When the last came.
    pub last_at: Timestamp,
}

/// An event that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedEvent {
    /// Its entry.
    pub id: EventId,
    /// The write key that it came by; null where somebody who was signed in sent it.
    pub source: Option<ApiKeyId>,
    /// Where it was sent to: `batch`, `track` and so on.
    pub endpoint: String,
    /// The stable name of the reason.
    pub code: String,
    /// Why, without any of its values.
    pub reason: String,
    /// Its bytes.
    pub bytes: i64,
    /// When it came.
    pub received_at: Timestamp,
}

/// What sources call what happened, the most frequent first, at most [`PAGE_MAX`].
pub async fn names(tx: &mut Tx, tenant: TenantId) -> Result<Vec<EventName>, Problem> {
    let defined = store::definitions(tx, tenant).await?;
    let is_defined =
        |kind: &str, name: &str| kind == "track" && defined.iter().any(|definition| definition.name == name);
    let items = store::names(tx, tenant, PAGE_MAX).await?.into_iter().map(|name| EventName {
        defined: is_defined(&name.kind, &name.name),
        kind: name.kind,
        name: name.name,
        events: name.events,
        misfits: name.misfits,
        first_at: name.first_at,
        last_at: name.last_at,
    });
    Ok(items.collect())
}

/// The event types that a tenant defines, by name.
pub async fn definitions(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Definition>, Problem> {
    Ok(store::definitions(tx, tenant).await?)
}

/// Defines an event type, or raises its version: its properties that are not personal become readable in the lake from the next
/// event on. The same version again is refused, so that what a version says never changes.
///
/// # Errors
/// `intake.definition`, which says what is wrong with it.
pub async fn define(tx: &mut Tx, context: &Context, act: Act, definition: &Definition) -> Result<(), Problem> {
    let unfit = |reason: String| Error::Definition { reason };
    definition.validate(&Registry::of(&[])).map_err(|error| unfit(error.to_string()))?;
    let settings = Settings::read(tx, context, act.tenant, 0).await?;
    let text = serde_json::to_string(definition).map_err(|error| unfit(error.to_string()))?;
    let hash = settings.keys.name("track", &definition.name);
    if !store::define(tx, act.tenant, hash, definition, text, context.clock.now()).await? {
        return Err(unfit(format!("{:?} has this version or a later one; raise the version", definition.name)).into());
    }
    revision::raise(tx, act.tenant.raw()).await?;
    audit::record(tx, context, Entry::new(act, "event.defined", &definition.name).after(definition)).await?;
    Ok(())
}

/// Events that could not be read, before an entry or the latest, the latest first, at most [`PAGE_MAX`]. What they say is
/// personal and is not shown.
pub async fn quarantine(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<QuarantinedEvent>, Problem> {
    let before = before.map_or(i64::MAX, |entry| entry.raw());
    let items =
        store::entries(tx, tenant, before, limit.min(PAGE_MAX)).await?.into_iter().map(|entry| QuarantinedEvent {
            id: EventId::from_raw(entry.id),
            source: entry.source,
            endpoint: entry.endpoint,
            code: entry.code,
            reason: entry.reason,
            bytes: entry.bytes,
            received_at: entry.received_at,
        });
    Ok(items.collect())
}

/// Removes an event from the quarantine for good.
///
/// # Errors
/// `intake.not_found`.
pub async fn discard(tx: &mut Tx, context: &Context, act: Act, id: EventId) -> Result<(), Problem> {
    if !store::remove_entry(tx, act.tenant, id.raw()).await? {
        return Err(Error::NotFound { id: id.to_string() }.into());
    }
    audit::record(tx, context, Entry::new(act, "event.discarded", id)).await?;
    Ok(())
}
