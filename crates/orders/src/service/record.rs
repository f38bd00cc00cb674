//! Recording orders: a batch becomes orders, buyers, points and events in a constant number of statements.

use std::collections::{HashMap, HashSet};

use tallymark_base::id::{OrderId, TenantId};
use tallymark_partners::Tenant;
use tallymark_people::rules::profile::is_word;
use tallymark_people::{EvidenceRule, PeopleKeys};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};

use super::batch::{Batch, Fresh};
use crate::keys::{self, Hash};
use crate::rules::{Refusal, check};
use crate::store::{self, KeyOf};
use crate::{Articles, Error, NewOrder, ORDERS_MAX, Outcome};

/// Where orders of a source are recorded: what is known between batches.
#[derive(Debug)]
pub struct Desk {
    pub(super) tenant: TenantId,
    pub(super) keys: PeopleKeys,
    pub(super) source: String,
    pub(super) articles: Articles,
}

impl Desk {
    /// A desk for the orders of one source, a word.
    pub fn new(owner: &Tenant, source: &str) -> Result<Self, Error> {
        if !is_word(source) {
            return Err(Error::Source { given: source.chars().take(40).collect() });
        }
        let keys = PeopleKeys::new(owner);
        Ok(Self { tenant: owner.id, keys, source: source.to_owned(), articles: Articles::default() })
    }

    /// Takes the keys of the moment: whoever records for a long time does so for each batch.
    pub fn renew(&mut self, owner: &Tenant) {
        self.keys = PeopleKeys::new(owner);
    }
}

/// Records orders in their sequence; each sees what those before it did. What was recorded before moves nothing again. `cause` is
/// the number of the id of what brought them: it stands with the evidence that identifiers belong together.
///
/// On any error the caller's transaction must be rolled back; [`Error::is_worth_repeating`] says whether to try again.
pub async fn record(
    tx: &mut Tx,
    context: &Context,
    desk: &mut Desk,
    orders: &[&NewOrder],
    (rule, cause): (EvidenceRule, i64),
    events: &mut Events,
) -> Result<Vec<Outcome>, Error> {
    if orders.len() > ORDERS_MAX {
        return Err(Error::TooManyOrders { given: orders.len() });
    }
    let claimed = claim(tx, context, desk, orders).await?;
    let mut batch = Batch::new(context, desk, (rule, cause));
    let recorded = batch.carry_out(tx, &claimed.fresh, events).await?;
    let mut outcomes = claimed.outcomes;
    for (fresh, recorded) in claimed.fresh.iter().zip(recorded) {
        outcomes[fresh.place] = Some(Outcome::Recorded(recorded));
    }
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Refused(Refusal::NoLines))).collect())
}

/// What became of the numbers of a batch.
struct Claimed<'a> {
    /// One for each order that is not recorded now.
    outcomes: Vec<Option<Outcome>>,
    /// Those that are, in their sequence.
    fresh: Vec<Fresh<'a>>,
}

/// Finds out which orders are new.
async fn claim<'a>(tx: &mut Tx, context: &Context, desk: &Desk, orders: &[&'a NewOrder]) -> Result<Claimed<'a>, Error> {
    let now = context.clock.now();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; orders.len()];
    let mut asked: Vec<(usize, KeyOf)> = Vec::with_capacity(orders.len());
    let mut first: HashMap<Hash, KeyOf> = HashMap::with_capacity(orders.len());
    for (place, order) in orders.iter().enumerate() {
        if let Err(refusal) = check(order, now) {
            outcomes[place] = Some(Outcome::Refused(refusal));
            continue;
        }
        let key = keys::of_number(&desk.source, &order.number);
        let own = KeyOf { key, id: context.ids.next(&*context.clock)?, content: keys::of_content(order) };
        first.entry(key).or_insert(own);
        asked.push((place, own));
    }
    let mut claims: Vec<KeyOf> = first.values().copied().collect();
    // One order of locking for all who do so at the same time.
    claims.sort_unstable_by_key(|own| own.key);
    let got: HashSet<OrderId> = store::claim(tx, desk.tenant, &claims).await?;
    let lost = claims.iter().filter(|own| !got.contains(&own.id)).map(|own| own.key);
    // Whoever claimed them has committed, or the claim would still be waiting: they can be read now.
    first.extend(store::by_keys(tx, desk.tenant, lost).await?);

    let mut fresh = Vec::with_capacity(got.len());
    for (place, own) in asked {
        if got.contains(&own.id) {
            fresh.push(Fresh { place, id: own.id, order: orders[place] });
            continue;
        }
        let kept = first[&own.key];
        let is_same = kept.content == own.content;
        outcomes[place] = Some(if is_same { Outcome::Known(kept.id) } else { Outcome::Differs(kept.id) });
    }
    Ok(Claimed { outcomes, fresh })
}
