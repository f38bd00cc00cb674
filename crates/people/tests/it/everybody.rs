//! Everybody decided at once: what is stored wrongly is put right, what is right is left alone, and who is resolved
//! meanwhile is not overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use proptest::prelude::*;
use tallymark_base::TypedId as _;
use tallymark_base::id::AccountId;
use tallymark_identity::{Edge, Fact, Node, Policy, Rule, Verdict, decide};
use tallymark_people::everybody::{Changed, Everybody, Findings, Preview, dry_run, rebuild};
use tallymark_people::identity::{self, Decision};
use tallymark_people::rules::REGION_MAX;
use tallymark_people::{IdentifierKind, MIGRATIONS, policy, standard_policy};
use tallymark_store::{Engine, Rows, Value};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::components::{Sight, at, expected, identifier, stored};
use crate::world::{World, assert_sound, world};

const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
/// Rounds until nobody is in the way any more: far more than it takes.
const ROUNDS_MAX: usize = 50;

/// Everything that is stored about who is who.
type Dump = [Vec<Vec<i64>>; 3];

async fn dump(db: &TestDb) -> Dump {
    let mut tx = db.store.read().await.unwrap();
    let tables = [
        ("SELECT account_id, person_id, merges, neighbours FROM source_account ORDER BY account_id", 4),
        ("SELECT person_id, account_id FROM person_member ORDER BY person_id, account_id", 2),
        (
            "SELECT account_a, account_b, at, rule, merged, retracted FROM identity_link ORDER BY account_a, account_b",
            6,
        ),
    ];
    let mut dump = Dump::default();
    for (place, (sql, columns)) in tables.into_iter().enumerate() {
        let rows = tx.query(sql, &[]).await.unwrap();
        dump[place] = rows.iter().map(|row| (0..columns).map(|column| row.int(column).unwrap()).collect()).collect();
    }
    dump
}

/// The neighbours of every account.
fn neighbours(dump: &Dump) -> BTreeMap<i64, i64> {
    dump[0].iter().map(|account| (account[0], account[3])).collect()
}

async fn rebuilt(db: &TestDb, world: &World) -> Everybody {
    rebuild(&db.context(), world.tenant, standard_policy(), TWO).await.unwrap()
}

/// Until nothing differs.
async fn finished(db: &TestDb, world: &World) {
    for _ in 0..ROUNDS_MAX {
        if rebuilt(db, world).await.is_unchanged() {
            return;
        }
    }
    panic!("no end to differences");
}

