//! A search that somebody asked for is done once, one at a time, and told.

use std::sync::Arc;

use tallymark_base::Clock as _;
use tallymark_partners::{NewTenant, Tenant, tenant};
use tallymark_people::profile::{NewValue, put};
use tallymark_people::proposals::{LatestSearch, SearchState, begin_search, latest_search};
use tallymark_people::{EvidenceRule, Identifier, IdentifierKind, Seen, resolve};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tokio::sync::watch;

use super::*;
use crate::outside::{Outside, OutsideOptions};

struct World {
    db: Arc<TestDb>,
    tenant: Tenant,
    outside: Outside,
    /// Kept, or the work would think that the server stops.
    _stop: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let context = db.context();
        let new = NewTenant { name: "清泉".into(), hosts: vec!["spring.example".into()], zone: "UTC".into() };
        let made = crate::tenants::create(&context, new).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        let tenant = tenant::find(&mut tx, &context.master, made.tenant).await.unwrap().unwrap();
        drop(tx);
        let outside = Outside::open(OutsideOptions::default()).unwrap();
        let (stop, stopped) = watch::channel(false);
        Self { db: Arc::new(db), tenant, outside, _stop: stop, stopped }
    }

    /// Two people of different names, too few to learn from.
    async fn people(&self) {
        let (db, keys) = (&self.db, PeopleKeys::new(&self.tenant));
        let mut tx = db.store.write().await.unwrap();
        for (number, name) in ["VIP001", "VIP002"].iter().zip(["王伟", "李娜"]) {
            let card = [Identifier::parse(IdentifierKind::Card, number).unwrap()];
            let seen = Seen { identifiers: &card, at: db.clock.now(), rule: EvidenceRule::ShownTogether, cause: 1 };
            let (ids, clock, entropy) = (&db.ids, &*db.clock, &*db.entropy);
            let resolved = resolve(&mut tx, self.tenant.id, &keys, &[seen], ids, clock, entropy).await.unwrap();
            let value = |field, value| NewValue {
                account: resolved[0].account,
                field,
                value,
                source: "shop",
                at: db.clock.now(),
                verified: false,
            };
            let values = [value("name", name), value("birthday", "1990-05-12")];
            put(&mut tx, self.tenant.id, &keys, &values, db.clock.now(), entropy).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn ask(&self) -> JobId {
        let (db, now) = (&self.db, self.db.clock.now());
        let id = db.ids.next(&*db.clock).unwrap();
        let mut tx = db.store.write().await.unwrap();
        begin_search(&mut tx, self.tenant.id, id, "usr_1", now).await.unwrap();
        let asked = Asked { auto_from: Some(0.99), ..Asked::default() };
        job::enqueue(&mut tx, &new_job(id, self.tenant.id, asked, now), now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Runs what is due, as the worker does.
    async fn work(&self) {
        let db = &self.db;
        let mut tx = db.store.write().await.unwrap();
        let claimed = job::claim(&mut tx, 1, db.clock.now(), &[KIND], 5).await.unwrap();
        tx.commit().await.unwrap();
        for one in claimed {
            let (context, outside, stopped) = (db.context(), self.outside.clone(), self.stopped.clone());
            search(Work { job: one.clone(), context, outside, hot_for: None, lake: None, stopped }).await.unwrap();
            let mut tx = db.store.write().await.unwrap();
            assert!(job::finish(&mut tx, &one, db.clock.now()).await.unwrap());
            tx.commit().await.unwrap();
        }
    }

    async fn latest(&self) -> LatestSearch {
        let mut tx = self.db.store.read().await.unwrap();
        latest_search(&mut tx, self.tenant.id).await.unwrap().unwrap()
    }
}

both_engines! { crate::migrations();
    async fn a_search_waits_while_the_server_does_another_and_is_told_at_its_end(db: TestDb) {
        let world = World::new(db).await;
        world.people().await;
        // One that another test of this process may be at counts as another as well.
        let turn = ONE.acquire().await.unwrap();
        let first = world.ask().await;
        world.work().await;
        let waiting = world.latest().await;
        assert_eq!((waiting.state, waiting.told), (SearchState::Waiting, None));
        assert_ne!(waiting.job, first, "another job is in the place of the one that could not begin");
        world.work().await;
        assert_eq!(world.latest().await.state, SearchState::Waiting, "not before its moment");
        drop(turn);
        for _ in 0..20 {
            world.db.clock.advance(TRY_AGAIN);
            world.work().await;
            if world.latest().await.state == SearchState::Done {
                break;
            }
        }
        let told = world.latest().await.told.unwrap();
        assert_eq!((told.found.people, told.found.new, told.automatic.unwrap().joined), (2, 0, 0));
    }
}
