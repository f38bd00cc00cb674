//! What the tests share: tenants with keys, identifiers, and a check of everything that must hold in the database.

use std::collections::BTreeMap;

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_people::{
    Error, EvidenceRule, Identifier, IdentifierKind, PeopleKeys, Person, Resolved, Seen, find, resolve,
};
use tallymark_testkit::db::{TestDb, start};

/// How often a batch is tried again among others: far more than there are others.
const ATTEMPTS_MAX: usize = 500;

/// A tenant and its keys.
pub(crate) struct World {
    pub(crate) tenant: TenantId,
    pub(crate) keys: PeopleKeys,
}

/// The n-th tenant of the tests, each with a secret of its own.
pub(crate) fn world(number: u8) -> World {
    let tenant = Tenant {
        id: TenantId::from_raw((1 << 30) + i64::from(number)),
        name: format!("brand {number}"),
        hosts: Vec::new(),
        zone: "Asia/Shanghai".to_owned(),
        secret: Key::new([number; 32]),
        rotated: None,
    };
    World { tenant: tenant.id, keys: PeopleKeys::new(&tenant) }
}

pub(crate) fn device(number: u64) -> Identifier {
    Identifier::parse(IdentifierKind::Device, &format!("{number:032x}")).unwrap()
}

/// A WeChat user of the only app that there is.
pub(crate) fn openid(number: u64) -> Identifier {
    Identifier::parse(IdentifierKind::WechatOpenid, &format!("wx0123456789abcdef:o{number:024}")).unwrap()
}

pub(crate) fn card(number: u64) -> Identifier {
    Identifier::parse(IdentifierKind::Card, &format!("VIP{number:06}")).unwrap()
}

pub(crate) fn phone(number: u64) -> Identifier {
    Identifier::parse(IdentifierKind::Phone, &format!("138{number:08}")).unwrap()
}

impl World {
    /// Resolves requests in one batch and commits.
    pub(crate) async fn seen(&self, db: &TestDb, requests: &[Vec<Identifier>]) -> Result<Vec<Resolved>, Error> {
        let now: Vec<_> = requests.iter().map(|identifiers| (identifiers.clone(), start())).collect();
        self.seen_at(db, &now).await
    }

    /// The same, each request with its own time.
    pub(crate) async fn seen_at(
        &self,
        db: &TestDb,
        requests: &[(Vec<Identifier>, Timestamp)],
    ) -> Result<Vec<Resolved>, Error> {
        let rule = EvidenceRule::ShownTogether;
        let requests: Vec<_> = requests
            .iter()
            .enumerate()
            .map(|(number, (identifiers, at))| Seen { identifiers, at: *at, rule, cause: number as i64 })
            .collect();
        let mut tx = db.store.write().await?;
        let resolved = resolve(&mut tx, self.tenant, &self.keys, &requests, &db.ids, &*db.clock, &*db.entropy).await?;
        tx.commit().await?;
        Ok(resolved)
    }

    /// The same, again as long as another transaction was in the way.
    pub(crate) async fn seen_among_others(&self, db: &TestDb, requests: &[Vec<Identifier>]) -> Vec<Resolved> {
        let now: Vec<_> = requests.iter().map(|identifiers| (identifiers.clone(), start())).collect();
        self.seen_at_among_others(db, &now).await
    }

    /// The same, each request with its own time.
    pub(crate) async fn seen_at_among_others(
        &self,
        db: &TestDb,
        requests: &[(Vec<Identifier>, Timestamp)],
    ) -> Vec<Resolved> {
        for _ in 0..ATTEMPTS_MAX {
            match self.seen_at(db, requests).await {
                Ok(resolved) => return resolved,
                Err(Error::Store(error)) if error.is_worth_repeating() => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("no end to being in each other's way")
    }

    /// One request, one answer.
    pub(crate) async fn one(&self, db: &TestDb, identifiers: &[Identifier]) -> Resolved {
        self.seen(db, &[identifiers.to_vec()]).await.unwrap().remove(0)
    }

    pub(crate) async fn found(&self, db: &TestDb, identifier: &Identifier) -> Option<Person> {
        find(&mut db.store.read().await.unwrap(), self.tenant, &self.keys, identifier).await.unwrap()
    }
}

/// Whatever happened: a person is named by its oldest account, an account that never changed its person is alone, and of
/// all others there are lists with exactly the accounts of each person.
pub(crate) async fn assert_sound(db: &TestDb) {
    let mut tx = db.store.read().await.unwrap();
    let mut accounts: BTreeMap<i64, Vec<(i64, bool)>> = BTreeMap::new();
    let sql = "SELECT person_id, account_id, merges FROM source_account ORDER BY account_id";
    for row in tx.query(sql, &[]).await.unwrap() {
        accounts.entry(row.int(0).unwrap()).or_default().push((row.int(1).unwrap(), row.int(2).unwrap() > 0));
    }
    let mut listed: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in tx.query("SELECT person_id, account_id FROM person_member ORDER BY account_id", &[]).await.unwrap() {
        listed.entry(row.int(0).unwrap()).or_default().push(row.int(1).unwrap());
    }
    for (person, members) in accounts {
        let ids: Vec<i64> = members.iter().map(|(account, _)| *account).collect();
        assert_eq!(ids[0], person, "a person is named by its oldest account");
        let changed = members.iter().filter(|(_, changed)| *changed).count();
        assert!(changed == members.len() || (changed == 0 && members.len() == 1), "person {person}: {members:?}");
        assert_eq!(listed.remove(&person), (changed > 0).then_some(ids));
    }
    assert!(listed.is_empty(), "lists of persons that are no more: {listed:?}");
    let sql = "SELECT COUNT(*) FROM identifier i
            LEFT JOIN source_account a ON a.account_id = i.account_id AND a.tenant_id = i.tenant_id
                WHERE a.account_id IS NULL";
    assert_eq!(tx.query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap(), 0, "identifiers without an account");
}
