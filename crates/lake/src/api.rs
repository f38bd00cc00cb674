//! Questions to the lake over HTTP.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tallymark_base::{Fault, Kind};
use tallymark_web::{Caller, Json, JsonBody, Problem, Scope, WriteProblems};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::query::AnswerColumn;
use crate::{Lake, Limits, Question};

/// Rows of an answer where nobody asks for another number, and the largest number.
const ROWS: usize = 1_000;
const ROWS_MAX: usize = 10_000;

/// The routes, relative to `/v1`. The state is the lake, where the server has one.
pub fn routes() -> OpenApiRouter<Option<Lake>> {
    OpenApiRouter::new().routes(routes!(query))
}

/// A server without a lake, or a limit of rows that is none.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("this server has no lake: start it with --lake FOLDER")]
    Off,
    #[error("limit is a number of rows from 1 to {ROWS_MAX}, not {0}")]
    Limit(usize),
}

impl Fault for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Off => "lake.off",
            Self::Limit(_) => "query.limit",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Off => Kind::NotFound,
            Self::Limit(_) => Kind::Invalid,
        }
    }
}

/// A question to the lake.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    /// One `SELECT`, at most 32 KiB. The tables and their columns: `GET /v1/catalog`.
    #[schema(example = "SELECT day, COUNT(*) AS scans FROM scan_decided GROUP BY day ORDER BY day")]
    sql: String,
    /// Rows that are wanted, at most 10,000; 1,000 where it is left out.
    #[schema(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

/// The rows of an answer.
#[derive(Debug, Serialize, ToSchema)]
struct QueryAnswer {
    /// The columns, in order.
    columns: Vec<AnswerColumn>,
    /// The rows, each with a value for every column. Moments are RFC 3339; whole numbers beyond 2⁵³, decimals and nested
    /// values are texts.
    rows: Vec<Vec<serde_json::Value>>,
    /// Whether there are more rows than the limit let through.
    has_more: bool,
}

/// Answers a question by SQL over the lake. It sees the tenant's own events, up to about a minute ago. Without the
/// permission `people`, what stands for a person is replaced by values that mean something within the answer alone.
#[utoipa::path(
    post,
    path = "/query",
    tag = "lake",
    request_body = Query,
    responses((status = 200, description = "The rows.", body = QueryAnswer), WriteProblems),
    security(("api_key" = [])),
    extensions(("x-permission" = json!(["query"])))
)]
async fn query(
    State(lake): State<Option<Lake>>,
    caller: Caller,
    body: JsonBody<Query>,
) -> Result<Json<QueryAnswer>, Problem> {
    let lake = lake.ok_or(Refused::Off)?;
    let Query { sql, limit } = body.value;
    let rows_max = limit.unwrap_or(ROWS);
    if !(1..=ROWS_MAX).contains(&rows_max) {
        return Err(Refused::Limit(rows_max).into());
    }
    // Whoever may not see members may count them.
    let is_masked = !caller.scopes.allow(Scope::People);
    let limits = Limits { rows_max, ..Limits::default() };
    let answer = lake.ask(Question { sql, tenant: caller.tenant, is_masked, limits }).await?;
    let rows = answer.json_rows().map_err(|error| Problem::internal("query.rows", error))?;
    Ok(Json(QueryAnswer { columns: answer.columns(), rows, has_more: answer.is_cut }))
}
