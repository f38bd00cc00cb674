//! Is it genuine?

use std::time::Duration;

use tallymark_codes::{CodeLength, Face, Level};
use tallymark_goods::{Faces, NewBatch, NewRecall, RecallScope, RecallText, Serials, Unit, batch, recall};
use tallymark_scan::ALL_MIGRATIONS;
use tallymark_scan::types::{Claim, Verdict};
use tallymark_testkit::both_engines;

use crate::world::World;

both_engines! { *ALL_MIGRATIONS;
    async fn the_first_check_is_told_from_the_later_ones(db: TestDb) {
        let world = World::new(db).await;
        let first = world.scan(world.view(1, 1)).await;
        assert_eq!((first.decision.verdict, first.decision.checks, first.decision.first), (Verdict::Genuine, 1, true));
        world.db.clock.advance(Duration::from_secs(60));
        let second = world.scan(world.view(1, 2)).await;
        assert_eq!((second.decision.checks, second.decision.first), (2, false));
        assert_eq!(second.decision.first_at, Some(first.at));
    }

    async fn a_device_is_counted_once_in_ten_minutes(db: TestDb) {
        let world = World::new(db).await;
        for _ in 0..5 {
            assert_eq!(world.scan(world.view(1, 1)).await.decision.checks, 1);
        }
        world.db.clock.advance(Duration::from_secs(601));
        assert_eq!(world.scan(world.view(1, 1)).await.decision.checks, 2);
    }

    async fn malformed_truncated_changed_and_foreign_codes_are_unknown(db: TestDb) {
        let world = World::new(db).await;
        let good = world.code(1);
        let flipped = if good.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{flipped}", &good[..15]);
        for code in ["", "hello", "!!!!!!!!!!!!!!!!", &good[..15], &good[..14], &changed, &"Z".repeat(16)] {
            let scan = world.scan(world.request(code, 1, true, code)).await;
            assert_eq!(scan.decision.verdict, Verdict::Unknown, "{code:?}");
            assert_eq!(scan.decision.claim, Claim::NoRight);
        }
        world.assert_books().await;
    }

    async fn a_code_of_another_tenant_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let context = &world.context;
        let mut tx = context.store.write().await.unwrap();
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts: vec!["other.example".into()], zone: "UTC".into() };
        let other = tallymark_partners::tenant::create(&mut tx, &context.master, &*context.entropy, &context.ids, &*context.clock, new).await.unwrap();
        tallymark_goods::keys::rotate(&mut tx, other.id, &context.master, &*context.entropy).await.unwrap();
        tx.commit().await.unwrap();
        let mut request = world.view(1, 1);
        request.tenant = other.id;
        request.key.tenant = tallymark_base::TypedId::raw(other.id);
        assert_eq!(world.scan(request).await.decision.verdict, Verdict::Unknown);
    }

    async fn another_gtin_beside_a_genuine_code_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let mut request = world.view(1, 1);
        request.gtin = Some("04006381333931".parse().unwrap());
        assert_eq!(world.scan(request).await.decision.verdict, Verdict::Unknown);
    }

    async fn codes_that_are_not_active_or_void_win_nothing(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let context = &world.context;
        let mut tx = context.store.write().await.unwrap();
        let at = context.clock.now();
        batch::void(&mut tx, context, world.tenant, world.batch, Serials::new(5, 5), "recalled", at).await.unwrap();
        let product = world.catalog.batch(world.batch).unwrap().product;
        let new = NewBatch { draft: false, profile: None, sscc: tallymark_goods::SsccUse::None, product, lot: "L2".into(), items: 10, items_per_case: 0, cases_per_pallet: 0, items_per_box: 0, association: tallymark_goods::Association::ByRange, faces: Faces::Outer, length: CodeLength::STANDARD };
        let dormant = batch::create(&mut tx, world.tenant, &context.ids, &*context.clock, new).await.unwrap();
        let catalog = tallymark_goods::catalog(&mut tx, world.tenant, &context.master).await.unwrap();
        tx.commit().await.unwrap();

        let void = world.scan(world.claim(5, 1)).await;
        assert_eq!((void.decision.verdict, &void.decision.claim), (Verdict::Void, &Claim::NoRight));
        assert_eq!(void.decision.void_reason.as_deref(), Some("recalled"));
        let code = catalog.code(dormant.id, Level::Item, Face::Outer, 0).unwrap();
        let dormant = world.scan(world.request(code.as_str(), 1, true, "dormant")).await;
        assert_eq!((dormant.decision.verdict, &dormant.decision.claim), (Verdict::NotActive, &Claim::NoRight));
        world.assert_books().await;
    }

    async fn goods_that_are_called_back_say_so_and_win_nothing_until_that_ends(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let (context, tenant) = (&world.context, world.tenant);
        let before = world.scan(world.claim(5, 1)).await;
        assert_eq!(before.decision.verdict, Verdict::Genuine);
        let text = RecallText { language: "en".into(), message: "Leaks".into(), instructions: "Bring it back".into() };
        let scope = RecallScope::Units { units: vec![Unit { batch: world.batch, level: Level::Item, first_serial: 5, last_serial: 6 }] };
        let new = NewRecall { scope: scope.clone(), texts: vec![text], reason: "leaks".into() };
        let mut tx = context.store.write().await.unwrap();
        let reach = recall::reach(&mut tx, tenant, &scope, context.clock.now()).await.unwrap();
        let made = recall::create(&mut tx, tenant, &context.ids, &*context.clock, new, &reach).await.unwrap();
        tx.commit().await.unwrap();

        for serial in [5, 6] {
            let scan = world.scan(world.claim(serial, 2)).await;
            assert_eq!((scan.decision.verdict, scan.decision.recall), (Verdict::Recalled, Some(made.id)));
            // What somebody else opened before stays theirs.
            assert_eq!(matches!(scan.decision.claim, Claim::Taken { own: false, .. }), serial == 5);
            assert_eq!(scan.decision.claim == Claim::NoRight, serial == 6);
        }
        assert_eq!(world.scan(world.claim(7, 2)).await.decision.verdict, Verdict::Genuine);
        // The same request again gets its first answer.
        assert_eq!(world.scan(world.claim(5, 1)).await.decision.verdict, Verdict::Genuine);
        let mut tx = context.store.write().await.unwrap();
        recall::lift(&mut tx, tenant, &context.ids, &*context.clock, made.id, "it did not leak").await.unwrap();
        tx.commit().await.unwrap();
        let scan = world.scan(world.claim(6, 3)).await;
        assert_eq!(scan.decision.verdict, Verdict::Genuine);
        world.assert_books().await;
    }

    async fn a_code_checked_by_too_many_is_suspicious_and_wins_nothing(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        for device in 1..=20 {
            assert_eq!(world.scan(world.view(1, device)).await.decision.verdict, Verdict::Genuine);
        }
        let scan = world.scan(world.claim(1, 99)).await;
        assert_eq!((scan.decision.verdict, &scan.decision.claim), (Verdict::Suspicious, &Claim::NoRight));
    }
}
