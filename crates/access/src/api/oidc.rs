//! Signing in at the brand's OpenID provider, and setting which that is.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tallymark_store::audit::{self, Entry};
use tallymark_web::{Caller, Json, Problem, Query, ReadProblems, Scope, WriteProblems, cookie};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Brand, brand_of};
use crate::Access;
use crate::gate::{host, set_cookie};
use crate::oidc::{self, NewOidcProvider, OidcError, OidcProvider, Return, WAY_S_MAX};
use crate::service::session::Visitor;

/// Where somebody who signed in is sent.
const HOME: &str = "/console/";
/// Where somebody who was not is told why.
const SIGN_IN: &str = "/console/sign-in";

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(set, show, remove)).routes(routes!(depart)).routes(routes!(arrive))
}

/// Sets the OpenID provider at which users may sign in. Register `https://HOST/v1/session/oidc/callback` there for each
/// of the brand's hosts. Users are found by the email address that the provider has verified, and bound to it.
#[utoipa::path(
    put,
    path = "/oidc",
    tag = "sign-in",
    request_body = NewOidcProvider,
    responses((status = 200, description = "Set.", body = OidcProvider), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn set(
    State(access): State<Access>,
    caller: Caller,
    Json(new): Json<NewOidcProvider>,
) -> Result<Json<OidcProvider>, Problem> {
    caller.require(Scope::Owner)?;
    let brand = brand_of(&access, caller.tenant).await?;
    let mut tx = access.context.store.write().await?;
    let before = oidc::find(&mut tx, caller.tenant).await.ok();
    let made = oidc::set(&mut tx, &access, &brand, &new).await?;
    let entry = Entry::new(caller.act(), "oidc.set", "oidc").before(&before).after(&made);
    audit::record(&mut tx, &access.context, entry).await?;
    tx.commit().await?;
    Ok(Json(made))
}

/// Shows the OpenID provider, without its secret.
#[utoipa::path(
    get,
    path = "/oidc",
    tag = "sign-in",
    responses((status = 200, description = "The provider.", body = OidcProvider), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn show(State(access): State<Access>, caller: Caller) -> Result<Json<OidcProvider>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.read().await?;
    Ok(Json(oidc::find(&mut tx, caller.tenant).await?))
}

/// Takes the OpenID provider away. Users sign in by password; who has none gets a link.
#[utoipa::path(
    delete,
    path = "/oidc",
    tag = "sign-in",
    responses((status = 204, description = "Taken away."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn remove(State(access): State<Access>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = access.context.store.write().await?;
    oidc::remove(&mut tx, caller.tenant).await?;
    audit::record(&mut tx, &access.context, Entry::new(caller.act(), "oidc.removed", "oidc")).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a browser to the provider of the brand at this host. Where that cannot be, whoever asks for a page by
/// `Accept: text/html` is sent to the console's page for signing in, which says why.
#[utoipa::path(
    get,
    path = "/session/oidc",
    tag = "sign-in",
    responses((status = 303, description = "To the provider, or to where a refusal is told."), ReadProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn depart(State(access): State<Access>, Brand(brand): Brand, headers: HeaderMap) -> Result<Response, Problem> {
    let departure = match oidc::depart(&access, &brand, host(&headers)).await {
        Ok(departure) => departure,
        Err(error) => return refused(&headers, error),
    };
    let cookie = way_cookie(&departure.cookie, WAY_S_MAX, access.is_https);
    let location = HeaderValue::try_from(departure.location);
    let location = location.map_err(|error| Problem::internal("oidc.location", error))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::SET_COOKIE, cookie)]).into_response())
}

/// What the provider sends back with the browser.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Returned {
    /// The state that the browser set out with.
    #[serde(default)]
    state: String,
    /// The code to exchange for a token.
    code: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Takes a browser back from the provider, and opens its session. Where the user has a second factor here, it is still
/// to be sent to `POST /v1/session/totp`. Who is refused and asks for a page by `Accept: text/html` is
/// sent to the console's page for signing in, which says why.
#[utoipa::path(
    get,
    path = "/session/oidc/callback",
    tag = "sign-in",
    params(Returned),
    responses((status = 303, description = "To the start page, or to where a refusal is told."), ReadProblems),
    extensions(("x-permission" = json!("public"))),
)]
async fn arrive(
    State(access): State<Access>,
    Brand(brand): Brand,
    visitor: Visitor,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Problem> {
    let Returned { state, code, error } = returned;
    let way = cookie(&headers, way_name(access.is_https)).map(str::to_owned);
    let back = Return { cookie: way, state, code, error };
    let signed_in = match oidc::arrive(&access, &brand, host(&headers), &visitor, back).await {
        Ok(signed_in) => signed_in,
        Err(error) => return refused(&headers, error),
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, HOME)]).into_response();
    let opened = HeaderValue::try_from(set_cookie(Some((&signed_in.token, signed_in.lasts_s)), access.is_https));
    let opened = opened.map_err(|error| Problem::internal("oidc.cookie", error))?;
    response.headers_mut().append(header::SET_COOKIE, opened);
    response.headers_mut().append(header::SET_COOKIE, way_cookie("", 0, access.is_https));
    Ok(response)
}

/// A refusal as whoever asked can read it: a page that says what its code means, or the problem itself. A fault of
/// ours is always told as one.
fn refused(headers: &HeaderMap, error: OidcError) -> Result<Response, Problem> {
    let problem = Problem::from(error);
    if !wants_page(headers) || problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
        return Err(problem);
    }
    let location = HeaderValue::try_from(format!("{SIGN_IN}?refused={}", problem.code()));
    let location = location.map_err(|error| Problem::internal("oidc.location", error))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// Whether a page is asked for, as browsers do that go somewhere, and scripts do not.
fn wants_page(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut kinds = lines.flat_map(|line| line.split(',')).filter_map(|kind| kind.split(';').next());
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}

const fn way_name(is_https: bool) -> &'static str {
    if is_https { "__Host-tm_oidc" } else { "tm_oidc" }
}

/// Lax, so that the browser sends it along when the provider sends it back.
fn way_cookie(value: &str, lasts_s: i64, is_https: bool) -> HeaderValue {
    let secure = if is_https { "; Secure" } else { "" };
    let name = way_name(is_https);
    let text = format!("{name}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
