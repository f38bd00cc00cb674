//! Which rule pays, and what is refused.

use tallymark_base::id::{OrganisationId, ProductId, RebateId, ScanId};
use tallymark_base::{Fault as _, Timestamp, TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};
use tallymark_partners::OrganisationKind;
use tallymark_settlement::rules::{AMOUNT_FEN_MAX, Facts, PRODUCTS_MAX, check, rebate_for, transfer};
use tallymark_settlement::{NewRebateRule, RebateRule, Recipient, Status};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn product(number: i64) -> ProductId {
    ProductId::from_raw(number)
}

/// A rule of March 2026.
fn rule(id: i64, amount_fen: i64, products: &[i64]) -> RebateRule {
    RebateRule {
        id: RebateId::from_raw(id),
        name: format!("rule {id}"),
        status: Status::Running,
        products: products.iter().copied().map(product).collect(),
        starts: moment("2026-03-01T00:00:00Z"),
        ends: moment("2026-04-01T00:00:00Z"),
        amount_fen,
        to: Recipient::Store,
        budget_fen: 5_000,
    }
}

fn facts() -> Facts {
    Facts { at: moment("2026-03-10T08:00:00Z"), product: product(5), custodian_kind: Some(OrganisationKind::Store) }
}

fn paid(rules: &[RebateRule], facts: &Facts) -> Option<(i64, i64)> {
    rebate_for(rules, facts).map(|(rule, amount_fen)| (rule.raw(), amount_fen))
}

#[test]
fn the_largest_rebate_that_applies_is_paid_and_among_equals_the_oldest_rules() {
    let rules = [rule(1, 10, &[]), rule(2, 30, &[5, 6]), rule(3, 30, &[]), rule(4, 99, &[6])];
    assert_eq!(paid(&rules, &facts()), Some((2, 30)));
    assert_eq!(paid(&rules, &Facts { product: product(6), ..facts() }), Some((4, 99)));
    assert_eq!(paid(&rules, &Facts { product: product(7), ..facts() }), Some((3, 30)));
    assert_eq!(paid(&[], &facts()), None);
}

#[test]
fn only_a_store_that_has_the_goods_earns() {
    let rules = [rule(1, 10, &[])];
    for kind in [OrganisationKind::Brand, OrganisationKind::Region, OrganisationKind::Dealer] {
        assert_eq!(paid(&rules, &Facts { custodian_kind: Some(kind), ..facts() }), None);
    }
    assert_eq!(paid(&rules, &Facts { custodian_kind: None, ..facts() }), None);
}

#[test]
fn a_rule_pays_from_its_start_to_just_before_its_end() {
    let at = |text: &str| paid(&[rule(1, 10, &[])], &Facts { at: moment(text), ..facts() }).is_some();
    assert!(!at("2026-02-28T23:59:59.999999Z") && at("2026-03-01T00:00:00Z"));
    assert!(at("2026-03-31T23:59:59.999999Z") && !at("2026-04-01T00:00:00Z"));
}

#[test]
fn a_rebate_moves_from_the_rules_slot_to_what_the_store_is_owed() {
    let found = transfer((RebateId::from_raw(1), 10), ScanId::from_raw(500), 2, OrganisationId::from_raw(600), 4);
    let expected = Transfer {
        origin: 500,
        part: 2,
        debit: AccountKey { owner: 1, book: Book::Budget, unit: Unit::CNY, slot: 5 },
        credit: AccountKey { owner: 600, book: Book::Payable, unit: Unit::CNY, slot: 5 },
        amount: 10,
        code: Code::RebateEarned,
        pending: false,
    };
    assert_eq!(found, expected);
}

#[test]
fn each_mistake_has_its_own_code() {
    let good = || NewRebateRule {
        name: "动销奖励".to_owned(),
        products: vec![product(5)],
        starts: moment("2026-03-01T00:00:00Z"),
        ends: moment("2026-04-01T00:00:00Z"),
        amount_fen: 10,
        to: Recipient::Store,
        budget_fen: 5_000,
    };
    check(&good()).unwrap();
    let code_of = |new: NewRebateRule| check(&new).unwrap_err().code();
    assert_eq!(code_of(NewRebateRule { name: "\n".to_owned(), ..good() }), "settlement.name");
    assert_eq!(code_of(NewRebateRule { name: "a".repeat(121), ..good() }), "settlement.name");
    assert_eq!(code_of(NewRebateRule { ends: good().starts, ..good() }), "settlement.ends_before_start");
    let many = vec![product(5); PRODUCTS_MAX + 1];
    assert_eq!(code_of(NewRebateRule { products: many, ..good() }), "settlement.too_many_products");
    for amount_fen in [0, -10, AMOUNT_FEN_MAX + 1] {
        assert_eq!(code_of(NewRebateRule { amount_fen, ..good() }), "settlement.amount");
        assert_eq!(code_of(NewRebateRule { budget_fen: amount_fen, ..good() }), "settlement.budget");
    }
    assert_eq!(code_of(NewRebateRule { budget_fen: 9, ..good() }), "settlement.budget_too_small");
}
