//! Who calls, and what they may do. Finding that out from a key or a cookie is the part of `access`; the server puts
//! the [`Caller`] that was found into the request's extensions.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use data_encoding::BASE64;
use tallymark_base::id::{ApiKeyId, OrganisationId, TenantId};
use tallymark_base::{Act, Actor, Fault, Kind};

use crate::problem::Problem;
use crate::request_id::request_id;
use crate::scope::{Scope, Scopes};

/// A call that proves nobody, or somebody who may not do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Neither a key nor a session.
    #[error("send an API key as `Authorization: Bearer …`, or sign in")]
    KeyMissing,
    /// Another scheme, or something that cannot be a key.
    #[error("the Authorization header is not of the form `Bearer …` with one API key")]
    HeaderMalformed,
    /// No such key, or it was withdrawn.
    #[error("this API key is not known or was withdrawn")]
    KeyUnknown,
    /// No such session, or it ended.
    #[error("this session is not known or has ended; sign in again")]
    SessionUnknown,
    /// The password was right, the second factor is missing.
    #[error("the sign-in is not complete; send the code of the second factor to /v1/session/totp")]
    SecondFactorMissing,
    /// A writing call by cookie without the session's own token.
    #[error("send the session's token in the header X-Csrf-Token; /v1/me tells it")]
    CsrfRefused,
    /// A call that a page of another site made.
    #[error("this call comes from a page of {origin:?}, which is another site")]
    OriginForeign {
        /// What the browser said, cut to 100 characters.
        origin: String,
    },
    /// The caller may not do this at all.
    #[error("this needs the permission {needed}; you have: {held}")]
    ScopeMissing {
        /// A scope that would do.
        needed: Scope,
        /// The scopes of the caller.
        held: Scopes,
    },
    /// What is asked for cannot be cut to a part of the channel tree.
    #[error("you are limited to a part of the channel tree, and this concerns the whole brand")]
    SubtreeLimited,
    /// For people only.
    #[error("this is for people who are signed in, not for API keys")]
    UserNeeded,
}

impl Fault for AuthError {
    fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing => "auth.key_missing",
            Self::HeaderMalformed => "auth.header_malformed",
            Self::KeyUnknown => "auth.key_unknown",
            Self::SessionUnknown => "auth.session_unknown",
            Self::SecondFactorMissing => "auth.second_factor_missing",
            Self::CsrfRefused => "auth.csrf_refused",
            Self::OriginForeign { .. } => "auth.origin_foreign",
            Self::ScopeMissing { .. } => "auth.scope_missing",
            Self::SubtreeLimited => "auth.subtree_limited",
            Self::UserNeeded => "auth.user_needed",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::KeyMissing
            | Self::HeaderMalformed
            | Self::KeyUnknown
            | Self::SessionUnknown
            | Self::SecondFactorMissing => Kind::Unauthenticated,
            Self::CsrfRefused
            | Self::OriginForeign { .. }
            | Self::ScopeMissing { .. }
            | Self::SubtreeLimited
            | Self::UserNeeded => Kind::Denied,
        }
    }
}

/// The part of the channel tree that a caller sees: an organisation and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtree {
    /// The node at its top.
    pub organisation: OrganisationId,
    /// The ids from the root down to that node, each followed by a slash.
    pub path: Arc<str>,
}

impl Subtree {
    /// Whether the node with this path is the top or lies below it.
    pub fn contains(&self, path: &str) -> bool {
        path.starts_with(&*self.path)
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// In whose world.
    pub tenant: TenantId,
    /// By what.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Scopes,
    /// To what they are limited; the whole tenant where there is none. A route that says `x-subtree: limited` must
    /// answer as if nothing outside existed; the others never see a limited caller.
    pub subtree: Option<Subtree>,
    /// Of a write key: what the user ids that it sends are unique in.
    pub namespace: Option<Arc<str>>,
}

impl Caller {
    /// A caller with an API key, which always sees the whole tenant.
    pub const fn with_key(tenant: TenantId, key: ApiKeyId, scopes: Scopes) -> Self {
        Self { tenant, actor: Actor::Key(key), scopes, subtree: None, namespace: None }
    }

