//! Making, finding and steering campaigns.

use tallymark_base::id::{BatchId, ProductId, TenantId};
use tallymark_base::{Fault as _, Kind, TypedId as _, Unit};
use tallymark_campaigns::{
    Campaign, Caps, Error, NewCampaign, Reward, Status, active, change, create, find, list, set_status,
};
use tallymark_codes::CodeLength;
use tallymark_goods::{Faces, NewBatch, NewProduct, batch, keys, product};
use tallymark_ledger::{Book, balances, verify};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::fixture::{moment, new_campaign, new_prize, started, tenant};

pub(crate) const MIGRATIONS: [tallymark_store::Migrations; 3] =
    [tallymark_ledger::MIGRATIONS, tallymark_campaigns::MIGRATIONS, tallymark_goods::MIGRATIONS];

async fn made(db: &TestDb) -> Campaign {
    let mut tx = db.store.write().await.unwrap();
    let campaign = create(&mut tx, tenant(), &db.ids, &*db.clock, new_campaign()).await.unwrap();
    tx.commit().await.unwrap();
    campaign
}

/// A product and a batch of it.
async fn goods(db: &TestDb, tenant: TenantId) -> (ProductId, BatchId) {
    let mut tx = db.store.write().await.unwrap();
    keys::rotate(&mut tx, tenant, &db.master, &*db.entropy).await.unwrap();
    let new = NewProduct { gtin: "6901234567892".parse().unwrap(), sku: "W500".into(), name: "Water".into() };
    let product = product::create(&mut tx, tenant, &db.ids, &*db.clock, new).await.unwrap().id;
    let new = NewBatch {
        draft: false,
        profile: None,
        sscc: tallymark_goods::SsccUse::None,
        product,
        lot: "L1".into(),
        items: 24,
        items_per_case: 24,
        cases_per_pallet: 0,
        items_per_box: 0,
        association: tallymark_goods::Association::ByRange,
        faces: Faces::Outer,
        length: CodeLength::STANDARD,
    };
    let batch = batch::create(&mut tx, tenant, &db.ids, &*db.clock, new).await.unwrap().id;
    tx.commit().await.unwrap();
    (product, batch)
}

