//! Listening to what a named query finds, over a connection that stays open: each event once, in the order in which they were
//! recorded, as it comes or by a schedule.
//!
//! Nothing about a listener is stored. Each message says where it ended ([`NEXT`]); whoever comes back with that goes on
//! there, and misses nothing.

use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_epcis::answer::query_document;
use tallymark_epcis::query::{Comparison, Condition, Query, Time};
use tallymark_store::Tx;

use crate::Error;
use crate::rules::schedule::Plan;
use crate::service::traces::Traces;
use crate::service::{ask, named};
use crate::store::event;
use crate::types::{NamedQuery, Schedule};

/// Events of a message, where nothing is said.
pub(crate) const PER_MESSAGE: usize = 100;
/// Bytes of a message, unless one event alone has more: what clients take that were told nothing (1 MiB).
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Under this name, beside the results, a message says where it ended. A URI, as the schema has it for what others add.
pub(crate) const NEXT: &str = "tallymark:nextPageToken";
/// What such a place begins with: those of pages are others.
const MARK: &str = "after-";

/// What a listener asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) stream: bool,
    pub(crate) schedule: Option<Schedule>,
    /// Only events that were recorded from this moment on, from the first one on.
    pub(crate) initial_record_time: Option<Timestamp>,
    pub(crate) report_if_empty: bool,
    /// Where an earlier message ended.
    pub(crate) after: Option<String>,
    /// Events of a message at most.
    pub(crate) per_message: usize,
}

/// Somebody who listens.
#[derive(Debug)]
pub(crate) struct Listener {
    tenant: TenantId,
    /// The query as it was when they came.
    named: NamedQuery,
    query: Query,
    plan: Option<Plan>,
    due_at: Option<Timestamp>,
    report_if_empty: bool,
    /// Everything up to this number was looked at.
    number: i64,
    per_message: usize,
    /// Events that the next message has at most: fewer after a message that was too long.
    limit: usize,
    /// Whether this round of a schedule told something.
    has_told: bool,
}

/// What a look gave.
#[derive(Debug)]
pub(crate) enum Look {
    /// A message.
    Message(String),
    /// Nothing yet, and there is more to look at.
    More,
    /// There is nothing more for now.
    Nothing,
}

impl Listener {
    /// Begins to listen, from this moment on unless another is asked for.
    ///
    /// # Errors
    /// No such query, or [`Error::Subscription`] says what is wrong.
    pub(crate) async fn begin(
        traces: &Traces,
        tx: &mut Tx,
        tenant: TenantId,
        (name, asked): (&str, Asked),
    ) -> Result<Self, Error> {
        let named = named::find(tx, tenant, name).await?;
        let mut query = Query::of_json(&named.query)?;
        let plan = named::terms_of(&query, asked.stream, asked.schedule.as_ref())?;
        let now = traces.context.clock.now();
        let due_at = plan.as_ref().map(|plan| named::first_due(Some(plan), now)).transpose()?;
        let latest = event::next_number(tx, tenant).await? - 1;
        let number = match (&asked.after, asked.initial_record_time) {
            (Some(text), _) => place_of(text).filter(|number| *number <= latest).ok_or(Error::PageToken)?,
            (None, Some(_)) => 0,
            (None, None) => latest,
        };
        if let Some(from) = asked.initial_record_time {
            query.conditions.push(Condition::Time(Time::Record, Comparison::GreaterOrEqual, from));
        }
        let (per_message, report_if_empty) = (asked.per_message, asked.report_if_empty);
        let limit = per_message;
        Ok(Self { tenant, named, query, plan, due_at, report_if_empty, number, per_message, limit, has_told: false })
    }

    /// Whether events are told as they come.
    pub(crate) const fn is_stream(&self) -> bool {
        self.plan.is_none()
    }

    /// Whether the query is still what it was.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not.
    pub(crate) async fn check(&self, tx: &mut Tx) -> Result<(), Error> {
        let found = named::find(tx, self.tenant, &self.named.name).await?;
        let gone = || Error::NotFound { what: format!("query {:?} any more", self.named.name) };
        if found == self.named { Ok(()) } else { Err(gone()) }
    }

    /// The next message, where there is one.
    ///
    /// # Errors
    /// The database, or [`Error::NotFound`] where the query was removed.
    pub(crate) async fn look(&mut self, traces: &Traces) -> Result<Look, Error> {
        let now = traces.context.clock.now();
        if self.due_at.is_some_and(|due_at| now < due_at) {
            return Ok(Look::Nothing);
        }
        let mut tx = traces.context.store.read().await?;
        self.check(&mut tx).await?;
        let after = (self.number, self.limit);
        let (events, number, is_over) = ask::ask_after(&*traces.hook, &mut tx, self.tenant, &self.query, after).await?;
        drop(tx);
        let count = events.len();
        if count == 0 && !(is_over && self.reports_nothing()) {
            self.number = number;
            return Ok(if is_over { self.round_is_over(now) } else { Look::More });
        }
        let mut document = query_document(events, &self.named.name, None, now);
        document["epcisBody"]["queryResults"][NEXT] = format!("{MARK}{number:x}").into();
        let text = document.to_string();
        if text.len() > MESSAGE_BYTES_MAX && count > 1 {
            self.limit = count / 2;
            return Ok(Look::More);
        }
        self.number = number;
        self.limit = self.limit.saturating_mul(2).min(self.per_message);
        self.has_told = true;
        if is_over {
            self.round_is_over(now);
        }
        Ok(Look::Message(text))
    }

    /// Whether the end of a round of a schedule is told although it found nothing.
    const fn reports_nothing(&self) -> bool {
        self.plan.is_some() && self.report_if_empty && !self.has_told
    }

    fn round_is_over(&mut self, now: Timestamp) -> Look {
        self.has_told = false;
        if let Some(plan) = &self.plan {
            self.due_at = Some(plan.next(now).unwrap_or(Timestamp(i64::MAX)));
        }
        Look::Nothing
    }
}

/// The number that a message said it ended at.
fn place_of(text: &str) -> Option<i64> {
    i64::from_str_radix(text.strip_prefix(MARK)?, 16).ok().filter(|number| *number >= 0)
}
