//! Any order of the same links gives the components of a plain union-find.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallymark_base::TypedId as _;
use tallymark_base::id::AccountId;
use tallymark_people::rules::{Components, Link, MEMBERS_MAX, alone};
use tallymark_people::{Identifier, MIGRATIONS};
use tallymark_store::Engine;
use tallymark_testkit::db::TestDb;

use crate::world::{assert_sound, device, phone, world};

/// The textbook's union-find (Tarjan 1975), without any shortcut: the root of a set is its smallest element.
struct Model(Vec<usize>);

impl Model {
    fn of(size: usize, links: &[(usize, usize)]) -> Self {
        let mut model = Self((0..size).collect());
        for (a, b) in links {
            let (x, y) = (model.root(*a), model.root(*b));
            model.0[x.max(y)] = x.min(y);
        }
        model
    }

    fn root(&self, of: usize) -> usize {
        if self.0[of] == of { of } else { self.root(self.0[of]) }
    }
}

fn account(number: usize) -> AccountId {
    AccountId::from_raw(1000 + number as i64)
}

type Links = Vec<(usize, usize)>;

fn links_and_another_order(size: usize) -> impl Strategy<Value = (Links, Links)> {
    prop::collection::vec((0..size, 0..size), 0..60)
        .prop_flat_map(|links| (Just(links.clone()), Just(links).prop_shuffle()))
}

proptest! {
    #[test]
    fn any_order_of_links_gives_the_components_of_a_plain_union_find((links, shuffled) in links_and_another_order(40)) {
        let model = Model::of(40, &links);
        for order in [links, shuffled] {
            let mut components = Components::default();
            (0..40).for_each(|n| components.add(account(n), alone(account(n)), 0));
            for (a, b) in order {
                let before = components.person_of(account(a)) == components.person_of(account(b));
                prop_assert_eq!(components.link(account(a), account(b)) == Link::Known, before);
            }
            for n in 0..40 {
                let person = components.person_of(account(n));
                prop_assert_eq!(person, alone(account(model.root(n))));
                let expected: Vec<_> = (0..40).filter(|m| model.root(*m) == model.root(n)).map(account).collect();
                prop_assert_eq!(components.members(person), expected);
            }
        }
    }
}

#[test]
fn a_person_stops_growing_at_its_limit() {
    let mut components = Components::default();
    (0..=MEMBERS_MAX).for_each(|n| components.add(account(n), alone(account(n)), 0));
    for n in 1..MEMBERS_MAX {
        assert_eq!(components.link(account(0), account(n)), Link::Merged);
    }
    assert_eq!(components.link(account(0), account(MEMBERS_MAX)), Link::TooLarge);
    assert_eq!(components.link(account(1), account(2)), Link::Known);
}

#[test]
fn a_person_has_the_highest_tier_of_its_accounts() {
    let mut components = Components::default();
    for (n, tier) in [(0, 1), (1, 4), (2, 2)] {
        components.add(account(n), alone(account(n)), tier);
    }
    components.link(account(2), account(0));
    assert_eq!(components.tier(alone(account(0))), 2);
    components.link(account(1), account(2));
    assert_eq!(components.tier(alone(account(0))), 4);
}

fn identifier(number: usize) -> Identifier {
    if number.is_multiple_of(2) { device(number as u64) } else { phone(number as u64) }
}

/// Feeds links in batches of `sizes` and gives the identifiers by person.
async fn stored_partition(db: &TestDb, links: &[(usize, usize)], sizes: &[usize]) -> BTreeSet<Vec<usize>> {
    let world = world(1);
    let mut rest = links;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (batch, tail) = rest.split_at(sizes.next().copied().unwrap_or(1).min(rest.len()));
        let requests: Vec<_> = batch.iter().map(|(a, b)| vec![identifier(*a), identifier(*b)]).collect();
        let seen = world.seen(db, &requests).await.unwrap();
        assert!(seen.iter().all(|resolved| resolved.component.contains(&resolved.account)));
        rest = tail;
    }
    let mut persons: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for number in 0..16 {
        if let Some(person) = world.found(db, &identifier(number)).await {
            persons.entry(person.id.raw()).or_default().push(number);
        }
    }
    persons.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_order_and_batching_of_links_stores_the_components_of_a_plain_union_find(
        (links, shuffled) in links_and_another_order(16),
        sizes in prop::collection::vec(1_usize..12, 1..6),
    ) {
        let model = Model::of(16, &links);
        let mut expected: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..16 {
            if links.iter().any(|(a, b)| *a == number || *b == number) {
                expected.entry(model.root(number)).or_default().push(number);
            }
        }
        let expected: BTreeSet<Vec<usize>> = expected.into_values().collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for (order, sizes) in [(&links, sizes.as_slice()), (&shuffled, &[1])] {
                for engine in [Engine::Sqlite, Engine::Postgres] {
                    if let Some(db) = TestDb::on(engine, &[MIGRATIONS]).await {
                        prop_assert_eq!(&stored_partition(&db, order, sizes).await, &expected);
                        assert_sound(&db).await;
                    }
                }
            }
            Ok(())
        })?;
    }
}
