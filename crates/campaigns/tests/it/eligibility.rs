//! Which campaigns apply to a scan.

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, ProductId};
use tallymark_campaigns::rules::{Facts, Ineligible, eligible};
use tallymark_campaigns::{Audience, Campaign};
use tallymark_codes::{Face, Level};

use crate::fixture::{RED_PACKET, facts, moment, stored};

fn campaign() -> Campaign {
    stored(&[(1, None, RED_PACKET)])
}

#[test]
fn a_campaign_runs_from_its_start_to_just_before_its_end() {
    let at = |text: &str| eligible(&campaign(), &Facts { at: moment(text), ..facts() });
    assert_eq!(at("2026-02-28T23:59:59.999999Z"), Err(Ineligible::NotStarted));
    assert_eq!(at("2026-03-01T00:00:00Z"), Ok(()));
    assert_eq!(at("2026-03-31T23:59:59.999999Z"), Ok(()));
    assert_eq!(at("2026-04-01T00:00:00Z"), Err(Ineligible::Over));
}

#[test]
fn a_region_holds_the_places_in_it_and_no_unknown_ones() {
    let zhejiang = Campaign { regions: vec!["330000".parse().unwrap()], ..campaign() };
    let place = |code: Option<&str>| Facts { adcode: code.map(|code| code.parse().unwrap()), ..facts() };
    assert_eq!(eligible(&zhejiang, &place(Some("330106"))), Ok(()));
    assert_eq!(eligible(&zhejiang, &place(Some("310101"))), Err(Ineligible::Place));
    assert_eq!(eligible(&zhejiang, &place(None)), Err(Ineligible::PlaceUnknown));
    assert_eq!(eligible(&campaign(), &place(None)), Ok(()));
}

#[test]
fn products_and_batches_are_asked_where_they_are_named() {
    let own = facts();
    let products = |id: i64| Campaign { products: vec![ProductId::from_raw(id)], ..campaign() };
    assert_eq!(eligible(&products(own.product.raw()), &own), Ok(()));
    assert_eq!(eligible(&products(own.product.raw() + 1), &own), Err(Ineligible::Product));
    let batches = |id: i64| Campaign { batches: vec![BatchId::from_raw(id)], ..campaign() };
    assert_eq!(eligible(&batches(own.batch.raw()), &own), Ok(()));
    assert_eq!(eligible(&batches(own.batch.raw() + 1), &own), Err(Ineligible::Batch));
}

#[test]
fn one_face_of_an_item_claims() {
    let scan = |face, batch_has_inner| Facts { face, batch_has_inner, ..facts() };
    assert_eq!(eligible(&campaign(), &scan(Face::Inner, true)), Ok(()));
    assert_eq!(eligible(&campaign(), &scan(Face::Outer, true)), Err(Ineligible::Face));
    assert_eq!(eligible(&campaign(), &scan(Face::Outer, false)), Ok(()));
    let outer = Campaign { face: Some(Face::Outer), ..campaign() };
    assert_eq!(eligible(&outer, &scan(Face::Outer, true)), Ok(()));
    assert_eq!(eligible(&outer, &scan(Face::Inner, true)), Err(Ineligible::Face));
    for level in [Level::Box, Level::Case, Level::Pallet] {
        assert_eq!(eligible(&campaign(), &Facts { level, ..facts() }), Err(Ineligible::Level));
    }
}

#[test]
fn an_audience_is_new_known_or_of_a_tier() {
    let invites = |audience, known, tier| {
        eligible(&Campaign { audience, ..campaign() }, &Facts { known, tier, ..facts() }).is_ok()
    };
    assert!(invites(Audience::Everyone, false, 0) && invites(Audience::Everyone, true, 9));
    assert!(invites(Audience::New, false, 0) && !invites(Audience::New, true, 0));
    assert!(invites(Audience::Known, true, 0) && !invites(Audience::Known, false, 0));
    assert!(invites(Audience::TierAtLeast(2), true, 2) && !invites(Audience::TierAtLeast(2), true, 1));
}
