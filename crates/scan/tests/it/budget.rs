//! Budgets, stock and caps of a day stop hard.

use tallymark_base::id::{CampaignId, PrizeId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_campaigns::{Caps, Reward};
use tallymark_ledger::{Book, balances};
use tallymark_scan::answer::{RewardAnswer, answer_of};
use tallymark_scan::{ALL_MIGRATIONS, Options, Scanner};
use tallymark_testkit::both_engines;

use crate::world::{World, prize};

fn kinds(answers: &[Result<std::sync::Arc<tallymark_scan::types::Scan>, tallymark_scan::Error>]) -> Vec<String> {
    let kind = |scan: &std::sync::Arc<tallymark_scan::types::Scan>| match answer_of(scan).reward {
        RewardAnswer::Opened { won } => won.first().map_or("blank".to_owned(), |won| won.kind.to_string()),
        other => format!("{other:?}"),
    };
    answers.iter().map(|answer| kind(answer.as_ref().unwrap())).collect()
}

/// The campaign's first prize.
async fn prize_of(world: &World, campaign: CampaignId) -> PrizeId {
    let mut tx = world.context.store.read().await.unwrap();
    tallymark_campaigns::find(&mut tx, world.tenant, campaign).await.unwrap().unwrap().prizes[0].id
}

both_engines! { *ALL_MIGRATIONS;
    async fn race_a_budget_pays_what_it_holds_and_then_the_fallback(db: TestDb) {
        let (world, campaign) = World::with_campaign(db, |new| {
            new.budget_fen = 1_000;
            new.budget_points = 100_000;
            new.prizes.push(prize("5 points", 0, Reward::Points { points: 5 }));
            new.fallback = Some("5 points".into());
        }).await;
        let answers = world.scan_all((0..100).map(|serial| world.claim(serial, u128::from(serial) + 1)).collect()).await;
        let kinds = kinds(&answers);
        // 11 × 88 = 968; a twelfth would need 1,056.
        assert_eq!(kinds.iter().filter(|kind| *kind == "red_packet").count(), 11);
        assert_eq!(kinds.iter().filter(|kind| *kind == "points").count(), 89);
        let mut tx = world.context.store.read().await.unwrap();
        let left = balances(&mut tx, world.tenant, &[campaign.raw()], Book::Budget, Unit::CNY).await.unwrap();
        assert_eq!(left[&campaign.raw()].available(), 1_000 - 968);
        drop(tx);
        world.assert_books().await;
    }

    async fn race_two_servers_share_a_budget_and_a_stock_without_going_over(db: TestDb) {
        let (world, campaign) = World::with_campaign(db, |new| {
            new.budget_fen = 5_000;
            new.prizes[0].stock = Some(40);
        }).await;
        let prize = prize_of(&world, campaign).await;
        let other = tallymark_store::Context {
            ids: std::sync::Arc::new(tallymark_base::IdSource::new(2, tallymark_base::Timestamp(0), std::time::Duration::MAX)),
            ..world.context.clone()
        };
        let (second, _) = Scanner::start(other, Options::default());
        let mut sent = Vec::new();
        for serial in 0..200 {
            let scanner = if serial % 2 == 0 { world.scanner.clone() } else { second.clone() };
            let request = world.claim(serial, u128::from(serial) + 1);
            sent.push(tokio::spawn(async move { scanner.scan(request).await }));
        }
        let mut answers = Vec::new();
        for answer in sent {
            answers.push(answer.await.unwrap());
        }
        let won = kinds(&answers).iter().filter(|kind| *kind == "red_packet").count();
        // 40 pieces × 88 = 3,520 fen: the stock ends first. One server may end with pieces that the other lacks.
        assert!((30..=40).contains(&won), "{won}");
        let mut tx = world.context.store.read().await.unwrap();
        let left = balances(&mut tx, world.tenant, &[campaign.raw()], Book::Budget, Unit::CNY).await.unwrap();
        assert_eq!(left[&campaign.raw()].available(), 5_000 - 88 * won as i64);
        // Over all slots: every piece that was not won is still there, and every other one was given out.
        for (book, expected) in [(Book::Stock, 40 - won as i64), (Book::Issued, won as i64)] {
            let pieces = balances(&mut tx, world.tenant, &[prize.raw()], book, Unit(prize.raw())).await.unwrap();
            assert_eq!(pieces[&prize.raw()].available(), expected, "{}", book.name());
        }
        drop(tx);
        world.assert_books().await;
    }

    async fn a_cap_per_day_opens_again_the_next_day(db: TestDb) {
        let (world, _) = World::with_campaign(db, |new| {
            new.caps = Caps { per_day: Some(3), ..Caps::default() };
        }).await;
        let answers = world.scan_all((0..10).map(|serial| world.claim(serial, u128::from(serial) + 1)).collect()).await;
        assert_eq!(kinds(&answers).iter().filter(|kind| *kind == "red_packet").count(), 3);
        world.db.clock.advance(std::time::Duration::from_secs(86_400));
        let answers = world.scan_all((20..30).map(|serial| world.claim(serial, u128::from(serial) + 1)).collect()).await;
        assert_eq!(kinds(&answers).iter().filter(|kind| *kind == "red_packet").count(), 3);
        world.assert_books().await;
    }
}
