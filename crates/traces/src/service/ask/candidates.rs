//! The events that a query may mean, by what it names.

use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_epcis::identifier::{Key, Pattern, Reach};
use tallymark_epcis::query::{Condition, Query};
use tallymark_store::Tx;

use super::pieces::Piece;
use crate::hook::Whereabouts;
use crate::keys::Salt;
use crate::service::prepare::own_of;
use crate::store::event::{self, Line};
use crate::store::index;
use crate::{Error, Hook};

/// Events that an index may name before going through all in order is no worse.
const CANDIDATES_MAX: usize = 20_000;
const LIMIT: i64 = CANDIDATES_MAX as i64 + 1;
/// A moment of an event, in microseconds: they are told in milliseconds.
const MOMENT: i64 = 1_000;

/// The events that may be meant, by the first index that names few enough; `None` where all are to be looked at.
pub(super) async fn candidates(
    hook: &dyn Hook,
    tx: &mut Tx,
    tenant: TenantId,
    query: &Query,
    salt: &Salt,
) -> Result<Option<Vec<Piece>>, Error> {
    let mut looking = Looking { hook, tx, tenant, salt };
    for condition in &query.conditions {
        let found = match condition {
            Condition::EventId(ids) => Some(looking.by_id(ids).await?),
            Condition::Epc(_, patterns) | Condition::Class(_, patterns) => looking.by_object(patterns).await?,
            Condition::Term(term, _, values) => {
                let terms: Vec<i64> = values.iter().map(|value| salt.term(*term, value)).collect();
                let numbers = index::of_terms(looking.tx, tenant, &terms, LIMIT).await?;
                looking.of_rows(&numbers).await?
            }
            _ => None,
        };
        if let Some(found) = found.filter(|found| found.len() <= CANDIDATES_MAX) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

struct Looking<'a> {
    hook: &'a dyn Hook,
    tx: &'a mut Tx,
    tenant: TenantId,
    salt: &'a Salt,
}

impl Looking<'_> {
    async fn by_id(&mut self, ids: &[String]) -> Result<Vec<Piece>, Error> {
        let keys: Vec<[u8; 16]> = ids.iter().map(|id| self.salt.event_id(id)).collect();
        let captured = event::by_id(self.tx, self.tenant, &keys).await?;
        let numbers: Vec<i64> = captured.into_values().map(|(_, number)| number).collect();
        let mut found = self.of_rows(&numbers).await?.unwrap_or_default();
        for number in ids.iter().filter_map(|id| self.salt.own_number(id)) {
            found.extend(own(self.tx, self.tenant, number).await?);
        }
        Ok(found)
    }

    async fn by_object(&mut self, patterns: &[Pattern]) -> Result<Option<Vec<Piece>>, Error> {
        let (mut numbers, mut found) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match pattern.reach() {
                Reach::Key(key) => {
                    let object = self.salt.object(key);
                    numbers.extend(index::of_object(self.tx, self.tenant, object, LIMIT).await?);
                    let Some(own) = self.own_of(key).await? else { return Ok(None) };
                    found.extend(own);
                }
                Reach::Class(class) => {
                    if self.hook.has_class(self.tx, self.tenant, class).await? {
                        return Ok(None);
                    }
                    numbers.extend(index::of_class(self.tx, self.tenant, self.salt.class(class), LIMIT).await?);
                }
                Reach::Anywhere => return Ok(None),
            }
        }
        let Some(captured) = self.of_rows(&numbers).await? else { return Ok(None) };
        found.extend(captured);
        Ok(Some(found))
    }

    /// All events of rows; none where these are too many.
    async fn of_rows(&mut self, numbers: &[i64]) -> Result<Option<Vec<Piece>>, Error> {
        if numbers.len() > CANDIDATES_MAX {
            return Ok(None);
        }
        let lines = event::lines_of(self.tx, self.tenant, numbers).await?;
        let count: i64 = lines.iter().map(|line| line.events).sum();
        let pieces = lines.into_iter().flat_map(|line| (0..line.events).map(move |part| Piece { line, part }));
        Ok((count < LIMIT).then(|| pieces.collect()))
    }

    /// Events of the brand's own goods that may name an object; none where these are too many.
    async fn own_of(&mut self, key: &Key) -> Result<Option<Vec<Piece>>, Error> {
        let Some(Whereabouts { mut at, object }) = self.hook.whereabouts(self.tx, self.tenant, key).await? else {
            return Ok(Some(Vec::new()));
        };
        at.iter_mut().for_each(|at| *at = Timestamp(at.0.div_euclid(MOMENT) * MOMENT));
        at.sort_unstable();
        at.dedup();
        let mut found = Vec::new();
        for at in at {
            let place = (true, i64::MIN, i64::MIN);
            let lines: Vec<Line> =
                event::lines_by_time(self.tx, self.tenant, place, (at.0, at.0 + MOMENT), LIMIT).await?;
            let numbers: Vec<i64> = lines.iter().map(|line| line.number).collect();
            if numbers.len() > CANDIDATES_MAX {
                return Ok(None);
            }
            let kept = event::kept(self.tx, self.tenant, &numbers).await?;
            for line in lines {
                let Some(body) = kept.get(&line.number).and_then(|kept| own_of(&kept.body)) else { continue };
                let parts = self.hook.parts(body, object);
                if parts.end - parts.start >= LIMIT || found.len() > CANDIDATES_MAX {
                    return Ok(None);
                }
                found.extend(parts.map(|part| Piece { line, part }));
            }
        }
        Ok(Some(found))
    }
}

/// The event of the brand's own goods that has a number.
pub(crate) async fn own(tx: &mut Tx, tenant: TenantId, number: i64) -> Result<Option<Piece>, Error> {
    let Some(line) = event::line_at(tx, tenant, number).await?.filter(|line| number < line.number + line.events) else {
        return Ok(None);
    };
    let kept = event::kept(tx, tenant, &[line.number]).await?.remove(&line.number);
    let is_short = kept.is_some_and(|kept| own_of(&kept.body).is_some());
    Ok(is_short.then_some(Piece { line, part: number - line.number }))
}
