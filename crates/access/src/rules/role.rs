//! Roles: which permissions each has, and whether it is limited to a part of the channel tree.
//!
//! | Role | May | Limited to a subtree |
//! |---|---|---|
//! | owner | everything, users and keys included | never |
//! | marketer | campaigns, rebates and their budgets; members; orders; reading; queries | if wanted |
//! | channel manager | the channel tree, shipping, rebates and what is owed; reading | if wanted |
//! | analyst | reading; queries | if wanted |
//! | clerk | activating, packing, shipping, receiving | if wanted |
//! | store | the same and selling, and reading what concerns the store | always |
//! | guide | selling | always |

use serde::{Deserialize, Serialize};
use tallymark_web::{Scope, Scopes};
use utoipa::ToSchema;

/// What a user is to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation for the brand.
    Owner,
    /// Makes campaigns.
    Marketer,
    /// Looks after dealers and stores.
    ChannelManager,
    /// Looks at figures.
    Analyst,
    /// Works in a plant or warehouse, or for a dealer.
    Clerk,
    /// Runs a store.
    Store,
    /// Sells in a store (导购).
    Guide,
}

/// Whether a role is limited to a part of the channel tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Never.
    Never,
    /// Where an organisation is named.
    Possible,
    /// Always: an organisation must be named.
    Always,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] =
        [Self::Owner, Self::Marketer, Self::ChannelManager, Self::Analyst, Self::Clerk, Self::Store, Self::Guide];

    /// The stored number.
    pub const fn number(self) -> i64 {
        self as i64 + 1
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.number() == number)
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Marketer => "marketer",
            Self::ChannelManager => "channel_manager",
            Self::Analyst => "analyst",
            Self::Clerk => "clerk",
            Self::Store => "store",
            Self::Guide => "guide",
        }
    }

    /// Whether it is limited to a part of the channel tree.
    pub const fn limit(self) -> Limit {
        match self {
            Self::Owner => Limit::Never,
            Self::Marketer | Self::ChannelManager | Self::Analyst | Self::Clerk => Limit::Possible,
            Self::Store | Self::Guide => Limit::Always,
        }
    }
}

/// What a role may do.
pub fn permissions(role: Role) -> Scopes {
    use Scope::{Campaigns, Logistics, Orders, Owner, Partners, People, Query, Read, Sell, Settlement};
    let scopes: &[Scope] = match role {
        Role::Owner => &[Owner],
        Role::Marketer => &[Campaigns, People, Orders, Read, Query],
        Role::ChannelManager => &[Partners, Logistics, Settlement, Read],
        Role::Analyst => &[Read, Query],
        Role::Clerk => &[Logistics],
        Role::Store => &[Logistics, Sell, Read],
        Role::Guide => &[Sell],
    };
    scopes.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_owner_may_everything_and_only_an_owner_is_never_limited() {
        for role in Role::ALL {
            let is_owner = role == Role::Owner;
            assert_eq!(permissions(role).allow(Scope::Owner), is_owner, "{}", role.name());
            assert_eq!(role.limit() == Limit::Never, is_owner, "{}", role.name());
            assert_eq!(Role::from_number(role.number()), Some(role));
        }
        assert_eq!(Role::from_number(0), None);
    }

    #[test]
    fn whoever_handles_goods_in_the_channel_cannot_print_codes_or_move_money() {
        for role in [Role::ChannelManager, Role::Clerk, Role::Store, Role::Guide, Role::Analyst] {
            for scope in [Scope::Goods, Scope::Campaigns, Scope::Scan] {
                assert!(!permissions(role).allow(scope), "{} {scope}", role.name());
            }
        }
    }
}
