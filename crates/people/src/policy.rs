//! How far each kind of identifier reaches: what holds where nobody decided otherwise, and other policies as text.

mod text;

use std::sync::LazyLock;

use tallymark_identity::{Kind, KindPolicy, MEMBERS_MAX_DEFAULT, Policy, Rule};

use crate::IdentifierKind;

pub use text::{parse, show};

/// From how many neighbours a device counts as shared: one customer of a shop that lends its tablet shows about two.
const SHARED_FROM: u32 = 8;

/// What carried evidence, the strongest first. Numbers are stored: never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceRule {
    /// Somebody who may do so said that they are one person.
    Operator,
    /// The number was proved by a one-time code, or the sign-in by its provider.
    Verified,
    /// One request showed both: a scan, an event, an order.
    ShownTogether,
    /// A file that was imported says so.
    Imported,
}

impl EvidenceRule {
    /// Every rule.
    pub const ALL: [Self; 4] = [Self::Operator, Self::Verified, Self::ShownTogether, Self::Imported];

    /// The stored number, which is its rank.
    pub const fn number(self) -> u8 {
        match self {
            Self::Operator => 0,
            Self::Verified => 1,
            Self::ShownTogether => 2,
            Self::Imported => 3,
        }
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| i64::from(rule.number()) == number)
    }

    pub(crate) fn rank(self) -> Rule {
        Rule::new(self.number()).expect("ranks are small")
    }
}

impl IdentifierKind {
    /// The kind as the rules of identity know it: its stored number.
    pub fn in_policy(self) -> Kind {
        Kind::new(self.number()).expect("kinds have small numbers")
    }

    /// What holds for the kind. A person may have a few phones and, by mistake, two accounts in one app or shop; beyond that
    /// it is more likely that somebody lent something.
    const fn policy(self) -> KindPolicy {
        let (priority, per_person, scoped, shareable) = match self {
            Self::Phone => (1, Some(3), false, false),
            Self::WechatUnionid => (1, Some(2), false, false),
            Self::WechatOpenid | Self::UserId => (1, Some(2), true, false),
            Self::TaobaoOuid | Self::TaobaoOpenUid | Self::AlipayOpenid => (2, Some(2), true, false),
            Self::TaobaoOmid | Self::AlipayUserId => (2, Some(2), false, false),
            Self::Card => (2, Some(8), false, false),
            Self::Email => (3, Some(4), false, false),
            Self::Device | Self::AppDevice => (4, None, false, true),
            Self::AnonymousId => (5, None, false, true),
        };
        KindPolicy { priority, per_person, scoped, shareable, on_shared: shareable }
    }
}

/// The policy of an installation that decided nothing else.
pub fn standard_policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| {
        let kinds = IdentifierKind::ALL.map(|kind| (kind.in_policy(), kind.policy()));
        Policy::new(&kinds, SHARED_FROM, MEMBERS_MAX_DEFAULT).expect("the table above is sound")
    });
    &POLICY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_policy_is_sound_and_knows_every_kind() {
        for kind in IdentifierKind::ALL {
            assert_eq!(standard_policy().kind(kind.in_policy()), Some(&kind.policy()), "{kind:?}");
        }
        for rule in EvidenceRule::ALL {
            assert_eq!(EvidenceRule::from_number(i64::from(rule.number())), Some(rule));
            assert_eq!(rule.rank().rank(), rule.number());
        }
    }
}
