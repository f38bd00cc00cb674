//! Streams of server-sent events (WHATWG HTML, "Server-sent events"): what somebody watches is asked of the database once a
//! second for all who watch it, and not at all while nobody does.
//!
//! Every stream ends when the server is told to stop, so that stopping waits for none, and after half an hour, so that
//! whoever watches proves again who they are.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tallymark_base::actor::Actor;
use tallymark_base::id::TenantId;
use tallymark_web::{Caller, Problem};
use tokio::sync::{mpsc, watch};

/// Between two looks at the database.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two signs of life on a stream on which nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(3);
/// How long a stream lasts at most.
const LASTS: Duration = Duration::from_secs(30 * 60);
/// Streams that one user or key may have open on one server.
pub(crate) const STREAMS_MAX: usize = 8;

/// The streams of a server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stop: watch::Sender<bool>,
    open: Mutex<HashMap<(TenantId, Actor), usize>>,
}

impl Default for Streams {
    fn default() -> Self {
        Self(Arc::new(Shared { stop: watch::Sender::new(false), open: Mutex::default() }))
    }
}

impl Streams {
    /// Ends every stream, and every one that begins later.
    pub(crate) fn end(&self) {
        self.0.stop.send_replace(true);
    }

    /// Answers with what `told` hands over until it ends, its reader goes, or the server stops.
    ///
    /// # Errors
    /// `stream.too_many` where the caller has as many open as one may.
    pub(crate) fn answer(&self, caller: &Caller, told: mpsc::Receiver<Event>) -> Result<Response, Problem> {
        let place = Place::take(&self.0, (caller.tenant, caller.actor))?;
        let mut stop = self.0.stop.subscribe();
        let over = async move {
            tokio::select! {
                // An error means that the sender went: end as well.
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(LASTS) => {}
            }
        };
        let first = Event::default().retry(RETRY);
        let state = (told, Box::pin(over), Some(first), place);
        let events = stream::unfold(state, |(mut told, mut over, first, place)| async move {
            let event = match first {
                Some(event) => Some(event),
                None => tokio::select! {
                    biased;
                    () = &mut over => None,
                    event = told.recv() => event,
                },
            };
            event.map(|event| (Ok::<_, Infallible>(event), (told, over, None, place)))
        });
        let alive = KeepAlive::new().interval(HEARTBEAT);
        // A proxy that waits for more would hold back what happens.
        Ok(([("x-accel-buffering", "no")], Sse::new(events).keep_alive(alive)).into_response())
    }
}

/// A place among the streams that one caller may have open.
struct Place {
    shared: Arc<Shared>,
    whose: (TenantId, Actor),
}

impl Place {
    fn take(shared: &Arc<Shared>, whose: (TenantId, Actor)) -> Result<Self, Problem> {
        let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(whose).or_default();
        if *count >= STREAMS_MAX {
            let text = format!("you have {STREAMS_MAX} streams open on this server; close one");
            return Err(Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "stream.too_many", text));
        }
        *count += 1;
        drop(open);
        Ok(Self { shared: shared.clone(), whose })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.whose);
            }
        }
    }
}

/// Things that are watched, each by one task that looks while anybody does.
#[derive(Debug)]
pub(crate) struct Watched<K, V> {
    watched: Mutex<HashMap<K, Seen<V>>>,
    /// Between two looks.
    every: Duration,
}

/// What was seen last, where anything was.
type Seen<V> = watch::Sender<Option<Arc<V>>>;

impl<K, V> Default for Watched<K, V> {
    fn default() -> Self {
        Self { watched: Mutex::default(), every: LOOK_EVERY }
    }
}

impl<K, V> Watched<K, V>
where
    K: Clone + Eq + std::hash::Hash + Send + 'static,
    V: PartialEq + Send + Sync + 'static,
{
    /// Watches something; `look` tells how it is, or nothing where that cannot be told now. The first who watches starts
    /// the looking, the last who goes ends it.
    pub(crate) fn watch<F, L>(self: &Arc<Self>, key: K, look: F) -> watch::Receiver<Option<Arc<V>>>
    where
        F: Fn() -> L + Send + Sync + 'static,
        L: Future<Output = Option<V>> + Send,
    {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = watched.get(&key) {
            return known.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        watched.insert(key.clone(), sender.clone());
        drop(watched);
        let this = self.clone();
        tokio::spawn(async move {
            let mut round = tokio::time::interval(this.every);
            round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while !this.is_over(&key, &sender) {
                round.tick().await;
                if let Some(seen) = look().await {
                    sender.send_if_modified(|known| {
                        let is_new = known.as_deref() != Some(&seen);
                        if is_new {
                            *known = Some(Arc::new(seen));
                        }
                        is_new
                    });
                }
            }
        });
        receiver
    }

    /// Whether nobody watches any more; then the next one starts anew.
    fn is_over(&self, key: &K, sender: &Seen<V>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = sender.receiver_count() == 0;
        if is_over {
            watched.remove(key);
        }
        is_over
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn one_looks_for_all_and_nobody_where_nobody_watches() {
        let watched = Watched::<u8, u64> { every: Duration::from_millis(5), ..Watched::default() };
        let (watched, looks) = (Arc::new(watched), Arc::new(AtomicU64::new(0)));
        let look = {
            let looks = looks.clone();
            move || {
                let looks = looks.clone();
                // A value that changes with every third look.
                async move { Some(looks.fetch_add(1, Ordering::SeqCst) / 3) }
            }
        };
        let mut first = watched.watch(1, look.clone());
        let second = watched.watch(1, look);
        assert!(first.same_channel(&second), "one task looks for both");
        let mut seen = Vec::new();
        while seen.len() < 4 {
            first.changed().await.unwrap();
            seen.extend(first.borrow_and_update().as_deref().copied());
        }
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "only what is new is told: {seen:?}");
        drop((first, second));
        while !watched.watched.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let ended_with = looks.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(looks.load(Ordering::SeqCst), ended_with);
    }
}
