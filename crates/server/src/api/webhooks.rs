//! Addresses that are told what happens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{EventId, WebhookId};
use tallymark_store::audit::{self, Entry};
use tallymark_store::idempotency::{Begin, begin};
use tallymark_web::{
    Caller, IdempotencyKey, Json, JsonBody, Path, Problem, ReadProblems, Scope, WriteProblems, stored,
};
use tallymark_webhooks::{NewWebhook, Secret, Webhook};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::event_names;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(show, replace, remove))
        .routes(routes!(new_secret))
        .routes(routes!(test))
}

/// A webhook with what its messages are signed with, shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct MadeWebhook {
    /// The webhook.
    webhook: Webhook,
    /// Keep it where the receiver checks signatures: it is not shown again.
    secret: Secret,
}

/// A new secret, shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct NewSecret {
    /// The old one signs beside it for a day.
    secret: Secret,
}

/// A message that only tries whether the webhook works.
#[derive(Debug, Serialize, ToSchema)]
struct TestMessage {
    /// Its `webhook-id`.
    message: EventId,
}

/// Adds a webhook: each event of the kinds it asks for is posted to its address as `{"type", "timestamp", "data"}`, signed after
/// Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), in order, again until it is taken.
#[utoipa::path(
    post,
    path = "/webhooks",
    tag = "webhooks",
    operation_id = "create_webhook",
    params(IdempotencyKey),
    request_body = NewWebhook,
    responses((status = 201, description = "Added, with its secret.", body = MadeWebhook), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    body: JsonBody<NewWebhook>,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let mut once = match begin(context, tenant.raw(), "webhooks", key.as_str(), &body.raw).await? {
        Begin::Repeat(answer) => return Err(made_before(&answer.body)),
        Begin::First(once) => once,
    };
    let (webhook, secret) = tallymark_webhooks::create(once.tx(), context, tenant, body.value, &event_names()).await?;
    audit::record(once.tx(), context, Entry::new(caller.act(), "webhook.created", webhook.id).after(&webhook)).await?;
    // What is kept for a repeat is the id alone: the secret is shown once.
    once.finish(201, &MadeBefore { webhook: webhook.id }).await?;
    Ok((StatusCode::CREATED, Json(MadeWebhook { webhook, secret })).into_response())
}

/// What is remembered of a request that made a secret.
#[derive(Serialize, Deserialize)]
struct MadeBefore {
    webhook: WebhookId,
}

/// The answer to the same request again.
fn made_before(remembered: &[u8]) -> Problem {
    match serde_json::from_slice(remembered) {
        Ok(MadeBefore { webhook }) => {
            let text = format!(
                "this request was answered before, with a secret for {webhook} that is not shown again; give it a new one, \
                 under another Idempotency-Key"
            );
            Problem::new(StatusCode::CONFLICT, "webhook.made_before", text)
        }
        Err(error) => Problem::internal("webhook.unreadable", error),
    }
}

/// Lists webhooks with what waits for them and why the last attempt failed.
#[utoipa::path(
    get,
    path = "/webhooks",
    tag = "webhooks",
    operation_id = "list_webhooks",
    responses((status = 200, description = "All of them, the oldest first.", body = Vec<Webhook>), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Webhook>>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(tallymark_webhooks::list(&mut tx, caller.tenant).await?))
}

/// Shows a webhook.
#[utoipa::path(
    get,
    path = "/webhooks/{id}",
    tag = "webhooks",
    operation_id = "show_webhook",
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = Webhook), ReadProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Result<Json<Webhook>, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(tallymark_webhooks::find(&mut tx, caller.tenant, id).await?))
}

/// Puts other settings in the place of a webhook's; doing it again changes nothing. Turned on it is tried at once; turned off it
/// forgets what waits for it.
#[utoipa::path(
    put,
    path = "/webhooks/{id}",
    tag = "webhooks",
    operation_id = "replace_webhook",
    params(("id" = WebhookId, Path, description = "The webhook.")),
    request_body = NewWebhook,
    responses((status = 200, description = "As it is.", body = Webhook), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn replace(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Json(new): Json<NewWebhook>,
) -> Result<Json<Webhook>, Problem> {
    caller.require(Scope::Owner)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let mut tx = context.store.write().await?;
    let before = tallymark_webhooks::find(&mut tx, tenant, id).await?;
    let after = tallymark_webhooks::replace(&mut tx, context, tenant, (id, new), &event_names()).await?;
    let entry = Entry::new(caller.act(), "webhook.changed", id).before(&before).after(&after);
    audit::record(&mut tx, context, entry).await?;
    tx.commit().await?;
    Ok(Json(after))
}

/// Removes a webhook with what waits for it.
#[utoipa::path(
    delete,
    path = "/webhooks/{id}",
    tag = "webhooks",
    operation_id = "remove_webhook",
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses((status = 204, description = "Removed."), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Owner)?;
    let mut tx = app.context.store.write().await?;
    let before = tallymark_webhooks::remove(&mut tx, caller.tenant, id).await?;
    let entry = Entry::new(caller.act(), "webhook.removed", id).before(&before);
    audit::record(&mut tx, &app.context, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook a new secret. For a day messages carry two signatures, one by each.
#[utoipa::path(
    post,
    path = "/webhooks/{id}/secret",
    tag = "webhooks",
    operation_id = "change_webhook_secret",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyKey),
    responses((status = 201, description = "The new one.", body = NewSecret), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn new_secret(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let operation = format!("webhooks/{id}/secret");
    let mut once = match begin(context, tenant.raw(), &operation, key.as_str(), b"").await? {
        Begin::Repeat(answer) => return Err(made_before(&answer.body)),
        Begin::First(once) => once,
    };
    let secret = tallymark_webhooks::new_secret(once.tx(), context, tenant, id).await?;
    audit::record(once.tx(), context, Entry::new(caller.act(), "webhook.secret_changed", id)).await?;
    once.finish(201, &MadeBefore { webhook: id }).await?;
    Ok((StatusCode::CREATED, Json(NewSecret { secret })).into_response())
}

/// Sends a message of type `webhook.test` behind what waits; the webhook tells whether it was taken.
#[utoipa::path(
    post,
    path = "/webhooks/{id}/test",
    tag = "webhooks",
    operation_id = "test_webhook",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyKey),
    responses((status = 202, description = "On its way.", body = TestMessage), WriteProblems),
    extensions(("x-permission" = json!(["owner"]))),
    security(("api_key" = []))
)]
async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    caller.require(Scope::Owner)?;
    let (context, tenant) = (&app.context, caller.tenant);
    let operation = format!("webhooks/{id}/test");
    let mut once = match begin(context, tenant.raw(), &operation, key.as_str(), b"").await? {
        Begin::Repeat(answer) => return Ok(stored(answer.status, answer.body)),
        Begin::First(once) => once,
    };
    let message = tallymark_webhooks::test(once.tx(), context, tenant, id).await?;
    audit::record(once.tx(), context, Entry::new(caller.act(), "webhook.tested", id)).await?;
    let answer = once.finish(202, &TestMessage { message }).await?;
    Ok(stored(answer.status, answer.body))
}
