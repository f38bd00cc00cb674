//! Lists of scans: everyone once, in order, by every filter.

use std::time::Duration;

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, ScanId};
use tallymark_scan::list::{self, BATCHES_MAX, Filter, Place};
use tallymark_scan::types::{Scan, Verdict};
use tallymark_scan::{ALL_MIGRATIONS, Error};
use tallymark_store::Engine;
use tallymark_store::keyset::Period;
use tallymark_testkit::both_engines;

use crate::world::World;

async fn all(world: &World, filter: &Filter, limit: usize) -> Vec<Scan> {
    let mut tx = world.context.store.read().await.unwrap();
    let (mut scans, mut place) = (Vec::new(), Place::default());
    loop {
        let page = list::page(&mut tx, world.tenant, filter, place, limit).await.unwrap();
        let Some(last) = page.last() else { break };
        place.after = Some(last.id);
        scans.extend(page);
    }
    assert_eq!(list::count(&mut tx, world.tenant, filter).await.unwrap(), scans.len() as i64, "{filter:?}");
    scans
}

both_engines! { *ALL_MIGRATIONS;
    async fn every_scan_is_listed_once_and_by_what_it_was_found_to_be(db: TestDb) {
        let world = World::new(db).await;
        let mut sent: Vec<ScanId> = Vec::new();
        for serial in 0..20 {
            sent.push(world.scan(world.view(serial, u128::from(serial))).await.id);
        }
        world.db.clock.advance(Duration::from_secs(3600));
        let middle = world.context.clock.now();
        let mut wrong = world.view(0, 1);
        wrong.code = "0123456789ABCDEF".to_owned();
        sent.push(world.scan(wrong).await.id);
        let ids = |scans: &[Scan]| scans.iter().map(|scan| scan.id).collect::<Vec<ScanId>>();
        let newest: Vec<ScanId> = sent.into_iter().rev().collect();
        assert_eq!(ids(&all(&world, &Filter::default(), 6).await), newest);
        let unknown = Filter { verdict: Some(Verdict::Unknown), ..Filter::default() };
        assert_eq!(ids(&all(&world, &unknown, 6).await), newest[..1]);
        let batch = Filter { batches: Some(vec![world.batch]), ..Filter::default() };
        assert_eq!(ids(&all(&world, &batch, 6).await), newest[1..]);
        let nobody = Filter { batches: Some(vec![BatchId::from_raw(1)]), ..Filter::default() };
        assert!(all(&world, &nobody, 6).await.is_empty());
        let earlier = Filter { period: Period { from: None, until: Some(middle) }, ..Filter::default() };
        assert_eq!(ids(&all(&world, &earlier, 6).await), newest[1..]);
    }

    async fn a_scan_that_comes_meanwhile_moves_none_to_another_page(db: TestDb) {
        let world = World::new(db).await;
        let mut sent = Vec::new();
        for serial in 0..10 {
            sent.push(world.scan(world.view(serial, u128::from(serial))).await.id);
        }
        let page = async |place: Place| -> Vec<ScanId> {
            let mut tx = world.context.store.read().await.unwrap();
            let page = list::page(&mut tx, world.tenant, &Filter::default(), place, 4).await.unwrap();
            page.iter().map(|scan| scan.id).collect()
        };
        let first = page(Place::default()).await;
        let newer = world.scan(world.view(10, 10)).await.id;
        let second = page(Place { after: first.last().copied(), before: None }).await;
        assert_eq!([first.clone(), second.clone()].concat(), sent[2..].iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(page(Place { after: None, before: second.first().copied() }).await, first);
        assert_eq!(page(Place { after: None, before: first.first().copied() }).await, [newer]);
    }

    async fn scans_are_found_by_their_ids_without_going_through_all_of_a_brand(db: TestDb) {
        if db.store.engine() != Engine::Sqlite {
            return;
        }
        // The form of every statement that reads some scans.
        let sql = "EXPLAIN QUERY PLAN SELECT at FROM scan WHERE tenant_id = 1 AND scan_id IN (1, 2, 3, 4, 5, 6)";
        let mut tx = db.store.read().await.unwrap();
        let plan = tx.query(sql, &[]).await.unwrap();
        assert_eq!(plan[0].text(3).unwrap(), "SEARCH scan USING INTEGER PRIMARY KEY (rowid=?)");
    }

    async fn a_list_over_too_many_batches_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let many = (0..=BATCHES_MAX as i64).map(BatchId::from_raw).collect();
        let filter = Filter { batches: Some(many), ..Filter::default() };
        let mut tx = world.context.store.read().await.unwrap();
        let refused = list::page(&mut tx, world.tenant, &filter, Place::default(), 10).await;
        assert!(matches!(refused, Err(Error::TooManyBatches { max: BATCHES_MAX })));
    }
}
