//! What does it win, and who earns with it?

use tallymark_base::{TypedId as _, Unit};
use tallymark_campaigns::{Audience, Caps};
use tallymark_ledger::{Balance, Book, balances};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::ALL_MIGRATIONS;
use tallymark_scan::answer::{RewardAnswer, answer_of};
use tallymark_scan::types::Claim;
use tallymark_testkit::both_engines;

use crate::world::World;

async fn balance(world: &World, owner: i64, book: Book) -> i64 {
    let mut tx = world.context.store.read().await.unwrap();
    let found = balances(&mut tx, world.tenant, &[owner], book, Unit::CNY).await.unwrap();
    found.get(&owner).map_or(0, Balance::available)
}

both_engines! { *ALL_MIGRATIONS;
    async fn a_claim_moves_the_money_it_says(db: TestDb) {
        let (world, campaign) = World::with_campaign(db, |_| ()).await;
        let scan = world.scan(world.claim(1, 1)).await;
        match answer_of(&scan).reward {
            RewardAnswer::Opened { won } => assert_eq!((&*won[0].kind, won[0].amount), ("red_packet", 88)),
            other => panic!("{other:?}"),
        }
        let account = scan.decision.account.unwrap();
        assert_eq!(balance(&world, account.raw(), Book::Wallet).await, 88);
        assert_eq!(balance(&world, campaign.raw(), Book::Budget).await, 10_000 - 88);
        world.assert_books().await;
    }

    async fn race_a_code_rewards_once_under_1000_racing_scans(db: TestDb) {
        let (world, campaign) = World::with_campaign(db, |_| ()).await;
        let answers = world.scan_all((1..=1_000).map(|device| world.claim(1, device)).collect()).await;
        let won = answers.iter().flatten().filter(|scan| matches!(scan.decision.claim, Claim::Drawn { .. })).count();
        assert_eq!(won, 1);
        assert_eq!(balance(&world, campaign.raw(), Book::Budget).await, 10_000 - 88);
        world.assert_books().await;
    }

    async fn the_same_person_is_shown_what_the_code_gave_and_others_are_not(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        world.scan(world.claim(1, 1)).await;
        let own = world.scan(world.view(1, 1)).await;
        assert!(matches!(&own.decision.claim, Claim::Taken { own: true, awards, .. } if awards.len() == 1), "{own:?}");
        let other = world.scan(world.claim(1, 2)).await;
        assert!(matches!(&other.decision.claim, Claim::Taken { own: false, awards, .. } if awards.is_empty()));
        world.assert_books().await;
    }

    async fn the_store_that_received_the_case_earns_once(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        let context = &world.context;
        let mut tx = context.store.write().await.unwrap();
        let now = context.clock.now();
        let new = tallymark_settlement::NewRebateRule {
            name: "10 fen a bottle".into(),
            starts: now,
            ends: tallymark_base::Timestamp(now.0 + tallymark_base::Timestamp::DAY),
            products: vec![],
            amount_fen: 10,
            budget_fen: 25,
            to: tallymark_settlement::Recipient::Store,
        };
        let made = tallymark_settlement::create(&mut tx, world.tenant, &context.ids, &*context.clock, new).await.unwrap();
        let running = tallymark_settlement::Status::Running;
        tallymark_settlement::set_status(&mut tx, world.tenant, made.id, running).await.unwrap();
        tx.commit().await.unwrap();
        // Items 0 to 215 are in the nine cases that the store received; 216 is in the tenth, which it did not.
        let mut earned = Vec::new();
        for serial in [0, 0, 23, 216, 215] {
            let device = 1_000 + u128::from(serial) + earned.len() as u128;
            earned.push(world.scan(world.claim(serial, device)).await.decision.rebate.map(|rebate| rebate.amount_fen));
        }
        // The fifth would be the third rebate: 30 of a budget of 25.
        assert_eq!(earned, [Some(10), None, Some(10), None, None]);
        assert_eq!(balance(&world, world.store.raw(), Book::Payable).await, 20);
        world.assert_books().await;
    }

    async fn caps_count_a_person_over_all_accounts(db: TestDb) {
        let (world, _) = World::with_campaign(db, |new| {
            new.caps = Caps { per_person: Some(2), ..Caps::default() };
        }).await;
        let phone = Identifier::parse(IdentifierKind::Phone, "13800138000").unwrap();
        let mut outcomes = Vec::new();
        for (serial, device) in [(1, 1), (2, 2), (3, 3)] {
            let mut request = world.claim(serial, device);
            request.identifiers.push(phone.clone());
            outcomes.push(matches!(world.scan(request).await.decision.claim, Claim::Drawn { .. }));
        }
        assert_eq!(outcomes, [true, true, false]);
        // The code kept its right: somebody else may claim it.
        assert!(matches!(world.scan(world.claim(3, 4)).await.decision.claim, Claim::Drawn { .. }));
        world.assert_books().await;
    }

    async fn a_campaign_for_new_people_does_not_know_them_twice(db: TestDb) {
        let (world, _) = World::with_campaign(db, |new| new.audience = Audience::New).await;
        let first = world.scan(world.claim(1, 1)).await;
        assert!(matches!(first.decision.claim, Claim::Drawn { .. }));
        let second = world.scan(world.claim(2, 1)).await;
        assert!(
            matches!(&second.decision.claim, Claim::NoCampaign { reasons } if reasons[0].1 == "audience"),
            "{second:?}"
        );
    }

    async fn two_campaigns_each_reward_the_same_claim(db: TestDb) {
        let (world, first) = World::with_campaign(db, |_| ()).await;
        let second = world.campaign(|new| new.name = "Second".into()).await;
        let scan = world.scan(world.claim(1, 1)).await;
        assert!(matches!(&scan.decision.claim, Claim::Drawn { awards } if awards.len() == 2));
        for campaign in [first, second] {
            assert_eq!(balance(&world, campaign.raw(), Book::Budget).await, 10_000 - 88);
        }
        world.assert_books().await;
    }
}
