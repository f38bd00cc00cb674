//! The catalogue of roles.

use serde::Serialize;
use tallymark_web::{Json, ReadProblems, Scopes};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Access;
use crate::rules::role::Limit;
use crate::rules::{Role, permissions};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
struct RoleEntry {
    /// Its name.
    role: Role,
    /// What it may do; each route says in `x-permission` what it asks for.
    permissions: Scopes,
    /// Whether it is limited to a part of the channel tree.
    limited: Limit,
}

/// The roles.
#[derive(Debug, Serialize, ToSchema)]
struct Roles {
    /// Every role.
    items: Vec<RoleEntry>,
}

/// Lists the roles that users can have.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "users",
    responses((status = 200, description = "Every role.", body = Roles), ReadProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("shared"))),
    security(("api_key" = []))
)]
async fn list() -> Json<Roles> {
    let entry = |role: Role| RoleEntry { role, permissions: permissions(role), limited: role.limit() };
    Json(Roles { items: Role::ALL.into_iter().map(entry).collect() })
}
