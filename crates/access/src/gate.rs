//! The gate before every route of the API: who calls, may they, and does the call come from a page of ours.
//!
//! What a route asks for stands in its description ([`tallymark_web::Permissions`]); a route that says nothing is closed
//! to everyone. A key is sent as `Authorization: Bearer …`. A session is a cookie, so a writing call by it must prove
//! that a page of ours made it: browsers send no cookie along with another site's POST (SameSite=Lax), the `Origin` that
//! they name must be ours, and the header `X-Csrf-Token` must be the session's own (OWASP Cross-Site Request Forgery
//! Prevention Cheat Sheet: a token bound to the session, and the standard headers as defence in depth). A WebSocket begins with
//! a GET that no page can add a header to, and any page may open one: by a session its `Origin` must be ours (RFC 6455,
//! 10.2). Who opened one is asked for again while it is open ([`Standing`]).

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tallymark_base::Actor;
use tallymark_base::id::{SessionId, UserId};
use tallymark_web::{
    AuthError, Caller, Limits, Need, Permission, Permissions, Problem, Standing, Subject, asks_for_websocket, bearer,
    cookie, method_not_allowed,
};

use crate::Access;
use crate::token::Token;

/// The header that carries a session's own token ([`Token::csrf`]) in writing calls.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// The gate: what it needs to know. Use as `router.layer(from_fn_with_state(Arc::new(gate), guard))`.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Who is known.
    pub access: Access,
    /// What each route asks for.
    pub permissions: Arc<Permissions>,
    /// How often an API key or a user may call.
    pub limits: Arc<Limits>,
}

/// The session by which somebody calls. As an extractor it refuses API keys.
#[derive(Debug, Clone)]
pub struct Current {
    /// Who.
    pub user: UserId,
    /// By which session.
    pub session: SessionId,
    /// The session's token, as the cookie had it.
    pub token: Token,
}

impl<S: Send + Sync> FromRequestParts<S> for Current {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Self>().cloned().ok_or(AuthError::UserNeeded)?)
    }
}

/// Lets a request through to its route, with its [`Caller`], or answers it.
pub async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match gate.admit(&mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => *refused,
    }
}

impl Gate {
    async fn admit(&self, request: &mut Parts) -> Result<(), Box<Response>> {
        let refuse = |problem: Problem| Box::new(problem.into_response());
        // Without a route there is nothing to protect: the fallback answers.
        let Some(path) = request.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()) else {
            return Ok(());
        };
        let permission = self.permissions.get(&request.method, &path);
        if permission.is_some_and(|permission| permission.need == Need::Public) {
            return self.check_origin(request).map_err(|error| refuse(error.into()));
        }
        let (caller, current) = self.known(request).await.map_err(refuse)?;
        // A call that is refused here has read and changed nothing.
        let subject = match caller.actor {
            Actor::Key(key) => Some(Subject::Key(key)),
            Actor::User(user) => Some(Subject::User(user)),
            _ => None,
        };
        if let Some(subject) = subject {
            self.limits.check(subject).map_err(|error| refuse(error.into()))?;
        }
        let Some(permission) = permission else {
            return Err(Box::new(self.no_such_method(request.method.clone(), &path).await));
        };
        permission.check(&caller).map_err(|error| refuse(error.into()))?;
        if asks_for_websocket(&request.headers) {
            request.extensions.insert(self.standing(&request.headers, permission.clone()));
        }
        request.extensions.insert(caller);
        if let Some(current) = current {
            request.extensions.insert(current);
        }
        Ok(())
    }

    /// Who calls: by a key where one is sent, else by a session.
    async fn known(&self, request: &Parts) -> Result<(Caller, Option<Current>), Problem> {
        let Access { context, directory, .. } = &self.access;
        let headers = &request.headers;
        if headers.contains_key(header::AUTHORIZATION) {
            return Ok((directory.by_key(context, &bearer(headers)?).await?.caller, None));
        }
        let text = cookie(headers, cookie_name(self.access.is_https)).ok_or(AuthError::KeyMissing)?;
        let token = Token::parse(text).ok_or(AuthError::SessionUnknown)?;
        let known = directory.by_session(context, &token, host(headers)).await?;
        if asks_for_websocket(headers) {
            self.check_named_origin(headers)?;
        }
        if !request.method.is_safe() {
            self.check_origin(request)?;
            let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if !token.has_csrf(given) {
                return Err(AuthError::CsrfRefused.into());
            }
        }
        let current = match (known.caller.actor, known.session) {
            (Actor::User(user), Some(session)) => Some(Current { user, session, token }),
            _ => None,
        };
        Ok((known.caller, current))
    }

    /// Asks again who calls, and whether they still may.
    fn standing(&self, headers: &HeaderMap, permission: Permission) -> Standing {
        let (access, headers) = (self.access.clone(), Arc::new(headers.clone()));
        Standing::by(move || {
            let (access, headers, permission) = (access.clone(), headers.clone(), permission.clone());
            async move {
                let Access { context, directory, .. } = &access;
                let known = if headers.contains_key(header::AUTHORIZATION) {
                    directory.by_key(context, &bearer(&headers)?).await?
                } else {
                    let text = cookie(&headers, cookie_name(access.is_https)).ok_or(AuthError::KeyMissing)?;
                    let token = Token::parse(text).ok_or(AuthError::SessionUnknown)?;
                    directory.by_session_at_rest(context, &token, host(&headers)).await?
                };
                Ok(permission.check(&known.caller)?)
            }
        })
    }

    /// Refuses what a browser says comes from a page of another site. Programs that are no browsers say nothing.
    fn check_origin(&self, request: &Parts) -> Result<(), AuthError> {
        if request.method.is_safe() { Ok(()) } else { self.check_named_origin(&request.headers) }
    }

    fn check_named_origin(&self, headers: &HeaderMap) -> Result<(), AuthError> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("?");
        let plain = origin.strip_prefix("http://").filter(|_| !self.access.is_https);
        match origin.strip_prefix("https://").or(plain) {
            Some(own) if own == host(headers) => Ok(()),
            _ => Err(AuthError::OriginForeign { origin: origin.chars().take(100).collect() }),
        }
    }

    async fn no_such_method(&self, method: Method, path: &str) -> Response {
        let mut response = method_not_allowed(method).await.into_response();
        let methods = self.permissions.iter().filter(|(_, own, _)| *own == path).map(|(method, ..)| method.as_str());
        if let Ok(allowed) = HeaderValue::try_from(methods.collect::<Vec<_>>().join(", ")) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

/// The host that a request was sent to, as the browser wrote it.
pub(crate) fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The name of the session's cookie. With `__Host-` browsers keep it only when it came over https, for this host alone
/// (RFC 6265bis, 4.1.3.2), so that no other host of the domain can plant one.
pub const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-tm_session" } else { "tm_session" }
}

/// The `Set-Cookie` that opens a session in a browser for so many seconds, or ends it.
pub(crate) fn set_cookie(token: Option<(&Token, i64)>, is_https: bool) -> String {
    let (value, lasts_s) = token.map_or((String::new(), 0), |(token, lasts_s)| (token.text(), lasts_s));
    let secure = if is_https { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}", cookie_name(is_https))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    #[test]
    fn a_session_cookie_is_out_of_reach_of_scripts_other_hosts_and_plain_http() {
        let token = Token::generate(&SeededEntropy::new([1; 32]));
        let cookie = set_cookie(Some((&token, 43_200)), true);
        let expected =
            format!("__Host-tm_session={}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure", token.text());
        assert_eq!(cookie, expected);
        assert_eq!(set_cookie(None, false), "tm_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
