//! Whoever is who follows from the facts and their own times, never from when they came in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use proptest::prelude::*;
use tallymark_base::Timestamp;
use tallymark_identity::{Edge, Fact, Node, Rule, Verdict, decide};
use tallymark_people::{Identifier, MIGRATIONS, standard_policy};
use tallymark_store::Engine;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{World, assert_sound, device, openid, phone, world};

const IDENTIFIERS: usize = 20;

/// Half are phones, of which a person may have three; then openids, of which it may have two, and devices that many share.
pub(crate) fn identifier(number: usize) -> Identifier {
    match number {
        0..10 => phone(number as u64),
        10..15 => openid(number as u64),
        _ => device(number as u64),
    }
}

/// Two identifiers seen together on a day.
pub(crate) type Sight = (usize, usize, u64);

pub(crate) fn at(day: u64) -> Timestamp {
    start().plus(Duration::from_secs(86_400 * day))
}

fn sights_and_another_order() -> impl Strategy<Value = (Vec<Sight>, Vec<Sight>)> {
    let sight = (0..IDENTIFIERS, 0..IDENTIFIERS, 0_u64..6);
    let sights = prop::collection::vec(sight, 0..70)
        .prop_map(|sights| sights.into_iter().filter(|(a, b, _)| a != b).collect::<Vec<_>>());
    sights.prop_flat_map(|sights| (Just(sights.clone()), Just(sights).prop_shuffle()))
}

/// Who is who by all facts at once, and the pairs that join nothing.
pub(crate) fn expected(world: &World, sights: &[Sight]) -> (BTreeSet<Vec<usize>>, BTreeSet<(usize, usize)>) {
    let rule = Rule::new(2).unwrap();
    let mut facts: BTreeMap<(usize, usize), Fact> = BTreeMap::new();
    for (a, b, day) in sights {
        let fact = Fact { rule, first_seen: at(*day).0 };
        facts.entry((*a.min(b), *a.max(b))).and_modify(|known| *known = known.and(fact)).or_insert(fact);
    }
    let shown: BTreeSet<usize> = facts.keys().flat_map(|(a, b)| [*a, *b]).collect();
    let node = |number: &usize| {
        let identifier = identifier(*number);
        let index = world.keys.blind_index(&identifier);
        Node {
            key: *number as i64,
            kind: identifier.kind().in_policy(),
            scope: identifier.scope(),
            stable: u64::from_be_bytes(index[..8].try_into().unwrap()),
            neighbours: 0,
        }
    };
    let nodes: Vec<Node> = shown.iter().map(node).collect();
    let edges: Vec<Edge> =
        facts.iter().map(|((a, b), fact)| Edge { a: *a as i64, b: *b as i64, fact: *fact }).collect();
    let decided = decide(standard_policy(), &nodes, &edges).unwrap();
    let mut persons: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, person) in shown.iter().zip(&decided.persons) {
        persons.entry(*person).or_default().push(*number);
    }
    let contested = facts.keys().zip(&decided.verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Contested(_)));
    (persons.into_values().collect(), contested.map(|(pair, _)| *pair).collect())
}

/// Feeds sights in batches of `sizes`; gives the identifiers by person and the pairs that join nothing.
pub(crate) async fn stored(
    db: &TestDb,
    world: &World,
    sights: &[Sight],
    sizes: &[usize],
) -> (BTreeSet<Vec<usize>>, BTreeSet<(usize, usize)>) {
    let mut rest = sights;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (batch, tail) = rest.split_at(sizes.next().copied().unwrap_or(1).min(rest.len()));
        let requests: Vec<_> =
            batch.iter().map(|(a, b, day)| (vec![identifier(*a), identifier(*b)], at(*day))).collect();
        let seen = world.seen_at(db, &requests).await.unwrap();
        assert!(seen.iter().all(|resolved| resolved.component.contains(&resolved.account)));
        rest = tail;
    }
    let mut persons: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    let mut numbers: HashMap<i64, usize> = HashMap::new();
    let mut tx = db.store.read().await.unwrap();
    let sql = "SELECT i.blind_index, a.account_id, a.person_id
                 FROM identifier i JOIN source_account a ON a.account_id = i.account_id";
    let rows = tx.query(sql, &[]).await.unwrap();
    let by_index: HashMap<Vec<u8>, usize> =
        (0..IDENTIFIERS).map(|number| (world.keys.blind_index(&identifier(number)).to_vec(), number)).collect();
    for row in &rows {
        let number = by_index[&row.bytes(0).unwrap()];
        numbers.insert(row.int(1).unwrap(), number);
        persons.entry(row.int(2).unwrap()).or_default().push(number);
    }
    persons.values_mut().for_each(|numbers| numbers.sort_unstable());
    let sql = "SELECT account_a, account_b FROM identity_link WHERE merged = 0";
    let contested = tx.query(sql, &[]).await.unwrap().into_iter().map(|row| {
        let (a, b) = (numbers[&row.int(0).unwrap()], numbers[&row.int(1).unwrap()]);
        (a.min(b), a.max(b))
    });
    (persons.into_values().collect(), contested.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_and_batching_of_facts_stores_what_all_of_them_say_at_once(
        (sights, shuffled) in sights_and_another_order(),
        sizes in prop::collection::vec(1_usize..12, 1..6),
    ) {
        let world = world(1);
        let expected = expected(&world, &sights);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for (order, sizes) in [(&sights, sizes.as_slice()), (&shuffled, &[1])] {
                for engine in [Engine::Sqlite, Engine::Postgres] {
                    if let Some(db) = TestDb::on(engine, &[MIGRATIONS]).await {
                        prop_assert_eq!(&stored(&db, &world, order, sizes).await, &expected);
                        assert_sound(&db).await;
                    }
                }
            }
            Ok(())
        })?;
    }
}
