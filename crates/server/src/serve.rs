//! Starting and stopping a server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tallymark_intake::Intake;
use tallymark_lake::{Lake, Settings, Writer};
use tallymark_scan::redeemed::OwnAndRedeemed;
use tallymark_scan::{Options, Scanner};
use tallymark_store::Context;
use tallymark_store::batcher::Queue;
use tallymark_store::node::{Lease, RENEW_EVERY};
use tallymark_traces::Traces;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::condition::Places;
use crate::events::dimensions;
use crate::jobs::Surroundings;
use crate::simulation::Simulation;
use crate::{App, Network, Outside};

/// How long requests that run when the server is told to stop may take to finish.
const GRACE: Duration = Duration::from_secs(10);

/// A server that answers. Dropping it does not stop it; [`Running::stop`] does.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    http: JoinHandle<std::io::Result<()>>,
    batcher: JoinHandle<()>,
    taking: JoinHandle<()>,
    capturing: JoinHandle<()>,
    telling: JoinHandle<()>,
    chores: JoinHandle<()>,
    jobs: JoinHandle<()>,
    places: JoinHandle<()>,
    context: Context,
    /// Writes the lake, where there is one.
    lake: Option<JoinHandle<()>>,
    lease: Arc<Lease>,
    queue: Queue,
    measures: Option<JoinHandle<std::io::Result<()>>>,
}

/// What a server is started with.
#[derive(Debug)]
pub struct Plan {
    /// Database, ids, time, randomness, master key.
    pub context: Context,
    /// The node lease that `context.ids` issues under.
    pub lease: Arc<Lease>,
    /// How it meets the network.
    pub network: Network,
    /// The companies outside.
    pub outside: Outside,
    /// How scans are batched.
    pub options: Options,
    /// What takes the events, unless another server of the same database writes it.
    pub lake: Option<(Lake, Settings)>,
    /// The past that it plays, where it does not serve in earnest.
    pub simulation: Option<Arc<Simulation>>,
}

/// Starts a server on `listener`.
pub fn start(listener: TcpListener, plan: Plan) -> std::io::Result<Running> {
    start_at(listener, plan, Places::default())
}

/// The same, told where the installation lies on this machine, so that the server can tell how it is.
pub fn start_at(listener: TcpListener, plan: Plan, places: Places) -> std::io::Result<Running> {
    let Plan { context, lease, network, outside, options, lake, simulation } = plan;
    let address = listener.local_addr()?;
    let seen = simulation.as_ref().map_or_else(|| context.clone(), |simulation| simulation.context(&context));
    let (scanner, batcher) = Scanner::start(seen.clone(), options);
    let (intake, taking) = Intake::start(seen.clone());
    let (traces, capturing) = Traces::start(seen.clone(), Arc::new(OwnAndRedeemed::new(seen.clone())));
    let queue = scanner.queue();
    let asked = lake.as_ref().map(|(lake, _)| lake.clone());
    let reading = asked.clone();
    let app = App::new(seen, scanner, (intake, traces.clone()), network, outside.clone(), asked).at(places);
    let (streams, sockets) = (app.streams.clone(), traces.sockets.clone());
    let router = match &simulation {
        None => app.router(network),
        Some(simulation) => app.simulated_router(network, simulation.clone()),
    };
    let (stop, stopped) = watch::channel(false);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = stopped.clone();
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        told(&mut stopping).await;
        // Nobody waits for somebody who only watches.
        streams.end();
        sockets.end();
    });
    let http = tokio::spawn(graceful.into_future());
    // Without a lake everything stays where it is.
    let hot_for = options.hot_for.filter(|_| lake.is_some());
    let surroundings = Surroundings { context: context.clone(), outside: outside.clone(), hot_for, lake: reading };
    // What jobs write would stand between the requests of a simulation by the clock on the wall.
    let jobs = match &simulation {
        None => crate::jobs::start(surroundings, stopped.clone()),
        Some(_) => tokio::spawn(async {}),
    };
    // A simulation is told nobody: its subscribers would hear by the clock on the wall, and claims become events by it.
    let telling = match &simulation {
        None => {
            let subscribers = crate::subscribers::tell(traces, outside.clone(), stopped.clone());
            let webhooks = crate::webhooks::tell(context.clone(), outside.clone(), stopped.clone());
            let redeemed = crate::redeemed::tell(context.clone(), stopped.clone());
            tokio::spawn(async move {
                tokio::join!(subscribers, webhooks, redeemed);
            })
        }
        Some(_) => tokio::spawn(async {}),
    };
    let places = tokio::spawn(outside.watch_places(stopped.clone()));
    let writer =
        lake.map(|(lake, settings)| Writer::new(lake, context.clone(), settings).with_dimensions(dimensions()));
    let lake = writer.map(|writer| tokio::spawn(writer.run(stopped.clone())));
    let chores = tokio::spawn(renew_lease(context.clone(), lease.clone(), stopped));
    Ok(Running {
        address,
        stop,
        http,
        batcher,
        taking,
        capturing,
        telling,
        chores,
        jobs,
        places,
        context,
        lake,
        lease,
        queue,
        measures: None,
    })
}

impl Running {
    /// Answers `/metrics` on a listener of its own: who may reach it is decided by where it listens.
    pub fn measure_on(&mut self, listener: TcpListener) {
        let router = crate::measures::router(self.context.clone(), self.queue.clone());
        let mut stopping = self.stop.subscribe();
        let graceful = axum::serve(listener, router).with_graceful_shutdown(async move { told(&mut stopping).await });
        self.measures = Some(tokio::spawn(graceful.into_future()));
    }

    /// Stops taking requests, finishes those that run, gives the node number back, and closes the database.
    pub async fn stop(self) {
        self.stop.send(true).ok();
        let mut http = self.http;
        if tokio::time::timeout(GRACE, &mut http).await.is_err() {
            http.abort();
        }
        if let Some(mut measures) = self.measures
            && tokio::time::timeout(GRACE, &mut measures).await.is_err()
        {
            measures.abort();
        }
        self.chores.await.ok();
        self.jobs.await.ok();
        self.places.await.ok();
        self.telling.await.ok();
        if let Some(lake) = self.lake {
            lake.await.ok();
        }
        // The router held the last of both; each ends after the batch it is at.
        let last = async { (self.batcher.await.ok(), self.taking.await.ok(), self.capturing.await.ok()) };
        if tokio::time::timeout(GRACE, last).await.is_err() {
            tracing::warn!("the last batch of scans or events did not finish in time");
        }
        if let Err(error) = self.lease.release(&self.context.store, &*self.context.clock).await {
            tracing::warn!(%error, "the node number could not be given back; it expires by itself");
        }
        self.context.store.close().await;
    }
}

/// Renews the lease until told to stop.
async fn renew_lease(context: Context, lease: Arc<Lease>, mut stopped: watch::Receiver<bool>) {
    let mut renew = tokio::time::interval(RENEW_EVERY);
    renew.tick().await;
    loop {
        tokio::select! {
            () = told(&mut stopped) => return,
            _ = renew.tick() => {
                if let Err(error) = lease.renew(&context.store, &*context.clock).await {
                    tracing::error!(%error, "the node lease could not be renewed; ids end when it runs out");
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
