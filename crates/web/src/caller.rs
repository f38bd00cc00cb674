//! Who calls, and what the key of the call may do. Looking the key up is the server's part; it puts the [`Caller`] it
//! found into the request's extensions.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_base::{Fault, Kind};
use utoipa::ToSchema;

use crate::problem::Problem;

/// A call without a key that opens the operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No `Authorization` header.
    #[error("send the API key as `Authorization: Bearer …`")]
    KeyMissing,
    /// Another scheme, or something that cannot be a key.
    #[error("the Authorization header is not of the form `Bearer …` with one API key")]
    HeaderMalformed,
    /// No such key, or it was withdrawn.
    #[error("this API key is not known or was withdrawn")]
    KeyUnknown,
    /// The key is not for this operation.
    #[error("this needs a key with the scope {needed}; this key has: {held}")]
    ScopeMissing {
        /// The scope that is needed.
        needed: Scope,
        /// The scopes of the key.
        held: Scopes,
    },
}

impl Fault for AuthError {
    fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing => "auth.key_missing",
            Self::HeaderMalformed => "auth.header_malformed",
            Self::KeyUnknown => "auth.key_unknown",
            Self::ScopeMissing { .. } => "auth.scope_missing",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::KeyMissing | Self::HeaderMalformed | Self::KeyUnknown => Kind::Unauthenticated,
            Self::ScopeMissing { .. } => Kind::Denied,
        }
    }
}

/// What a key may be used for. No scope but `owner` includes another; a key has as many as it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything, including keys, organisations and the ledger.
    Owner,
    /// Products, batches, shipments, codes.
    Goods,
    /// Campaigns and rebates.
    Campaigns,
    /// Sending scans.
    Scan,
    /// Reading everything of the tenant.
    Read,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Goods, Self::Campaigns, Self::Scan, Self::Read];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Goods => "goods",
            Self::Campaigns => "campaigns",
            Self::Scan => "scan",
            Self::Read => "read",
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of scopes. As text, for the database, the names with spaces between (RFC 6749, 3.3); in JSON a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(u8);

impl Scopes {
    /// Whether a key with these scopes may do what `needed` is for.
    pub const fn allow(self, needed: Scope) -> bool {
        self.holds(Scope::Owner) || self.holds(needed)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn holds(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.holds(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
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
#[error("{0:?} is not a scope; there are owner, goods, campaigns, scan, read")]
pub struct UnknownScope(String);

impl std::str::FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let scope = |name: &str| {
            Scope::ALL.into_iter().find(|scope| scope.name() == name).ok_or_else(|| UnknownScope(name.to_owned()))
        };
        text.split_ascii_whitespace().map(scope).collect()
    }
}

impl utoipa::PartialSchema for Scopes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ArrayBuilder::new().items(Scope::schema()).unique_items(true).into()
    }
}

impl ToSchema for Scopes {}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// In whose world.
    pub tenant: TenantId,
    /// With which key.
    pub key: ApiKeyId,
    /// What the key is for.
    pub scopes: Scopes,
}

impl Caller {
    /// Fails with `auth.scope_missing` unless the key is for `needed`.
    pub fn require(&self, needed: Scope) -> Result<(), AuthError> {
        if self.scopes.allow(needed) { Ok(()) } else { Err(AuthError::ScopeMissing { needed, held: self.scopes }) }
    }

    /// Fails with `auth.scope_missing`, naming the last of them, unless the key is for one of `needed`. For reading
    /// what a key may write: `require_any(&[Scope::Goods, Scope::Read])`.
    pub fn require_any(&self, needed: &[Scope]) -> Result<(), AuthError> {
        needed.iter().map(|scope| self.require(*scope)).reduce(Result::or).unwrap_or(Ok(()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().copied().ok_or(AuthError::KeyMissing)?)
    }
}

/// The API key in `Authorization: Bearer …` (RFC 6750, 2.1): at most 512 characters of the b64token alphabet.
pub fn bearer(headers: &HeaderMap) -> Result<&str, AuthError> {
    const LENGTH_MAX: usize = 512;
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(AuthError::KeyMissing)?;
    let text = value.to_str().map_err(|_| AuthError::HeaderMalformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthError::HeaderMalformed)?;
    let token = token.trim_matches(' ');
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let fits = scheme.eq_ignore_ascii_case("bearer")
        && (1..=LENGTH_MAX).contains(&token.len())
        && token.bytes().all(is_token)
        && values.next().is_none();
    if fits { Ok(token) } else { Err(AuthError::HeaderMalformed) }
}

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
    }

    #[test]
    fn scopes_read_back_from_text_and_json() {
        assert_eq!(scopes("scan goods").to_string(), "goods scan");
        assert_eq!(serde_json::to_string(&scopes("scan goods")).unwrap(), r#"["goods","scan"]"#);
        assert_eq!(serde_json::from_str::<Scopes>(r#"["scan","goods","scan"]"#).unwrap(), scopes("goods scan"));
        assert!("goods admin".parse::<Scopes>().unwrap_err().to_string().contains("\"admin\""));
    }

    #[test]
    fn a_bearer_key_is_taken_from_one_header_of_the_right_form_only() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        // RFC 6750, 2.1.
        assert_eq!(read(&["Bearer mF_9.B5f-4.1JqM"]), Ok("mF_9.B5f-4.1JqM".to_owned()));
        assert_eq!(read(&["bearer abc="]), Ok("abc=".to_owned()));
        assert_eq!(read(&[]), Err(AuthError::KeyMissing));
        for malformed in [&["Basic YTpi"][..], &["Bearer"], &["Bearer "], &["Bearer a b"], &["Bearer a", "Bearer b"]] {
            assert_eq!(read(malformed), Err(AuthError::HeaderMalformed), "{malformed:?}");
        }
    }
}
