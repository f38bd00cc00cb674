//! Tenants and the nodes of their channel trees.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_base::seal::Key;
use utoipa::ToSchema;

use crate::Error;

/// One brand's world.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// The brand's name, 1 to 120 characters.
    pub name: String,
    /// Host names that lead to it: lower case, without a port, in alphabetical order.
    pub hosts: Vec<String>,
    /// IANA name of the zone in which its days begin, such as `Asia/Shanghai`.
    pub zone: String,
    /// What all its keys come from. Never shown, and stored only sealed.
    #[serde(skip)]
    pub secret: Key,
    /// The later secret that what it keeps of people comes from, where there is one.
    #[serde(skip)]
    pub rotated: Option<Rotated>,
}

/// A later secret of a tenant, and those before it that are still in use.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The last.
    pub secret: Key,
    /// Those before it under which something may still be, the latest first; none once the rotation is complete.
    pub earlier: Vec<Key>,
}

/// A generation of the secret that what a tenant keeps of people comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Generation {
    /// Its number, from 1.
    pub generation: u32,
    /// When it was made; of the first, with the tenant.
    pub made_at: Option<Timestamp>,
    /// Since when everything is under it.
    pub done_at: Option<Timestamp>,
}

impl Tenant {
    /// The tenant's keys for one purpose about people: that of the last generation, then those before it under which something
    /// may still be.
    pub fn secrets_for(&self, purpose: &str) -> Vec<Key> {
        let Some(rotated) = &self.rotated else { return vec![self.secret_for(purpose)] };
        std::iter::once(&rotated.secret).chain(&rotated.earlier).map(|secret| secret.derive(purpose)).collect()
    }

    /// The tenant's key for one purpose, such as `people.blind.v1`.
    pub fn secret_for(&self, purpose: &str) -> Key {
        self.secret.derive(purpose)
    }

    /// The zone's rules. Fails only when the zone was stored by a program with a newer table of zones.
    pub fn time_zone(&self) -> Result<jiff::tz::TimeZone, Error> {
        crate::rules::time_zone(&self.zone)
    }
}

/// A tenant to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// The brand's name, 1 to 120 characters.
    pub name: String,
    /// Host names that lead to it, at most 50; none of another tenant.
    pub hosts: Vec<String>,
    /// IANA name of the zone in which its days begin.
    #[serde(default = "default_zone")]
    pub zone: String,
}

fn default_zone() -> String {
    "Asia/Shanghai".to_owned()
}

/// What an organisation is in the channel. Ordered from the top of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// The brand's headquarters: a root.
    Brand,
    /// A sales region of the brand.
    Region,
    /// A dealer (经销商).
    Dealer,
    /// A store (终端门店), the last of the chain.
    Store,
}

impl OrganisationKind {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Brand => 1,
            Self::Region => 2,
            Self::Dealer => 3,
            Self::Store => 4,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Region => "region",
            Self::Dealer => "dealer",
            Self::Store => "store",
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Brand),
            2 => Some(Self::Region),
            3 => Some(Self::Dealer),
            4 => Some(Self::Store),
            _ => None,
        }
    }
}

/// A node of the channel tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The node above it; none for a brand.
    pub parent: Option<OrganisationId>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// The brand's own code for it, unique in the tenant: 1 to 40 ASCII letters, digits, `.`, `_` or `-`.
    pub code: String,
    /// Where it is.
    pub adcode: Option<Adcode>,
    /// Where it may sell, ascending. Empty: where its parent may.
    pub territory: Vec<Adcode>,
}

/// An organisation to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// The node above it; none for a brand.
    #[serde(default)]
    pub parent: Option<OrganisationId>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// The brand's own code for it, unique in the tenant: 1 to 40 ASCII letters, digits, `.`, `_` or `-`.
    pub code: String,
    /// Where it is.
    #[serde(default)]
    pub adcode: Option<Adcode>,
    /// Where it may sell, at most 500 places. Empty: where its parent may.
    #[serde(default)]
    pub territory: Vec<Adcode>,
}
