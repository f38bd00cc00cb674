//! Links that sign people in at a phone: made by owners, used once.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::id::UserId;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Path, Problem, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Brand, sessions};
use crate::mail::CLERK_PAGE;
use crate::service::session::Visitor;
use crate::service::sign_in_link;
use crate::types::{NewSignInLink, SignInLink};
use crate::{Access, Error};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(sign_in))
}

/// A link to sign in that was just made.
#[derive(Serialize, ToSchema)]
struct MadeSignInLink {
    /// Its token and its terms. Shown this once.
    #[serde(flatten)]
    link: SignInLink,
    /// The page at the brand's host that takes the token.
    path: String,
}

/// Makes the link by which a user signs in at the clerk page, once, without a password: for people who handle goods and
/// have no mail. Whoever has it, once, is that user, for what `logistics` allows in the user's part of the channel tree
/// and for nothing else. A link to sign in that was made before is void, so a retry does no harm.
#[utoipa::path(
    post,
    path = "/users/{id}/sign-in-links",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = NewSignInLink,
    responses((status = 201, description = "Made.", body = MadeSignInLink), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn make(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(wanted): Json<NewSignInLink>,
) -> Result<(StatusCode, Json<MadeSignInLink>), Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.write().await?;
    let link = sign_in_link::make(&mut tx, &access.context, caller.tenant, id, wanted).await?;
    let entry = Entry::new(caller.act(), "user.sign_in_link_made", id).after(&link.terms());
    audit::record(&mut tx, &access.context, entry).await?;
    tx.commit().await?;
    let path = format!("{CLERK_PAGE}{}", link.token);
    Ok((StatusCode::CREATED, Json(MadeSignInLink { link, path })))
}

/// A link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionByLink {
    /// The end of the link, behind the `#in=`.
    token: String,
}

/// Signs in by a link, which is used up. The session may handle goods and nothing else. A second factor that the user has
/// set up is asked for as after a password.
#[utoipa::path(
    post,
    path = "/session/by-link",
    tag = "sign-in",
    request_body = SessionByLink,
    responses((status = 201, description = "Signed in, at least half.", body = sessions::SessionAnswer), WriteProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn sign_in(
    State(access): State<Access>,
    Brand(brand): Brand,
    visitor: Visitor,
    Json(given): Json<SessionByLink>,
) -> Result<Response, Problem> {
    let signed_in = sign_in_link::sign_in(&access, &brand, &visitor, &given.token).await;
    Ok(sessions::answer(&access, signed_in.map_err(Error::problem)?))
}
