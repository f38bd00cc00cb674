//! What is the caller's own: who they are, their password, second factor and sessions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tallymark_base::Actor;
use tallymark_base::id::{ApiKeyId, OrganisationId, SessionId, TenantId};
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Path, Problem, ReadProblems, Scopes, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{brand_of, sessions};
use crate::gate::Current;
use crate::service::session::Visitor;
use crate::service::{password, second_factor, session, user};
use crate::types::{Session, User};
use crate::{Access, Error};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(change_password))
        .routes(routes!(offer_totp, confirm_totp))
        .routes(routes!(remove_totp))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
}

/// Who calls, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// In whose world.
    tenant: TenantId,
    /// Who; none for an API key.
    user: Option<User>,
    /// By which key; none for a person.
    api_key: Option<ApiKeyId>,
    /// What they may do.
    scopes: Scopes,
    /// The part of the channel tree they are limited to; none: the whole brand.
    organisation: Option<OrganisationId>,
    /// What every writing call by session sends as `X-Csrf-Token`.
    csrf: Option<String>,
}

/// Tells who calls, and what they may do.
#[utoipa::path(
    get,
    path = "/me",
    tag = "me",
    responses((status = 200, description = "The caller.", body = Me), ReadProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn show(
    State(access): State<Access>,
    caller: Caller,
    current: Result<Current, Problem>,
) -> Result<Json<Me>, Problem> {
    let (found, api_key) = match caller.actor {
        Actor::User(id) => {
            let mut tx = access.context.store.read().await?;
            (Some(user::find(&mut tx, caller.tenant, id).await?), None)
        }
        Actor::Key(key) => (None, Some(key)),
        Actor::Operator | Actor::Nobody => (None, None),
    };
    Ok(Json(Me {
        tenant: caller.tenant,
        user: found,
        api_key,
        scopes: caller.scopes,
        organisation: caller.subtree.map(|subtree| subtree.organisation),
        csrf: current.ok().map(|current| current.token.csrf()),
    }))
}

/// A password to change to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password until now.
    #[schema(format = Password)]
    current: String,
    /// The one from now on: 12 characters at least, 256 bytes at most.
    #[schema(format = Password, min_length = 12, max_length = 256)]
    new: String,
}

/// Changes one's password. Every other session ends; this one goes on under another cookie and another token.
#[utoipa::path(
    put,
    path = "/me/password",
    tag = "me",
    request_body = NewPassword,
    responses((status = 201, description = "Changed.", body = sessions::SessionAnswer), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn change_password(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
    visitor: Visitor,
    Json(new): Json<NewPassword>,
) -> Result<Response, Problem> {
    let brand = brand_of(&access, caller.tenant).await?;
    let passwords = (&*new.current, &*new.new);
    let changed = password::change(&access, &brand, (current.user, caller.act()), &visitor, passwords).await;
    let signed_in = changed.map_err(Error::problem)?;
    access.directory.forget();
    Ok(sessions::answer(&access, signed_in))
}

/// The password again, before something that only its owner may do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// A second factor to be set up. Shown this once.
#[derive(Serialize, ToSchema)]
struct OfferedTotp {
    /// The secret in base 32, to type in.
    secret: String,
    /// The same as an `otpauth:` URI, for a QR symbol.
    uri: String,
}

/// Starts setting up a second factor: a secret for an authenticator app. It takes effect when a code confirms it.
#[utoipa::path(
    post,
    path = "/me/totp",
    tag = "me",
    request_body = Confirmation,
    responses((status = 201, description = "To be confirmed by a code.", body = OfferedTotp), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn offer_totp(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
    Json(given): Json<Confirmation>,
) -> Result<(StatusCode, Json<OfferedTotp>), Problem> {
    let brand = brand_of(&access, caller.tenant).await?;
    password::confirm(&access, &brand, current.user, &given.password).await.map_err(Error::problem)?;
    let mut tx = access.context.store.write().await?;
    let offered = second_factor::offer(&mut tx, &access.context, &brand, current.user).await?;
    let entry = Entry::new(caller.act(), "user.second_factor_offered", current.user);
    audit::record(&mut tx, &access.context, entry).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(OfferedTotp { secret: offered.secret, uri: offered.uri })))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstCode {
    /// What the app shows: six digits.
    code: String,
}

/// Codes that stand in for a lost app, once each. Shown this once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Ten codes.
    recovery_codes: Vec<String>,
}

/// Turns the second factor on, by a code that the app shows.
#[utoipa::path(
    put,
    path = "/me/totp",
    tag = "me",
    request_body = FirstCode,
    responses((status = 200, description = "On; keep the recovery codes.", body = RecoveryCodes), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn confirm_totp(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
    Json(given): Json<FirstCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let brand = brand_of(&access, caller.tenant).await?;
    let mut tx = access.context.store.write().await?;
    let codes = second_factor::confirm(&mut tx, &access.context, &brand, current.user, &given.code).await;
    // Wrong here is a wrong value, not somebody who is not known.
    let codes = codes.map_err(|error| match error {
        Error::CodeRefused => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "access.code_refused", error.to_string()),
        other => other.problem(),
    })?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "user.second_factor_on", current.user)).await?;
    tx.commit().await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// Turns one's second factor off.
#[utoipa::path(
    post,
    path = "/me/totp/removal",
    tag = "me",
    request_body = Confirmation,
    responses((status = 204, description = "Off."), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn remove_totp(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
    Json(given): Json<Confirmation>,
) -> Result<StatusCode, Problem> {
    let brand = brand_of(&access, caller.tenant).await?;
    password::confirm(&access, &brand, current.user, &given.password).await.map_err(Error::problem)?;
    let mut tx = access.context.store.write().await?;
    second_factor::turn_off(&mut tx, &brand, current.user).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "user.second_factor_off", current.user)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A user's sessions.
#[derive(Serialize, ToSchema)]
struct Sessions {
    /// The open ones, oldest first; at most twenty.
    items: Vec<Session>,
    /// The one that asks.
    current: SessionId,
}

/// Lists one's open sessions.
#[utoipa::path(
    get,
    path = "/me/sessions",
    tag = "me",
    responses((status = 200, description = "The open sessions.", body = Sessions), ReadProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn list_sessions(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
) -> Result<Json<Sessions>, Problem> {
    let mut tx = access.context.store.read().await?;
    let items = session::list(&mut tx, caller.tenant, current.user, access.context.clock.now()).await?;
    Ok(Json(Sessions { items, current: current.session }))
}

/// Ends one of one's sessions.
#[utoipa::path(
    delete,
    path = "/me/sessions/{id}",
    tag = "me",
    params(("id" = SessionId, Path, description = "The session.")),
    responses((status = 204, description = "Ended."), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn end_session(
    State(access): State<Access>,
    caller: Caller,
    current: Current,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    let mut tx = access.context.store.write().await?;
    session::end(&mut tx, caller.tenant, current.user, id).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "session.ended", id)).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok(StatusCode::NO_CONTENT)
}
