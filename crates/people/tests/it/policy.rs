//! A policy as somebody writes it.

use proptest::prelude::*;
use tallymark_base::{Fault as _, Kind as Fault};
use tallymark_identity::{KindPolicy, Policy};
use tallymark_people::{Error, IdentifierKind, policy, standard_policy};

fn refused(text: &str) -> String {
    let error = policy::parse(text).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("people.policy", Fault::Invalid));
    assert!(matches!(error, Error::Policy { .. }));
    error.to_string()
}

#[test]
fn what_is_left_out_is_as_in_the_standard_policy() {
    assert_eq!(&policy::parse("{}").unwrap(), standard_policy());
    let read = policy::parse(
        r#"{"shared_from": 12, "kinds": {"phone": {"per_person": 1}, "card": {"per_person": null, "priority": 5}}}"#,
    )
    .unwrap();
    assert_eq!((read.shared_from(), read.members_max()), (12, standard_policy().members_max()));
    for kind in IdentifierKind::ALL {
        let standard = *standard_policy().kind(kind.in_policy()).unwrap();
        let expected = match kind {
            IdentifierKind::Phone => KindPolicy { per_person: Some(1), ..standard },
            IdentifierKind::Card => KindPolicy { per_person: None, priority: 5, ..standard },
            _ => standard,
        };
        assert_eq!(read.kind(kind.in_policy()), Some(&expected), "{kind:?}");
    }
}

#[test]
fn the_standard_policy_is_shown_as_it_can_be_written() {
    let shown = policy::show(standard_policy());
    assert!(shown.starts_with("{\n  \"members_max\": 1024,\n  \"shared_from\": 8,\n  \"kinds\": {\n"), "{shown}");
    let line =
        r#"    "phone": {"priority": 1, "per_person": 3, "scoped": false, "shareable": false, "on_shared": false},"#;
    assert!(shown.lines().any(|shown| shown == line), "{shown}");
    assert_eq!(shown.lines().count(), 3 + 1 + IdentifierKind::ALL.len() + 2);
    assert_eq!(&policy::parse(&shown).unwrap(), standard_policy());
}

#[test]
fn a_mistake_is_told_with_its_kind_and_part() {
    let of_phone = |parts: &str| refused(&format!(r#"{{"kinds": {{"phone": {{{parts}}}}}}}"#));
    let typed = of_phone(r#""priority": "high""#);
    assert!(typed.starts_with("policy, at kinds.phone.priority: invalid type"), "{typed}");
    assert!(of_phone(r#""priority": 16"#).contains("kinds.phone.priority: 16 is too weak; choose 0 (strongest) to 15"));
    assert!(of_phone(r#""priority": -1"#).contains("kinds.phone.priority: invalid value"));
    assert!(of_phone(r#""per_person": 0"#).contains("kinds.phone.per_person: nobody could have one"));
    assert!(of_phone(r#""per_person": 1025"#).contains("kinds.phone.per_person: 1025 is more than the 1024 accounts"));
    assert!(of_phone(r#""per_person": null, "scoped": true"#).contains("kinds.phone.scoped: there is no limit"));
    assert!(of_phone(r#""limit": 3"#).contains("kinds.phone.limit: unknown field `limit`"));
    assert!(of_phone(r#""shareable": 1"#).contains("kinds.phone.shareable: invalid type"));
    assert!(
        refused(r#"{"kinds": {"fax": {}}}"#)
            .contains("at kinds.fax: there is no such kind; the kinds are device, phone,")
    );
    assert!(refused(r#"{"shared_from": 1}"#).contains("at shared_from: 1 neighbours"));
    assert!(refused(r#"{"members_max": 1}"#).contains("at members_max: 1 is out of range; choose 2 to 65536"));
    assert!(refused("{").contains("EOF while parsing"));
    assert!(refused("{} {}").contains("at the end: trailing characters"));
    assert!(refused(&" ".repeat(65_537)).contains("at the whole: it has at most 65536 bytes"));
    let shareable: Vec<String> =
        IdentifierKind::ALL.iter().map(|kind| format!(r#""{}": {{"on_shared": true}}"#, kind.name())).collect();
    let text = format!(r#"{{"kinds": {{{}}}}}"#, shareable.join(", "));
    assert!(refused(&text).contains("kinds.device.shareable: evidence to every kind"), "{}", refused(&text));
}

fn kind_policy() -> impl Strategy<Value = KindPolicy> {
    let limit = prop::option::of(1_u32..40);
    (0_u8..16, limit, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(priority, per_person, scoped, shareable, on_shared)| {
            let scoped = scoped && per_person.is_some();
            KindPolicy { priority, per_person, scoped, shareable, on_shared }
        },
    )
}

proptest! {
    #[test]
    fn every_policy_is_read_as_it_is_shown(
        of_kinds in prop::collection::vec(kind_policy(), IdentifierKind::ALL.len()),
        shared_from in 2_u32..100,
        members_max in 40_u32..65_537,
    ) {
        let kinds: Vec<_> = IdentifierKind::ALL.iter().map(|kind| kind.in_policy()).zip(of_kinds).collect();
        if let Ok(policy) = Policy::new(&kinds, shared_from, members_max) {
            prop_assert_eq!(policy::parse(&policy::show(&policy)).unwrap(), policy);
        }
    }
}
