//! Going through events in order. A row may stand for many, which are written out one by one.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use tallymark_epcis::{Context as Words, Event};
use tallymark_store::Tx;

use super::{Asking, Token, internal};
use crate::Error;
use crate::hook::{Short, WrittenOut};
use crate::service::prepare::{own_of, unpacked};
use crate::store::event::{self, Kept, Line};
use crate::store::index;

/// Lines that are loaded at once.
const LINES: i64 = 2_000;
/// About how many bytes an object of an event takes.
const OBJECT_BYTES: usize = 60;

/// Which events are looked at, in which order.
pub(super) enum Way {
    /// Those that an index named, sorted.
    Some(std::vec::IntoIter<Piece>),
    /// All, by number.
    Numbers,
    /// All, by moment.
    Moments,
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) line: Line,
    /// Which of its row, from 0.
    pub(super) part: i64,
}

/// Some events of a row.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) line: Line,
    parts: Range<i64>,
}

/// What was loaded of an event.
pub(super) enum Loaded {
    /// As it was captured.
    Kept(Kept),
    /// Written out.
    Short(WrittenOut),
}

impl Piece {
    pub(super) const fn number(self) -> i64 {
        self.line.number + self.part
    }

    pub(super) const fn token(self) -> Token {
        Token { at: self.line.event_time.0, number: self.number(), left: None }
    }
}

impl Span {
    pub(super) fn pieces(self, is_ascending: bool) -> impl Iterator<Item = Piece> {
        let Self { line, parts: Range { start, end } } = self;
        (0..end - start).map(move |step| {
            let part = if is_ascending { start + step } else { end - 1 - step };
            Piece { line, part }
        })
    }

    /// The last of its events in the order.
    pub(super) fn last(&self, is_ascending: bool) -> Option<Piece> {
        let part = if is_ascending { self.parts.end - 1 } else { self.parts.start };
        (!self.parts.is_empty()).then_some(Piece { line: self.line, part })
    }
}

impl Way {
    /// These events, behind a place of their order.
    pub(super) fn some(mut pieces: Vec<Piece>, (by_moment, is_ascending): (bool, bool), at: Token) -> Self {
        let key =
            |piece: &Piece| if by_moment { (piece.line.event_time.0, piece.number()) } else { (0, piece.number()) };
        let place = if by_moment { (at.at, at.number) } else { (0, at.number) };
        if is_ascending {
            pieces.retain(|piece| key(piece) > place);
            pieces.sort_by_key(key);
        } else {
            pieces.retain(|piece| key(piece) < place);
            pieces.sort_by_key(|piece| Reverse(key(piece)));
        }
        pieces.dedup_by_key(|piece| piece.number());
        Self::Some(pieces.into_iter())
    }
}

impl Asking<'_> {
    /// The next events, row by row.
    pub(super) async fn spans(&mut self, tx: &mut Tx) -> Result<Vec<Span>, Error> {
        let Token { at, number, .. } = self.at;
        let by_moment = matches!(self.way, Way::Moments);
        let lines = match &mut self.way {
            Way::Some(pieces) => {
                let one = |Piece { line, part }| Span { line, parts: part..part + 1 };
                return Ok(pieces.by_ref().take(LINES as usize).map(one).collect());
            }
            Way::Numbers => event::lines_by_number(tx, self.tenant, (self.is_ascending, number), LINES).await?,
            Way::Moments => {
                let place = (self.is_ascending, at, number);
                event::lines_by_time(tx, self.tenant, place, self.filter.happened, LINES).await?
            }
        };
        let mut spans = Vec::with_capacity(lines.len() + 1);
        // Going up, the rest of a row lies before the rows that begin behind its events.
        if std::mem::take(&mut self.is_resumed) && self.is_ascending {
            let line = event::line_at(tx, self.tenant, number).await?;
            spans.extend(line.filter(|line| !by_moment || line.event_time.0 == at));
        }
        spans.extend(lines);
        let of = |line: Line| Span { parts: self.left_of(&line, by_moment), line };
        Ok(spans.into_iter().map(of).filter(|span| !span.parts.is_empty()).collect())
    }

    /// Which events of a row lie behind the last that was looked at.
    fn left_of(&self, line: &Line, by_moment: bool) -> Range<i64> {
        if by_moment && line.event_time.0 != self.at.at {
            return 0..line.events;
        }
        match self.is_ascending {
            true => self.at.number.saturating_sub(line.number).saturating_add(1).clamp(0, line.events)..line.events,
            false => 0..self.at.number.saturating_sub(line.number).clamp(0, line.events),
        }
    }

    /// Loads events, in their order: at least the first. None for one that is gone.
    pub(super) async fn load(&mut self, tx: &mut Tx, pieces: &[Piece]) -> Result<Vec<Option<Loaded>>, Error> {
        let rows: HashSet<i64> = pieces.iter().map(|piece| piece.line.number).collect();
        let kept = event::kept(tx, self.tenant, &rows.into_iter().collect::<Vec<_>>()).await?;
        self.load_contexts(tx, kept.values().map(|kept| kept.context)).await?;
        let body = |piece: &Piece| own_of(&kept.get(&piece.line.number)?.body);
        let short: Vec<Short<'_>> = pieces
            .iter()
            .filter_map(|piece| Some(Short { body: body(piece)?, part: piece.part, at: piece.line.event_time }))
            .collect();
        let mut written = match short.is_empty() {
            true => Vec::new(),
            false => self.hook.write_out(tx, self.tenant, &short).await?,
        }
        .into_iter();
        let mut loaded = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match body(piece) {
                None => loaded.push(kept.get(&piece.line.number).cloned().map(Loaded::Kept)),
                Some(_) => match written.next() {
                    Some(out) => loaded.push(Some(Loaded::Short(out))),
                    None => break,
                },
            }
        }
        if loaded.is_empty() {
            return Err(Error::Internal { cause: "nothing of an event was written out".to_owned() });
        }
        Ok(loaded)
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

    /// The event, where the query means it, with what the server adds; and about how long it is.
    pub(super) fn meant(&self, piece: Piece, loaded: Loaded) -> Result<Option<(Event, usize)>, Error> {
        let standard = || self.contexts.get(&crate::service::short::CONTEXT).cloned().unwrap_or_default();
        let (event, shown, length) = match loaded {
            Loaded::Kept(kept) => {
                let context = self.contexts.get(&kept.context).cloned().unwrap_or_default();
                let text = unpacked(&kept.body)?;
                (Event::kept(&text, &context).map_err(|error| internal(&error))?, None, text.len())
            }
            Loaded::Short(WrittenOut { mut event, shown }) => {
                event.insert("eventID".to_owned(), self.salt.own_id(piece.number()).into());
                let objects: usize = event.values().filter_map(Value::as_array).map(Vec::len).sum();
                let shown = shown.map(|shown| Event::new(shown, &standard()));
                (Event::new(event, &standard()), shown, objects * OBJECT_BYTES)
            }
        };
        let id = event.id();
        let within = |inner: &str, outer: &str| self.is_within(inner, outer);
        if !self.query.matches(&event, &id, piece.line.recorded_at, &within) {
            return Ok(None);
        }
        let mut event = shown.unwrap_or(event);
        event.record(&id, piece.line.recorded_at);
        Ok(Some((event, length)))
    }
}