async fn run(db: &TestDb, sql: &'static str, values: &[Value]) {
    let mut tx = db.store.write().await.unwrap();
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// Facts are kept, but nobody has decided them: each account is a person, and all evidence joins nothing.
async fn undecide(db: &TestDb) {
    run(db, "UPDATE source_account SET person_id = account_id, merges = merges + 1", &[]).await;
    run(db, "DELETE FROM person_member", &[]).await;
    let sql = "INSERT INTO person_member (person_id, account_id, tenant_id)
               SELECT account_id, account_id, tenant_id FROM source_account";
    run(db, sql, &[]).await;
    run(db, "UPDATE identity_link SET merged = 0 WHERE retracted = 0", &[]).await;
}

/// Something that no program wrote. Numbers choose the rows.
#[derive(Debug, Clone)]
enum Damage {
    /// An account has the person of another one.
    Person(usize, usize),
    /// An account has a person that nobody is.
    Nobody(usize, i64),
    /// An account looks as if its person never changed.
    Unchanged(usize),
    /// An account is missing on the list of its person.
    Unlisted(usize),
    /// An account is on the list of a person that it is not.
    Stray(usize, usize),
    /// Somebody unknown is on the list of a person.
    Stranger(usize),
    /// There are no lists at all.
    NoLists,
    /// An account has so many neighbours.
    Neighbours(usize, i64),
    /// Evidence is stored the wrong way round.
    Misjudged(usize),
}

impl Damage {
    async fn strike(&self, db: &TestDb) {
        let [accounts, _, evidence] = dump(db).await;
        if accounts.is_empty() {
            return;
        }
        let id = |number: &usize| Value::from(accounts[number % accounts.len()][0]);
        match self {
            Self::Person(a, b) => {
                run(db, "UPDATE source_account SET person_id = $2 WHERE account_id = $1", &[id(a), id(b)]).await;
            }
            Self::Nobody(a, nobody) => {
                let sql = "UPDATE source_account SET person_id = $2 WHERE account_id = $1";
                run(db, sql, &[id(a), (*nobody).into()]).await;
            }
            Self::Unchanged(a) => run(db, "UPDATE source_account SET merges = 0 WHERE account_id = $1", &[id(a)]).await,
            Self::Unlisted(a) => run(db, "DELETE FROM person_member WHERE account_id = $1", &[id(a)]).await,
            Self::Stray(a, b) => {
                let sql = "INSERT INTO person_member (person_id, account_id, tenant_id)
                           SELECT $1, account_id, tenant_id FROM source_account WHERE account_id = $2
                           ON CONFLICT DO NOTHING";
                run(db, sql, &[id(a), id(b)]).await;
            }
            Self::Stranger(a) => {
                let sql = "INSERT INTO person_member (person_id, account_id, tenant_id)
                           SELECT account_id, 77, tenant_id FROM source_account WHERE account_id = $1
                           ON CONFLICT DO NOTHING";
                run(db, sql, &[id(a)]).await;
            }
            Self::NoLists => run(db, "DELETE FROM person_member", &[]).await,
            Self::Neighbours(a, count) => {
                let sql = "UPDATE source_account SET neighbours = $2 WHERE account_id = $1";
                run(db, sql, &[id(a), (*count).into()]).await;
            }
            Self::Misjudged(_) if evidence.is_empty() => {}
            Self::Misjudged(pair) => {
                let pair = &evidence[pair % evidence.len()];
                let sql = "UPDATE identity_link SET merged = 1 - merged WHERE account_a = $1 AND account_b = $2";
                run(db, sql, &[pair[0].into(), pair[1].into()]).await;
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let row = || 0_usize..64;
    prop_oneof![
        (row(), row()).prop_map(|(a, b)| Damage::Person(a, b)),
        (row(), 1_i64..9).prop_map(|(a, nobody)| Damage::Nobody(a, nobody)),
        row().prop_map(Damage::Unchanged),
        row().prop_map(Damage::Unlisted),
        (row(), row()).prop_map(|(a, b)| Damage::Stray(a, b)),
        row().prop_map(Damage::Stranger),
        Just(Damage::NoLists),
        (row(), 0_i64..12).prop_map(|(a, count)| Damage::Neighbours(a, count)),
        row().prop_map(Damage::Misjudged),
    ]
}

/// Pairs of the identifiers that [`identifier`] has.
fn sights() -> impl Strategy<Value = Vec<Sight>> {
    let sight = (0_usize..20, 0_usize..20, 0_u64..6);
    prop::collection::vec(sight, 0..70)
        .prop_map(|sights| sights.into_iter().filter(|(a, b, _)| a != b).collect::<Vec<_>>())
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// Damages a database with so many sights, and has it put right.
async fn put_right(db: &TestDb, sights: &[Sight], damages: &[Damage]) {
    let world = world(1);
    let expected = expected(&world, sights);
    assert_eq!(stored(db, &world, sights, &[7]).await, expected);
    let right = dump(db).await;
    let first = rebuilt(db, &world).await;
    assert!(first.is_unchanged(), "nothing was wrong: {first:?}");
    assert_eq!(dump(db).await, right, "nothing is written where nothing is wrong");
    let accounts: usize = expected.0.iter().map(Vec::len).sum();
    let told = [first.accounts, first.evidence, first.persons, first.contested];
    assert_eq!(told, [accounts, right[2].len(), expected.0.len(), expected.1.len()].map(|count| count as u64));

    for damage in damages {
        damage.strike(db).await;
    }
    let second = rebuilt(db, &world).await;
    assert_eq!(second.skipped, 0);
    assert_eq!(stored(db, &world, &[], &[1]).await, expected);
    assert_sound(db).await;
    assert_eq!(neighbours(&dump(db).await), neighbours(&right));
    let right = dump(db).await;
    let third = rebuilt(db, &world).await;
    assert!(third.is_unchanged(), "a second time finds nothing: {third:?}");
    assert_eq!(dump(db).await, right, "a second time writes nothing");
}

/// Reads everybody at one moment, and writes after more was seen.
async fn written_late(db: &TestDb, before: &[Sight], between: &[Sight]) {
    let world = world(1);
    stored(db, &world, before, &[9]).await;
    undecide(db).await;
    let findings = Findings::read(&db.context(), world.tenant, standard_policy(), TWO).await.unwrap();
    stored(db, &world, between, &[2]).await;
    findings.write(&db.context()).await.unwrap();
    assert_sound(db).await;
    let again = rebuilt(db, &world).await;
    assert_eq!(again.skipped, 0);
    assert_eq!(stored(db, &world, &[], &[1]).await, expected(&world, &[before, between].concat()));
    assert_sound(db).await;
    assert!(rebuilt(db, &world).await.is_unchanged());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_is_damaged_ends_as_the_facts_say_and_what_is_right_is_left_alone(
        sights in sights(),
        damages in prop::collection::vec(damage(), 1..12),
    ) {
        block_on(async {
            put_right(&TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await.unwrap(), &sights, &damages).await;
        });
    }

    #[test]
    fn facts_that_arrive_between_reading_and_writing_are_neither_lost_nor_overwritten(
        before in sights(),
        between in sights(),
    ) {
        block_on(async {
            written_late(&TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await.unwrap(), &before, &between).await;
        });
    }
}

/// Many sights of few, so that much is contested.
fn crowd() -> Vec<Sight> {
    (0_u64..120)
        .map(|n| (((n * 7) % 20) as usize, ((n * 11 + n / 20) % 20) as usize, (n * 13) % 11))
        .filter(|(a, b, _)| a != b)
        .collect()
}

both_engines! { [MIGRATIONS];
    async fn every_kind_of_damage_at_once_is_put_right(db: TestDb) {
        let damages = [
            Damage::Person(9, 2), Damage::Nobody(4, 3), Damage::Unchanged(1), Damage::Unlisted(3), Damage::Stray(2, 11),
            Damage::Stranger(5), Damage::Neighbours(16, 9), Damage::Neighbours(2, 4), Damage::Misjudged(3), Damage::Misjudged(8),
        ];
        assert!(expected(&world(1), &crowd()).1.len() > 10, "much is contested");
        put_right(&db, &crowd(), &damages).await;
    }

    async fn what_changes_between_reading_and_writing_is_decided_from_what_is_stored_then(db: TestDb) {
        let sights = crowd();
        let (before, between) = sights.split_at(sights.len() / 2);
        written_late(&db, before, between).await;
    }

    async fn servers_that_resolve_while_everybody_is_decided_end_with_what_the_facts_say(db: TestDb) {
        let sights = crowd();
        let world = world(1);
        stored(&db, &world, &sights[..30], &[5]).await;
        undecide(&db).await;
        let db = Arc::new(db);
        let servers: Vec<_> = (0..4).map(|server| {
            let (db, mut own) = (db.clone(), sights.clone());
            own.rotate_left(server * 17);
            tokio::spawn(async move {
                for some in own.chunks(3 + server) {
                    let requests: Vec<_> =
                        some.iter().map(|(a, b, day)| (vec![identifier(*a), identifier(*b)], at(*day))).collect();
                    crate::world::world(1).seen_at_among_others(&db, &requests).await;
                }
            })
        }).collect();
        while servers.iter().any(|server| !server.is_finished()) {
            rebuilt(&db, &world).await;
        }
        for server in servers {
            server.await.unwrap();
        }
        finished(&db, &world).await;
        assert_eq!(stored(&db, &world, &[], &[1]).await, expected(&world, &sights));
        assert_sound(&db).await;
    }

    async fn another_tenant_is_left_alone(db: TestDb) {
        stored(&db, &world(1), &crowd(), &[8]).await;
        undecide(&db).await;
        let before = dump(&db).await;
        let other = rebuilt(&db, &world(2)).await;
        assert_eq!((other.accounts, other.evidence, other.persons, other.is_unchanged()), (0, 0, 0, true));
        assert_eq!(dump(&db).await, before);
    }

    async fn what_was_taken_back_stays_taken_back(db: TestDb) {
        let world = world(1);
        stored(&db, &world, &[(0, 15, 0), (0, 10, 0), (1, 10, 1)], &[3]).await;
        let accounts: Vec<AccountId> =
            dump(&db).await[0].iter().map(|account| AccountId::from_raw(account[0])).collect();
        let mut tx = db.store.write().await.unwrap();
        let decision = Decision { by: "usr_1", reason: "sold the device", at: start() };
        identity::part(&mut tx, world.tenant, &accounts[1..2], decision, &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        let parted = dump(&db).await;
        assert!(rebuilt(&db, &world).await.is_unchanged());
        undecide(&db).await;
        rebuilt(&db, &world).await;
        let people = |dump: &Dump| -> Vec<Vec<i64>> { dump[0].iter().map(|account| account[..2].to_vec()).collect() };
        assert_eq!(people(&dump(&db).await), people(&parted));
        assert_eq!(dump(&db).await[2], parted[2]);
        assert_sound(&db).await;
    }

    async fn evidence_that_is_taken_back_between_reading_and_writing_joins_nobody(db: TestDb) {
        let world = world(1);
        stored(&db, &world, &[(0, 15, 0), (0, 10, 0), (1, 16, 0)], &[3]).await;
        let right = dump(&db).await;
        undecide(&db).await;
        let findings = Findings::read(&db.context(), world.tenant, standard_policy(), TWO).await.unwrap();
        let pair = &right[2][0];
        let taken = "UPDATE identity_link SET retracted = 5, merged = 1 WHERE account_a = $1 AND account_b = $2";
        run(&db, taken, &[pair[0].into(), pair[1].into()]).await;
        run(&db, "UPDATE source_account SET neighbours = 0 WHERE account_id = $1", &[pair[1].into()]).await;
        let done = findings.write(&db.context()).await.unwrap();
        assert_eq!((done.changed_persons, done.changed_evidence, done.skipped), (2, 2, 0));
        let alone = pair[1];
        let people: BTreeMap<i64, i64> = dump(&db).await[0].iter().map(|account| (account[0], account[1])).collect();
        let expected = right[0].iter().map(|account| (account[0], if account[0] == alone { alone } else { account[1] }));
        assert_eq!(people, expected.collect());
        assert_sound(&db).await;
        assert!(rebuilt(&db, &world).await.is_unchanged());
    }

    async fn a_dry_run_tells_who_would_be_who_and_writes_nothing(db: TestDb) {
        let (world, sights) = (world(1), crowd());
        let (before, _) = stored(&db, &world, &sights, &[8]).await;
        let right = dump(&db).await;
        let other = policy::parse(r#"{"kinds": {"phone": {"per_person": 2}, "wechat_openid": {"per_person": 5}}}"#).unwrap();
        let mut changes: Vec<Changed> = Vec::new();
        let told = dry_run(&db.context(), world.tenant, &other, TWO, &mut |changed| changes.push(changed.clone())).await.unwrap();
        assert_eq!(dump(&db).await, right);

        let after = by_hand(&right, &other);
        let stored_persons: BTreeMap<i64, i64> = right[0].iter().map(|account| (account[0], account[1])).collect();
        assert_eq!((told.persons_before, told.persons_after), (before.len() as u64, groups(&after).len() as u64));
        assert!(told.split > 0, "{told:?}");
        let of = |persons: &BTreeMap<i64, i64>, others: &BTreeMap<i64, i64>| {
            let apart = |group: &&BTreeSet<i64>| group.iter().map(|account| others[account]).collect::<BTreeSet<_>>().len() > 1;
            groups(persons).iter().filter(apart).count() as u64
        };
        assert_eq!((told.split, told.merged), (of(&stored_persons, &after), of(&after, &stored_persons)));
        let moved = stored_persons.iter().filter(|(account, person)| after[account] != **person).count();
        assert_eq!(told.moved, moved as u64);
        assert_eq!(told.examples, changes, "there are few enough to show all");

        let placed: Vec<_> = changes.iter().flat_map(|changed| &changed.accounts).collect();
        let (old, new) = (groups(&stored_persons), groups(&after));
        let changed: BTreeSet<i64> = old.symmetric_difference(&new).flatten().copied().collect();
        assert_eq!(placed.iter().map(|placed| placed.account.raw()).collect::<BTreeSet<_>>(), changed);
        assert_eq!(placed.len(), changed.len(), "each account is told once");
        for placed in placed {
            let account = placed.account.raw();
            assert_eq!((placed.before.raw(), placed.after.raw()), (stored_persons[&account], after[&account]));
        }
        let same = Preview::of(&db.context(), world.tenant, standard_policy(), TWO).await.unwrap();
        assert_eq!((same.changed().count(), same.dry_run().moved, same.dry_run().examples.len()), (0, 0, 0));
    }

    async fn what_hangs_together_too_widely_for_one_request_is_decided(db: TestDb) {
        let world = world(1);
        let facts = Wide::of(REGION_MAX + 900);
        facts.store(&db, &world).await;
        let (persons, contested) = facts.decided();
        assert!(contested.len() > 50, "{}", contested.len());

        // Somebody joins two of them by hand while everybody is decided: what is theirs is left to the next time.
        let findings = Findings::read(&db.context(), world.tenant, standard_policy(), TWO).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let decision = Decision { by: "usr_1", reason: "same voice", at: start() };
        let pair = (AccountId::from_raw(Wide::key(0)), AccountId::from_raw(Wide::key(1)));
        identity::join(&mut tx, world.tenant, pair, decision, &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        let first = findings.write(&db.context()).await.unwrap();
        assert_eq!(first.skipped, 1, "{first:?}");
        assert!(first.changed_persons > 0 && first.changed_evidence > 0);
        assert_sound(&db).await;

        finished(&db, &world).await;
        // As if nobody had done so.
        let sql = "UPDATE identity_link SET rule = 2, at = $3 WHERE account_a = $1 AND account_b = $2";
        run(&db, sql, &[pair.0.raw().into(), pair.1.raw().into(), Wide::first_seen(1).into()]).await;
        finished(&db, &world).await;
        let stored = dump(&db).await;
        let stored_persons: BTreeMap<i64, i64> = stored[0].iter().map(|account| (account[0], account[1])).collect();
        assert!(groups(&stored_persons) == groups(&persons));
        let apart: BTreeSet<(i64, i64)> =
            stored[2].iter().filter(|pair| pair[4] == 0).map(|pair| (pair[0], pair[1])).collect();
        assert!(apart == contested);
        assert_sound(&db).await;
    }
}

fn groups(persons: &BTreeMap<i64, i64>) -> BTreeSet<BTreeSet<i64>> {
    let mut groups: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for (account, person) in persons {
        groups.entry(*person).or_default().insert(*account);
    }
    groups.into_values().collect()
}

/// The person of each account, named by the oldest, as a region is decided.
fn by_region(policy: &Policy, nodes: &[Node], edges: &[Edge]) -> (BTreeMap<i64, i64>, BTreeSet<(i64, i64)>) {
    let decided = decide(policy, nodes, edges).unwrap();
    let mut names: BTreeMap<u32, i64> = BTreeMap::new();
    for (node, person) in nodes.iter().zip(&decided.persons) {
        names.entry(*person).and_modify(|name| *name = (*name).min(node.key)).or_insert(node.key);
    }
    let persons = nodes.iter().zip(&decided.persons).map(|(node, person)| (node.key, names[person])).collect();
    let contested = edges.iter().zip(&decided.verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Contested(_)));
    (persons, contested.map(|(edge, _)| (edge.a.min(edge.b), edge.a.max(edge.b))).collect())
}

/// The person of each account of [`crowd`] by another policy, from the facts that are stored.
fn by_hand(dump: &Dump, policy: &Policy) -> BTreeMap<i64, i64> {
    let world = world(1);
    let mut shown: Vec<usize> = Vec::new();
    for (a, b, _) in crowd() {
        // As a batch meets them.
        for number in [a, b] {
            if !shown.contains(&number) {
                shown.push(number);
            }
        }
    }
    let node = |(number, account): (&usize, &Vec<i64>)| {
        let identifier = identifier(*number);
        let index = world.keys.blind_index(&identifier);
        Node {
            key: account[0],
            kind: identifier.kind().in_policy(),
            scope: identifier.scope(),
            stable: u64::from_be_bytes(index[..8].try_into().unwrap()),
            neighbours: 0,
        }
    };
    // Accounts are numbered in the order in which they are met.
    let nodes: Vec<Node> = shown.iter().zip(&dump[0]).map(node).collect();
    let fact = |link: &Vec<i64>| Fact { rule: Rule::new(link[3] as u8).unwrap(), first_seen: link[2] };
    let edges: Vec<Edge> = dump[2].iter().map(|link| Edge { a: link[0], b: link[1], fact: fact(link) }).collect();
    by_region(policy, &nodes, &edges).0
}

/// Accounts that all hang together, every third a phone: more than one request looks at. Each was seen with the one at a
/// third of its place.
struct Wide {
    accounts: usize,
}

impl Wide {
    const fn of(accounts: usize) -> Self {
        Self { accounts }
    }

    fn key(number: usize) -> i64 {
        1_000_000 + 7 * number as i64
    }

    fn kind(number: usize) -> IdentifierKind {
        if number.is_multiple_of(3) { IdentifierKind::Phone } else { IdentifierKind::Device }
    }

    fn stable(number: usize) -> u64 {
        (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn first_seen(number: usize) -> i64 {
        start().0 + (number as i64 * 7_919 % 1_009) * 1_000_000
    }

    /// The numbers of both accounts of all evidence.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        (1..self.accounts).map(|number| ((number - 1) / 3, number))
    }

    async fn store(&self, db: &TestDb, world: &World) {
        let tenant = world.tenant.raw();
        let mut neighbours = vec![0_i64; self.accounts];
        for (a, b) in self.pairs() {
            for (own, other) in [(a, b), (b, a)] {
                let counts = Self::kind(own) == IdentifierKind::Device && Self::kind(other) == IdentifierKind::Phone;
                neighbours[own] += i64::from(counts);
            }
        }
        let accounts: Rows<7> = (0..self.accounts)
            .map(|number| {
                let (key, kind) = (Self::key(number), i64::from(Self::kind(number).number()));
                let stable = Self::stable(number).cast_signed();
                [
                    key.into(),
                    tenant.into(),
                    kind.into(),
                    key.into(),
                    start().into(),
                    stable.into(),
                    neighbours[number].into(),
                ]
            })
            .collect();
        let evidence: Rows<5> = self
            .pairs()
            .map(|(a, b)| {
                let (first_seen, cause) = (Self::first_seen(b), b as i64);
                [Self::key(a).into(), Self::key(b).into(), tenant.into(), first_seen.into(), cause.into()]
            })
            .collect();
        let mut tx = db.store.write().await.unwrap();
        let sql = "WITH v(id, tenant, kind, person, at, stable, neighbours) AS (VALUES …)
                   INSERT INTO source_account
                          (account_id, tenant_id, kind, person_id, merges, tier, created_at, stable, neighbours)
                   SELECT id, tenant, kind, person, 0, 0, at, stable, neighbours FROM v";
        tx.write_all_rows(sql, &[], &accounts).await.unwrap();
        let sql = "WITH v(a, b, tenant, at, cause) AS (VALUES …)
                   INSERT INTO identity_link (account_a, account_b, tenant_id, at, rule, cause_id, merged, retracted)
                   SELECT a, b, tenant, at, 2, cause, 0, 0 FROM v";
        tx.write_all_rows(sql, &[], &evidence).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn decided(&self) -> (BTreeMap<i64, i64>, BTreeSet<(i64, i64)>) {
        let node = |number: usize| Node {
            key: Self::key(number),
            kind: Self::kind(number).in_policy(),
            scope: 0,
            stable: Self::stable(number),
            neighbours: 0,
        };
        let nodes: Vec<Node> = (0..self.accounts).map(node).collect();
        let fact = |number| Fact { rule: Rule::new(2).unwrap(), first_seen: Self::first_seen(number) };
        let edge = |(a, b)| Edge { a: Self::key(a), b: Self::key(b), fact: fact(b) };
        let edges: Vec<Edge> = self.pairs().map(edge).collect();
        by_region(standard_policy(), &nodes, &edges)
    }
}
