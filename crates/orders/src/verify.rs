//! Proving the points of orders: every decision follows from its order and its rules, moved exactly its transfers, and sales
//! know what came back of them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use tallymark_base::TypedId as _;
use tallymark_base::id::{OrderId, TenantId};
use tallymark_ledger::Transfer;
use tallymark_store::{Store, Tx};

use crate::rules::{given_by, transfers};
use crate::{Error, Order, PointsRule, store};

/// Orders checked at a time.
const PAGE: u32 = 1_000;
/// Lines listed; beyond, only their number is told.
const LISTED_MAX: usize = 100;

/// Every discrepancy, in words. Empty when the orders are right.
pub async fn discrepancies(store: &Store) -> Result<Vec<String>, Error> {
    let mut tx = store.read().await?;
    let mut check = Check::default();
    let mut after = OrderId::from_raw(0);
    loop {
        let page = store::after(&mut tx, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        let mut by_tenant: BTreeMap<TenantId, Vec<&Order>> = BTreeMap::new();
        for (tenant, order) in &page {
            by_tenant.entry(*tenant).or_default().push(order);
        }
        for (tenant, orders) in by_tenant {
            check.tenant(&mut tx, tenant, &orders).await?;
        }
    }
    Ok(check.end())
}

#[derive(Default)]
struct Check {
    rules: HashMap<TenantId, Vec<PointsRule>>,
    /// What came back of sales less what they know of it: amounts and points.
    came_back: BTreeMap<OrderId, (i128, i128)>,
    found: Vec<String>,
    more: usize,
}

impl Check {
    fn note(&mut self, line: String) {
        if self.found.len() < LISTED_MAX {
            self.found.push(line);
        } else {
            self.more += 1;
        }
    }

    async fn tenant(&mut self, tx: &mut Tx, tenant: TenantId, orders: &[&Order]) -> Result<(), Error> {
        if let Entry::Vacant(unknown) = self.rules.entry(tenant) {
            unknown.insert(store::rules(tx, tenant).await?);
        }
        let origins: Vec<i64> = orders.iter().map(|order| order.id.raw()).collect();
        let mut posted: HashMap<i64, Vec<Transfer>> = HashMap::new();
        for stored in tallymark_ledger::find(tx, tenant, &origins).await? {
            posted.entry(stored.transfer.origin).or_default().push(stored.transfer);
        }
        for order in orders {
            let moved = posted.remove(&order.id.raw()).unwrap_or_default();
            self.order(tenant, order, &moved);
        }
        Ok(())
    }

    fn order(&mut self, tenant: TenantId, order: &Order, moved: &[Transfer]) {
        let id = order.id;
        let amount: i64 = order.lines.iter().map(|line| line.amount).sum();
        if amount != order.amount {
            self.note(format!("order {id} says {} and its lines {amount}", order.amount));
        }
        let (earned, back) = (order.decision.earned(), order.decision.back());
        if order.points != earned - back {
            self.note(format!("order {id} says {} points and its decision {}", order.points, earned - back));
        }
        for grant in &order.decision.granted {
            let rule = self.rules[&tenant].iter().find(|rule| rule.id == grant.rule);
            let right = rule.map(|rule| given_by(rule, &order.source, order.currency, order.at, order.amount));
            if right != Some(grant.points) {
                self.note(format!(
                    "order {id} has {} points of rule {}, which gives {right:?}",
                    grant.points, grant.rule
                ));
            }
        }
        let expected = order.account.map(|account| transfers(tenant, id, account, &order.decision)).unwrap_or_default();
        if expected != moved {
            self.note(format!("order {id} moved {moved:?}, its decision says {expected:?}"));
        }
        if let Some(sale) = order.original {
            let sums = self.came_back.entry(sale).or_default();
            sums.0 += i128::from(order.amount.min(0));
            sums.1 += i128::from(back);
        }
        if order.returned != 0 || order.points_returned != 0 {
            let sums = self.came_back.entry(id).or_default();
            sums.0 -= i128::from(order.returned);
            sums.1 -= i128::from(order.points_returned);
        }
    }

    fn end(mut self) -> Vec<String> {
        let wrong: Vec<OrderId> =
            self.came_back.iter().filter(|(_, sums)| **sums != (0, 0)).map(|(sale, _)| *sale).collect();
        for sale in wrong {
            self.note(format!("order {sale} does not know what came back of it"));
        }
        if self.more > 0 {
            self.found.push(format!("{} more", self.more));
        }
        self.found
    }
}
