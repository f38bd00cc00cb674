//! Goods leave the channel over a counter, or destroyed, and what comes back.

use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_base::{Fault as _, Timestamp};
use tallymark_codes::Level;
use tallymark_goods::{
    Error, ExceptionKind, Gone, Holder, NewOperation, StepKind, Unit, history, holders_of_batch, whereabouts,
};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::own_events::{Asker, epc};
use crate::world::{MIGRATIONS, World, unit};

fn at(seconds: u64) -> Timestamp {
    start().plus(std::time::Duration::from_secs(seconds))
}

/// A batch of 12 bottles in cases of 6, shipped to a store.
async fn stocked(db: TestDb) -> (World, BatchId, OrganisationId) {
    let world = World::new(db).await;
    let batch = world.create(world.order(12, 6, 0)).await.unwrap().id;
    world.activate(batch, None).await.unwrap();
    let store = world.new_organisation("store").await;
    world.ship(store, vec![unit(batch, Level::Case, 0..=1)]).await.unwrap();
    (world, batch, store)
}

async fn one(
    world: &World,
    operation: NewOperation,
    second: u64,
) -> Result<Vec<(ExceptionKind, Option<OrganisationId>)>, Error> {
    let done = world.record(vec![(operation, at(second))]).await.unwrap().pop().unwrap()?;
    Ok(done.exceptions.iter().map(|one| (one.kind, one.expected)).collect())
}

