//! What the tests share: a brand, a rule, orders.

use tallymark_base::id::{AccountId, OrderId, TenantId};
use tallymark_base::{Currency, Timestamp, TypedId as _, Unit};
use tallymark_ledger::Book;
use tallymark_orders::{
    Article, Desk, Error, NewLine, NewOrder, NewPointsRule, Order, Outcome, PointsRule, Recorded, Status, create_rule,
    find, put_articles, record, set_rule_status, verify,
};
use tallymark_partners::{NewTenant, Tenant, tenant};
use tallymark_people::{EvidenceRule, Identifier, IdentifierKind, PeopleKeys};
use tallymark_store::outbox::{self, Events};
use tallymark_store::{Context, Migrations};
use tallymark_testkit::db::TestDb;

/// The tables that orders write.
pub(crate) const MIGRATIONS: [Migrations; 4] = [
    tallymark_partners::MIGRATIONS,
    tallymark_ledger::MIGRATIONS,
    tallymark_people::MIGRATIONS,
    tallymark_orders::MIGRATIONS,
];

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) tenant: TenantId,
    owner: Tenant,
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        let context = db.context();
        let new = NewTenant { name: "青岚".to_owned(), hosts: Vec::new(), zone: "Asia/Shanghai".to_owned() };
        let mut tx = context.store.write().await.unwrap();
        let Context { master, entropy, ids, clock, .. } = &context;
        let owner = tenant::create(&mut tx, master, &**entropy, ids, &**clock, new).await.unwrap();
        tx.commit().await.unwrap();
        Self { tenant: owner.id, owner, context }
    }

    /// A running rule: so many points for every full `per` fen.
    pub(crate) async fn rule(&self, per: i64, points: i64) -> PointsRule {
        let new = NewPointsRule {
            name: format!("{points} for {per}"),
            sources: Vec::new(),
            currency: Currency::CNY,
            per_amount: per,
            points,
            starts: Timestamp(0),
            ends: "2099-01-01T00:00:00Z".parse().unwrap(),
        };
        let mut tx = self.context.store.write().await.unwrap();
        let made = create_rule(&mut tx, &self.context, self.tenant, new).await.unwrap();
        let rule = set_rule_status(&mut tx, self.tenant, made.id, Status::Running).await.unwrap();
        tx.commit().await.unwrap();
        rule
    }

    pub(crate) async fn try_record(&self, orders: &[NewOrder]) -> Result<Vec<Outcome>, Error> {
        let mut desk = Desk::new(&self.owner, "pos")?;
        let mut tx = self.context.store.write().await?;
        let mut events = Events::new();
        let because = (EvidenceRule::ShownTogether, 1);
        let outcomes =
            record(&mut tx, &self.context, &mut desk, &orders.iter().collect::<Vec<_>>(), because, &mut events).await?;
        events.save(&mut tx, &self.context.ids, &*self.context.clock).await?;
        tx.commit().await?;
        Ok(outcomes)
    }

    pub(crate) async fn record(&self, orders: &[NewOrder]) -> Vec<Outcome> {
        self.try_record(orders).await.unwrap()
    }

    /// Records an order that there was not before.
    pub(crate) async fn one(&self, order: NewOrder) -> Recorded {
        match self.record(&[order]).await.remove(0) {
            Outcome::Recorded(recorded) => recorded,
            other => panic!("it was not recorded: {other:?}"),
        }
    }

    pub(crate) async fn found(&self, id: OrderId) -> Order {
        find(&mut self.context.store.read().await.unwrap(), self.tenant, id).await.unwrap()
    }

    /// The accounts of whoever has this phone number.
    pub(crate) async fn accounts(&self, phone: &str) -> Vec<AccountId> {
        let mut tx = self.context.store.read().await.unwrap();
        let keys = PeopleKeys::new(&self.owner);
        let person = tallymark_people::find(&mut tx, self.tenant, &keys, &of_phone(phone)).await.unwrap();
        person.map(|person| person.accounts).unwrap_or_default()
    }

    /// What somebody has, and what they owe.
    pub(crate) async fn points(&self, phone: &str) -> (i64, i64) {
        let owners: Vec<i64> = self.accounts(phone).await.iter().map(|account| account.raw()).collect();
        (self.sum(&owners, Book::Wallet).await, -self.sum(&owners, Book::Owed).await)
    }

    async fn sum(&self, owners: &[i64], book: Book) -> i64 {
        let mut tx = self.context.store.read().await.unwrap();
        let all = tallymark_ledger::balances(&mut tx, self.tenant, owners, book, Unit::POINTS).await.unwrap();
        all.values().map(|balance| balance.posted()).sum()
    }

    /// Somebody spends points elsewhere.
    pub(crate) async fn spend(&self, phone: &str, points: i64) {
        use tallymark_ledger::{AccountKey, Code, Transfer};
        let account = self.accounts(phone).await[0];
        let origin: OrderId = self.context.ids.next(&*self.context.clock).unwrap();
        let spent = Transfer {
            origin: origin.raw(),
            part: 0,
            debit: AccountKey::new(account.raw(), Book::Wallet, Unit::POINTS),
            credit: AccountKey::new(self.tenant.raw(), Book::Outside, Unit::POINTS),
            amount: points,
            code: Code::Corrected,
            pending: false,
        };
        let mut tx = self.context.store.write().await.unwrap();
        tallymark_ledger::post(&mut tx, self.tenant, &[spent], self.context.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn articles(&self, articles: &[Article]) {
        let mut tx = self.context.store.write().await.unwrap();
        put_articles(&mut tx, &self.context, self.tenant, articles).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The data of every event of a type that waits, in order.
    pub(crate) async fn events(&self, event_type: &str) -> Vec<serde_json::Value> {
        let mut tx = self.context.store.read().await.unwrap();
        let bodies = outbox::bodies(&mut tx, event_type, 0, 1_000).await.unwrap();
        let lines = bodies.iter().flat_map(|(_, body)| body.split(|byte| *byte == b'\n'));
        lines.filter(|line| !line.is_empty()).map(data_of).collect()
    }

    /// What the books say is wrong.
    pub(crate) async fn discrepancies(&self) -> Vec<String> {
        let mut tx = self.context.store.read().await.unwrap();
        let mut found = tallymark_ledger::verify::discrepancies(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        found.extend(verify::discrepancies(&self.context.store).await.unwrap());
        found
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        let mut tx = self.context.store.write().await.unwrap();
        assert_eq!(tx.execute(sql, &[]).await.unwrap(), 1, "{sql}");
        tx.commit().await.unwrap();
    }
}

fn data_of(line: &[u8]) -> serde_json::Value {
    serde_json::from_slice::<serde_json::Value>(line).unwrap()["data"].clone()
}

pub(crate) fn of_phone(phone: &str) -> Identifier {
    Identifier::parse(IdentifierKind::Phone, phone).unwrap()
}

/// An order of one line, bought at noon of the first of March.
pub(crate) fn order(number: &str, phone: &str, amount: i64) -> NewOrder {
    NewOrder {
        number: number.to_owned(),
        buyer: if phone.is_empty() { Vec::new() } else { vec![of_phone(phone)] },
        shop: Some("S01".to_owned()),
        currency: Currency::CNY,
        at: "2024-03-01T04:00:00Z".parse().unwrap(),
        original: None,
        lines: vec![line("6901", amount)],
    }
}

/// Goods that come back.
pub(crate) fn back(number: &str, of: &str, phone: &str, amount: i64) -> NewOrder {
    NewOrder { original: Some(of.to_owned()), ..order(number, phone, -amount) }
}

pub(crate) fn line(article: &str, amount: i64) -> NewLine {
    let quantity = if amount < 0 { -1_000 } else { 1_000 };
    NewLine { article: article.to_owned(), quantity, amount, discount: 0 }
}
