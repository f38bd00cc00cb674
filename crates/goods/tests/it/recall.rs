//! Calling goods back by batch, range, case and shipment.

use tallymark_base::id::BatchId;
use tallymark_base::{Clock as _, Fault as _};
use tallymark_codes::{Face, Level};
use tallymark_goods::{
    Association, Error, NewBatch, NewOperation, NewRecall, Recall, RecallScope, RecallText, State, Unit, recall,
};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, unit};

fn new(scope: RecallScope) -> NewRecall {
    let text = |language: &str, message: &str| RecallText {
        language: language.into(),
        message: message.into(),
        instructions: "Stop drinking.\nBring it back to any store.".into(),
    };
    NewRecall {
        scope,
        texts: vec![text("zh-CN", "瓶盖可能漏气"), text("en", "The cap may leak")],
        reason: "complaint 17".into(),
    }
}

async fn call_back(world: &World, scope: RecallScope) -> Result<Recall, Error> {
    let mut tx = world.db.store.write().await.unwrap();
    let reach = recall::reach(&mut tx, world.tenant, &scope, world.db.clock.now()).await?;
    let made = recall::create(&mut tx, world.tenant, &world.db.ids, &*world.db.clock, new(scope), &reach).await?;
    tx.commit().await.unwrap();
    Ok(made)
}

async fn lift(world: &World, id: tallymark_base::id::RecallId) -> Result<(Recall, Recall), Error> {
    let mut tx = world.db.store.write().await.unwrap();
    let lifted = recall::lift(&mut tx, world.tenant, &world.db.ids, &*world.db.clock, id, "tested").await?;
    tx.commit().await.unwrap();
    Ok(lifted)
}

/// The serials of a level whose codes say that they are recalled.
async fn recalled(world: &World, batch: BatchId, level: Level, count: u64) -> Vec<u64> {
    let catalog = world.catalog().await;
    let is_recalled = |serial: &u64| {
        let code = catalog.code(batch, level, Face::Outer, *serial).unwrap();
        matches!(catalog.read(code.as_str()).unwrap().state, State::Recalled { .. })
    };
    (0..count).filter(is_recalled).collect()
}

