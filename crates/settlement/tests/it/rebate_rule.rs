//! Making, finding, steering and paying by rebate rules.

use tallymark_base::id::{OrganisationId, ProductId, ScanId, TenantId};
use tallymark_base::{Fault as _, Kind, TypedId as _, Unit};
use tallymark_goods::{NewProduct, product};
use tallymark_ledger::{AccountKey, Book, Code, Transfer, balances, post, verify};
use tallymark_settlement::{
    Error, MIGRATIONS, NewRebateRule, RebateRule, Recipient, Status, active, create, find, list, rules, set_status,
};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

fn tenant() -> TenantId {
    TenantId::from_raw(1 << 30)
}

/// 0.10 yuan a scan, from a budget of 50 yuan.
fn new_rule() -> NewRebateRule {
    NewRebateRule {
        name: "动销奖励".to_owned(),
        products: Vec::new(),
        starts: start(),
        ends: "2026-04-01T00:00:00Z".parse().unwrap(),
        amount_fen: 10,
        to: Recipient::Store,
        budget_fen: 5_000,
    }
}

async fn product_of(db: &TestDb, tenant: TenantId, sku: &str) -> ProductId {
    let mut tx = db.store.write().await.unwrap();
    let new = NewProduct { gtin: "6901234567892".parse().unwrap(), sku: sku.into(), name: "Water".into() };
    let made = product::create(&mut tx, tenant, &db.ids, &*db.clock, new).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

async fn made(db: &TestDb) -> RebateRule {
    let mut tx = db.store.write().await.unwrap();
    let rule = create(&mut tx, tenant(), &db.ids, &*db.clock, new_rule()).await.unwrap();
    tx.commit().await.unwrap();
    rule
}

async fn changed(db: &TestDb, rule: &RebateRule, to: Status) -> Result<RebateRule, Error> {
    let mut tx = db.store.write().await?;
    let rule = set_status(&mut tx, tenant(), rule.id, to).await?;
    tx.commit().await?;
    Ok(rule)
}

/// Changes the status as a caller does: again while another change is in the way.
async fn changed_at_last(db: &TestDb, rule: &RebateRule, to: Status) -> Result<RebateRule, Error> {
    loop {
        match changed(db, rule, to).await {
            Err(Error::Store(error)) if error.is_worth_repeating() => {}
            done => return done,
        }
    }
}

both_engines! { [tallymark_ledger::MIGRATIONS, tallymark_goods::MIGRATIONS, MIGRATIONS];
    async fn a_rule_is_found_as_it_was_made(db: TestDb) {
        let (first, second) = (product_of(&db, tenant(), "a").await, product_of(&db, tenant(), "b").await);
        let mut tx = db.store.write().await.unwrap();
        let new = NewRebateRule { products: vec![second, first, second], ..new_rule() };
        let rule = create(&mut tx, tenant(), &db.ids, &*db.clock, new).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rule.status, Status::Draft);
        assert_eq!(rule.products, [first, second]);
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), rule.id).await.unwrap().unwrap(), rule);
        assert_eq!(list(&mut tx, tenant()).await.unwrap(), [rule]);
    }

    async fn a_rule_names_only_products_of_its_tenant(db: TestDb) {
        let product = product_of(&db, tenant(), "a").await;
        let elsewhere = product_of(&db, TenantId::from_raw(tenant().raw() + 1), "a").await;
        let mut tx = db.store.write().await.unwrap();
        let new = NewRebateRule { products: vec![product, elsewhere], ..new_rule() };
        let refused = create(&mut tx, tenant(), &db.ids, &*db.clock, new).await.unwrap_err();
        assert_eq!((refused.code(), refused.kind()), ("settlement.product_unknown", Kind::Invalid));
        assert!(refused.to_string().contains(&elsewhere.to_string()), "{refused}");
    }

    async fn only_running_rules_are_active_and_every_change_is_announced(db: TestDb) {
        let (first, second) = (made(&db).await, made(&db).await);
        let running = changed(&db, &first, Status::Running).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(active(&mut tx, tenant()).await.unwrap(), [running]);
        // Two rules made, one started.
        assert_eq!(revision::current(&mut tx, &[tenant().raw()]).await.unwrap()[&tenant().raw()], 3);
        drop(tx);
        changed(&db, &first, Status::Ended).await.unwrap();
        assert_eq!(changed(&db, &first, Status::Running).await.unwrap_err().code(), "settlement.status_change");
        assert_eq!(changed(&db, &second, Status::Paused).await.unwrap_err().code(), "settlement.status_change");
    }

    async fn a_rule_pays_what_the_brand_funded_and_owes_it_to_the_store(db: TestDb) {
        let rule = made(&db).await;
        let (node, organisation) = (1, OrganisationId::from_raw(600));
        let slice = Transfer {
            origin: 1,
            part: 0,
            debit: rule.budget(),
            credit: rule.budget().at_node(node),
            amount: 15,
            code: Code::SliceTaken,
            pending: false,
        };
        let rebate = |scan| rules::transfer((rule.id, rule.amount_fen), ScanId::from_raw(scan), 0, organisation, node);
        let mut tx = db.store.write().await.unwrap();
        post(&mut tx, tenant(), &[slice, rebate(2)], start()).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        post(&mut tx, tenant(), &[rebate(3)], start()).await.expect_err("the slot has 5 fen left");
        tx.rollback().await.unwrap();

        let mut tx = db.store.read().await.unwrap();
        for (owner, book, expected) in [
            (organisation.raw(), Book::Payable, 10),
            (rule.id.raw(), Book::Budget, 4_990),
            (tenant().raw(), Book::Funding, -5_000),
        ] {
            let found = balances(&mut tx, tenant(), &[owner], book, Unit::CNY).await.unwrap();
            assert_eq!(found[&owner].available(), expected, "{}", AccountKey::new(owner, book, Unit::CNY).describe());
        }
        assert_eq!(verify::discrepancies(&mut tx).await.unwrap(), Vec::<String>::new());
    }

    async fn a_rule_that_is_paused_and_ended_at_once_ends(db: TestDb) {
        let rule = made(&db).await;
        changed(&db, &rule, Status::Running).await.unwrap();
        // The pause comes first or is refused; it never undoes the end.
        let (_, ended) = tokio::join!(
            changed_at_last(&db, &rule, Status::Paused),
            changed_at_last(&db, &rule, Status::Ended),
        );
        ended.unwrap();
        let mut tx = db.store.read().await.unwrap();
        assert_eq!(find(&mut tx, tenant(), rule.id).await.unwrap().unwrap().status, Status::Ended);
    }

    async fn a_tenant_never_sees_rules_of_another(db: TestDb) {
        let rule = made(&db).await;
        let other = TenantId::from_raw(tenant().raw() + 1);
        let mut tx = db.store.write().await.unwrap();
        assert!(list(&mut tx, other).await.unwrap().is_empty());
        assert!(find(&mut tx, other, rule.id).await.unwrap().is_none());
        let hidden = set_status(&mut tx, other, rule.id, Status::Running).await.unwrap_err();
        assert_eq!(hidden.code(), "settlement.not_found");
    }
}
