//! Each fault of a policy has its error, which says what to do.

use tallymark_identity::{Kind, KindPolicy, Policy, PolicyError, Rule};

use crate::model::kind;

fn fault(kinds: &[(Kind, KindPolicy)]) -> PolicyError {
    Policy::new(kinds, 20, 100).unwrap_err()
}

#[test]
fn numbers_beyond_their_range_are_refused() {
    assert_eq!(Kind::new(31).map(Kind::number), Ok(31));
    assert_eq!(Kind::new(32), Err(PolicyError::KindNumber { number: 32 }));
    assert_eq!(Rule::new(15).map(Rule::rank), Ok(15));
    assert_eq!(Rule::new(16), Err(PolicyError::RuleRank { rank: 16 }));
}

#[test]
fn every_fault_of_a_policy_has_a_name() {
    let plain = KindPolicy::default();
    assert_eq!(fault(&[]), PolicyError::NoKinds);
    assert_eq!(fault(&[(kind(3), plain), (kind(3), plain)]), PolicyError::KindTwice { kind: 3 });
    let weak = KindPolicy { priority: 16, ..plain };
    assert_eq!(fault(&[(kind(1), weak)]), PolicyError::Priority { kind: 1, priority: 16 });
    let none = KindPolicy { per_person: Some(0), ..plain };
    assert_eq!(fault(&[(kind(1), none)]), PolicyError::ZeroLimit { kind: 1 });
    let many = KindPolicy { per_person: Some(101), ..plain };
    assert_eq!(fault(&[(kind(1), many)]), PolicyError::LimitAboveMembers { kind: 1, limit: 101, members_max: 100 });
    let scoped = KindPolicy { scoped: true, ..plain };
    assert_eq!(fault(&[(kind(1), scoped)]), PolicyError::ScopedWithoutLimit { kind: 1 });
    let shareable = KindPolicy { shareable: true, on_shared: true, ..plain };
    assert_eq!(fault(&[(kind(2), shareable)]), PolicyError::NothingShared { kind: 2 });
    let kinds = [(kind(1), plain)];
    assert_eq!(Policy::new(&kinds, 1, 100).unwrap_err(), PolicyError::SharedFrom { shared_from: 1 });
    for members_max in [0, 1, 65_537] {
        assert_eq!(Policy::new(&kinds, 2, members_max).unwrap_err(), PolicyError::MembersMax { members_max });
    }
}

#[test]
fn a_fault_says_what_to_do() {
    let none = KindPolicy { per_person: Some(0), ..KindPolicy::default() };
    let text = fault(&[(kind(4), none)]).to_string();
    assert_eq!(text, "kind 4 allows none in a person; choose at least 1 or leave the limit out");
}

#[test]
fn a_policy_tells_what_it_was_made_of() {
    let of_kind = KindPolicy { priority: 2, per_person: Some(3), scoped: true, ..KindPolicy::default() };
    let policy = Policy::new(&[(kind(5), of_kind)], 20, 1_024).unwrap();
    assert_eq!((policy.kind(kind(5)), policy.kind(kind(6))), (Some(&of_kind), None));
    assert_eq!((policy.shared_from(), policy.members_max()), (20, 1_024));
}
