//! What a brand sells, by the codes that orders name.

use axum::extract::State;
use serde::Deserialize;
use tallymark_store::Context;
use tallymark_web::{Caller, Json, Paged, Problem, Query, ReadProblems, Scope};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::articles::{Wanted, list_articles};
use crate::{Article, Error};

/// Articles where nobody asks for another number, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;

pub(super) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list_the_articles))
}

/// Which articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only those with this in their code or name, at most 100 characters.
    #[param(max_length = 100)]
    search: Option<String>,
    /// Only those of this department.
    department: Option<String>,
    /// Only those of this brand.
    brand: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// The `next` of the page before: the code of its last article.
    after: Option<String>,
}

/// Articles that orders name, by their codes in ascending order.
#[utoipa::path(
    get,
    path = "/articles",
    tag = "orders",
    params(Asked),
    responses((status = 200, description = "A page of articles.", body = Paged<Article>), ReadProblems),
    extensions(("x-permission" = json!(["orders", "read"]))),
    security(("api_key" = []))
)]
async fn list_the_articles(
    State(context): State<Context>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Paged<Article>>, Problem> {
    caller.require_any(&[Scope::Orders, Scope::Read])?;
    let limit = asked.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::ArticlesPage { given: limit, max: LIMIT_MAX }.into());
    }
    let wanted = Wanted { search: asked.search, department: asked.department, brand: asked.brand, after: asked.after };
    let mut tx = context.store.read().await?;
    let mut items = list_articles(&mut tx, caller.tenant, &wanted, limit + 1).await?;
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|article| article.code.clone());
    Ok(Json(Paged { items, next }))
}
