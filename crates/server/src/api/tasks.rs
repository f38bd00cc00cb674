//! The task centre.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{JobId, TenantId};
use tallymark_web::{Caller, Json, Page, Paged, Path, Problem, ReadProblems, Scope, WriteProblems};
use tokio::sync::{mpsc, watch};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::tasks::{self, Task};

/// Tasks that a stream tells of: the latest.
const STREAMED: u32 = 50;
/// Events on their way to a reader who is slow.
const WAITING: usize = 4;
/// Whoever may see any kind of task.
const READERS: [Scope; 5] = [Scope::People, Scope::Goods, Scope::Logistics, Scope::Read, Scope::Query];

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(stream))
        .routes(routes!(show))
        .routes(routes!(retry))
        .routes(routes!(cancel))
}

/// The long work of the brand that somebody asked for, the latest first: imports, exports, comparing people, work over
/// everybody, new keys. Each caller sees the kinds whose results they may see, so a page may have fewer than its limit.
#[utoipa::path(
    get,
    path = "/tasks",
    tag = "tasks",
    params(Page),
    responses((status = 200, description = "A page of tasks.", body = Paged<Task>), ReadProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Task>>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.read().await?;
    let rows = u32::try_from(page.rows()).unwrap_or(u32::MAX);
    let found = tasks::list(&mut tx, caller.tenant, page.after()?, rows).await?;
    let mut cut = page.cut(found, |task| task.id.to_string());
    cut.items.retain(|task| task.is_seen_by(&caller));
    Ok(Json(cut))
}

/// A task, and how far it is.
#[utoipa::path(
    get,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = JobId, Path, description = "The task.")),
    responses((status = 200, description = "The task.", body = Task), ReadProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<Task>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.read().await?;
    Ok(Json(tasks::find(&mut tx, &caller, id).await?))
}

/// Has a task done again that failed, or whose file is gone.
#[utoipa::path(
    post,
    path = "/tasks/{id}/retry",
    tag = "tasks",
    params(("id" = JobId, Path, description = "The task.")),
    responses((status = 200, description = "The task that does it.", body = Task), WriteProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn retry(State(app): State<App>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<Task>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.write().await?;
    let task = tasks::retry(&mut tx, &app.context, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(task))
}

/// Stops an import or an export for good. What an import took stays.
#[utoipa::path(
    post,
    path = "/tasks/{id}/cancel",
    tag = "tasks",
    params(("id" = JobId, Path, description = "The task.")),
    responses((status = 200, description = "The task.", body = Task), WriteProblems),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn cancel(State(app): State<App>, caller: Caller, Path(id): Path<JobId>) -> Result<Json<Task>, Problem> {
    caller.require_any(&READERS)?;
    let mut tx = app.context.store.write().await?;
    let task = tasks::cancel(&mut tx, &app.context, &caller, id).await?;
    tx.commit().await?;
    Ok(Json(task))
}

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
struct Changed<'a> {
    /// Tasks that are new or otherwise than they were, the latest first.
    tasks: Vec<&'a Task>,
}

/// Tells of tasks as they change, as server-sent events named `tasks`, once a second at most. The first tells of the latest
/// 50; with `Last-Event-ID` of those that changed since. A stream ends after half an hour, and when the server stops:
/// browsers come back by themselves.
#[utoipa::path(
    get,
    path = "/tasks/stream",
    tag = "tasks",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was read.")),
    responses(
        (status = 200, description = "Events.", body = Changed, content_type = "text/event-stream"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["people", "goods", "logistics", "read", "query"]))),
    security(("api_key" = []))
)]
async fn stream(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    caller.require_any(&READERS)?;
    let since = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).map(Timestamp);
    let watched = watched(&app, caller.tenant);
    let (sender, events) = mpsc::channel(WAITING);
    let answer = app.streams.answer(&caller, events)?;
    tokio::spawn(tell(watched, caller, since, sender));
    Ok(answer)
}

/// The tenant's latest tasks, looked at once for all who watch.
fn watched(app: &App, tenant: TenantId) -> watch::Receiver<Option<Arc<Vec<Task>>>> {
    let context = app.context.clone();
    app.watched_tasks.watch(tenant, move || {
        let context = context.clone();
        async move {
            let mut tx = context.store.read().await.ok()?;
            // What cannot be told now is told with the next look.
            tasks::list(&mut tx, tenant, None, STREAMED).await.ok()
        }
    })
}

/// Tells a reader what changed until they go.
async fn tell(
    mut watched: watch::Receiver<Option<Arc<Vec<Task>>>>,
    caller: Caller,
    since: Option<Timestamp>,
    sender: mpsc::Sender<Event>,
) {
    let mut known: HashMap<JobId, Task> = HashMap::new();
    let mut is_first = true;
    loop {
        let seen = watched.borrow_and_update().clone();
        if let Some(tasks) = seen {
            let tasks: Vec<&Task> = tasks.iter().filter(|task| task.is_seen_by(&caller)).collect();
            let is_news = |task: &&&Task| match since.filter(|_| is_first) {
                Some(since) => task.changed_at >= since,
                None => known.get(&task.id) != Some(**task),
            };
            let news: Vec<&Task> = tasks.iter().filter(is_news).copied().collect();
            let latest = tasks.iter().map(|task| task.changed_at).max();
            if is_first || !news.is_empty() {
                let id = latest.or(since).unwrap_or_default().0.to_string();
                let event = Event::default().event("tasks").id(id).json_data(Changed { tasks: news });
                let Ok(event) = event else { return };
                if sender.send(event).await.is_err() {
                    return;
                }
            }
            is_first = false;
            known = tasks.into_iter().map(|task| (task.id, task.clone())).collect();
        }
        tokio::select! {
            changed = watched.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}