    /// The same, whose user ids are unique in a namespace.
    #[must_use]
    pub fn within(self, namespace: Option<String>) -> Self {
        Self { namespace: namespace.map(Arc::from), ..self }
    }

    /// That this caller does something in the request being served: for the audit log.
    pub fn act(&self) -> Act {
        Act { tenant: self.tenant, actor: self.actor, request: request_id() }
    }

    /// Fails with `auth.scope_missing` unless the caller may do what `needed` is for.
    pub fn require(&self, needed: Scope) -> Result<(), AuthError> {
        if self.scopes.allow(needed) { Ok(()) } else { Err(AuthError::ScopeMissing { needed, held: self.scopes }) }
    }

    /// Fails with `auth.scope_missing`, naming the last of them, unless the caller has one of `needed`. For reading
    /// what a key may write: `require_any(&[Scope::Goods, Scope::Read])`.
    pub fn require_any(&self, needed: &[Scope]) -> Result<(), AuthError> {
        needed.iter().map(|scope| self.require(*scope)).reduce(Result::or).unwrap_or(Ok(()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().cloned().ok_or(AuthError::KeyMissing)?)
    }
}

/// The API key in `Authorization: Bearer …` (RFC 6750, 2.1): at most 512 characters of the b64token alphabet.
pub fn bearer(headers: &HeaderMap) -> Result<Cow<'_, str>, AuthError> {
    const LENGTH_MAX: usize = 512;
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(AuthError::KeyMissing)?;
    let text = value.to_str().map_err(|_| AuthError::HeaderMalformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthError::HeaderMalformed)?;
    let token = token.trim_matches(' ');
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let fits = (1..=LENGTH_MAX).contains(&token.len()) && token.bytes().all(is_token) && values.next().is_none();
    let key = match () {
        () if fits && scheme.eq_ignore_ascii_case("bearer") => Some(Cow::Borrowed(token)),
        () if fits && scheme.eq_ignore_ascii_case("basic") => user_name(token).map(Cow::Owned),
        () => None,
    };
    key.ok_or(AuthError::HeaderMalformed)
}

/// The user name of Basic authentication, where there is no password (RFC 7617): event SDKs send their write key so.
fn user_name(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (!user.is_empty() && password.is_empty()).then(|| user.to_owned())
}

/// The value of a cookie; the first where a browser sends several of one name (RFC 6265, 5.4: the one with the longest
/// path comes first).
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(given, _)| *given == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_key_is_taken_from_one_header_of_the_right_form_only() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(|key| key.into_owned())
        };
        // RFC 6750, 2.1.
        assert_eq!(read(&["Bearer mF_9.B5f-4.1JqM"]), Ok("mF_9.B5f-4.1JqM".to_owned()));
        assert_eq!(read(&["bearer abc="]), Ok("abc=".to_owned()));
        assert_eq!(read(&[]), Err(AuthError::KeyMissing));
        // RFC 7617, 2: "a:" and "a:b" in base 64. A password belongs to nobody here.
        assert_eq!(read(&["Basic YTo="]), Ok("a".to_owned()));
        for malformed in [
            &["Basic YTpi"][..],
            &["Basic Og=="],
            &["Basic YQ=="],
            &["Basic !"],
            &["Bearer"],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(malformed), Err(AuthError::HeaderMalformed), "{malformed:?}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; __Host-tm_session=x=y".parse().unwrap());
        headers.append(header::COOKIE, "b=2".parse().unwrap());
        assert_eq!(cookie(&headers, "__Host-tm_session"), Some("x=y"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "tm_session"), None);
    }

    #[test]
    fn a_subtree_holds_its_top_and_what_lies_below_it_and_no_neighbour() {
        let organisation = tallymark_base::TypedId::from_raw(1);
        let subtree = Subtree { organisation, path: "0000000000001/0000000000002/".into() };
        assert!(subtree.contains("0000000000001/0000000000002/"));
        assert!(subtree.contains("0000000000001/0000000000002/0000000000003/"));
        assert!(!subtree.contains("0000000000001/"));
        assert!(!subtree.contains("0000000000001/0000000000003/"));
    }
}