both_engines! { MIGRATIONS;
    async fn what_is_sold_has_left_its_case_and_the_channel(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let bottle = unit(batch, Level::Item, 3..=3);
        assert_eq!(one(&world, NewOperation::Sell { units: vec![bottle], by: store }, 1).await.unwrap(), []);
        let mut tx = world.db.store.read().await.unwrap();
        let (held, packs) = whereabouts(&mut tx, world.tenant, bottle, None).await.unwrap();
        let held = held.unwrap();
        assert_eq!((held.organisation, held.gone, held.shipment, packs), (store, Some(Gone::Sold), None, Vec::new()));
        let (before, packs) = whereabouts(&mut tx, world.tenant, bottle, Some(start())).await.unwrap();
        assert_eq!((before.unwrap().gone, packs), (None, vec![Unit::one(batch, Level::Case, 0)]));
        let steps = history(&mut tx, world.tenant, bottle, None).await.unwrap();
        let last = steps.last().unwrap();
        assert_eq!((last.kind, last.organisation), (StepKind::Sold, Some(store)));
        let holders = holders_of_batch(&mut tx, world.tenant, batch, None).await.unwrap();
        let of = |gone| Holder { organisation: Some(store), gone };
        assert_eq!(holders.into_iter().collect::<Vec<_>>(), [(of(None), 11), (of(Some(Gone::Sold)), 1)]);
        drop(tx);
        let told = world.events("goods.sold").await;
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["data"]["items"], &told[0]["data"]["organisation"]), (&1.into(), &store.to_string().into()));
    }

    async fn a_case_is_sold_with_what_lies_in_it_and_nothing_more_is_done_with_it(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let (case, bottle) = (unit(batch, Level::Case, 0..=0), unit(batch, Level::Item, 3..=3));
        one(&world, NewOperation::Sell { units: vec![case], by: store }, 1).await.unwrap();
        let refused = [
            NewOperation::Ship { units: vec![bottle], to: store, from: None },
            NewOperation::Pack { pack: unit(batch, Level::Case, 1..=1), units: vec![bottle], moves: true },
            NewOperation::Unpack { units: vec![bottle] },
            NewOperation::Open { packs: vec![case] },
            NewOperation::Destroy { units: vec![bottle], by: store },
        ];
        for operation in refused {
            assert_eq!(one(&world, operation.clone(), 2).await.unwrap_err().code(), "goods.gone", "{operation:?}");
        }
        // A customer brings one bottle back to the store: that is nothing strange. It has left the case.
        assert_eq!(one(&world, NewOperation::Receive { units: vec![bottle], by: store }, 3).await.unwrap(), []);
        let mut tx = world.db.store.read().await.unwrap();
        let (held, packs) = whereabouts(&mut tx, world.tenant, bottle, None).await.unwrap();
        let held = held.unwrap();
        assert_eq!((held.organisation, held.gone, packs), (store, None, Vec::new()));
        let (other, _) = whereabouts(&mut tx, world.tenant, unit(batch, Level::Item, 4..=4), None).await.unwrap();
        assert_eq!(other.unwrap().gone, Some(Gone::Sold));
    }

    async fn a_sale_of_what_was_not_there_is_recorded_and_reported(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let other = world.new_organisation("other").await;
        let sell = |serial, by| NewOperation::Sell { units: vec![Unit::one(batch, Level::Item, serial)], by };
        assert_eq!(one(&world, sell(0, other), 1).await.unwrap(), [(ExceptionKind::ShippedToOther, Some(store))]);
        assert_eq!(one(&world, sell(0, store), 2).await.unwrap(), [(ExceptionKind::SoldBefore, Some(other))]);
        let received = NewOperation::Receive { units: vec![Unit::one(batch, Level::Item, 0)], by: other };
        assert_eq!(one(&world, received, 3).await.unwrap(), [(ExceptionKind::SoldBefore, Some(store))]);
        let fresh = world.create(world.order(6, 6, 0)).await.unwrap().id;
        let never = NewOperation::Sell { units: vec![Unit::one(fresh, Level::Item, 0)], by: store };
        assert_eq!(one(&world, never, 4).await.unwrap(), [(ExceptionKind::NotShipped, None)]);
    }

    async fn only_who_holds_goods_destroys_them(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let other = world.new_organisation("other").await;
        let bottle = unit(batch, Level::Item, 0..=1);
        let destroy = |by| NewOperation::Destroy { units: vec![bottle], by };
        assert_eq!(one(&world, destroy(other), 1).await.unwrap_err().code(), "goods.not_held_by_sender");
        assert_eq!(one(&world, destroy(store), 2).await.unwrap(), []);
        let sold = NewOperation::Sell { units: vec![bottle], by: store };
        assert_eq!(one(&world, sold, 3).await.unwrap(), [(ExceptionKind::DestroyedBefore, Some(store))]);
    }

    async fn sales_and_destruction_are_events_of_the_standard(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let (sold, broken) = (unit(batch, Level::Item, 3..=3), unit(batch, Level::Item, 4..=4));
        one(&world, NewOperation::Sell { units: vec![sold], by: store }, 1).await.unwrap();
        one(&world, NewOperation::Destroy { units: vec![broken], by: store }, 2).await.unwrap();
        let (catalog, asker) = (world.catalog().await, Asker::new(&world.db, world.tenant));
        let place = format!("https://brand.example/v1/organisations/{store}");
        let cases = [
            (sold, "retail_selling", "retail_sold", "OBSERVE"),
            (broken, "destroying", "destroyed", "DELETE"),
        ];
        for (unit, step, disposition, action) in cases {
            let found = asker.events(&format!("MATCH_epc={}&EQ_bizStep={step}", epc(&catalog, unit))).await;
            assert_eq!(found.len(), 1, "{step}");
            let event = &found[0];
            assert_eq!((&event["type"], &event["disposition"], &event["action"]), (&"ObjectEvent".into(), &disposition.into(), &action.into()));
            assert_eq!(event["epcList"], serde_json::json!([epc(&catalog, unit)]));
            assert_eq!(event["readPoint"]["id"], place);
            assert!(event.get("bizLocation").is_none(), "it is not there any more");
        }
        // Both left their case: told before.
        assert_eq!(asker.events("EQ_bizStep=unpacking&EQ_action=DELETE").await.len(), 2);
        let by_place = asker.events(&format!("EQ_readPoint={place}&EQ_disposition=retail_sold")).await;
        assert_eq!(by_place.len(), 1);
    }

    async fn a_till_that_speaks_epcis_sells_and_destroys(db: TestDb) {
        let (world, batch, store) = stocked(db).await;
        let (catalog, asker) = (world.catalog().await, Asker::new(&world.db, world.tenant));
        let place = format!("https://brand.example/v1/organisations/{store}");
        let item = |serial| unit(batch, Level::Item, serial..=serial);
        let event = |second: u32, step: &str, action: &str, serial: u64| {
            serde_json::json!({"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "ObjectEvent", "action": action, "bizStep": step, "eventTime": format!("2026-03-01T00:00:{second:02}Z"),
                "eventTimeZoneOffset": "+08:00", "epcList": [epc(&catalog, item(serial))], "readPoint": {"id": place}})
        };
        for told in [event(1, "retail_selling", "OBSERVE", 3), event(2, "destroying", "DELETE", 4)] {
            let (status, _, body) = asker.call("POST", "/events", told.to_string()).await;
            assert_eq!(status, 201, "{body}");
        }
        // Who destroys what was sold does not have it.
        let (status, _, body) = asker.call("POST", "/events", event(3, "destroying", "DELETE", 3).to_string()).await;
        assert_eq!(status, 400, "{body}");
        let mut tx = world.db.store.read().await.unwrap();
        for (serial, gone) in [(3, Some(Gone::Sold)), (4, Some(Gone::Destroyed)), (5, None)] {
            let (held, _) = whereabouts(&mut tx, world.tenant, item(serial), None).await.unwrap();
            assert_eq!(held.unwrap().gone, gone, "bottle {serial}");
        }
        assert_eq!(asker.events("EQ_bizStep=retail_selling").await.len(), 1, "what others told is not told again");
    }
}
