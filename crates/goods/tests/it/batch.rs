//! Ordering codes.

use std::sync::Arc;

use serde_json::json;
use tallymark_base::id::{BatchId, ProductId};
use tallymark_base::{Fault as _, Kind, TypedId as _};
use tallymark_codes::{CodeLength, Face, Level};
use tallymark_goods::{BatchStatus, Error, Faces, NewBatch, batch};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::world::{MIGRATIONS, World, unit};

/// (first index, number of codes) of every range, in order of index.
async fn ranges(db: &TestDb) -> Vec<(i64, i64)> {
    let mut tx = db.store.read().await.unwrap();
    let rows = tx.query("SELECT first_index, codes FROM code_range ORDER BY first_index", &[]).await.unwrap();
    rows.iter().map(|row| (row.int(0).unwrap(), row.int(1).unwrap())).collect()
}

/// The status of a batch after what was done with it.
async fn status(world: &World, id: BatchId) -> BatchStatus {
    world.find(id).await.unwrap().status
}

both_engines! { MIGRATIONS;
    async fn a_batch_lives_from_a_draft_to_its_recall(db: TestDb) {
        let world = World::new(db).await;
        let context = world.db.context();
        let draft = world.create(NewBatch { draft: true, ..world.order(20, 5, 2) }).await.unwrap();
        let thrown = world.create(NewBatch { draft: true, ..world.order(20, 5, 2) }).await.unwrap();
        assert_eq!((draft.status, ranges(&world.db).await), (BatchStatus::Draft, vec![]));
        // Without codes there is nothing to print, to make live or to ship.
        assert_eq!(world.activate(draft.id, None).await.unwrap_err().code(), "goods.draft");
        let minted = world.catalog().await.code(draft.id, Level::Item, Face::Outer, 0);
        assert_eq!(minted.unwrap_err().code(), "goods.draft");
        let mut tx = context.store.write().await.unwrap();
        let now = tallymark_base::Clock::now(&*world.db.clock);
        assert_eq!(batch::printed(&mut tx, world.tenant, draft.id, now).await.unwrap_err().code(), "goods.draft");
        batch::discard(&mut tx, world.tenant, thrown.id).await.unwrap();
        let ordered = batch::order(&mut tx, world.tenant, &context.ids, &*context.clock, draft.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((ordered.status, status(&world, draft.id).await), (BatchStatus::Ready, BatchStatus::Ready));
        assert_eq!(world.find(thrown.id).await, None);
        assert_eq!(ranges(&world.db).await, [(0, 20), (20, 4), (24, 2)]);
        let mut tx = context.store.write().await.unwrap();
        let again = batch::order(&mut tx, world.tenant, &context.ids, &*context.clock, draft.id).await;
        assert_eq!(again.unwrap_err().code(), "goods.not_draft");
        drop(tx);
        let mut tx = context.store.write().await.unwrap();
        assert_eq!(batch::discard(&mut tx, world.tenant, draft.id).await.unwrap_err().code(), "goods.not_draft");
        batch::printed(&mut tx, world.tenant, draft.id, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.find(draft.id).await.unwrap().printed_at, Some(now));
        assert_eq!(status(&world, draft.id).await, BatchStatus::Printed);
        world.activate(draft.id, Some(0..=9)).await.unwrap();
        assert_eq!(status(&world, draft.id).await, BatchStatus::PartlyActive);
        world.activate(draft.id, Some(10..=19)).await.unwrap();
        assert_eq!(status(&world, draft.id).await, BatchStatus::Active);
        crate::recall::call_back(&world, tallymark_goods::RecallScope::Batch { batch: draft.id }).await.unwrap();
        assert_eq!(status(&world, draft.id).await, BatchStatus::Recalled);
    }

    async fn a_batch_gets_a_range_for_each_level_and_the_next_one_follows(db: TestDb) {
        let world = World::new(db).await;
        let before = world.revision().await;
        let first = world.create(world.order(100, 12, 3)).await.unwrap();
        world.create(world.order(7, 0, 0)).await.unwrap();
        // 100 bottles, 9 cases, 3 pallets; then 7 bottles.
        assert_eq!(ranges(&world.db).await, [(0, 100), (100, 9), (109, 3), (112, 7)]);
        assert_eq!(world.revision().await, before + 2);
        assert_eq!(world.find(first.id).await, Some(first.clone()));
        assert_eq!(first.status, BatchStatus::Ready);
        let events = world.events("goods.batch_created").await;
        assert_eq!(events[0]["data"], json!({
            "batch": first.id.to_string(), "product": world.product.to_string(), "lot": "2026-07",
            "items": 100, "cases": 9, "pallets": 3, "faces": "outer_and_inner", "boxes": 0, "association": "by_range",
        }));
        let mut tx = world.db.store.read().await.unwrap();
        let page = batch::list(&mut tx, world.tenant, Some(first.id), 5).await.unwrap();
        assert_eq!(page.iter().map(|batch| batch.items).collect::<Vec<_>>(), [7]);
        assert_eq!(batch::list(&mut tx, world.tenant, None, 1).await.unwrap(), [first]);
    }

    async fn twenty_orders_at_once_get_ranges_without_gaps_or_overlaps(db: TestDb) {
        let world = Arc::new(World::new(db).await);
        let orders: Vec<_> = (0..20_u64)
            .map(|n| {
                let world = world.clone();
                tokio::spawn(async move {
                    let mut tx = world.db.store.write().await.unwrap();
                    let order = world.order(100 + n, 10, 3);
                    let made = batch::create(&mut tx, world.tenant, &world.db.ids, &*world.db.clock, order).await;
                    made.unwrap();
                    // Every fourth gives up after its indexes were taken: they go to another.
                    if n % 4 == 3 { tx.rollback().await.unwrap() } else { tx.commit().await.unwrap() }
                })
            })
            .collect();
        for order in orders {
            order.await.unwrap();
        }
        let ranges = ranges(&world.db).await;
        assert_eq!(ranges.len(), 15 * 3);
        let mut next = 0;
        for (first, codes) in ranges {
            assert_eq!(first, next);
            next = first + codes;
        }
        let expected: u64 = (0..20).filter(|n| n % 4 != 3).map(|n: u64| {
            let (items, cases) = (100 + n, (100 + n).div_ceil(10));
            items + cases + cases.div_ceil(3)
        }).sum();
        assert_eq!(next, expected as i64);
        assert_eq!(world.catalog().await.batches().len(), 15);
    }

    async fn a_tenant_gives_out_two_to_the_fortieth_codes_and_no_more(db: TestDb) {
        let world = World::new(db).await;
        let huge = world.create(world.order((1 << 40) - 1_000, 0, 0)).await.unwrap();
        // 901 items in 101 cases.
        let refused = world.create(world.order(901, 9, 0)).await.unwrap_err();
        assert!(matches!(refused, Error::CodesExhausted { needed: 1_002, left: 1_000 }), "{refused}");
        assert_eq!((refused.code(), refused.kind()), ("goods.codes_exhausted", Kind::Conflict));
        let last = world.create(world.order(1_000, 0, 0)).await.unwrap();
        assert!(matches!(
            world.create(world.order(1, 0, 0)).await,
            Err(Error::CodesExhausted { needed: 1, left: 0 })
        ));
        let catalog = world.catalog().await;
        for (batch, serial, index) in [(huge.id, (1_u64 << 40) - 1_001, (1_u64 << 40) - 1_001), (last.id, 999, (1 << 40) - 1)] {
            let code = catalog.code(batch, Level::Item, Face::Outer, serial).unwrap();
            let found = catalog.read(code.as_str()).unwrap();
            assert_eq!((found.batch, found.serial, found.index.get()), (batch, serial, index));
        }
    }

    async fn a_hundred_million_items_cost_a_handful_of_rows(db: TestDb) {
        let world = World::new(db).await;
        let dealer = world.new_organisation("dealer").await;
        let store = world.new_organisation("store").await;
        let batch = world.create(world.order(100_000_000, 24, 40)).await.unwrap();
        world.activate(batch.id, None).await.unwrap();
        world.void(batch.id, 1_000..=1_999, "broken glass").await.unwrap();
        world.ship(dealer, vec![unit(batch.id, Level::Pallet, 0..=99_999)]).await.unwrap();
        world.ship(store, vec![unit(batch.id, Level::Case, 500..=599)]).await.unwrap();
        // One batch, three ranges, one activation, one void; two shipments of one unit.
        for (expected, sql) in [
            (1, "SELECT COUNT(*) FROM code_batch"),
            (3, "SELECT COUNT(*) FROM code_range"),
            (1, "SELECT COUNT(*) FROM activation"),
            (1, "SELECT COUNT(*) FROM code_void"),
            (2, "SELECT COUNT(*) FROM shipment"),
            (2, "SELECT COUNT(*) FROM shipment_unit"),
            (2, "SELECT COUNT(*) FROM goods_operation"),
        ] {
            assert_eq!(world.count(sql).await, expected, "{sql}");
        }
        // Facts about pallets 0 to 99,999, pallets 12 to 14 that cases left, and those cases.
        assert!(world.count("SELECT COUNT(*) FROM goods_fact").await <= 6);
    }

    async fn an_order_that_makes_no_sense_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let order = || world.order(10, 2, 2);
        let refused = [
            (NewBatch { items: 0, ..order() }, "goods.items"),
            (NewBatch { items: u64::MAX, ..order() }, "goods.items"),
            (NewBatch { items_per_case: 0, ..order() }, "goods.pallets_without_cases"),
            (NewBatch { cases_per_pallet: u32::MAX, ..order() }, "goods.pack"),
            (NewBatch { lot: String::new(), ..order() }, "goods.text"),
            (NewBatch { product: ProductId::from_raw(1), ..order() }, "goods.product_not_found"),
        ];
        for (new, code) in refused {
            assert_eq!(world.create(new).await.unwrap_err().code(), code);
        }
        assert_eq!(world.find(BatchId::from_raw(1)).await, None);
    }
}

#[test]
fn a_request_for_codes_has_defaults_and_limits() {
    let product = ProductId::from_raw(1 << 40);
    let body = json!({"product": product.to_string(), "lot": "A", "items": 5, "items_per_case": 0, "faces": "outer"});
    let new: NewBatch = serde_json::from_value(body.clone()).unwrap();
    assert_eq!((new.length, new.cases_per_pallet, new.faces), (CodeLength::STANDARD, 0, Faces::Outer));
    let mut body = body;
    body["length"] = json!(20);
    assert_eq!(serde_json::from_value::<NewBatch>(body.clone()).unwrap().length, CodeLength::MAX);
    body["length"] = json!(21);
    assert!(serde_json::from_value::<NewBatch>(body).is_err());
}
