//! Making, finding and steering campaigns.

use tallymark_base::id::{BatchId, ProductId, TenantId};
use tallymark_base::{Fault as _, Kind, TypedId as _, Unit};
use tallymark_campaigns::{Campaign, Caps, Error, NewCampaign, Status, active, create, find, list, set_status};
use tallymark_codes::CodeLength;
use tallymark_goods::{Faces, NewBatch, NewProduct, batch, keys, product};
use tallymark_ledger::{Book, balances, verify};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::fixture::{moment, new_campaign, started, tenant};

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
    let campaign = set_status(&mut tx, tenant(), campaign.id, to).await?;
    tx.commit().await?;
    Ok(campaign)
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
        let hidden = set_status(&mut tx, other, campaign.id, Status::Ended).await.unwrap_err();
        assert_eq!(hidden.code(), "campaigns.not_found");
    }
}
