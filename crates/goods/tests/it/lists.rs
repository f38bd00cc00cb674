//! Lists of what was done with goods, of what was not as it should be, and flows, against sums by hand.

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_codes::Level;
use tallymark_goods::flows::Sender;
use tallymark_goods::{
    Association, Error, ExceptionKind, Flow, NewBatch, NewOperation, OperationKind, Unit, exceptions, flows, operation,
    operations,
};
use tallymark_partners::{NewOrganisation, OrganisationKind, organisation};
use tallymark_store::keyset::Period;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::start;

use crate::world::{MIGRATIONS, World, unit};

async fn done(world: &World, operation: NewOperation) -> i64 {
    world.record(vec![(operation, start())]).await.unwrap().pop().unwrap().unwrap().id.raw()
}

async fn child(world: &World, parent: OrganisationId, code: &str) -> OrganisationId {
    let (db, mut tx) = (&world.db, world.db.store.write().await.unwrap());
    let (name, code) = (code.to_owned(), code.to_owned());
    let (kind, territory) = (OrganisationKind::Dealer, Vec::new());
    let new = NewOrganisation { parent: Some(parent), kind, name, code, adcode: None, territory };
    let made = organisation::create(&mut tx, world.tenant, &db.ids, &*db.clock, new).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

fn ship(units: Vec<Unit>, to: OrganisationId) -> NewOperation {
    NewOperation::Ship { units, to, from: None }
}

async fn flows_of(world: &World, filter: &flows::Filter) -> Vec<(Option<OrganisationId>, OrganisationId, i64, i64)> {
    let mut tx = world.db.store.read().await.unwrap();
    let found = flows::flows(&mut tx, world.tenant, filter).await.unwrap();
    // A number and the list behind it say the same.
    for Flow { sender, receiver, items, shipments, .. } in &found {
        let sender = sender.map_or(Sender::Brand, Sender::Organisation);
        let behind = flows::Filter { sender: Some(sender), receiver: Some(*receiver), ..filter.clone() };
        let behind = flows::shipments(&mut tx, world.tenant, &behind).await.unwrap();
        assert_eq!((behind.iter().map(|one| one.items).sum(), behind.len() as i64), (*items, *shipments));
    }
    found.into_iter().map(|flow| (flow.sender, flow.receiver, flow.items, flow.shipments)).collect()
}

async fn listed(world: &World, filter: &operations::Filter) -> Vec<i64> {
    let mut tx = world.db.store.read().await.unwrap();
    let page = operations::page(&mut tx, world.tenant, filter, (None, None), 100).await.unwrap();
    let count = operations::count(&mut tx, world.tenant, filter).await.unwrap();
    assert_eq!(count, page.len() as i64, "{filter:?}");
    page.into_iter().map(|line| line.id.raw()).collect()
}

both_engines! { MIGRATIONS;
    async fn a_flow_is_the_sum_of_its_shipments_by_who_held_the_goods_before(db: TestDb) {
        let world = World::new(db).await;
        let (north, south) = (world.new_organisation("north").await, world.new_organisation("south").await);
        // 10 cases of 10 bottles; 5 on each of 2 pallets.
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        done(&world, ship(vec![unit(batch, Level::Pallet, 0..=1)], north)).await;
        // Two cases of the north, and one bottle of a third: 21 items in one shipment.
        done(&world, ship(vec![unit(batch, Level::Case, 0..=1), Unit::one(batch, Level::Item, 25)], south)).await;
        // A case that lies on the pallet which is named too counts once.
        done(&world, ship(vec![Unit::one(batch, Level::Pallet, 1), Unit::one(batch, Level::Case, 5)], south)).await;
        // What the line packed counts by what lies in it; the case comes from the brand and from nobody else.
        let line = NewBatch { association: Association::OnLine, ..world.order(24, 12, 0) };
        let line = world.create(line).await.unwrap().id;
        let case = Unit::one(line, Level::Case, 1);
        let units = vec![unit(line, Level::Item, 3..=9)];
        done(&world, NewOperation::Pack { pack: case, units, moves: false }).await;
        done(&world, ship(vec![case], south)).await;
        let all = flows::Filter::default();
        assert_eq!(flows_of(&world, &all).await, [
            (None, north, 100, 1), (Some(north), south, 71, 2), (None, south, 7, 1),
        ]);
        let of = flows::Filter { batch: Some(line), ..all.clone() };
        assert_eq!(flows_of(&world, &of).await, [(None, south, 7, 1)]);
        let of = flows::Filter { product: Some(world.product), receiver: Some(north), ..all.clone() };
        assert_eq!(flows_of(&world, &of).await, [(None, north, 100, 1)]);
        let later = Period { from: Some("2099-01-01T00:00:00Z".parse().unwrap()), until: None };
        assert_eq!(flows_of(&world, &flows::Filter { period: later, ..all }).await, []);
    }

    async fn operations_are_listed_by_kind_organisation_and_batch(db: TestDb) {
        let world = World::new(db).await;
        let (north, south) = (world.new_organisation("north").await, world.new_organisation("south").await);
        let one = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let other = world.create(world.order(100, 10, 5)).await.unwrap().id;
        let first = done(&world, ship(vec![Unit::one(one, Level::Pallet, 0)], north)).await;
        let both = done(&world, ship(vec![Unit::one(one, Level::Pallet, 1), Unit::one(other, Level::Pallet, 0)], south)).await;
        let arrived = done(&world, NewOperation::Receive { units: vec![Unit::one(one, Level::Pallet, 0)], by: south }).await;
        let opened = done(&world, NewOperation::Open { packs: vec![Unit::one(other, Level::Case, 9)] }).await;
        let all = operations::Filter::default();
        assert_eq!(listed(&world, &all).await, [opened, arrived, both, first]);
        let of = |kind, organisation, batch| operations::Filter { kind, organisation, batch, period: Period::default() };
        assert_eq!(listed(&world, &of(Some(OperationKind::Ship), None, None)).await, [both, first]);
        assert_eq!(listed(&world, &of(None, Some(south), None)).await, [arrived, both]);
        assert_eq!(listed(&world, &of(Some(OperationKind::Ship), Some(south), None)).await, [both]);
        assert_eq!(listed(&world, &of(None, None, Some(one))).await, [arrived, both, first]);
        assert_eq!(listed(&world, &of(None, Some(south), Some(other))).await, [both]);
        assert_eq!(listed(&world, &of(Some(OperationKind::Open), None, Some(one))).await, [0; 0]);
        let mut tx = world.db.store.read().await.unwrap();
        let page = operations::page(&mut tx, world.tenant, &of(None, None, Some(one)), (None, None), 2).await.unwrap();
        let [newest, middle] = &page[..] else { panic!("{page:?}") };
        assert_eq!((newest.id.raw(), middle.units, middle.items), (arrived, 2, 100));
        let rest = (Some(middle.id), None);
        let page = operations::page(&mut tx, world.tenant, &of(None, None, Some(one)), rest, 2).await.unwrap();
        assert_eq!(page.iter().map(|line| line.id.raw()).collect::<Vec<_>>(), [first]);
        let before = (None, Some(page[0].id));
        let page = operations::page(&mut tx, world.tenant, &of(None, None, Some(one)), before, 1).await.unwrap();
        assert_eq!(page.iter().map(|line| line.id.raw()).collect::<Vec<_>>(), [both]);
        let strange = of(None, None, Some(BatchId::from_raw(1)));
        let refused = operations::count(&mut tx, world.tenant, &strange).await;
        assert!(matches!(refused, Err(Error::BatchNotFound { .. })), "{refused:?}");
        // The operation itself tells what was not as it should be.
        let found = operation(&mut tx, world.tenant, newest.id).await.unwrap().unwrap();
        let told: Vec<_> = found.exceptions.iter().map(|one| (one.kind, one.expected)).collect();
        assert_eq!(told, [(ExceptionKind::ShippedToOther, Some(north))]);
    }

    async fn exceptions_are_listed_by_where_the_goods_arrived_and_cut_to_what_a_caller_sees(db: TestDb) {
        let world = World::new(db).await;
        let (north, south) = (world.new_organisation("north").await, world.new_organisation("south").await);
        let near = child(&world, south, "near").await;
        let batch = world.create(world.order(100, 10, 5)).await.unwrap().id;
        done(&world, ship(vec![Unit::one(batch, Level::Pallet, 0)], north)).await;
        let receive = |serials, by| NewOperation::Receive { units: vec![unit(batch, Level::Case, serials)], by };
        done(&world, receive(4..=5, near)).await;
        done(&world, receive(5..=5, near)).await;
        done(&world, receive(7..=7, north)).await;
        let mut tx = world.db.store.read().await.unwrap();
        let subtree = organisation::subtree_of(&mut tx, world.tenant, south).await.unwrap().unwrap();
        let all = exceptions::Filter::default();
        let page = exceptions::page(&mut tx, world.tenant, (None, &all), (None, None), 10).await.unwrap();
        let told: Vec<_> = page.iter().map(|line| (line.kind, line.organisation, line.unit.first_serial, line.expected)).collect();
        assert_eq!(told, [
            (ExceptionKind::NotShipped, north, 7, None),
            (ExceptionKind::ReceivedTwice, near, 5, Some(near)),
            (ExceptionKind::NotShipped, near, 5, None),
            (ExceptionKind::ShippedToOther, near, 4, Some(north)),
        ]);
        let older = (Some(page[1].id), None);
        let rest = exceptions::page(&mut tx, world.tenant, (None, &all), older, 10).await.unwrap();
        assert_eq!(rest, page[2..]);
        let never = exceptions::Filter { kind: Some(ExceptionKind::NotShipped), ..all.clone() };
        assert_eq!(exceptions::count(&mut tx, world.tenant, (None, &never)).await.unwrap(), 2);
        // Whoever is limited to the south does not learn that the north should have case 4.
        let within = Some(&subtree);
        let seen = exceptions::page(&mut tx, world.tenant, (within, &all), (None, None), 10).await.unwrap();
        assert_eq!(seen.iter().map(|line| line.expected).collect::<Vec<_>>(), [Some(near), None, None]);
        assert_eq!(exceptions::count(&mut tx, world.tenant, (within, &all)).await.unwrap(), 3);
        let outside = exceptions::Filter { organisation: Some(north), ..all };
        let refused = exceptions::count(&mut tx, world.tenant, (within, &outside)).await;
        assert!(matches!(refused, Err(Error::OrganisationNotFound { .. })), "{refused:?}");
    }
}
