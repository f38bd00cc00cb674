//! A batch of new orders: load, decide, save.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tallymark_base::id::{AccountId, EventId, OrderId, PersonId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::{Book, Transfer};
use tallymark_people::events::MemberJoined;
use tallymark_people::{BATCH_MAX, EvidenceRule, Identifier, Resolved, Seen, privacy, resolve};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};

use super::record::Desk;
use crate::events::{LineRecorded, OrderRecorded};
use crate::keys;
use crate::rules::{Standing, Wallets, decide, due, earned, transfers};
use crate::store::{self, Returned};
use crate::{Decision, Error, NewOrder, Order, PointsRule, Recorded};

/// An order whose number was claimed by this batch.
#[derive(Debug)]
pub(super) struct Fresh<'a> {
    /// Which of the orders that were sent.
    pub(super) place: usize,
    pub(super) id: OrderId,
    pub(super) order: &'a NewOrder,
}

/// Who buys.
#[derive(Debug, Clone)]
struct Buyer {
    account: AccountId,
    person: PersonId,
    accounts: Vec<AccountId>,
    joined: bool,
}

/// The orders of a batch on their way into the database.
pub(super) struct Batch<'a> {
    context: &'a Context,
    desk: &'a mut Desk,
    /// What says that a buyer's identifiers belong together, and the number of its id.
    because: (EvidenceRule, i64),
}

/// What a batch decides by.
struct State {
    rules: Vec<PointsRule>,
    wallets: Wallets,
    /// Sales that goods come back from, by id, and as they were read.
    standings: HashMap<OrderId, Standing>,
    read: HashMap<OrderId, (i64, i64)>,
    /// The sale of each return, where it is known.
    originals: HashMap<keys::Hash, OrderId>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(context: &'a Context, desk: &'a mut Desk, because: (EvidenceRule, i64)) -> Self {
        Self { context, desk, because }
    }

