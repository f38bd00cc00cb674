//! Shipping goods, and who holds them.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use tallymark_base::id::{BatchId, OrganisationId, ShipmentId};
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_codes::Level;
use tallymark_goods::{Custody, Unit, custodians, custody_chain, shipment};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{MIGRATIONS, World, unit};

async fn holders(world: &World, items: &[(BatchId, u64)]) -> HashMap<(BatchId, u64), Custody> {
    let mut tx = world.db.store.read().await.unwrap();
    custodians(&mut tx, world.tenant, items).await.unwrap()
}

both_engines! { MIGRATIONS;
    async fn a_case_shipped_on_leaves_the_rest_with_the_dealer(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let batch = world.create(world.order(1_000, 10, 5)).await.unwrap().id;
        let units = vec![unit(batch, Level::Pallet, 2..=3)];
        let first = world.ship(dealer, units.clone()).await.unwrap();
        let second = world.ship(store, vec![unit(batch, Level::Case, 12..=12)]).await.unwrap();
        // Pallets 2 and 3 hold items 100 to 199; case 12 holds items 120 to 129.
        let asked: Vec<_> = [99, 100, 119, 120, 129, 130, 199, 200].map(|serial| (batch, serial)).to_vec();
        let found = holders(&world, &asked).await;
        let holder = |serial| found.get(&(batch, serial)).map(|held| (held.organisation, held.shipment));
        for serial in [99, 200] {
            assert_eq!(holder(serial), None);
        }
        for serial in [100, 119, 130, 199] {
            assert_eq!(holder(serial), Some((dealer, first.id)), "{serial}");
        }
        for serial in [120, 129] {
            assert_eq!(holder(serial), Some((store, second.id)), "{serial}");
        }

        let mut tx = world.db.store.read().await.unwrap();
        let chain = custody_chain(&mut tx, world.tenant, batch, 125).await.unwrap();
        let custody = |organisation, shipment| Custody { organisation, shipment, since: start() };
        assert_eq!(chain, [custody(dealer, first.id), custody(store, second.id)]);
        assert_eq!(custody_chain(&mut tx, world.tenant, batch, 130).await.unwrap(), [custody(dealer, first.id)]);
        assert_eq!(shipment(&mut tx, world.tenant, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(first.units, units);
        assert_eq!(shipment(&mut tx, world.tenant, ShipmentId::from_raw(1)).await.unwrap(), None);
        drop(tx);

        let events = world.events("goods.shipped").await;
        assert_eq!(events[1]["data"], json!({
            "shipment": second.id.to_string(), "organisation": store.to_string(), "batch": batch.to_string(),
            "product": world.product.to_string(), "first": 120, "last": 129, "items": 10,
        }));
    }

    async fn neighbouring_and_repeated_units_of_a_shipment_are_one_run(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let batch = world.create(world.order(1_000, 10, 5)).await.unwrap().id;
        // Pallet 0 is cases 0 to 4.
        let units = [Level::Case, Level::Pallet, Level::Case, Level::Case].into_iter().zip([5_u64, 0, 3, 6]);
        let units = units.map(|(level, serial)| unit(batch, level, serial..=serial)).collect();
        world.ship(dealer, units).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM custody WHERE first_serial = 0 AND last_serial = 69").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM custody").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM shipment_unit").await, 4);
    }

    async fn a_shipment_may_hold_many_batches_and_a_run_may_end_in_many_pieces(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let first = world.create(world.order(10_000, 1, 0)).await.unwrap().id;
        let second = world.create(world.order(10, 5, 0)).await.unwrap().id;
        world.ship(dealer, vec![unit(first, Level::Case, 0..=9_999), unit(second, Level::Case, 0..=1)]).await.unwrap();
        // Every other case of the first 1,200: the dealer's run falls into 600 pieces. More than one statement's worth.
        let every_other = (0..600).map(|n| unit(first, Level::Case, 2 * n..=2 * n)).collect();
        world.ship(store, every_other).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM custody").await, 600 + 600 + 1);
        let asked: Vec<_> = (0..700).map(|serial| (first, serial)).chain([(second, 9)]).collect();
        let found = holders(&world, &asked).await;
        for (batch, serial) in asked {
            let expected = if batch == first && serial % 2 == 0 { store } else { dealer };
            assert_eq!(found[&(batch, serial)].organisation, expected, "{serial}");
        }
        world.ship(dealer, vec![unit(first, Level::Case, 0..=9_999)]).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM custody").await, 2);
    }

    async fn twenty_shipments_of_the_same_cases_at_once_leave_one_holder(db: TestDb) {
        let world = Arc::new(World::new(db).await);
        let dealer = world.new_organisation("dealer").await;
        let one = world.create(world.order(100, 1, 0)).await.unwrap().id;
        let two = world.create(world.order(100, 1, 0)).await.unwrap().id;
        let shipments: Vec<_> = (0..20_u64)
            .map(|n| {
                let world = world.clone();
                tokio::spawn(async move {
                    let mut units = vec![unit(one, Level::Case, n..=n + 50), unit(two, Level::Case, 0..=99)];
                    if n % 2 == 0 {
                        units.reverse();
                    }
                    world.ship(dealer, units).await.unwrap();
                })
            })
            .collect();
        for shipment in shipments {
            shipment.await.unwrap();
        }
        let items = "SELECT CAST(SUM(last_serial - first_serial + 1) AS BIGINT) FROM custody";
        // Items 0 to 69 of the first batch and 100 of the second, each once.
        assert_eq!(world.count(items).await, 70 + 100);
        let overlaps = "SELECT COUNT(*)
                          FROM custody a, custody b
                         WHERE a.batch_id = b.batch_id AND a.first_serial < b.first_serial
                           AND a.last_serial >= b.first_serial";
        assert_eq!(world.count(overlaps).await, 0);
    }

    async fn a_shipment_that_makes_no_sense_is_refused_and_moves_nothing(db: TestDb) {
        let mut world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let good = unit(batch, Level::Case, 0..=0);
        let refused: [(OrganisationId, Vec<Unit>, &str, Kind); 7] = [
            (dealer, vec![], "goods.units", Kind::Invalid),
            (dealer, vec![good; 1_001], "goods.units", Kind::Invalid),
            (dealer, vec![good, unit(batch, Level::Item, 0..=0)], "goods.unit_level", Kind::Invalid),
            (dealer, vec![good, unit(batch, Level::Case, 0..=10)], "goods.no_such_serials", Kind::Invalid),
            (dealer, vec![good, Unit { first_serial: 1, ..unit(batch, Level::Pallet, 0..=0) }], "goods.no_such_serials", Kind::Invalid),
            (dealer, vec![unit(BatchId::from_raw(1), Level::Case, 0..=0)], "goods.batch_not_found", Kind::NotFound),
            (OrganisationId::from_raw(1), vec![good], "goods.organisation_not_found", Kind::NotFound),
        ];
        for (to, units, code, kind) in refused {
            let error = world.ship(to, units).await.unwrap_err();
            assert_eq!((error.code(), error.kind()), (code, kind), "{error}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM custody").await, 0);

        // Another tenant can neither ship to the dealer nor ship the batch, nor see who holds it.
        world.ship(dealer, vec![good]).await.unwrap();
        world.tenant = world.new_tenant("other.example").await;
        assert_eq!(world.ship(dealer, vec![good]).await.unwrap_err().code(), "goods.organisation_not_found");
        let own = world.new_organisation("own").await;
        assert_eq!(world.ship(own, vec![good]).await.unwrap_err().code(), "goods.batch_not_found");
        assert!(holders(&world, &[(batch, 0)]).await.is_empty());
    }
}

#[test]
fn a_unit_in_a_request_is_cases_or_pallets_by_serial() {
    let body = json!({"batch": BatchId::from_raw(1 << 40).to_string(), "level": "pallet", "first": 2, "last": 3});
    let read: Unit = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(read, unit(BatchId::from_raw(1 << 40), Level::Pallet, 2..=3));
    assert_eq!(serde_json::to_value(read).unwrap(), body);
}

/// 60 items in cases of 4 on pallets of 3; the last pallet is full, too.
const ITEMS: u64 = 60;

/// To which of three organisations, and (level, first, last) of each unit.
type Step = (usize, Vec<(Level, u64, u64)>);

fn step() -> impl Strategy<Value = Step> {
    let cases = (0_u64..15, 0_u64..15).prop_map(|(a, b)| (Level::Case, a.min(b), a.max(b)));
    let pallets = (0_u64..5, 0_u64..5).prop_map(|(a, b)| (Level::Pallet, a.min(b), a.max(b)));
    (0_usize..3, prop::collection::vec(prop_oneof![3 => cases, 1 => pallets], 1..4))
}

/// Ships in the database and in a plain array of one holder an item, and compares after each shipment.
async fn custody_matches(db: TestDb, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let world = World::new(db).await;
    let mut organisations = Vec::new();
    for code in ["a", "b", "c"] {
        organisations.push(world.new_organisation(code).await);
    }
    let batch = world.create(world.order(ITEMS, 4, 3)).await.unwrap().id;
    let mut model: Vec<Vec<(OrganisationId, ShipmentId)>> = vec![Vec::new(); ITEMS as usize];
    let mut units_shipped = 0;
    for (to, units) in steps {
        units_shipped += units.len();
        let shipped = units.iter().map(|(level, first, last)| unit(batch, *level, *first..=*last)).collect();
        let shipment = world.ship(organisations[to], shipped).await.unwrap();
        for (item, chain) in (0..).zip(&mut model) {
            let inside = |(level, first, last): &(Level, u64, u64)| {
                let size = if *level == Level::Case { 4 } else { 12 };
                (*first..=*last).contains(&(item / size))
            };
            if units.iter().any(inside) {
                chain.push((organisations[to], shipment.id));
            }
        }
        let all: Vec<_> = (0..ITEMS).map(|serial| (batch, serial)).collect();
        let found = holders(&world, &all).await;
        for (serial, chain) in (0..).zip(&model) {
            let held = found.get(&(batch, serial)).map(|held| (held.organisation, held.shipment));
            prop_assert_eq!(held, chain.last().copied(), "item {}", serial);
        }
        // A unit adds itself and splits one run at most.
        let rows = world.count("SELECT COUNT(*) FROM custody").await;
        prop_assert!(rows <= 2 * units_shipped as i64, "{} rows for {} units", rows, units_shipped);
    }
    let mut tx = world.db.store.read().await.unwrap();
    for (serial, expected) in (0..).zip(&model) {
        let chain = custody_chain(&mut tx, world.tenant, batch, serial).await.unwrap();
        let chain: Vec<_> = chain.iter().map(|held| (held.organisation, held.shipment)).collect();
        prop_assert_eq!(&chain, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_sequence_of_shipments_matches_an_array_of_holders(steps in prop::collection::vec(step(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            runtime.block_on(async {
                match TestDb::on(engine, &MIGRATIONS).await {
                    Some(db) => custody_matches(db, steps.clone()).await,
                    None => Ok(()),
                }
            })?;
        }
    }
}
