//! The server under test, and a caller for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{ApiKeyId, ProductId, RequestId, TenantId};
use tallymark_base::random::SeededEntropy;
use tallymark_base::time::ManualClock;
use tallymark_base::{Fault, Kind, TypedId};
use tallymark_web::{
    Caller, ClientAddress, ContentPolicy, Edge, Form, IdempotencyKey, Json, JsonBody, Nonce, Page, PageHeaders, Paged,
    Path, Problem, Query, Scope, not_found,
};
use tower::ServiceExt;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ShopError {
    #[error("the budget is 0 fen; give it at least 1")]
    BudgetZero,
    #[error("internal database error")]
    Defect(#[source] std::io::Error),
    #[error("the database cannot be reached now; nothing was changed, try again")]
    Away(#[source] std::io::Error),
}

impl Fault for ShopError {
    fn code(&self) -> &'static str {
        match self {
            Self::BudgetZero => "shop.budget_zero",
            Self::Defect(_) => "shop.defect",
            Self::Away(_) => "shop.away",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::BudgetZero => Kind::Invalid,
            Self::Defect(_) => Kind::Internal,
            Self::Away(_) => Kind::Unavailable,
        }
    }
}

/// A text that only the log may show.
pub(crate) const SECRET: &str = "password authentication failed for 10.0.0.3";

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) count: u32,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Taken {
    name: String,
    bytes: usize,
    key: String,
}

/// Takes an order.
#[utoipa::path(post, path = "/orders", params(IdempotencyKey), request_body = Order,
    responses((status = OK, body = Taken), tallymark_web::WriteProblems), security(("api_key" = [])))]
async fn take(caller: Caller, key: IdempotencyKey, order: JsonBody<Order>) -> Result<Json<Taken>, Problem> {
    caller.require(Scope::Goods)?;
    Ok(Json(Taken { name: order.value.name, bytes: order.raw.len(), key: key.as_str().to_owned() }))
}

/// Lists numbers from 1 to 120.
#[utoipa::path(get, path = "/numbers", params(Page),
    responses((status = OK, body = Paged<i64>), tallymark_web::ReadProblems))]
async fn numbers(page: Page) -> Result<Json<Paged<i64>>, Problem> {
    let after: i64 = page.after()?.unwrap_or(0);
    let rows: Vec<i64> = (after + 1..=120).take(page.rows() as usize).collect();
    Ok(Json(page.cut(rows, i64::to_string)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    count: Option<u32>,
    #[expect(dead_code, reason = "only read from the query")]
    text: Option<String>,
}

async fn fail(Path(how): Path<String>) -> Result<(), Problem> {
    let cause = || std::io::Error::other(SECRET);
    match how.as_str() {
        "rule" => Err(ShopError::BudgetZero)?,
        "defect" => Err(ShopError::Defect(cause()))?,
        "away" => Err(ShopError::Away(cause()))?,
        "slow" => tokio::time::sleep(Duration::from_secs(60)).await,
        _ => panic!("{SECRET}"),
    }
    Ok(())
}

async fn filter(Query(filter): Query<Filter>) -> String {
    format!("{:?}", filter.count)
}

async fn form(Form(line): Form<Line>) -> String {
    line.count.to_string()
}

async fn product(Path(product): Path<ProductId>) -> String {
    product.to_string()
}

async fn whoami(ClientAddress(address): ClientAddress) -> String {
    format!("{address} {}", tallymark_web::request_id().map(|id| id.to_string()).unwrap_or_default())
}

async fn page(nonce: Nonce) -> axum::response::Html<String> {
    axum::response::Html(format!("<style nonce={}></style>", nonce.as_str()))
}

pub(crate) fn api() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(take)).routes(routes!(numbers))
}

pub(crate) fn app(is_https: bool) -> Router {
    let pages = PageHeaders { entropy: Arc::new(SeededEntropy::new([7; 32])), policy: ContentPolicy::default() };
    let router = Router::new()
        .merge(api().split_for_parts().0)
        .route("/fail/{how}", get(fail))
        .route("/filter", get(filter))
        .route("/form", axum::routing::post(form))
        .route("/products/{product}", get(product))
        .route("/whoami", get(whoami))
        .merge(pages.around(Router::new().route("/page", get(page))))
        .fallback(not_found);
    let number = AtomicI64::new(1);
    let edge = Edge {
        make_request_id: Arc::new(move || RequestId::from_raw(number.fetch_add(1, Ordering::SeqCst))),
        clock: Arc::new(ManualClock::at(tallymark_base::Timestamp(0))),
        metrics: Arc::default(),
        trusted_hops: 1,
        is_https,
        body_bytes_max: 1000,
        answer_time_max: Duration::from_millis(200),
    };
    edge.around(router)
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, code and detail of a problem, after what is true of each one was checked.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned();
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(text("type"), format!("https://tallymark.dev/problems/{}", text("code")));
        assert_eq!(text("title"), self.status.canonical_reason().unwrap());
        assert_eq!(text("request_id"), self.header("x-request-id"));
        (self.status.as_u16(), text("code"), text("detail"))
    }

    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str, detail_part: &str) {
        let (got_status, got_code, detail) = self.problem();
        assert_eq!((got_status, got_code.as_str()), (status, code), "{detail}");
        assert!(detail.contains(detail_part), "{detail:?} lacks {detail_part:?}");
    }
}

pub(crate) async fn send(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) async fn get_from(path: &str) -> Answer {
    send(app(false), Request::get(path).body(Body::empty()).unwrap()).await
}

/// A caller with these scopes.
pub(crate) fn caller(scopes: &str) -> Caller {
    Caller::with_key(TenantId::from_raw(1), ApiKeyId::from_raw(2), scopes.parse().unwrap())
}

/// An order as a correct client sends it, with this body.
pub(crate) fn order(body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri("/orders");
    let request = request.header("content-type", "application/json; charset=utf-8").header("idempotency-key", "k-1");
    request.extension(caller("goods")).body(body.into()).unwrap()
}
