//! Signing in and out.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tallymark_store::audit::{self, Entry};
use tallymark_web::{AuthError, Caller, Json, Problem, WriteProblems, cookie};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Brand;
use crate::gate::{Current, cookie_name, set_cookie};
use crate::service::second_factor::Proof;
use crate::service::session::{self, SignedIn, Visitor};
use crate::token::Token;
use crate::types::User;
use crate::{Access, Error};

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(sign_in, sign_out)).routes(routes!(complete))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSession {
    /// The email address.
    email: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// How far a sign-in has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Progress {
    /// The session is open.
    Open,
    /// Send the code of the second factor to `POST /v1/session/totp` within five minutes.
    SecondFactor,
}

/// A sign-in that worked. The session is in the cookie `__Host-tm_session` (`tm_session` over plain http).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionAnswer {
    /// How far it has come.
    state: Progress,
    /// Who signed in; none while the second factor is awaited.
    user: Option<User>,
    /// What every writing call sends as `X-Csrf-Token`; none while the second factor is awaited.
    csrf: Option<String>,
}

/// Signs in to the brand at this host. A wrong address, a wrong password and a disabled user are not told apart. After
/// several failures an account and an address wait, twice as long each time.
#[utoipa::path(
    post,
    path = "/session",
    tag = "sign-in",
    request_body = NewSession,
    responses((status = 201, description = "Signed in, at least half.", body = SessionAnswer), WriteProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn sign_in(
    State(access): State<Access>,
    Brand(brand): Brand,
    visitor: Visitor,
    Json(new): Json<NewSession>,
) -> Result<Response, Problem> {
    let signed_in = session::sign_in(&access, &brand, &visitor, &new.email, &new.password).await;
    Ok(answer(&access, signed_in.map_err(Error::problem)?))
}

/// What proves the second factor: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NewProof {
    /// What the authenticator app shows: six digits.
    Code(String),
    /// One of the recovery codes.
    RecoveryCode(String),
}

/// Completes a sign-in by the second factor. A code is taken once.
#[utoipa::path(
    post,
    path = "/session/totp",
    tag = "sign-in",
    request_body = NewProof,
    responses((status = 201, description = "Signed in.", body = SessionAnswer), WriteProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn complete(
    State(access): State<Access>,
    Brand(brand): Brand,
    headers: axum::http::HeaderMap,
    Json(new): Json<NewProof>,
) -> Result<Response, Problem> {
    let token = cookie(&headers, cookie_name(access.is_https)).and_then(Token::parse);
    let token = token.ok_or(AuthError::SessionUnknown)?;
    let proof = match new {
        NewProof::Code(code) => Proof::Code(code),
        NewProof::RecoveryCode(code) => Proof::Recovery(code),
    };
    let signed_in = session::complete(&access, &brand, &token, &proof).await;
    Ok(answer(&access, signed_in.map_err(Error::problem)?))
}

/// Signs out: the session ends, here at once and on other servers within five seconds.
#[utoipa::path(
    delete,
    path = "/session",
    tag = "sign-in",
    responses((status = 204, description = "Signed out."), WriteProblems),
    extensions(("x-permission" = json!("signed_in")), ("x-subtree" = json!("own"))),
    security(("api_key" = []))
)]
async fn sign_out(State(access): State<Access>, caller: Caller, current: Current) -> Result<Response, Problem> {
    let mut tx = access.context.store.write().await?;
    session::end(&mut tx, caller.tenant, current.user, current.session).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "session.ended", current.session)).await?;
    tx.commit().await?;
    access.directory.forget();
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(None, access.is_https))]).into_response())
}

/// The answer to a sign-in, with its cookie.
pub(super) fn answer(access: &Access, signed_in: SignedIn) -> Response {
    let SignedIn { token, user, is_half, lasts_s } = signed_in;
    let body = match is_half {
        true => SessionAnswer { state: Progress::SecondFactor, user: None, csrf: None },
        false => SessionAnswer { state: Progress::Open, user: Some(user), csrf: Some(token.csrf()) },
    };
    let cookie = set_cookie(Some((&token, lasts_s)), access.is_https);
    (StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(body)).into_response()
}
