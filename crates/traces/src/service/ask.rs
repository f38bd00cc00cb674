//! Answering queries: an index says where to look, the events say whether they are meant.

mod filter;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tallymark_base::id::TenantId;
use tallymark_epcis::identifier::{self, Reach};
use tallymark_epcis::query::{Condition, Order, Query};
use tallymark_epcis::{Context as Words, Event};
use tallymark_store::Tx;

use crate::keys::Salt;
use crate::service::ask::filter::Filter;
use crate::service::prepare::unpacked;
use crate::service::traces::Traces;
use crate::store::event::{self, Line};
use crate::store::index;
use crate::types::{Found, Page};
use crate::{Error, Hook};

/// Events of a page when nothing is said, as the standard has it.
pub(crate) const PER_PAGE: usize = 30;
/// Events of a page at most.
pub(crate) const PER_PAGE_MAX: usize = 1_000;
/// Bytes of events after which a page ends.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Events that an index may name before going through all in order is no worse.
const CANDIDATES_MAX: i64 = 20_000;
/// Lines that one page looks at; then it ends, with or without events, and says where to go on.
const LINES_MAX: usize = 200_000;
/// Lines and events that are loaded at once.
const LINES: i64 = 2_000;
const EVENTS: usize = 64;
/// Places within places that are read.
const PLACES_MAX: i64 = 100_000;

/// A place in the order of an answer, and how many events are left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    /// The moment of the last event, where events are in the order in which they happened.
    at: i64,
    number: i64,
    left: Option<u64>,
}

impl Token {
    fn text(self) -> String {
        let left = self.left.map(|left| format!(".{left}")).unwrap_or_default();
        format!("{:x}.{:x}{left}", self.at.cast_unsigned(), self.number.cast_unsigned())
    }

    fn read(text: &str) -> Result<Self, Error> {
        let mut parts = text.split('.');
        let mut hex = || {
            let number = u64::from_str_radix(parts.next()?, 16).ok()?;
            Some(number.cast_signed())
        };
        let (at, number) = (hex(), hex());
        let left = parts.next().map(str::parse).transpose().map_err(|_| Error::PageToken)?;
        match (at, number, parts.next()) {
            (Some(at), Some(number), None) => Ok(Self { at, number, left }),
            _ => Err(Error::PageToken),
        }
    }
}

/// Which events are looked at, in which order.
enum Way {
    /// Those that an index named, sorted.
    Lines(std::vec::IntoIter<Line>),
    /// All, by number.
    Numbers,
    /// All, by moment.
    Moments,
}

/// A query that is being answered.
struct Asking<'a> {
    tenant: TenantId,
    query: &'a Query,
    filter: Filter,
    way: Way,
    is_ascending: bool,
    /// The last event that was looked at.
    at: Token,
    places: HashMap<String, Vec<String>>,
    contexts: HashMap<i64, Arc<Words>>,
}

/// A page of the events that a query means.
pub(crate) async fn ask(
    traces: &Traces,
    tx: &mut Tx,
    tenant: TenantId,
    query: &Query,
    page: &Page,
) -> Result<Found, Error> {
    let Some(salt) = event::salt(tx, tenant).await? else {
        return Ok(Found { events: Vec::new(), next: None });
    };
    let token = page.token.as_deref().map(Token::read).transpose()?;
    if let (Some(max), None) = (query.max_event_count, &token) {
        let mut counting = Asking::of(tx, tenant, query, salt, None).await?;
        let limit = usize::try_from(max).unwrap_or(usize::MAX).saturating_add(1);
        let (events, _) = counting.run(tx, limit, usize::MAX).await?;
        if events.len() == limit {
            return Err(Error::TooLarge { max });
        }
    }
    let mut asking = Asking::of(tx, tenant, query, salt, token).await?;
    let left = token.and_then(|token| token.left).or(query.event_count_limit);
    let wanted = left.map_or(page.per_page, |left| page.per_page.min(usize::try_from(left).unwrap_or(usize::MAX)));
    let (mut events, is_over) = asking.run(tx, wanted, PAGE_BYTES_MAX).await?;
    let left = left.map(|left| left.saturating_sub(events.len() as u64));
    let next = (!is_over && left != Some(0)).then(|| Token { left, ..asking.at }.text());
    traces.hook.written(tx, tenant, &mut events).await?;
    Ok(Found { events, next })
}

