//! Queries that have a name, and who is told what they find.

use tallymark_base::id::{SubscriptionId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_epcis::query::{Order, Query};
use tallymark_store::{Context, Tx};

use crate::Error;
use crate::rules::schedule::Plan;
use crate::store::event;
use crate::store::other::{self, Subscribed};
use crate::types::{NamedQuery, NewSubscription, Schedule, Subscription};

/// Characters of a name.
const NAME_CHARS_MAX: usize = 120;
/// Bytes of a query.
const QUERY_BYTES_MAX: usize = 64 << 10;
/// Subscriptions of a query.
const SUBSCRIPTIONS_MAX: usize = 100;
/// Characters of an address, and of a secret.
const TEXT_CHARS_MAX: usize = 500;

/// Gives a query a name.
///
/// # Errors
/// A query that cannot be taken, or [`Error::QueryTaken`].
pub(crate) async fn create(tx: &mut Tx, tenant: TenantId, new: &NamedQuery, at: Timestamp) -> Result<(), Error> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let count = new.name.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&count) || !new.name.chars().all(is_name) {
        let text = format!("/name: a name has 1 to {NAME_CHARS_MAX} letters, digits, -, _ and .");
        return Err(Error::Invalid { text });
    }
    Query::of_json(&new.query)?;
    let text = serde_json::Value::Object(new.query.clone()).to_string();
    if text.len() > QUERY_BYTES_MAX {
        return Err(Error::Invalid { text: format!("/query: a query has at most {QUERY_BYTES_MAX} bytes") });
    }
    match other::insert_query(tx, tenant, (&new.name, &text), at).await? {
        true => Ok(()),
        false => Err(Error::QueryTaken { name: new.name.clone() }),
    }
}

/// A named query.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<NamedQuery, Error> {
    let text = other::query(tx, tenant, name).await?;
    let text = text.ok_or_else(|| Error::NotFound { what: format!("query {name:?}") })?;
    read(name, &text)
}

/// Named queries after a name.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<NamedQuery>, Error> {
    let found = other::queries(tx, tenant, after, limit).await?;
    found.iter().map(|(name, text)| read(name, text)).collect()
}

fn read(name: &str, text: &str) -> Result<NamedQuery, Error> {
    let query = serde_json::from_str(text).map_err(|error| Error::Internal { cause: error.to_string() })?;
    Ok(NamedQuery { name: name.to_owned(), query })
}

/// What a subscription's secret is sealed for.
pub(crate) fn seal_context(tenant: TenantId, id: SubscriptionId) -> Vec<u8> {
    [tenant.raw().to_be_bytes(), id.raw().to_be_bytes()].concat()
}

