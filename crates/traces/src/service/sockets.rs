//! Who listens at this server: how many at most, when events were recorded for them, and when they are to go.
//!
//! The database is asked for news once for all who listen to a brand, and not at all while nobody does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tallymark_base::id::TenantId;
use tokio::sync::watch;

use crate::Error;
use crate::service::traces::Traces;
use crate::store::event;

/// How long this server waits before it looks for events that others captured.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at least, however fast events come.
const REST: Duration = Duration::from_millis(50);

/// How connections are kept, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two signs of life, and between two looks whether the listener still may. Whoever answers none by the next is
    /// let go.
    pub ping_every: Duration,
    /// How long a listener may take to read a message.
    pub read_max: Duration,
    /// Connections of one brand.
    pub of_brand_max: usize,
    /// Connections of this server.
    pub of_server_max: usize,
}

impl Default for Pace {
    fn default() -> Self {
        let (ping_every, read_max) = (Duration::from_secs(30), Duration::from_secs(30));
        Self { ping_every, read_max, of_brand_max: 100, of_server_max: 1_000 }
    }
}

/// The connections of a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sockets(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pace: Pace,
    stop: watch::Sender<bool>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    brands: HashMap<TenantId, Brand>,
    /// Whether somebody looks for news.
    is_looking: bool,
}

#[derive(Debug)]
struct Brand {
    count: usize,
    /// The last number that events were recorded under.
    latest: watch::Sender<i64>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self::at(Pace::default())
    }
}

impl Sockets {
    /// None yet.
    pub fn at(pace: Pace) -> Self {
        Self(Arc::new(Shared { pace, stop: watch::Sender::new(false), open: Mutex::default() }))
    }

    /// Lets every listener go, and every one that comes later.
    pub fn end(&self) {
        self.0.stop.send_replace(true);
    }

    /// How connections are kept.
    pub(crate) fn pace(&self) -> Pace {
        self.0.pace
    }

    /// Comes back when listeners are to go.
    pub(crate) async fn ended(&self) {
        // An error means that the sender went, which this holds.
        self.0.stop.subscribe().wait_for(|stop| *stop).await.ok();
    }

    /// A place for a listener.
    ///
    /// # Errors
    /// [`Error::TooManySockets`].
    pub(crate) fn enter(&self, tenant: TenantId) -> Result<Place, Error> {
        let Pace { of_brand_max, of_server_max, .. } = self.0.pace;
        let mut open = self.0.lock();
        let own = open.brands.get(&tenant).map_or(0, |brand| brand.count);
        if own >= of_brand_max || open.count >= of_server_max {
            return Err(Error::TooManySockets { max: of_brand_max });
        }
        open.count += 1;
        let brand = open.brands.entry(tenant).or_insert_with(|| Brand { count: 0, latest: watch::Sender::new(0) });
        brand.count += 1;
        drop(open);
        Ok(Place { shared: self.0.clone(), tenant })
    }

    /// Looks for news until nobody listens, or all are to go.
    async fn look(self, traces: Traces) {
        loop {
            // Before looking: what is recorded meanwhile is news.
            let news = traces.news(LOOK_EVERY);
            tokio::pin!(news);
            let Some(listened) = self.listened() else { return };
            for (tenant, latest) in listened {
                let last = async {
                    let mut tx = traces.context.store.read().await?;
                    event::next_number(&mut tx, tenant).await
                };
                match last.await {
                    Ok(next) => {
                        latest.send_if_modified(|known| std::mem::replace(known, next) != next);
                    }
                    Err(error) => tracing::warn!(%error, "listeners cannot be told for now"),
                }
            }
            tokio::select! {
                () = self.ended() => return,
                () = news => {}
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// The brands that somebody listens to; none where nobody does, and then nobody looks any more.
    fn listened(&self) -> Option<Vec<(TenantId, watch::Sender<i64>)>> {
        let mut open = self.0.lock();
        let listened: Vec<_> = open
            .brands
            .iter()
            .filter(|(_, brand)| brand.latest.receiver_count() > 0)
            .map(|(tenant, brand)| (*tenant, brand.latest.clone()))
            .collect();
        open.is_looking = !listened.is_empty();
        drop(open);
        (!listened.is_empty()).then_some(listened)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who listen.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    tenant: TenantId,
}

impl Place {
    /// Changes whenever events of the brand were recorded, by whichever server, and once at the beginning.
    pub(crate) fn latest(&self, traces: &Traces) -> Option<watch::Receiver<i64>> {
        let mut open = self.shared.lock();
        let latest = open.brands.get(&self.tenant)?.latest.subscribe();
        let begins = !std::mem::replace(&mut open.is_looking, true);
        drop(open);
        if begins {
            tokio::spawn(Sockets(self.shared.clone()).look(traces.clone()));
        }
        Some(latest)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.lock();
        open.count -= 1;
        if let Some(brand) = open.brands.get_mut(&self.tenant) {
            brand.count -= 1;
            if brand.count == 0 {
                open.brands.remove(&self.tenant);
            }
        }
    }
}