/// The events after a number that a query means, in the order of numbers: at most `limit` of them, with the number up to
/// which all were looked at, and whether there are no more.
pub(crate) async fn ask_after(
    hook: &dyn Hook,
    tx: &mut Tx,
    tenant: TenantId,
    query: &Query,
    (after, limit): (i64, usize),
) -> Result<(Vec<Event>, i64, bool), Error> {
    let Some(salt) = event::salt(tx, tenant).await? else { return Ok((Vec::new(), after, true)) };
    let query = &Query { order: Order::RecordTime, is_ascending: true, ..query.clone() };
    let mut asking = Asking {
        tenant,
        query,
        filter: Filter::of(query, salt),
        way: Way::Numbers,
        is_ascending: true,
        at: Token { at: 0, number: after, left: None },
        places: places(tx, tenant, query).await?,
        contexts: HashMap::new(),
    };
    let (mut events, is_over) = asking.run(tx, limit, PAGE_BYTES_MAX).await?;
    hook.written(tx, tenant, &mut events).await?;
    Ok((events, asking.at.number, is_over))
}

/// The event of an id and its declarations, complete.
pub(crate) async fn by_id(traces: &Traces, tx: &mut Tx, tenant: TenantId, id: &str) -> Result<Vec<Event>, Error> {
    let query = Query { conditions: vec![Condition::EventId(vec![id.to_owned()])], ..Query::default() };
    let page = Page { per_page: 2, token: None };
    Ok(ask(traces, tx, tenant, &query, &page).await?.events)
}

impl<'a> Asking<'a> {
    async fn of(
        tx: &mut Tx,
        tenant: TenantId,
        query: &'a Query,
        salt: Salt,
        token: Option<Token>,
    ) -> Result<Self, Error> {
        let filter = Filter::of(query, salt);
        let by_moment = query.order == Order::EventTime
            || (query.order == Order::Unsaid && filter.happened != (i64::MIN, i64::MAX));
        let is_ascending = query.is_ascending || query.order == Order::Unsaid;
        let start = if is_ascending { i64::MIN } else { i64::MAX };
        let at = token.unwrap_or(Token { at: start, number: start, left: None });
        let way = match candidates(tx, tenant, query, &salt).await? {
            Some(numbers) => {
                let key = |line: &Line| if by_moment { (line.event_time.0, line.number) } else { (0, line.number) };
                let place = if by_moment { (at.at, at.number) } else { (0, at.number) };
                let mut lines = event::lines_of(tx, tenant, &numbers).await?;
                match is_ascending {
                    true => {
                        lines.retain(|line| key(line) > place);
                        lines.sort_by_key(key);
                    }
                    false => {
                        lines.retain(|line| key(line) < place);
                        lines.sort_by_key(|line| Reverse(key(line)));
                    }
                }
                Way::Lines(lines.into_iter())
            }
            None if by_moment => Way::Moments,
            None => Way::Numbers,
        };
        let places = places(tx, tenant, query).await?;
        Ok(Self { tenant, query, filter, way, is_ascending, at, places, contexts: HashMap::new() })
    }

    /// Looks for events until there are `wanted`, or so many bytes of them; says whether there are no more.
    async fn run(&mut self, tx: &mut Tx, wanted: usize, bytes_max: usize) -> Result<(Vec<Event>, bool), Error> {
        let (mut found, mut bytes, mut looked) = (Vec::new(), 0, 0);
        while looked < LINES_MAX {
            let lines = self.lines(tx).await?;
            if lines.is_empty() {
                return Ok((found, true));
            }
            looked += lines.len();
            let last = lines[lines.len() - 1];
            let passing: Vec<Line> = lines.into_iter().filter(|line| self.filter.passes(line)).collect();
            for some in passing.chunks(EVENTS) {
                let numbers: Vec<i64> = some.iter().map(|line| line.number).collect();
                let mut kept = event::kept(tx, self.tenant, &numbers).await?;
                self.load_contexts(tx, kept.values().map(|kept| kept.context)).await?;
                for line in some {
                    let Some(kept) = kept.remove(&line.number) else { continue };
                    let length = kept.body.len();
                    if let Some(event) = self.meant(kept)? {
                        // There is another one: the page is not the last.
                        if found.len() >= wanted || bytes >= bytes_max {
                            return Ok((found, false));
                        }
                        bytes += length;
                        found.push(event);
                    }
                    self.at = Token { at: line.event_time.0, number: line.number, left: None };
                }
            }
            self.at = Token { at: last.event_time.0, number: last.number, left: None };
        }
        Ok((found, false))
    }

