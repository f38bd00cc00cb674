//! Shipping goods, and who holds them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use tallymark_base::id::{BatchId, OrganisationId, ShipmentId};
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_codes::Level;
use tallymark_goods::shipments::{self, Filter};
use tallymark_goods::{Custody, Unit, carry_over, catalog, custodians, custody_chain, has_old_custody, shipment};
use tallymark_partners::organisation;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

use crate::world::{MIGRATIONS, World, unit};

async fn holders(world: &World, items: &[(BatchId, u64)]) -> HashMap<(BatchId, u64), Custody> {
    let mut tx = world.db.store.read().await.unwrap();
    let catalog = catalog(&mut tx, world.tenant, &world.db.master).await.unwrap();
    custodians(&mut tx, world.tenant, &catalog, items).await.unwrap()
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
            assert_eq!(holder(serial), Some((dealer, Some(first.id))), "{serial}");
        }
        for serial in [120, 129] {
            assert_eq!(holder(serial), Some((store, Some(second.id))), "{serial}");
        }

        let mut tx = world.db.store.read().await.unwrap();
        let chain = custody_chain(&mut tx, world.tenant, Unit::one(batch, Level::Item, 125)).await.unwrap();
        let custody = |organisation, shipment| Custody { organisation, shipment: Some(shipment), since: start(), gone: None };
        assert_eq!(chain, [custody(dealer, first.id), custody(store, second.id)]);
        assert_eq!(custody_chain(&mut tx, world.tenant, Unit::one(batch, Level::Item, 130)).await.unwrap(), [custody(dealer, first.id)]);
        assert_eq!(shipment(&mut tx, world.tenant, first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(first.units, units);
        assert_eq!(shipment(&mut tx, world.tenant, ShipmentId::from_raw(1)).await.unwrap(), None);
        drop(tx);

        let events = world.events("goods.shipped").await;
        assert_eq!(events[1]["data"], json!({
            "shipment": second.id.to_string(), "organisation": store.to_string(), "batch": batch.to_string(),
            "product": world.product.to_string(), "first": 120, "last": 129, "items": 10, "level": null,
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
        // One about the pallet, one about the two cases beside it.
        assert_eq!(world.count("SELECT COUNT(*) FROM goods_fact").await, 2);
        let found = holders(&world, &[0, 49, 50, 69, 70].map(|serial| (batch, serial))).await;
        assert_eq!(found.len(), 4);
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
        let asked: Vec<_> = (0..700).map(|serial| (first, serial)).chain([(second, 9)]).collect();
        let found = holders(&world, &asked).await;
        for (batch, serial) in asked {
            let expected = if batch == first && serial % 2 == 0 { store } else { dealer };
            assert_eq!(found[&(batch, serial)].organisation, expected, "{serial}");
        }
        world.ship(dealer, vec![unit(first, Level::Case, 0..=9_999)]).await.unwrap();
        assert!(holders(&world, &[(first, 0), (first, 1)]).await.values().all(|held| held.organisation == dealer));
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
        // Items 0 to 69 of the first batch and 100 of the second.
        let asked: Vec<_> = (0..100).flat_map(|serial| [(one, serial), (two, serial)]).collect();
        assert_eq!(holders(&world, &asked).await.len(), 70 + 100);
        // The second batch has a fact of each shipment: nothing that was decided at the same time was lost.
        let mut tx = world.db.store.read().await.unwrap();
        assert_eq!(custody_chain(&mut tx, world.tenant, Unit::one(two, Level::Item, 7)).await.unwrap().len(), 20);
    }

    async fn shipments_of_an_older_program_are_recorded_again_and_told_once(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        // As it kept them: what was asked for, and each run of items that somebody got.
        let old = [(1_i64 << 40, dealer, Level::Pallet, 0_i64, (0_i64, 49_i64)), (2 << 40, store, Level::Case, 2, (20, 29))];
        let mut tx = world.db.store.write().await.unwrap();
        for (id, to, level, serial, (first, last)) in old {
            let (at, tenant) = (start().0 + id, world.tenant.raw());
            let values = [id.into(), tenant.into(), to.raw().into(), at.into()];
            tx.execute("INSERT INTO shipment (shipment_id, tenant_id, organisation_id, at) VALUES ($1, $2, $3, $4)", &values)
                .await
                .unwrap();
            let values = [id, 0, tenant, batch.raw(), level.as_i64(), serial, serial].map(Into::into);
            let sql = "INSERT INTO shipment_unit (shipment_id, line, tenant_id, batch_id, level, first_serial, last_serial)
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
            tx.execute(sql, &values).await.unwrap();
            let values = [batch.raw(), first, id, tenant, last, to.raw(), at].map(Into::into);
            let sql = "INSERT INTO custody_history (batch_id, first_serial, shipment_id, tenant_id, last_serial,
                                                    organisation_id, since)
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
            tx.execute(sql, &values).await.unwrap();
        }
        assert!(has_old_custody(&mut tx).await.unwrap());
        assert_eq!(carry_over(&mut tx, &world.db.context()).await.unwrap(), 2);
        assert!(!has_old_custody(&mut tx).await.unwrap());
        tx.commit().await.unwrap();
        let asked: Vec<_> = [0, 19, 20, 29, 30, 49, 50].map(|serial| (batch, serial)).to_vec();
        let found = holders(&world, &asked).await;
        let holder = |serial| found.get(&(batch, serial)).map(|held| (held.organisation, held.shipment));
        let shipment = |place: usize| Some(ShipmentId::from_raw(old[place].0));
        for serial in [0, 19, 30, 49] {
            assert_eq!(holder(serial), Some((dealer, shipment(0))), "{serial}");
        }
        for serial in [20, 29] {
            assert_eq!(holder(serial), Some((store, shipment(1))), "{serial}");
        }
        assert_eq!(holder(50), None);
        assert!(world.events("goods.shipped").await.is_empty());
        let mut tx = world.db.store.write().await.unwrap();
        assert_eq!(carry_over(&mut tx, &world.db.context()).await.unwrap(), 0);
    }

    async fn a_shipment_that_makes_no_sense_is_refused_and_moves_nothing(db: TestDb) {
        let mut world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let good = unit(batch, Level::Case, 0..=0);
        let refused: [(OrganisationId, Vec<Unit>, &str, Kind); 6] = [
            (dealer, vec![], "goods.units", Kind::Invalid),
            (dealer, vec![good; 1_001], "goods.units", Kind::Invalid),
            (dealer, vec![good, unit(batch, Level::Case, 0..=10)], "goods.no_such_serials", Kind::Invalid),
            (dealer, vec![good, Unit { first_serial: 1, ..unit(batch, Level::Pallet, 0..=0) }], "goods.no_such_serials", Kind::Invalid),
            (dealer, vec![unit(BatchId::from_raw(1), Level::Case, 0..=0)], "goods.batch_not_found", Kind::NotFound),
            (OrganisationId::from_raw(1), vec![good], "goods.organisation_not_found", Kind::NotFound),
        ];
        for (to, units, code, kind) in refused {
            let error = world.ship(to, units).await.unwrap_err();
            assert_eq!((error.code(), error.kind()), (code, kind), "{error}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM goods_fact").await, 0);

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
fn a_unit_in_a_request_is_codes_of_a_level_by_serial() {
    let body = json!({"batch": BatchId::from_raw(1 << 40).to_string(), "level": "pallet", "first": 2, "last": 3});
    let read: Unit = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(read, unit(BatchId::from_raw(1 << 40), Level::Pallet, 2..=3));
    assert_eq!(serde_json::to_value(read).unwrap(), body);
}

both_engines! { MIGRATIONS;
    async fn shipments_are_listed_newest_first_as_far_as_their_reader_sees(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let batch = world.create(world.order(1_000, 10, 5)).await.unwrap().id;
        let mut sent = Vec::new();
        for case in 0..9 {
            let to = if case % 3 == 0 { store } else { dealer };
            sent.push(world.ship(to, vec![unit(batch, Level::Case, case..=case)]).await.unwrap());
        }
        let mut tx = world.db.store.read().await.unwrap();
        let all = Filter::default();
        let first = shipments::page(&mut tx, world.tenant, (None, &all), (None, None), 5).await.unwrap();
        let rest = (first.last().map(|line| line.id), None);
        let second = shipments::page(&mut tx, world.tenant, (None, &all), rest, 5).await.unwrap();
        let listed: Vec<_> = first.iter().chain(&second).map(|line| (line.id, line.to, line.units)).collect();
        let expected: Vec<_> = sent.iter().rev().map(|one| (one.id, one.to, 1)).collect();
        assert_eq!(listed, expected);
        let to_store = Filter { to: Some(store), ..Filter::default() };
        assert_eq!(shipments::count(&mut tx, world.tenant, (None, &to_store)).await.unwrap(), 3);
        let within = organisation::subtree_of(&mut tx, world.tenant, dealer).await.unwrap().unwrap();
        assert_eq!(shipments::count(&mut tx, world.tenant, (Some(&within), &all)).await.unwrap(), 6);
        let hidden = shipments::page(&mut tx, world.tenant, (Some(&within), &to_store), (None, None), 5).await;
        assert_eq!(hidden.unwrap_err().code(), "goods.organisation_not_found");
    }
}