    /// Records orders whose numbers were claimed.
    pub(super) async fn carry_out(
        &mut self,
        tx: &mut Tx,
        fresh: &[Fresh<'_>],
        events: &mut Events,
    ) -> Result<Vec<Recorded>, Error> {
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let suppressed = self.suppressed(tx, fresh).await?;
        let buyers = self.buyers(tx, fresh, &suppressed).await?;
        let mut state = self.load(tx, fresh, &buyers).await?;
        let orders = self.decided(fresh, &buyers, &mut state);
        self.save(tx, &orders, &state).await?;
        self.desk.articles.load(tx, self.desk.tenant, codes(fresh)).await?;
        self.tell(&orders, &buyers, events)?;
        let recorded = orders.iter().zip(suppressed).map(|(order, suppressed)| Recorded {
            id: order.id,
            points: order.points,
            suppressed,
        });
        Ok(recorded.collect())
    }

    /// Which buyers were erased: their orders are recorded without them.
    async fn suppressed(&self, tx: &mut Tx, fresh: &[Fresh<'_>]) -> Result<Vec<bool>, Error> {
        let distinct: BTreeSet<&Identifier> = fresh.iter().flat_map(|own| &own.order.buyer).collect();
        let all: Vec<Identifier> = distinct.into_iter().cloned().collect();
        let found = privacy::is_suppressed(tx, self.desk.tenant, &self.desk.keys, &all).await?;
        let erased: BTreeSet<&Identifier> = all.iter().zip(found).filter(|(_, one)| *one).map(|(own, _)| own).collect();
        Ok(fresh.iter().map(|own| own.order.buyer.iter().any(|one| erased.contains(one))).collect())
    }

    /// The buyer of each order. Each set of identifiers is resolved once, at its first time in the batch.
    async fn buyers(&self, tx: &mut Tx, fresh: &[Fresh<'_>], suppressed: &[bool]) -> Result<Vec<Option<Buyer>>, Error> {
        let (rule, cause) = self.because;
        let mut place_of: HashMap<&[Identifier], usize> = HashMap::new();
        let mut seen: Vec<Seen<'_>> = Vec::new();
        let mut places = Vec::with_capacity(fresh.len());
        for (own, suppressed) in fresh.iter().zip(suppressed) {
            let identifiers = own.order.buyer.as_slice();
            if identifiers.is_empty() || *suppressed {
                places.push(None);
                continue;
            }
            let place = *place_of.entry(identifiers).or_insert_with(|| {
                seen.push(Seen { identifiers, at: own.order.at, rule, cause });
                seen.len() - 1
            });
            seen[place].at = seen[place].at.min(own.order.at);
            places.push(Some(place));
        }
        let Context { ids, clock, entropy, .. } = self.context;
        let mut resolved: Vec<Resolved> = Vec::with_capacity(seen.len());
        for some in seen.chunks(BATCH_MAX) {
            let found = resolve(tx, self.desk.tenant, &self.desk.keys, some, ids, &**clock, &**entropy).await?;
            resolved.extend(found);
        }
        let mut told = vec![false; resolved.len()];
        let mut buyer = |place: usize| {
            let Resolved { account, person, component, joined, .. } = &resolved[place];
            let joined = *joined && !std::mem::replace(&mut told[place], true);
            Buyer { account: *account, person: *person, accounts: component.clone(), joined }
        };
        Ok(places.into_iter().map(|place| place.map(&mut buyer)).collect())
    }

    async fn load(&self, tx: &mut Tx, fresh: &[Fresh<'_>], buyers: &[Option<Buyer>]) -> Result<State, Error> {
        let tenant = self.desk.tenant;
        let wanted: BTreeSet<keys::Hash> = fresh.iter().filter_map(|own| self.original_of(own.order)).collect();
        let kept = store::by_keys(tx, tenant, wanted.into_iter()).await?;
        let originals: HashMap<keys::Hash, OrderId> = kept.into_iter().map(|(key, own)| (key, own.id)).collect();
        // Those of this batch are not in their table yet; they stand as soon as they are decided.
        let standings = store::standings(tx, tenant, originals.values().copied()).await?;
        let read = standings.iter().map(|(id, own)| (*id, (own.returned, own.points_returned))).collect();
        let rules = store::rules(tx, tenant).await?;
        let mut wallets = Wallets::default();
        if !rules.is_empty() {
            let of_buyers = buyers.iter().flatten().flat_map(|buyer| &buyer.accounts);
            let of_sales = standings.values().filter_map(|sale| sale.account.as_ref());
            let owners: BTreeSet<i64> = of_buyers.chain(of_sales).map(|account| account.raw()).collect();
            let owners: Vec<i64> = owners.into_iter().collect();
            if fresh.iter().any(|own| own.order.is_return()) {
                let all = tallymark_ledger::balances(tx, tenant, &owners, Book::Wallet, Unit::POINTS).await?;
                let all = all.into_iter().map(|(owner, has)| (AccountId::from_raw(owner), has.available()));
                wallets.available = all.collect();
            }
            let all = tallymark_ledger::balances(tx, tenant, &owners, Book::Owed, Unit::POINTS).await?;
            wallets.owed = all.into_iter().map(|(owner, owes)| (AccountId::from_raw(owner), -owes.posted())).collect();
        }
        Ok(State { rules, wallets, standings, read, originals })
    }

    /// The key of the order that goods come back from.
    fn original_of(&self, order: &NewOrder) -> Option<keys::Hash> {
        order.original.as_ref().map(|number| keys::of_number(&self.desk.source, number))
    }

    /// Decides the orders in their sequence.
    fn decided(&self, fresh: &[Fresh<'_>], buyers: &[Option<Buyer>], state: &mut State) -> Vec<Order> {
        let wanted: BTreeSet<OrderId> = state.originals.values().copied().collect();
        let mut orders = Vec::with_capacity(fresh.len());
        for (own, buyer) in fresh.iter().zip(buyers) {
            let original = self.original_of(own.order).and_then(|key| state.originals.get(&key).copied());
            let sale = original.and_then(|id| state.standings.get(&id));
            let sale = sale.filter(|sale| sale.currency == own.order.currency);
            let original = sale.map(|sale| sale.id);
            // Whoever brings something back is who bought it, where nobody says who it is.
            let of_sale = sale.and_then(|sale| sale.account).map(|account| (account, vec![account]));
            let who = buyer.as_ref().map(|buyer| (buyer.account, buyer.accounts.clone())).or(of_sale);
            let decision = who.as_ref().map(|who| self.decide(own.order, who, original, state)).unwrap_or_default();
            let order = self.order_of(own, who.map(|who| who.0), original, decision);
            if wanted.contains(&order.id) {
                state.standings.insert(order.id, Standing::of(&order));
            }
            orders.push(order);
        }
        for order in &mut orders {
            if let Some(standing) = state.standings.get(&order.id) {
                (order.returned, order.points_returned) = (standing.returned, standing.points_returned);
            }
        }
        orders
    }

    fn decide(
        &self,
        order: &NewOrder,
        (account, accounts): &(AccountId, Vec<AccountId>),
        original: Option<OrderId>,
        state: &mut State,
    ) -> Decision {
        let State { rules, wallets, standings, .. } = state;
        let amount = order.amount();
        if !order.is_return() {
            let granted = earned(rules, &self.desk.source, order.currency, order.at, amount);
            return decide(*account, accounts, granted, 0, wallets);
        }
        let back = if let Some(sale) = original.and_then(|id| standings.get_mut(&id)) {
            let back = due(sale, rules, amount);
            sale.returned = sale.returned.saturating_add(amount.min(0));
            sale.points_returned += back;
            back
        } else {
            // Of a sale that nobody told, as much goes back as such a sale would earn.
            let would = earned(rules, &self.desk.source, order.currency, order.at, -amount);
            would.iter().map(|grant| grant.points).sum()
        };
        decide(*account, accounts, Vec::new(), back, wallets)
    }

    fn order_of(
        &self,
        own: &Fresh<'_>,
        account: Option<AccountId>,
        original: Option<OrderId>,
        decision: Decision,
    ) -> Order {
        let order = own.order;
        Order {
            id: own.id,
            source: self.desk.source.clone(),
            number: order.number.clone(),
            account,
            shop: order.shop.clone(),
            currency: order.currency,
            amount: order.amount(),
            discount: order.discount(),
            at: order.at,
            original,
            points: decision.earned() - decision.back(),
            returned: 0,
            points_returned: 0,
            decision,
            lines: order.lines.clone(),
            recorded_at: self.context.clock.now(),
        }
    }

    async fn save(&self, tx: &mut Tx, orders: &[Order], state: &State) -> Result<(), Error> {
        let tenant = self.desk.tenant;
        store::insert(tx, tenant, orders, self.because.1).await?;
        let sorted: BTreeMap<&OrderId, &(i64, i64)> = state.read.iter().collect();
        let changed = sorted.into_iter().filter_map(|(id, before)| {
            let now = state.standings.get(id).map(|own| (own.returned, own.points_returned))?;
            (now != *before).then_some(Returned { id: *id, before: *before, now })
        });
        store::set_returned(tx, tenant, &changed.collect::<Vec<_>>()).await?;
        let moves: Vec<Transfer> = orders
            .iter()
            .filter_map(|order| order.account.map(|account| transfers(tenant, order.id, account, &order.decision)))
            .flatten()
            .collect();
        if moves.is_empty() {
            return Ok(());
        }
        let after = tallymark_ledger::post(tx, tenant, &moves, self.context.clock.now()).await?;
        // Two who make good the same debt at once would make good too much.
        let is_over = after.iter().any(|(key, balance)| key.book == Book::Owed && balance.posted() > 0);
        if is_over { Err(tallymark_store::Error::Contended.into()) } else { Ok(()) }
    }

    /// Tells what was recorded, and who became a member by it.
    fn tell(&self, orders: &[Order], buyers: &[Option<Buyer>], events: &mut Events) -> Result<(), Error> {
        let Context { ids, clock, .. } = self.context;
        let tenant = self.desk.tenant.raw();
        let id = || -> Result<i64, Error> { Ok(ids.next::<EventId>(&**clock)?.raw()) };
        for (order, buyer) in orders.iter().zip(buyers) {
            let at = order.at.min(order.recorded_at);
            if let Some(Buyer { person, account, joined: true, .. }) = buyer {
                let joined =
                    MemberJoined { person: *person, account: *account, scan: None, product: None, place: None };
                events.push(id()?, tenant, at, &joined);
            }
            let recorded = OrderRecorded {
                order: order.id,
                source: order.source.clone(),
                number: order.number.clone(),
                account: order.account,
                shop: order.shop.clone(),
                currency: order.currency.code().to_owned(),
                amount: order.amount,
                discount: order.discount,
                lines: i64::try_from(order.lines.len()).unwrap_or(i64::MAX),
                is_return: order.original.is_some() || order.amount < 0,
                original: order.original,
                points: order.points,
            };
            events.push(id()?, tenant, at, &recorded);
            for (line, own) in (1..).zip(&order.lines) {
                let article = self.desk.articles.get(&own.article);
                let told = LineRecorded {
                    order: order.id,
                    line,
                    source: order.source.clone(),
                    account: order.account,
                    shop: order.shop.clone(),
                    article: own.article.clone(),
                    department: article.and_then(|article| article.department.clone()),
                    category: article.and_then(|article| article.category.clone()),
                    brand: article.and_then(|article| article.brand.clone()),
                    quantity: own.quantity,
                    currency: order.currency.code().to_owned(),
                    amount: own.amount,
                    discount: own.discount,
                };
                events.push(id()?, tenant, at, &told);
            }
        }
        Ok(())
    }
}

fn codes<'a>(fresh: &'a [Fresh<'_>]) -> impl Iterator<Item = &'a str> {
    fresh.iter().flat_map(|own| &own.order.lines).map(|line| line.article.as_str())
}
