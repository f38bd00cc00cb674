//! What each route asks of its caller, read from the description of the API: the same words that operators read are
//! what is enforced.
//!
//! Every operation carries two extensions. `x-permission` is `"public"` (nobody needs to be known), `"signed_in"`
//! (anybody who is known), or a list of scopes of which one is enough. `x-subtree` says what a caller limited to a part
//! of the channel tree gets: `"limited"` (only what lies inside), `"shared"` (what is the same for everyone of the
//! brand), `"own"` (only what is the caller's own); without it such a caller is refused.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::Value;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, SecurityRequirement};

use crate::caller::{AuthError, Caller};
use crate::scope::{Scope, Scopes, UnknownScope};

/// The extension that says who may call.
pub const PERMISSION: &str = "x-permission";
/// The extension that says what a caller limited to a part of the channel tree gets.
pub const SUBTREE: &str = "x-subtree";

/// Who may call a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Anybody; the route finds out by itself whom it serves.
    Public,
    /// Anybody who is known.
    SignedIn,
    /// Whoever has one of these scopes.
    AnyOf(Vec<Scope>),
}

/// What a caller limited to a part of the channel tree gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Nothing: 403.
    Refused,
    /// Only what lies inside; the rest is not there (404).
    Inside,
    /// What is the same for everyone of the brand.
    Shared,
    /// Only the caller's own.
    Own,
}

/// The permission of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Who may call.
    pub need: Need,
    /// What limited callers get.
    pub limited: Limited,
}

impl Permission {
    /// Whether the caller may use the route at all; which objects it sees is the route's own question.
    pub fn check(&self, caller: &Caller) -> Result<(), AuthError> {
        if let Need::AnyOf(scopes) = &self.need {
            caller.require_any(scopes)?;
        }
        if caller.subtree.is_some() && self.limited == Limited::Refused {
            return Err(AuthError::SubtreeLimited);
        }
        Ok(())
    }

    /// Whether these scopes suffice.
    pub fn allows(&self, scopes: Scopes) -> bool {
        match &self.need {
            Need::Public | Need::SignedIn => true,
            Need::AnyOf(needed) => needed.iter().any(|scope| scopes.allow(*scope)),
        }
    }
}

/// A route whose description does not say who may call it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{method} {path}: {reason}")]
pub struct Undeclared {
    /// The method.
    pub method: Method,
    /// The path as it is described.
    pub path: String,
    /// What is missing or wrong.
    pub reason: String,
}

/// The permissions of all routes, by path (as it is described) and method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    by_path: BTreeMap<String, Vec<(Method, Permission)>>,
}

impl Permissions {
    /// Reads them. Fails for the first route that declares none: such a server must not start.
    pub fn of(api: &OpenApi) -> Result<Self, Undeclared> {
        let mut by_path: BTreeMap<String, Vec<(Method, Permission)>> = BTreeMap::new();
        for (path, item) in &api.paths.paths {
            for (method, operation) in operations(item) {
                let permission = permission_of(operation).map_err(|reason| Undeclared {
                    method: method.clone(),
                    path: path.clone(),
                    reason,
                })?;
                by_path.entry(path.clone()).or_default().push((method, permission));
            }
        }
        Ok(Self { by_path })
    }

    /// The permission of a route. HEAD asks what GET asks.
    pub fn get(&self, method: &Method, path: &str) -> Option<&Permission> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.by_path.get(path)?.iter().find(|(own, _)| own == method).map(|(_, permission)| permission)
    }

    /// Every route.
    pub fn iter(&self) -> impl Iterator<Item = (&Method, &str, &Permission)> {
        self.by_path
            .iter()
            .flat_map(|(path, methods)| methods.iter().map(move |(method, own)| (method, path.as_str(), own)))
    }
}

/// Adds to every operation that takes an API key that a session does as well.
pub fn accept_sessions(api: &mut OpenApi) {
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for security in operations.into_iter().flatten().filter_map(|operation| operation.security.as_mut()) {
            security.push(SecurityRequirement::new("session", Vec::<String>::new()));
        }
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

fn permission_of(operation: &Operation) -> Result<Permission, String> {
    let extension = |name: &str| operation.extensions.as_ref().and_then(|extensions| extensions.get(name));
    let need = match extension(PERMISSION) {
        Some(Value::String(word)) if word == "public" => Need::Public,
        Some(Value::String(word)) if word == "signed_in" => Need::SignedIn,
        Some(Value::Array(names)) if !names.is_empty() => {
            let scopes = names.iter().map(|name| name.as_str().unwrap_or_default().parse());
            Need::AnyOf(scopes.collect::<Result<_, UnknownScope>>().map_err(|error| error.to_string())?)
        }
        other => return Err(format!("{PERMISSION} is `public`, `signed_in` or a list of scopes, not {other:?}")),
    };
    let limited = match extension(SUBTREE).map(|value| value.as_str().unwrap_or_default()) {
        None => Limited::Refused,
        Some("limited") => Limited::Inside,
        Some("shared") => Limited::Shared,
        Some("own") => Limited::Own,
        Some(other) => return Err(format!("{SUBTREE} is `limited`, `shared` or `own`, not {other:?}")),
    };
    Ok(Permission { need, limited })
}