/// Lets somebody be told what a query finds; says whether that is new.
///
/// # Errors
/// [`Error::Subscription`] says what is wrong with it.
pub(crate) async fn subscribe(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    (name, mut new): (&str, NewSubscription),
) -> Result<(Subscription, bool), Error> {
    let refuse = |text: &str| Err(Error::Subscription { text: text.to_owned() });
    let query = Query::of_json(&find(tx, tenant, name).await?.query)?;
    let plan = terms_of(&query, new.stream, new.schedule.as_ref())?;
    let is_address = new.dest.starts_with("https://") || new.dest.starts_with("http://");
    if !is_address || new.dest.chars().count() > TEXT_CHARS_MAX || !tallymark_epcis::uri::is_uri(&new.dest) {
        return refuse("dest: an address that begins with https:// is needed");
    }
    let secret = new.signature_token.take().or(new.secret.take()).filter(|secret| !secret.is_empty());
    if secret.as_ref().is_some_and(|secret| secret.chars().count() > TEXT_CHARS_MAX) {
        return refuse("signatureToken: at most 500 characters are taken");
    }
    let key = context.master.derive("traces.subscription.v1");
    let terms = serde_json::to_string(&new).map_err(|error| Error::Internal { cause: error.to_string() })?;
    let others = other::subscriptions(tx, tenant, (name, 0), 200).await?;
    for own in others.iter().filter(|own| own.terms == terms) {
        let told = own.secret.as_ref().map(|sealed| key.open(&seal_context(tenant, own.id), sealed)).transpose()?;
        if told.as_deref() == secret.as_deref().map(str::as_bytes) {
            // The same asked again is the same subscription.
            return Ok((shown(own)?, false));
        }
    }
    if others.len() >= SUBSCRIPTIONS_MAX {
        return refuse("this query has 100 subscriptions, as many as it may");
    }
    let id: SubscriptionId = context.ids.next(&*context.clock)?;
    let now = context.clock.now();
    let due_at = first_due(plan.as_ref(), now)?;
    let sealed = secret.map(|secret| key.seal(&seal_context(tenant, id), secret.as_bytes(), &*context.entropy));
    // Whoever names a moment is told from the first event on that was recorded then; the query finds them by that.
    let told_number = match new.initial_record_time {
        Some(_) => 0,
        None => event::next_number(tx, tenant).await? - 1,
    };
    let row = Subscribed {
        tenant,
        id,
        query: name.to_owned(),
        terms,
        secret: sealed,
        told_number,
        created_at: now,
        due_at,
        failures: 0,
        told_at: None,
        last_error: None,
    };
    other::insert_subscription(tx, &row).await?;
    Ok((shown(&row)?, true))
}

/// How a query may be listened to: by a schedule, or `None`, as events come.
///
/// # Errors
/// [`Error::Subscription`] where both are asked for or neither, or the query has limits.
pub(crate) fn terms_of(query: &Query, stream: bool, schedule: Option<&Schedule>) -> Result<Option<Plan>, Error> {
    let refuse = |text: &str| Err(Error::Subscription { text: text.to_owned() });
    if query.event_count_limit.is_some() || query.max_event_count.is_some() || query.order == Order::EventTime {
        return refuse(
            "a query that is subscribed to has no eventCountLimit, maxEventCount or orderBy: events are told once",
        );
    }
    if stream == schedule.is_some() {
        return refuse("give either a schedule or stream: true");
    }
    schedule.map(Plan::of).transpose().map_err(|text| Error::Subscription { text })
}

/// When something is told first: at once, or when the schedule says so.
///
/// # Errors
/// [`Error::Subscription`] for a day that never comes.
pub(crate) fn first_due(plan: Option<&Plan>, now: Timestamp) -> Result<Timestamp, Error> {
    let never = || Error::Subscription { text: "schedule: no such day ever comes".to_owned() };
    plan.map_or(Ok(now), |plan| plan.next(now).ok_or_else(never))
}

/// A subscription as it is shown.
pub(crate) fn shown(row: &Subscribed) -> Result<Subscription, Error> {
    let asked = serde_json::from_str(&row.terms).map_err(|error| Error::Internal { cause: error.to_string() })?;
    Ok(Subscription {
        subscription_id: row.id,
        asked,
        created_at: row.created_at,
        last_notified_at: row.told_at.map(Timestamp),
        last_error: row.last_error.clone(),
    })
}

/// The subscriptions of a query.
pub(crate) async fn subscriptions(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<Vec<Subscription>, Error> {
    find(tx, tenant, name).await?;
    let rows = other::subscriptions(tx, tenant, (name, 0), SUBSCRIPTIONS_MAX as i64).await?;
    rows.iter().map(shown).collect()
}

/// A subscription of a query.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn subscription(
    tx: &mut Tx,
    tenant: TenantId,
    name: &str,
    id: SubscriptionId,
) -> Result<Subscription, Error> {
    let row = other::subscription(tx, tenant, id).await?.filter(|row| row.query == name);
    shown(&row.ok_or_else(|| Error::NotFound { what: format!("subscription {id} of query {name:?}") })?)
}