async fn changed(db: &TestDb, campaign: &Campaign, to: Status) -> Result<Campaign, Error> {
    let mut tx = db.store.write().await?;
    let campaign = set_status(&mut tx, tenant(), (campaign.id, None), to).await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Sets terms anew, as whoever saw the campaign as it is given.
async fn rewritten(db: &TestDb, seen: &Campaign, terms: NewCampaign) -> Result<Campaign, Error> {
    let mut tx = db.store.write().await?;
    let (before, after) = change(&mut tx, tenant(), &db.ids, &*db.clock, (seen.id, seen.version), terms).await?;
    assert_eq!(&before, seen);
    tx.commit().await?;
    Ok(after)
}

async fn revision_of(db: &TestDb) -> i64 {
    let mut tx = db.store.read().await.unwrap();
    revision::current(&mut tx, &[tenant().raw()]).await.unwrap()[&tenant().raw()]
}

both_engines! { crate::campaign::MIGRATIONS;
    async fn a_campaign_is_found_as_it_was_made(db: TestDb) {
        let mut new = new_campaign();
        new.regions = vec!["330000".parse().unwrap(), "310000".parse().unwrap(), "330000".parse().unwrap()];
        new.caps = Caps { per_person: Some(3), per_person_per_day: None, per_day: Some(1_000) };
        new.face = Some(tallymark_codes::Face::Outer);
        let mut tx = db.store.write().await.unwrap();
        let campaign = create(&mut tx, tenant(), &db.ids, &*db.clock, new).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(campaign.status, Status::Draft);
        assert_eq!(campaign.regions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["310000", "330000"]);
        assert_eq!(campaign.fallback, Some(campaign.prizes[1].id));
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), campaign.id).await.unwrap().unwrap(), campaign);
        assert_eq!(list(&mut tx, tenant()).await.unwrap(), [campaign]);
    }

    async fn a_campaign_is_funded_from_the_brand(db: TestDb) {
        let campaign = made(&db).await;
        let umbrella = campaign.prizes[2].id.raw();
        let mut tx = db.store.read().await.unwrap();
        for (owner, book, unit, expected) in [
            (campaign.id.raw(), Book::Budget, Unit::CNY, 10_000),
            (campaign.id.raw(), Book::Budget, Unit::POINTS, 1_000),
            (umbrella, Book::Stock, Unit(umbrella), 3),
            (tenant().raw(), Book::Funding, Unit::CNY, -10_000),
        ] {
            let found = balances(&mut tx, tenant(), &[owner], book, unit).await.unwrap();
            assert_eq!(found[&owner].available(), expected, "{book:?} {unit:?}");
        }
        assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
    }

    async fn only_running_campaigns_are_active_and_every_change_is_announced(db: TestDb) {
        let first = made(&db).await;
        let second = started(&db, new_campaign()).await;
        let before = revision_of(&db).await;
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(active(&mut tx, tenant()).await.unwrap(), std::slice::from_ref(&second));
        drop(tx);
        changed(&db, &first, Status::Running).await.unwrap();
        changed(&db, &second, Status::Paused).await.unwrap();
        assert_eq!(revision_of(&db).await, before + 2);
        let mut tx = db.store.read().await.unwrap();
        let running = active(&mut tx, tenant()).await.unwrap();
        assert_eq!(running, [Campaign { status: Status::Running, ..first }]);
    }

    async fn a_campaign_that_ended_stays_so(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        changed(&db, &campaign, Status::Paused).await.unwrap();
        changed(&db, &campaign, Status::Running).await.unwrap();
        assert_eq!(changed(&db, &campaign, Status::Draft).await.unwrap_err().code(), "campaigns.status_change");
        changed(&db, &campaign, Status::Ended).await.unwrap();
        changed(&db, &campaign, Status::Ended).await.unwrap();
        let refused = changed(&db, &campaign, Status::Running).await.unwrap_err();
        assert_eq!(refused.to_string(), "a campaign that is ended cannot become running");
    }

    async fn the_terms_of_a_draft_are_set_anew_and_its_money_follows(db: TestDb) {
        let draft = made(&db).await;
        let umbrella = draft.prizes[2].id;
        let mut terms = new_campaign();
        terms.name = "春季扫码，第二稿".to_owned();
        terms.caps.per_person = Some(2);
        terms.budget_fen = 4_000;
        terms.prizes[2].stock = Some(5);
        terms.prizes.push(new_prize("杯子", 1, Some(7), Reward::Gift));
        terms.prizes.remove(1);
        terms.fallback = Some("谢谢".to_owned());
        terms.budget_points = 0;
        let second = rewritten(&db, &draft, terms.clone()).await.unwrap();
        assert_eq!((second.id, second.version, second.status), (draft.id, 2, Status::Draft));
        let names: Vec<&str> = second.prizes.iter().map(|prize| prize.name.as_str()).collect();
        assert_eq!(names, ["红包", "雨伞", "谢谢", "杯子"]);
        assert_eq!(second.prizes[1].id, umbrella);
        assert_eq!(second.fallback, Some(second.prizes[2].id));
        let cup = second.prizes[3].id;
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), draft.id).await.unwrap().as_ref(), Some(&second));
        drop(tx);

        // And back: the cups leave, and the brand has what it gave but for what the first terms need.
        let third = rewritten(&db, &second, new_campaign()).await.unwrap();
        assert_eq!((third.version, third.prizes.len()), (3, 4));
        let mut tx = db.store.read().await.unwrap();
        for (owner, book, unit, expected) in [
            (draft.id.raw(), Book::Budget, Unit::CNY, 10_000),
            (draft.id.raw(), Book::Budget, Unit::POINTS, 1_000),
            (umbrella.raw(), Book::Stock, Unit(umbrella.raw()), 3),
            (cup.raw(), Book::Stock, Unit(cup.raw()), 0),
            (tenant().raw(), Book::Funding, Unit::CNY, -10_000),
            (tenant().raw(), Book::Funding, Unit::POINTS, -1_000),
            (tenant().raw(), Book::Funding, Unit(cup.raw()), 0),
        ] {
            let found = balances(&mut tx, tenant(), &[owner], book, unit).await.unwrap();
            assert_eq!(found[&owner].available(), expected, "{book:?} {unit:?}");
        }
        assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
    }

    async fn whoever_saw_an_older_version_is_told_and_changes_nothing(db: TestDb) {
        let draft = made(&db).await;
        let named = |name: &str| NewCampaign { name: name.to_owned(), ..new_campaign() };
        let second = rewritten(&db, &draft, named("二")).await.unwrap();
        let refused = rewritten(&db, &draft, named("三")).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("campaigns.changed", Kind::Conflict));
        // Nor is a draft started that became another since it was looked at.
        let mut tx = db.store.write().await.unwrap();
        let refused = set_status(&mut tx, tenant(), (draft.id, Some(1)), Status::Running).await.unwrap_err();
        assert_eq!(refused.code(), "campaigns.changed");
        let running = set_status(&mut tx, tenant(), (draft.id, Some(2)), Status::Running).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(running, Campaign { status: Status::Running, ..second });
        let refused = rewritten(&db, &running, named("四")).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("campaigns.not_draft", Kind::Conflict));
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), draft.id).await.unwrap(), Some(running));
    }

    async fn of_many_who_change_a_draft_at_once_one_does(db: TestDb) {
        let draft = made(&db).await;
        let terms = |n: i64| NewCampaign { name: format!("{n}"), budget_fen: 1_000 * n, ..new_campaign() };
        let rewritten = |n| rewritten(&db, &draft, terms(n));
        let (first, second, third, fourth) = tokio::join!(rewritten(1), rewritten(2), rewritten(3), rewritten(4));
        let mut done: Vec<Campaign> = Vec::new();
        for tried in [first, second, third, fourth] {
            match tried {
                Ok(campaign) => done.push(campaign),
                Err(refused) => assert!(
                    ["campaigns.changed", "store.contended", "store.rows_written"].contains(&refused.code()),
                    "{refused:?}"
                ),
            }
        }
        assert_eq!(done.len(), 1, "{done:?}");
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), draft.id).await.unwrap().as_ref(), done.first());
        let budget = balances(&mut tx, tenant(), &[draft.id.raw()], Book::Budget, Unit::CNY).await.unwrap();
        assert_eq!(budget[&draft.id.raw()].available(), done[0].budget_fen);
        assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
    }

    async fn a_campaign_names_only_goods_of_its_tenant(db: TestDb) {
        let (product, batch) = goods(&db, tenant()).await;
        let (elsewhere, batch_elsewhere) = goods(&db, TenantId::from_raw(tenant().raw() + 1)).await;
        let naming = async |products: &[ProductId], batches: &[BatchId]| {
            let mut tx = db.store.write().await?;
            let new = NewCampaign { products: products.into(), batches: batches.into(), ..new_campaign() };
            create(&mut tx, tenant(), &db.ids, &*db.clock, new).await
        };
        assert_eq!(naming(&[product, product], &[batch]).await.unwrap().products, [product]);
        let refused = naming(&[product, elsewhere], &[batch]).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("campaigns.product_unknown", Kind::Invalid));
        assert!(refused.to_string().contains(&elsewhere.to_string()), "{refused}");
        let refused = naming(&[product], &[batch, batch_elsewhere]).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("campaigns.batch_unknown", Kind::Invalid));
        assert!(refused.to_string().contains(&batch_elsewhere.to_string()), "{refused}");
    }

    async fn a_refused_campaign_leaves_nothing(db: TestDb) {
        let mut new = new_campaign();
        new.ends = moment("2026-01-01T00:00:00Z");
        let mut tx = db.store.write().await.unwrap();
        create(&mut tx, tenant(), &db.ids, &*db.clock, new).await.unwrap_err();
        tx.commit().await.unwrap();
        assert_eq!(revision_of(&db).await, 0);
    }

    async fn a_tenant_never_sees_campaigns_of_another(db: TestDb) {
        let campaign = started(&db, new_campaign()).await;
        let other = TenantId::from_raw(tenant().raw() + 1);
        let mut tx = db.store.write().await.unwrap();
        assert!(active(&mut tx, other).await.unwrap().is_empty());
        assert!(list(&mut tx, other).await.unwrap().is_empty());
        assert!(find(&mut tx, other, campaign.id).await.unwrap().is_none());
        let hidden = set_status(&mut tx, other, (campaign.id, None), Status::Ended).await.unwrap_err();
        assert_eq!(hidden.code(), "campaigns.not_found");
    }
}
