//! A campaign as it runs: what is left of it, as it changes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event;
use serde::Serialize;
use tallymark_base::id::{CampaignId, PrizeId, TenantId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_campaigns::{Campaign, Error, Status};
use tallymark_ledger::{Balance, Book};
use tallymark_store::Tx;
use tallymark_web::{Caller, Path, Problem, ReadProblems, Scope};
use tokio::sync::{mpsc, watch};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Events on their way to a reader who is slow.
const WAITING: usize = 4;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// What is left of a campaign at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct CampaignNow {
    /// Where it is in its life.
    status: Status,
    /// Money that is left of its budget, in fen.
    left_fen: i64,
    /// Points that are left of its budget.
    left_points: i64,
    /// Its prizes, in their order.
    prizes: Vec<PrizeNow>,
}

/// What is left of a prize.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
struct PrizeNow {
    /// The prize.
    prize: PrizeId,
    /// How many can still be won; without end where there is none.
    left: Option<i64>,
}

/// Tells what is left of a campaign whenever it changes, as server-sent events named `campaign`, once a second at most. A
/// stream ends after half an hour, and when the server stops: browsers come back by themselves.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/stream",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign.")),
    responses(
        (status = 200, description = "Events.", body = CampaignNow, content_type = "text/event-stream"),
        ReadProblems
    ),
    extensions(("x-permission" = json!(["campaigns", "read"]))),
    security(("api_key" = []))
)]
async fn stream(State(app): State<App>, caller: Caller, Path(id): Path<CampaignId>) -> Result<Response, Problem> {
    caller.require_any(&[Scope::Campaigns, Scope::Read])?;
    let tenant = caller.tenant;
    let mut tx = app.context.store.read().await?;
    let known = tallymark_campaigns::find(&mut tx, tenant, id).await?;
    tx.commit().await?;
    known.ok_or(Error::NotFound { id })?;
    let context = app.context.clone();
    let watched = app.watched_campaigns.watch((tenant, id), move || {
        let context = context.clone();
        async move {
            let mut tx = context.store.read().await.ok()?;
            // What cannot be told now is told with the next look.
            now(&mut tx, tenant, id).await.ok()?
        }
    });
    let (sender, events) = mpsc::channel(WAITING);
    let answer = app.streams.answer(&caller, events)?;
    tokio::spawn(tell(watched, sender));
    Ok(answer)
}

/// How a campaign is; nothing where there is none.
async fn now(tx: &mut Tx, tenant: TenantId, id: CampaignId) -> Result<Option<CampaignNow>, Problem> {
    let Some(campaign) = tallymark_campaigns::find(tx, tenant, id).await? else { return Ok(None) };
    let Campaign { status, prizes, .. } = campaign;
    let left_fen = left(tx, tenant, id.raw(), (Book::Budget, Unit::CNY)).await?;
    let left_points = left(tx, tenant, id.raw(), (Book::Budget, Unit::POINTS)).await?;
    let mut shown = Vec::with_capacity(prizes.len());
    for prize in &prizes {
        let left = match prize.stock_account() {
            Some(account) => Some(left(tx, tenant, account.owner, (account.book, account.unit)).await?),
            None => None,
        };
        shown.push(PrizeNow { prize: prize.id, left });
    }
    Ok(Some(CampaignNow { status, left_fen, left_points, prizes: shown }))
}

/// What an owner has left in a book, over all slots.
async fn left(tx: &mut Tx, tenant: TenantId, owner: i64, (book, unit): (Book, Unit)) -> Result<i64, Problem> {
    let found = tallymark_ledger::balances(tx, tenant, &[owner], book, unit).await?;
    Ok(found.get(&owner).map_or(0, Balance::available))
}

/// Tells a reader how it is until they go.
async fn tell(mut watched: watch::Receiver<Option<Arc<CampaignNow>>>, sender: mpsc::Sender<Event>) {
    loop {
        let seen = watched.borrow_and_update().clone();
        if let Some(now) = seen {
            let Ok(event) = Event::default().event("campaign").json_data(&*now) else { return };
            if sender.send(event).await.is_err() {
                return;
            }
        }
        tokio::select! {
            changed = watched.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}
