//! The one vocabulary of permissions: what an API key is for, what a role may do, and what a route asks for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One permission. None but `owner` includes another; a key or a role has as many as it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything, including keys, users and code keys.
    Owner,
    /// Products, batches, codes and their printing, shipments.
    Goods,
    /// Campaigns, rebates and their budgets.
    Campaigns,
    /// Sending scans.
    Scan,
    /// Reading everything of the tenant, except codes and personal values.
    Read,
    /// The channel tree.
    Partners,
    /// Members and their tiers.
    People,
    /// Rebates, what is owed to the channel, and paying it.
    Settlement,
    /// SQL and reports over the lake.
    Query,
    /// The audit log.
    Audit,
    /// Activating, packing, shipping and receiving.
    Logistics,
    /// Selling to people: products, and the codes of goods in one's own store.
    Sell,
    /// Sending what people do elsewhere: the write key of an event SDK. It reads nothing.
    Track,
    /// Seeing personal values whole, and handing them out.
    Reveal,
    /// Erasing people, for ever.
    Erase,
    /// Recording orders and returns, and what is sold.
    Orders,
    /// Having codes again that were handed out for printing before.
    Reprint,
    /// Playing a simulated world: naming the order, the moment and the origin of what it sends. A server of a real brand takes
    /// none of that.
    Sim,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 18] = [
        Self::Owner,
        Self::Goods,
        Self::Campaigns,
        Self::Scan,
        Self::Read,
        Self::Partners,
        Self::People,
        Self::Settlement,
        Self::Query,
        Self::Audit,
        Self::Logistics,
        Self::Sell,
        Self::Track,
        Self::Reveal,
        Self::Erase,
        Self::Orders,
        Self::Reprint,
        Self::Sim,
    ];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Goods => "goods",
            Self::Campaigns => "campaigns",
            Self::Scan => "scan",
            Self::Read => "read",
            Self::Partners => "partners",
            Self::People => "people",
            Self::Settlement => "settlement",
            Self::Query => "query",
            Self::Audit => "audit",
            Self::Logistics => "logistics",
            Self::Sell => "sell",
            Self::Track => "track",
            Self::Reveal => "reveal",
            Self::Erase => "erase",
            Self::Orders => "orders",
            Self::Reprint => "reprint",
            Self::Sim => "sim",
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.name() == name).ok_or_else(|| UnknownScope(name.to_owned()))
    }
}

/// A set of scopes. As text, for the database, the names with spaces between (RFC 6749, 3.3); in JSON a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(u32);

impl Scopes {
    /// Whether whoever has these scopes may do what `needed` is for.
    pub const fn allow(self, needed: Scope) -> bool {
        self.holds(Scope::Owner) || self.holds(needed)
    }

    /// Whether `scope` itself is among these: an owner, who may do everything, has no other for that.
    pub const fn names(self, scope: Scope) -> bool {
        self.holds(scope)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes, one by one.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.holds(*scope))
    }

    const fn holds(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().collect()
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A name that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope; there are {names}", names = Scope::ALL.map(Scope::name).join(", "))]
pub struct UnknownScope(String);

impl std::str::FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_ascii_whitespace().map(str::parse::<Scope>).collect()
    }
}

impl utoipa::PartialSchema for Scopes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ArrayBuilder::new().items(Scope::schema()).unique_items(true).into()
    }
}

impl ToSchema for Scopes {}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        text.parse().unwrap()
    }

    #[test]
    fn an_owner_may_do_everything_and_others_only_what_they_name() {
        assert!(Scope::ALL.into_iter().all(|scope| scopes("owner").allow(scope)));
        assert!(scopes("goods scan").allow(Scope::Scan));
        assert!(!scopes("goods scan").allow(Scope::Read));
        assert!(!scopes("").allow(Scope::Read));
        assert!(scopes("owner sim").names(Scope::Sim) && !scopes("owner").names(Scope::Sim));
    }

    #[test]
    fn scopes_read_back_from_text_and_json() {
        assert_eq!(scopes("scan goods").to_string(), "goods scan");
        assert_eq!(serde_json::to_string(&scopes("scan goods")).unwrap(), r#"["goods","scan"]"#);
        assert_eq!(serde_json::from_str::<Scopes>(r#"["scan","goods","scan"]"#).unwrap(), scopes("goods scan"));
        assert!("goods admin".parse::<Scopes>().unwrap_err().to_string().contains("\"admin\""));
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(scopes(&all.to_string()), all);
    }
}
