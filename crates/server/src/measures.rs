//! `/metrics`: what the server counted, and what the database tells when it is asked.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tallymark_store::batcher::Queue;
use tallymark_store::{Context, Error, job, outbox};
use tallymark_telemetry::Metrics;
use tallymark_telemetry::metrics::CONTENT_TYPE;
use tokio::sync::Mutex;

/// How long the database is waited for: whoever asks should hear soon that it does not answer.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// How long what the database told is good for, however often somebody asks.
const GOOD_FOR: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Asked {
    context: Context,
    queue: Queue,
    /// When the database was asked last, by the server's own clock.
    last: Mutex<Option<Duration>>,
}

/// The routes of the listener for measures.
pub(crate) fn router(context: Context, queue: Queue) -> Router {
    let asked = Arc::new(Asked { context, queue, last: Mutex::new(None) });
    Router::new().route("/metrics", get(metrics)).with_state(asked)
}

async fn metrics(State(asked): State<Arc<Asked>>) -> impl IntoResponse {
    let Context { store, clock, .. } = &asked.context;
    let metrics = store.metrics();
    metrics.scan_queue.set(asked.queue.waiting() as i64);
    store.count_connections();
    let mut last = asked.last.lock().await;
    if last.is_none_or(|last| clock.elapsed().saturating_sub(last) >= GOOD_FOR) {
        let told = tokio::time::timeout(WAIT_MAX, ask(&asked.context, metrics)).await;
        metrics.database_up.set(i64::from(matches!(told, Ok(Ok(())))));
        *last = Some(clock.elapsed());
    }
    drop(last);
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.text())
}

/// What only the database knows.
async fn ask(context: &Context, metrics: &Metrics) -> Result<(), Error> {
    let mut tx = context.store.read().await?;
    let backlog = outbox::backlog(&mut tx).await?;
    let jobs = job::counts(&mut tx).await?;
    let lake = tallymark_lake::pending(&mut tx).await?;
    tx.commit().await?;
    let theirs = context.store.time().await?;
    let now = context.clock.now();
    metrics.outbox_rows.set(backlog.rows);
    metrics.outbox_oldest_seconds.set(backlog.oldest.map_or(0.0, |oldest| seconds(now.since(oldest))));
    metrics.database_skew_seconds.set(theirs.map_or(0.0, |theirs| seconds(now.since(theirs))));
    metrics.lake_waiting_events.set(lake.events);
    metrics.lake_oldest_seconds.set(lake.oldest_at.map_or(0.0, |oldest| seconds(now.since(oldest))));
    metrics.lake_put_aside.reset();
    for aside in lake.put_aside {
        metrics.lake_put_aside.with_label_values(&[aside.event_type.as_str()]).add(aside.events);
    }
    metrics.jobs.reset();
    for (kind, state, count) in jobs {
        metrics.jobs.with_label_values(&[kind.as_str(), state.name()]).set(count);
    }
    Ok(())
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
