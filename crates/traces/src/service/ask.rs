//! Answering queries: an index says where to look, the events say whether they are meant.

mod candidates;
mod filter;
mod pieces;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tallymark_base::id::TenantId;
use tallymark_epcis::identifier;
use tallymark_epcis::query::{Condition, Order, Query};
use tallymark_epcis::{Context as Words, Event};
use tallymark_store::Tx;

use crate::hook::{Short, WrittenOut};
use crate::keys::Salt;
use crate::service::ask::candidates::candidates;
use crate::service::ask::filter::Filter;
use crate::service::ask::pieces::{Piece, Span, Way};
use crate::service::prepare::{own_of, prepare};
use crate::service::short::CONTEXT;
use crate::service::traces::Traces;
use crate::store::{event, index};
use crate::types::{Found, Page};
use crate::{Error, Hook};

/// Events of a page when nothing is said, as the standard has it.
pub(crate) const PER_PAGE: usize = 30;
/// Events of a page at most.
pub(crate) const PER_PAGE_MAX: usize = 1_000;
/// Bytes of events after which a page ends.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Lines that one page looks at; then it ends, with or without events, and says where to go on.
const LINES_MAX: usize = 200_000;
/// Events that are loaded at once.
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

/// A query that is being answered.
struct Asking<'a> {
    hook: &'a dyn Hook,
    tenant: TenantId,
    query: &'a Query,
    salt: Salt,
    filter: Filter,
    way: Way,
    is_ascending: bool,
    /// The last event that was looked at.
    at: Token,
    /// Whether that may be one of several in its row, which are not all looked at yet.
    is_resumed: bool,
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
        let mut counting = Asking::of(&*traces.hook, tx, (tenant, salt), query, None).await?;
        let limit = usize::try_from(max).unwrap_or(usize::MAX).saturating_add(1);
        let (events, _) = counting.run(tx, limit, usize::MAX).await?;
        if events.len() == limit {
            return Err(Error::TooLarge { max });
        }
    }
    let mut asking = Asking::of(&*traces.hook, tx, (tenant, salt), query, token).await?;
    let left = token.and_then(|token| token.left).or(query.event_count_limit);
    let wanted = left.map_or(page.per_page, |left| page.per_page.min(usize::try_from(left).unwrap_or(usize::MAX)));
    let (events, is_over) = asking.run(tx, wanted, PAGE_BYTES_MAX).await?;
    let left = left.map(|left| left.saturating_sub(events.len() as u64));
    let next = (!is_over && left != Some(0)).then(|| Token { left, ..asking.at }.text());
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
        hook,
        tenant,
        query,
        salt,
        filter: Filter::of(query, salt),
        way: Way::Numbers,
        is_ascending: true,
        at: Token { at: 0, number: after, left: None },
        is_resumed: true,
        places: places(tx, tenant, query).await?,
        contexts: contexts(),
    };
    let (events, is_over) = asking.run(tx, limit, PAGE_BYTES_MAX).await?;
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
        hook: &'a dyn Hook,
        tx: &mut Tx,
        (tenant, salt): (TenantId, Salt),
        query: &'a Query,
        token: Option<Token>,
    ) -> Result<Self, Error> {
        let filter = Filter::of(query, salt);
        let by_moment = query.order == Order::EventTime
            || (query.order == Order::Unsaid && filter.happened != (i64::MIN, i64::MAX));
        let is_ascending = query.is_ascending || query.order == Order::Unsaid;
        let start = if is_ascending { i64::MIN } else { i64::MAX };
        let at = token.unwrap_or(Token { at: start, number: start, left: None });
        let way = match candidates(hook, tx, tenant, query, &salt).await? {
            Some(pieces) => Way::some(pieces, (by_moment, is_ascending), at),
            None if by_moment => Way::Moments,
            None => Way::Numbers,
        };
        let places = places(tx, tenant, query).await?;
        let (is_resumed, contexts) = (token.is_some(), contexts());
        Ok(Self { hook, tenant, query, salt, filter, way, is_ascending, at, is_resumed, places, contexts })
    }

    /// Looks for events until there are `wanted`, or so many bytes of them; says whether there are no more.
    async fn run(&mut self, tx: &mut Tx, wanted: usize, bytes_max: usize) -> Result<(Vec<Event>, bool), Error> {
        let (mut found, mut bytes, mut looked) = (Vec::new(), 0, 0);
        while looked < LINES_MAX {
            let spans = self.spans(tx).await?;
            let Some(last) = spans.last().and_then(|span| span.last(self.is_ascending)) else {
                return Ok((found, true));
            };
            looked += spans.len();
            let (filter, is_ascending) = (&self.filter, self.is_ascending);
            let passing: Vec<Span> = spans.into_iter().filter(|span| filter.passes(&span.line)).collect();
            let mut pieces = passing.into_iter().flat_map(|span| span.pieces(is_ascending)).peekable();
            while pieces.peek().is_some() {
                let some: Vec<Piece> = pieces.by_ref().take(EVENTS).collect();
                // Of a row of many events all are looked at.
                looked += some.iter().filter(|piece| piece.part > 0).count();
                let mut done = 0;
                while done < some.len() {
                    for got in self.load(tx, &some[done..]).await? {
                        let piece = some[done];
                        let meant = got.map(|loaded| self.meant(piece, loaded)).transpose()?.flatten();
                        if let Some((event, length)) = meant {
                            // There is another one: the page is not the last.
                            if found.len() >= wanted || bytes >= bytes_max {
                                return Ok((found, false));
                            }
                            bytes += length;
                            found.push(event);
                        }
                        self.at = piece.token();
                        done += 1;
                    }
                }
                if looked >= LINES_MAX {
                    self.is_resumed = true;
                    return Ok((found, false));
                }
            }
            self.at = last.token();
        }
        Ok((found, false))
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

/// What is known of contexts from the start: that of events that are kept short.
fn contexts() -> HashMap<i64, Arc<Words>> {
    HashMap::from([(CONTEXT, Arc::new(Words::default()))])
}

/// What an event of the brand's own goods says, by its id; none where the id is another's.
pub(crate) async fn content_of_own(
    hook: &dyn Hook,
    tx: &mut Tx,
    (tenant, salt): (TenantId, Salt),
    id: &str,
) -> Result<Option<[u8; 16]>, Error> {
    let Some(number) = salt.own_number(id) else { return Ok(None) };
    let Some(piece) = candidates::own(tx, tenant, number).await? else { return Ok(None) };
    let kept = event::kept(tx, tenant, &[piece.line.number]).await?.remove(&piece.line.number);
    let Some(body) = kept.as_ref().and_then(|kept| own_of(&kept.body)) else { return Ok(None) };
    let short = Short { body, part: piece.part, at: piece.line.event_time };
    let written = hook.write_out(tx, tenant, &[short]).await?.into_iter().next();
    Ok(written.map(|WrittenOut { event, shown }| {
        let mut event = Event::new(shown.unwrap_or(event), &Arc::new(Words::default()));
        event.name(id);
        prepare(event).content
    }))
}