both_engines! { MIGRATIONS;
    async fn a_case_is_recalled_with_what_lies_in_it_and_a_range_alone(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(60, 6, 5)).await.unwrap().id;
        // Bottle 7 stood in case 1 and was taken out; bottle 40 was put into it.
        let (case, out, other) = (Unit::one(batch, Level::Case, 1), unit(batch, Level::Item, 7..=7), unit(batch, Level::Item, 40..=40));
        let now = world.db.clock.now();
        let done = world.record(vec![
            (NewOperation::Unpack { units: vec![out] }, now),
            (NewOperation::Pack { pack: case, units: vec![other], moves: true }, now),
        ]);
        assert!(done.await.unwrap().iter().all(Result::is_ok));
        let before = world.revision().await;
        let made = call_back(&world, RecallScope::Units { units: vec![case] }).await.unwrap();
        assert_eq!(made.items, 6);
        assert!(world.revision().await > before, "every server's next scan sees it");
        assert_eq!(recalled(&world, batch, Level::Item, 60).await, [6, 8, 9, 10, 11, 40]);
        assert_eq!(recalled(&world, batch, Level::Case, 10).await, [1]);
        assert_eq!(recalled(&world, batch, Level::Pallet, 2).await, [0_u64; 0]);
        let range = call_back(&world, RecallScope::Units { units: vec![unit(batch, Level::Item, 0..=2)] }).await.unwrap();
        assert_eq!((range.items, recalled(&world, batch, Level::Item, 60).await.len()), (3, 9));
        let told = world.events("goods.recalled").await;
        assert_eq!(told.iter().map(|event| event["data"]["items"].as_i64().unwrap()).collect::<Vec<_>>(), [6, 3]);
    }

    async fn what_a_line_packed_is_recalled_by_its_shipment_as_it_was_sent(db: TestDb) {
        let world = World::new(db).await;
        let (dealer, store) = (world.new_organisation("dealer").await, world.new_organisation("store").await);
        let order = NewBatch { association: Association::OnLine, ..world.order(40, 4, 2) };
        let batch = world.create(order).await.unwrap().id;
        let (case, pallet) = (Unit::one(batch, Level::Case, 3), Unit::one(batch, Level::Pallet, 1));
        let bottles = vec![unit(batch, Level::Item, 5..=5), unit(batch, Level::Item, 20..=22)];
        let now = world.db.clock.now();
        let mut done = world.record(vec![
            (NewOperation::Pack { pack: case, units: bottles, moves: false }, now),
            (NewOperation::Pack { pack: pallet, units: vec![case], moves: false }, now),
            (NewOperation::Ship { units: vec![pallet], to: dealer, from: None }, now),
            (NewOperation::Ship { units: vec![unit(batch, Level::Item, 21..=21)], to: store, from: None }, now),
        ]).await.unwrap();
        let shipped = done.remove(2).unwrap().id;
        let made = call_back(&world, RecallScope::Operation { operation: shipped }).await.unwrap();
        assert_eq!(made.items, 4);
        // The bottle that went on alone was in the shipment too.
        assert_eq!(recalled(&world, batch, Level::Item, 40).await, [5, 20, 21, 22]);
        assert_eq!((recalled(&world, batch, Level::Case, 10).await, recalled(&world, batch, Level::Pallet, 5).await), (vec![3], vec![1]));
        let mut tx = world.db.store.read().await.unwrap();
        let reach = recall::reached(&mut tx, world.tenant, made.id).await.unwrap();
        let extent = recall::extent(&mut tx, world.tenant, &reach).await.unwrap();
        let holders: Vec<_> = extent.holders.iter().map(|holder| (holder.organisation, holder.items)).collect();
        assert_eq!(holders, [(Some(dealer), 3), (Some(store), 1)]);
        // A case that was not called back by itself, with such a bottle in it.
        drop(tx);
        let other = Unit::one(batch, Level::Case, 4);
        let pack = NewOperation::Pack { pack: other, units: vec![unit(batch, Level::Item, 21..=21)], moves: false };
        assert!(world.record(vec![(pack, now)]).await.unwrap().pop().unwrap().is_ok());
        let mut tx = world.db.store.read().await.unwrap();
        let found = recall::recalls_of(&mut tx, world.tenant, other).await.unwrap();
        assert_eq!(found.iter().map(|recall| recall.id).collect::<Vec<_>>(), [made.id]);
        assert!(recall::recalls_of(&mut tx, world.tenant, Unit::one(batch, Level::Case, 5)).await.unwrap().is_empty());
    }

    async fn the_latest_recall_speaks_and_a_lifted_one_is_silent(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(20, 5, 2)).await.unwrap().id;
        world.activate(batch, None).await.unwrap();
        world.void(batch, 3..=3, "torn").await.unwrap();
        let whole = call_back(&world, RecallScope::Batch { batch }).await.unwrap();
        assert_eq!(whole.items, 20);
        let part = call_back(&world, RecallScope::Units { units: vec![unit(batch, Level::Item, 2..=3)] }).await.unwrap();
        let speaks = |serial: u64| {
            let world = &world;
            async move {
                let catalog = world.catalog().await;
                let code = catalog.code(batch, Level::Item, Face::Outer, serial).unwrap();
                catalog.read(code.as_str()).unwrap().state
            }
        };
        let by = |state: State| if let State::Recalled { notice } = state { Some(notice.id) } else { None };
        assert_eq!((by(speaks(1).await), by(speaks(2).await), by(speaks(3).await)), (Some(whole.id), Some(part.id), Some(part.id)));
        lift(&world, part.id).await.unwrap();
        assert_eq!(by(speaks(2).await), Some(whole.id));
        assert_eq!(lift(&world, part.id).await.unwrap_err().code(), "goods.recall_lifted");
        lift(&world, whole.id).await.unwrap();
        assert_eq!((speaks(2).await, speaks(3).await), (State::Active, State::Void { reason: "torn".into() }));
        let mut tx = world.db.store.read().await.unwrap();
        let listed = recall::list(&mut tx, world.tenant, None, 10).await.unwrap();
        assert_eq!(listed.iter().map(|recall| (recall.id, recall.lift_reason.as_deref())).collect::<Vec<_>>(), [
            (part.id, Some("tested")), (whole.id, Some("tested")),
        ]);
    }

    async fn another_brands_goods_are_not_recalled(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(20, 5, 2)).await.unwrap().id;
        let made = call_back(&world, RecallScope::Batch { batch }).await.unwrap();
        let other = world.new_tenant("other.example").await;
        let mut tx = world.db.store.write().await.unwrap();
        let now = world.db.clock.now();
        for scope in [
            RecallScope::Batch { batch },
            RecallScope::Units { units: vec![Unit::one(batch, Level::Item, 1)] },
        ] {
            let refused = recall::reach(&mut tx, other, &scope, now).await.unwrap_err();
            assert_eq!(refused.code(), "goods.batch_not_found");
        }
        assert_eq!(recall::find(&mut tx, other, made.id).await.unwrap_err().code(), "goods.recall_not_found");
        let (ids, clock) = (&world.db.ids, &*world.db.clock);
        let refused = recall::lift(&mut tx, other, ids, clock, made.id, "not theirs").await.unwrap_err();
        assert_eq!(refused.code(), "goods.recall_not_found");
    }
}
