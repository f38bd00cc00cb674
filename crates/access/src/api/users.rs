//! Users, for owners.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::UserId;
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::brand_of;
use crate::Access;
use crate::mail::PASSWORD_PAGE;
use crate::service::{second_factor, user};
use crate::types::{NewUser, PasswordLink, Place, User};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .routes(routes!(invite, list))
        .routes(routes!(show))
        .routes(routes!(set_role))
        .routes(routes!(set_status))
        .routes(routes!(make_link))
        .routes(routes!(remove_totp))
}

/// Makes a user, who sets a password by a link (`POST /v1/users/{id}/links`).
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    params(IdempotencyKey),
    request_body = NewUser,
    responses((status = 201, description = "Invited.", body = User), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn invite(
    State(access): State<Access>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewUser>,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let context = &access.context;
    let mut once = match begin(context, caller.tenant.raw(), "users", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let made = user::invite(once.tx(), context, caller.tenant, &body.value).await?;
    let entry = Entry::new(caller.act(), "user.invited", made.id).after(&made.standing());
    audit::record(once.tx(), context, entry).await?;
    let answer = once.finish(201, &made).await?;
    Ok(stored(answer.status, answer.body))
}

/// Lists users, oldest first.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(Page),
    responses((status = 200, description = "A page of users.", body = Paged<User>), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn list(State(access): State<Access>, caller: Caller, page: Page) -> Result<Json<Paged<User>>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.read().await?;
    let found = user::page(&mut tx, caller.tenant, page.after()?, page.rows()).await?;
    Ok(Json(page.cut(found, |user| user.id.to_string())))
}

/// Shows a user.
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn show(State(access): State<Access>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<User>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.read().await?;
    Ok(Json(user::find(&mut tx, caller.tenant, id).await?))
}

/// Changes what a user may do, and where. It holds for open sessions too: here at once, on other servers within five
/// seconds. Setting it again to the same changes nothing, so no idempotency key is needed.
#[utoipa::path(
    put,
    path = "/users/{id}/role",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = Place,
    responses((status = 200, description = "The user with the role.", body = User), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn set_role(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(place): Json<Place>,
) -> Result<Json<User>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.write().await?;
    let changed = user::set_place(&mut tx, caller.tenant, id, place).await?;
    audit::record(&mut tx, &access.context, changed.entry(caller.act(), "user.role_set")).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok(Json(changed.after))
}

/// A status to set.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WantedStatus {
    /// Can sign in (again).
    Active,
    /// Cannot; sessions and links end.
    Disabled,
}

/// Whether a user may sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUserStatus {
    /// `active` or `disabled`.
    status: WantedStatus,
}

/// Lets a user sign in, or not any more; then their sessions end at once. Who never set a password is `invited` again.
#[utoipa::path(
    put,
    path = "/users/{id}/status",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    request_body = NewUserStatus,
    responses((status = 200, description = "The user with the status.", body = User), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn set_status(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(new): Json<NewUserStatus>,
) -> Result<Json<User>, Problem> {
    caller.require(Scope::Owner)?;
    let is_enabled = matches!(new.status, WantedStatus::Active);
    let mut tx = access.context.store.write().await?;
    let changed = user::set_enabled(&mut tx, caller.tenant, id, is_enabled).await?;
    audit::record(&mut tx, &access.context, changed.entry(caller.act(), "user.status_set")).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok(Json(changed.after))
}

/// A link that was just made.
#[derive(Serialize, ToSchema)]
struct MadeLink {
    /// What it is for, and its token. Shown this once.
    #[serde(flatten)]
    link: PasswordLink,
    /// The page at the brand's host that takes the token.
    path: String,
}

/// Makes the link by which a user sets a password: the first (valid for seven days), or a new one (30 minutes). Hand it
/// over on a safe way: whoever has it, once, is that user. A link made before is void, so a retry does no harm.
#[utoipa::path(
    post,
    path = "/users/{id}/links",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 201, description = "Made.", body = MadeLink), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn make_link(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<(StatusCode, Json<MadeLink>), Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.write().await?;
    let link = user::make_link(&mut tx, &access.context, caller.tenant, id).await?;
    let entry = Entry::new(caller.act(), "user.link_made", id).after(&link.purpose);
    audit::record(&mut tx, &access.context, entry).await?;
    tx.commit().await?;
    let path = format!("{PASSWORD_PAGE}{}", link.token);
    Ok((StatusCode::CREATED, Json(MadeLink { link, path })))
}

/// Turns a user's second factor off: for somebody who lost the app and the recovery codes.
#[utoipa::path(
    delete,
    path = "/users/{id}/totp",
    tag = "users",
    params(("id" = UserId, Path, description = "The user.")),
    responses((status = 204, description = "Off."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn remove_totp(
    State(access): State<Access>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let brand = brand_of(&access, caller.tenant).await?;
    let mut tx = access.context.store.write().await?;
    second_factor::turn_off(&mut tx, &brand, id).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "user.second_factor_off", id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
