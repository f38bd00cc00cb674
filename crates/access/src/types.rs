//! Users, their sessions and what is handed to them.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{OrganisationId, SessionId, UserId};
use tallymark_web::Scopes;
use utoipa::ToSchema;

use crate::rules::Role;

/// Whether a user can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Has no password yet.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot.
    Disabled,
}

impl UserStatus {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Invited => 1,
            Self::Active => 2,
            Self::Disabled => 3,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Invited),
            2 => Some(Self::Active),
            3 => Some(Self::Disabled),
            _ => None,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// A person who works for the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with, in lower case.
    pub email: String,
    /// Their name, 1 to 120 characters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The part of the channel tree they are limited to; none: the whole brand.
    pub organisation: Option<OrganisationId>,
    /// Whether they can sign in.
    pub status: UserStatus,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// When they said that they forgot their password; an owner makes them a link.
    pub reset_asked_at: Option<Timestamp>,
    /// When they were invited.
    pub created_at: Timestamp,
}

/// What the audit log keeps of a user: not who they are, but what they may.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Standing {
    role: Role,
    organisation: Option<OrganisationId>,
    status: UserStatus,
}

impl User {
    /// What the audit log keeps.
    pub const fn standing(&self) -> Standing {
        Standing { role: self.role, organisation: self.organisation, status: self.status }
    }
}

/// A person to be invited.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they will sign in with; unique in the tenant.
    #[schema(max_length = 254)]
    pub email: String,
    /// Their name, 1 to 120 characters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The part of the channel tree to limit them to; see `Place`.
    #[serde(default)]
    pub organisation: Option<OrganisationId>,
}

/// What a user may do, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What they may do.
    pub role: Role,
    /// The part of the channel tree to limit them to: an organisation and all below it. The roles `store` and `guide`
    /// need one, `owner` takes none.
    #[serde(default)]
    pub organisation: Option<OrganisationId>,
}

/// A session as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The browser or program, as it named itself, cut to 200 characters.
    pub agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends, whatever is done.
    pub expires_at: Timestamp,
    /// What it is limited to, where a link opened it; none: it may do what the user's role allows.
    pub scopes: Option<Scopes>,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// The first password; valid for seven days.
    Invitation,
    /// A new password; valid for 30 minutes.
    Reset,
}

impl LinkPurpose {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Invitation => 1,
            Self::Reset => 2,
        }
    }

    /// How long such a link is valid, in seconds.
    pub const fn valid_s(self) -> i64 {
        match self {
            Self::Invitation => 7 * 86_400,
            Self::Reset => 30 * 60,
        }
    }
}

/// A link that lets a person set a password, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PasswordLink {
    /// What for.
    pub purpose: LinkPurpose,
    /// Whose password.
    pub user: UserId,
    /// What `POST /v1/password/by-link` takes. Shown this once.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
}

const fn half_an_hour() -> u32 {
    30
}

const fn half_a_day() -> u32 {
    12
}

/// How long a link to sign in waits, and how long one is signed in by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignInLink {
    /// For how many minutes it can be used: at most a day.
    #[serde(default = "half_an_hour")]
    #[schema(minimum = 1, maximum = 1440, default = 30)]
    pub valid_minutes: u32,
    /// For how many hours its user stays signed in: at most thirty days.
    #[serde(default = "half_a_day")]
    #[schema(minimum = 1, maximum = 720, default = 12)]
    pub session_hours: u32,
}

/// A link that signs a person in at the clerk page, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignInLink {
    /// Who is signed in by it.
    pub user: UserId,
    /// What `POST /v1/session/by-link` takes. Shown this once.
    pub token: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// For how many hours they stay signed in.
    pub session_hours: u32,
}

/// What the audit log keeps of such a link.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SignInTerms {
    expires_at: Timestamp,
    session_hours: u32,
}

impl SignInLink {
    /// What the audit log keeps.
    pub const fn terms(&self) -> SignInTerms {
        SignInTerms { expires_at: self.expires_at, session_hours: self.session_hours }
    }
}
