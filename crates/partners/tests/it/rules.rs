//! The pure rules.

use proptest::prelude::*;
use tallymark_base::TypedId as _;
use tallymark_base::geography::Adcode;
use tallymark_base::id::OrganisationId;
use tallymark_partners::OrganisationKind::{Brand, Dealer, Region, Store};
use tallymark_partners::rules::{Tree, check_place, covers, normal_host};
use tallymark_partners::{Organisation, OrganisationKind};

fn place(code: &str) -> Adcode {
    code.parse().unwrap()
}

fn id(number: i64) -> OrganisationId {
    OrganisationId::from_raw(number)
}

fn node(number: i64, parent: Option<i64>, kind: OrganisationKind, territory: &[&str]) -> Organisation {
    Organisation {
        id: id(number),
        parent: parent.map(id),
        kind,
        name: format!("organisation {number}"),
        code: number.to_string(),
        adcode: None,
        territory: territory.iter().map(|code| place(code)).collect(),
    }
}

#[test]
fn every_kind_belongs_where_the_channel_has_it() {
    let parents = [None, Some(Brand), Some(Region), Some(Dealer), Some(Store)];
    // One line a kind, one column a parent, in the order above.
    let expected = [
        (Brand, [true, false, false, false, false]),
        (Region, [false, true, true, false, false]),
        (Dealer, [false, true, true, true, false]),
        (Store, [false, true, true, true, false]),
    ];
    for (kind, row) in expected {
        assert_eq!(parents.map(|parent| check_place(kind, parent).is_ok()), row, "{kind:?}");
    }
}

#[test]
fn an_organisation_sells_in_its_own_places_or_else_in_its_parents() {
    let tree = Tree::new([
        node(1, None, Brand, &[]),
        node(2, Some(1), Region, &["330000"]),
        node(3, Some(2), Dealer, &["330100", "330400"]),
        node(4, Some(3), Store, &[]),
        node(5, Some(2), Dealer, &[]),
    ]);
    // (organisation, Hangzhou West Lake, Jiaxing Nanhu, Ningbo Haishu, Nanjing Xuanwu)
    let expected = [
        (1, [true, true, true, true]),
        (2, [true, true, true, false]),
        (3, [true, true, false, false]),
        (4, [true, true, false, false]),
        (5, [true, true, true, false]),
        (9, [false, false, false, false]),
    ];
    for (number, row) in expected {
        let sells = ["330106", "330402", "330203", "320102"].map(|code| tree.sells_in(id(number), place(code)));
        assert_eq!(sells, row, "organisation {number}");
    }
    let above: Vec<_> = tree.upwards(id(4)).map(|node| node.kind).collect();
    assert_eq!(above, [Store, Dealer, Region, Brand]);
}

#[test]
fn a_circle_in_a_given_list_ends() {
    let tree = Tree::new([node(1, Some(2), Region, &[]), node(2, Some(1), Region, &[])]);
    assert!(tree.upwards(id(1)).count() <= 12);
}

#[test]
fn an_empty_territory_covers_everything_and_a_province_its_counties() {
    assert!(covers(&[], place("330106")));
    assert!(covers(&[place("330000")], place("330106")));
    assert!(!covers(&[place("330106")], place("330100")), "a district does not cover its city");
}

#[test]
fn a_host_is_read_as_browsers_send_it() {
    let read = [
        ("Example.COM", "example.com"),
        ("example.com:8443", "example.com"),
        ("example.com.", "example.com"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8080", "[::1]"),
        ("[0:0::1]", "[::1]"),
        ("localhost", "localhost"),
        ("xn--fiq228c.cn", "xn--fiq228c.cn"),
    ];
    for (text, host) in read {
        assert_eq!(normal_host(text).unwrap(), host);
    }
    let too_long = format!("{}.com", "a".repeat(64));
    for text in ["", ".", ":80", "a b", "a_b.com", "http://a", "a/b", "[::1", "[x]", "[::1]x", "a:b", too_long.as_str()]
    {
        assert!(normal_host(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_refused_or_read_to_a_host_that_reads_to_itself(text in ".{0,80}") {
        if let Ok(host) = normal_host(&text) {
            prop_assert_eq!(normal_host(&host).unwrap(), host);
        }
    }
}
