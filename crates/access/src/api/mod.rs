//! Signing in, users, keys and roles over HTTP: one file for each group of routes.

mod audit;
mod keys;
mod me;
mod oidc;
mod password;
mod roles;
mod sessions;
mod sign_in_links;
mod users;
mod views;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use tallymark_base::id::TenantId;
use tallymark_partners::{Tenant, tenant};
use tallymark_web::{ClientAddress, Problem};
use utoipa_axum::router::OpenApiRouter;

use crate::gate::host;
use crate::service::session::{Visitor, brand_at};
use crate::{Access, Error};

/// The routes, relative to `/v1`.
pub fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(me::routes())
        .merge(password::routes())
        .merge(users::routes())
        .merge(sign_in_links::routes())
        .merge(roles::routes())
        .merge(keys::routes())
        .merge(audit::routes())
        .merge(oidc::routes())
        .merge(views::routes())
}

/// The brand at the host that a request was sent to, where nobody is known yet.
struct Brand(Tenant);

impl FromRequestParts<Access> for Brand {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, access: &Access) -> Result<Self, Problem> {
        brand_at(&access.context, host(&parts.headers)).await.map(Self).map_err(Error::problem)
    }
}

/// The brand of somebody who is known.
async fn brand_of(access: &Access, id: TenantId) -> Result<Tenant, Error> {
    let mut tx = access.context.store.read().await?;
    tenant::find(&mut tx, &access.context.master, id).await?.ok_or(Error::HostUnknown)
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let address = ClientAddress::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self { address, agent: agent.unwrap_or("unknown").to_owned() })
    }
}
