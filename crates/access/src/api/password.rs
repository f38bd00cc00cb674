//! Passwords of those who are not signed in: invitations and resets.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tallymark_web::{Json, Problem, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Brand;
use crate::service::password;
use crate::service::session::Visitor;
use crate::{Access, Error};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(set_by_link)).routes(routes!(ask_reset))
}

/// A password, and the link's token that allows to set it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordByLink {
    /// The end of the link, behind the `#`.
    token: String,
    /// The password: 12 characters at least, 256 bytes at most.
    #[schema(format = Password, min_length = 12, max_length = 256)]
    password: String,
}

/// Sets a password by the link of an invitation or a reset. The link is used up, and every session of the user ends.
#[utoipa::path(
    post,
    path = "/password/by-link",
    tag = "sign-in",
    request_body = PasswordByLink,
    responses((status = 204, description = "Set; sign in with it."), WriteProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn set_by_link(
    State(access): State<Access>,
    Brand(brand): Brand,
    Json(given): Json<PasswordByLink>,
) -> Result<StatusCode, Problem> {
    let set = password::set_by_link(&access, &brand, &given.token, &given.password).await;
    set.map_err(Error::problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who forgot their password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    /// The email address.
    email: String,
}

/// Asks for a link to set a new password. The answer is the same whether or not there is such a user. The link comes by
/// mail where the installation sends mail; otherwise the owners see the wish in the list of users and hand a link over.
#[utoipa::path(
    post,
    path = "/password/reset-requests",
    tag = "sign-in",
    request_body = ResetRequest,
    responses((status = 202, description = "Noted, if there is such a user."), WriteProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn ask_reset(
    State(access): State<Access>,
    Brand(brand): Brand,
    visitor: Visitor,
    Json(given): Json<ResetRequest>,
) -> Result<StatusCode, Problem> {
    password::ask_reset(&access, &brand, &visitor, &given.email).await.map_err(Error::problem)?;
    Ok(StatusCode::ACCEPTED)
}
