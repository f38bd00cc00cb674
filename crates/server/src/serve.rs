//! Starting and stopping a server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_scan::{Options, Scanner};
use tallymark_store::node::{Lease, RENEW_EVERY};
use tallymark_store::{Context, idempotency};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{App, Network};

/// How long requests that run when the server is told to stop may take to finish.
const GRACE: Duration = Duration::from_secs(10);
/// How long a request key is remembered; a retry later than this is a new request.
const REMEMBER_REQUESTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// Request keys forgotten in one transaction.
const FORGET_AT_ONCE: u32 = 1_000;
/// Between two rounds of forgetting.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// A server that answers. Dropping it does not stop it; [`Running::stop`] does.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    http: JoinHandle<std::io::Result<()>>,
    batcher: JoinHandle<()>,
    chores: JoinHandle<()>,
    context: Context,
    lease: Arc<Lease>,
}

/// Starts a server on `listener`. `lease` is the node lease that `context.ids` issues under.
pub fn start(
    context: Context,
    lease: Arc<Lease>,
    listener: TcpListener,
    network: Network,
    options: Options,
) -> std::io::Result<Running> {
    let address = listener.local_addr()?;
    let (scanner, batcher) = Scanner::start(context.clone(), options);
    let router = App::new(context.clone(), scanner, network).router(network);
    let (stop, stopped) = watch::channel(false);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = stopped.clone();
    let graceful =
        axum::serve(listener, service).with_graceful_shutdown(async move { told(&mut stopping).await });
    let http = tokio::spawn(graceful.into_future());
    let chores = tokio::spawn(chores(context.clone(), lease.clone(), stopped));
    Ok(Running { address, stop, http, batcher, chores, context, lease })
}

impl Running {
    /// Stops taking requests, finishes those that run, gives the node number back, and closes the database.
    pub async fn stop(self) {
        self.stop.send(true).ok();
        let mut http = self.http;
        if tokio::time::timeout(GRACE, &mut http).await.is_err() {
            http.abort();
        }
        self.chores.await.ok();
        // The router held the last scanner; the batcher ends after the batch it is at.
        if tokio::time::timeout(GRACE, self.batcher).await.is_err() {
            tracing::warn!("the last batch of scans did not finish in time");
        }
        if let Err(error) = self.lease.release(&self.context.store, &*self.context.clock).await {
            tracing::warn!(%error, "the node number could not be given back; it expires by itself");
        }
        self.context.store.close().await;
    }
}

/// Renews the lease and forgets old request keys, until told to stop.
async fn chores(context: Context, lease: Arc<Lease>, mut stopped: watch::Receiver<bool>) {
    let mut renew = tokio::time::interval(RENEW_EVERY);
    let mut forget = tokio::time::interval(FORGET_EVERY);
    renew.tick().await;
    forget.tick().await;
    loop {
        tokio::select! {
            () = told(&mut stopped) => return,
            _ = renew.tick() => {
                if let Err(error) = lease.renew(&context.store, &*context.clock).await {
                    tracing::error!(%error, "the node lease could not be renewed; ids end when it runs out");
                }
            }
            _ = forget.tick() => {
                if let Err(error) = forget_requests(&context).await {
                    tracing::warn!(%error, "old request keys could not be forgotten; the next round tries again");
                }
            }
        }
    }
}

/// Comes back when the server is to stop.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender went: stop as well.
    stopped.wait_for(|stop| *stop).await.ok();
}

async fn forget_requests(context: &Context) -> Result<(), tallymark_store::Error> {
    let before = Timestamp(context.clock.now().0 - REMEMBER_REQUESTS.as_micros() as i64);
    loop {
        let mut tx = context.store.write().await?;
        let gone = idempotency::forget(&mut tx, before, FORGET_AT_ONCE).await?;
        tx.commit().await?;
        if gone < u64::from(FORGET_AT_ONCE) {
            return Ok(());
        }
    }
}
