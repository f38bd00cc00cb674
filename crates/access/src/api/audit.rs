//! Reading the audit log.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tallymark_base::id::{ApiKeyId, AuditId, RequestId, UserId};
use tallymark_base::{Actor, Timestamp};
use tallymark_store::audit::{self, Filter, Recorded};
use tallymark_web::{Caller, Json, Page, Paged, Problem, Query, ReadProblems, Scope};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Access;

pub(super) fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those about the object with this id.
    #[param(example = "cam_00TAXGT0000G0", max_length = 100)]
    object: Option<String>,
    /// Only those of this actor: the id of a user or an API key, `operator` or `nobody`.
    actor: Option<String>,
    /// Only this action.
    #[param(example = "campaign.status_set", max_length = 100)]
    action: Option<String>,
    /// Only those from this moment on.
    from: Option<Timestamp>,
    /// Only those before this moment.
    until: Option<Timestamp>,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntry {
    /// Its id.
    id: AuditId,
    /// When.
    at: Timestamp,
    /// By what: the id of a user or an API key; `operator` for a command on the installation's machine; `nobody` for
    /// somebody who proved nothing.
    actor: String,
    /// What was done, such as `campaign.status_set`.
    action: String,
    /// To which object: its id, which tells its kind.
    object: String,
    /// What of it was before. Never a secret or a personal value.
    #[schema(value_type = Option<Object>)]
    before: Option<serde_json::Value>,
    /// What of it is after.
    #[schema(value_type = Option<Object>)]
    after: Option<serde_json::Value>,
    /// In which request.
    request: Option<RequestId>,
}

/// Lists who changed what, newest first.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "audit",
    params(Wanted, Page),
    responses((status = 200, description = "A page of entries.", body = Paged<AuditEntry>), ReadProblems),
    extensions(("x-permission" = json!(["audit"]))),
    security(("api_key" = []))
)]
async fn list(
    State(access): State<Access>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    page: Page,
) -> Result<Json<Paged<AuditEntry>>, Problem> {
    caller.require(Scope::Audit)?;
    let Wanted { object, actor, action, from, until } = wanted;
    let actor = actor.as_deref().map(actor_of).transpose()?;
    let filter = Filter { object, actor, action, from, until };
    let mut tx = access.context.store.read().await?;
    let found = audit::page(&mut tx, caller.tenant, &filter, page.after::<AuditId>()?, page.rows()).await?;
    Ok(Json(page.cut(found.into_iter().map(entry_of).collect(), |entry| entry.id.to_string())))
}

fn actor_of(text: &str) -> Result<Actor, Problem> {
    let unknown = || {
        let text = "actor is the id of a user or an API key, `operator` or `nobody`";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "audit.actor", text)
    };
    match text {
        "operator" => Ok(Actor::Operator),
        "nobody" => Ok(Actor::Nobody),
        id => {
            let key = || id.parse::<ApiKeyId>().map(Actor::Key);
            id.parse::<UserId>().map(Actor::User).or_else(|_| key()).map_err(|_| unknown())
        }
    }
}

fn entry_of(recorded: Recorded) -> AuditEntry {
    let Recorded { id, at, actor, action, object, before, after, request } = recorded;
    AuditEntry { id, at, actor: actor.to_string(), action, object, before, after, request }
}