    /// The next lines.
    async fn lines(&mut self, tx: &mut Tx) -> Result<Vec<Line>, Error> {
        let Token { at, number, .. } = self.at;
        Ok(match &mut self.way {
            Way::Lines(lines) => lines.by_ref().take(LINES as usize).collect(),
            Way::Numbers => event::lines_by_number(tx, self.tenant, (self.is_ascending, number), LINES).await?,
            Way::Moments => {
                let place = (self.is_ascending, at, number);
                event::lines_by_time(tx, self.tenant, place, self.filter.happened, LINES).await?
            }
        })
    }

    async fn load_contexts(&mut self, tx: &mut Tx, hashes: impl Iterator<Item = i64>) -> Result<(), Error> {
        let missing: HashSet<i64> = hashes.filter(|hash| !self.contexts.contains_key(hash)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<i64> = missing.into_iter().collect();
        for (hash, value) in index::contexts(tx, self.tenant, &missing).await? {
            let value = serde_json::from_str(&value).map_err(|error| internal(&error))?;
            self.contexts.insert(hash, Arc::new(Words::of(&value)));
        }
        Ok(())
    }

    /// The event, where the query means it, with what the server adds.
    fn meant(&self, kept: event::Kept) -> Result<Option<Event>, Error> {
        let context = self.contexts.get(&kept.context).cloned().unwrap_or_default();
        let mut event = Event::kept(&unpacked(&kept.body)?, &context).map_err(|error| internal(&error))?;
        let id = event.id();
        let within = |inner: &str, outer: &str| self.is_within(inner, outer);
        if !self.query.matches(&event, &id, kept.recorded_at, &within) {
            return Ok(None);
        }
        event.record(&id, kept.recorded_at);
        Ok(Some(event))
    }

    /// Whether a place lies within another, over any number of steps.
    fn is_within(&self, inner: &str, outer: &str) -> bool {
        let (mut open, mut seen) = (vec![inner.to_owned()], HashSet::new());
        while let Some(place) = open.pop() {
            if place == outer {
                return true;
            }
            if seen.insert(place.clone()) {
                open.extend(self.places.get(&place).into_iter().flatten().cloned());
            }
        }
        false
    }
}

fn internal(error: &dyn std::fmt::Display) -> Error {
    Error::Internal { cause: error.to_string() }
}

/// Places and what they lie in, where the query asks for that.
async fn places(tx: &mut Tx, tenant: TenantId, query: &Query) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut places: HashMap<String, Vec<String>> = HashMap::new();
    if query.conditions.iter().any(|condition| matches!(condition, Condition::Within(..))) {
        for (child, parent) in index::places(tx, tenant, PLACES_MAX).await? {
            let name = |place: &str| identifier::name(place).into_owned();
            places.entry(name(&child)).or_default().push(name(&parent));
        }
    }
    Ok(places)
}

/// The events that may be meant, by the first index that names few enough; `None` where all are to be looked at.
async fn candidates(tx: &mut Tx, tenant: TenantId, query: &Query, salt: &Salt) -> Result<Option<Vec<i64>>, Error> {
    for condition in &query.conditions {
        let limit = CANDIDATES_MAX + 1;
        let mut found = match condition {
            Condition::EventId(ids) => {
                let ids: Vec<[u8; 16]> = ids.iter().map(|id| salt.event_id(id)).collect();
                event::by_id(tx, tenant, &ids).await?.into_values().map(|(_, number)| number).collect()
            }
            Condition::Epc(_, patterns) | Condition::Class(_, patterns) => {
                let mut found = Vec::new();
                let mut is_anywhere = false;
                for pattern in patterns {
                    match pattern.reach() {
                        Reach::Key(key) => {
                            found.extend(index::of_object(tx, tenant, salt.object(key), limit).await?);
                        }
                        Reach::Class(class) => {
                            found.extend(index::of_class(tx, tenant, salt.class(class), limit).await?);
                        }
                        Reach::Anywhere => is_anywhere = true,
                    }
                }
                if is_anywhere {
                    continue;
                }
                found
            }
            Condition::Term(term, _, values) => {
                let terms: Vec<i64> = values.iter().map(|value| salt.term(*term, value)).collect();
                index::of_terms(tx, tenant, &terms, limit).await?
            }
            _ => continue,
        };
        found.sort_unstable();
        found.dedup();
        if found.len() as i64 <= CANDIDATES_MAX {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
