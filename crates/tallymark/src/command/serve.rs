//! `tallymark serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tallymark_scan::Options;
use tallymark_server::simulation::{self, Simulation};
use tallymark_server::{Network, Outside, OutsideOptions, PER_KEY, Plan};
use tallymark_store::Context;
use tallymark_telemetry::trace::{Collector, Traces};
use tallymark_web::Quota;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::arguments::LakeWriting;
use crate::installation::{Installation, Opened};
use crate::print::Failure;
use crate::stop::StopSignal;

/// What is logged where nobody says otherwise: of the libraries, what is wrong only; the lake's describe every step.
const LOGGED: &str = "warn,tallymark=info";

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "TALLYMARK_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many proxies of your own stand before the server (their X-Forwarded-For entries are believed)
    #[arg(long, env = "TALLYMARK_TRUSTED_HOPS", default_value_t = 0)]
    trusted_hops: usize,
    /// People reach the server over https (a proxy ends TLS): cookies are Secure, browsers are told to stay
    #[arg(long, env = "TALLYMARK_HTTPS")]
    https: bool,
    /// Most calls of one API key in a minute, in the long run; above it 429
    #[arg(long, env = "TALLYMARK_KEY_PER_MINUTE", value_name = "N", default_value_t = number(PER_KEY.0))]
    key_per_minute: NonZeroU32,
    /// Most calls of one API key at once, after a quiet time
    #[arg(long, env = "TALLYMARK_KEY_BURST", value_name = "N", default_value_t = number(PER_KEY.1))]
    key_burst: NonZeroU32,
    #[command(flatten)]
    writing: LakeWriting,
    /// Most scans decided in one transaction
    #[arg(long, env = "TALLYMARK_BATCH_MAX", default_value_t = 512)]
    batch_max: usize,
    /// Days after which scans leave the database, once the lake has them; without it they stay. A week of retries must be
    /// answered from them
    #[arg(long, env = "TALLYMARK_HOT_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u64).range(8..=36_500))]
    hot_days: Option<u64>,
    /// A file of places by network address (MaxMind DB format with positions, such as GeoLite2-City.mmdb); it is loaded
    /// again when it is replaced, and at SIGHUP
    #[arg(long, env = "TALLYMARK_PLACES", value_name = "FILE")]
    places: Option<PathBuf>,
    /// Call providers on this machine, too: for demos, tests and adapters of your own
    #[arg(long, env = "TALLYMARK_PROVIDERS_ON_LOOPBACK")]
    providers_on_loopback: bool,
    /// The folder of backups, so that the console and GET /v1/health tell how old the last one is
    #[arg(long, env = "TALLYMARK_BACKUPS", value_name = "FOLDER")]
    backups: Option<PathBuf>,
    /// Answer /metrics (Prometheus) here, for whoever can reach it: keep it inside your network
    #[arg(long, env = "TALLYMARK_METRICS_LISTENER", value_name = "ADDRESS")]
    metrics_listener: Option<SocketAddr>,
    /// Send traces to this OpenTelemetry collector: OTLP over HTTP, such as http://127.0.0.1:4318
    #[arg(long, env = "TALLYMARK_OTLP", value_name = "URL")]
    otlp: Option<String>,
    /// The share of requests that are traced, 0 to 1
    #[arg(long, env = "TALLYMARK_OTLP_SHARE", value_name = "SHARE", default_value_t = 0.01)]
    otlp_share: f64,
    /// Play a simulation with this seed, on a new database or its own: time, ids and keys follow from the seed and from
    /// numbered requests. Never for a real brand
    #[arg(long, value_name = "SEED")]
    sim: Option<u64>,
    /// The number of the next request of the simulation; those before it were answered
    #[arg(long, value_name = "N", default_value_t = 1, requires = "sim", value_parser = clap::value_parser!(u64).range(1..))]
    sim_next: u64,
}

impl Serve {
    pub(crate) async fn run(self, installation: &Installation) -> Result<(), Failure> {
        let traces = self.traces()?;
        let filter = EnvFilter::try_from_env("TALLYMARK_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
        let log = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).with_filter(filter);
        tracing_subscriber::registry().with(log).with(traces.as_ref().map(Traces::layer)).init();
        #[cfg(feature = "failpoints")]
        let _scenario = fail::FailScenario::setup();

        // Before anything is opened: a wrong file is a mistake of whoever starts the server.
        let outside =
            Outside::open(OutsideOptions { places_file: self.places, calls_loopback: self.providers_on_loopback })?;
        let places = installation.places(self.backups)?;
        let lake = installation.lake()?.map(|lake| (lake, self.writing.settings()));
        if lake.is_none() {
            tracing::warn!("there is no lake: events stay in the database until a server runs with --lake");
        }
        let opened = installation.open_or_new().await?;
        let listener = bind(self.listen).await?;
        let measures = match self.metrics_listener {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let stop = StopSignal::watch()?;
        let per_key = Quota { per_minute: self.key_per_minute, burst: self.key_burst };
        let network = Network { trusted_hops: self.trusted_hops, is_https: self.https, per_key };
        let hot_for = self.hot_days.map(|days| Duration::from_secs(days * 24 * 3600));
        let Opened { context, lease } = opened;
        let simulation = match self.sim {
            Some(seed) => Some(Arc::new(simulated(&context, seed, self.sim_next).await?)),
            None => {
                warn_of_simulated(&context).await?;
                None
            }
        };
        // A delivery of a simulation is one batch, whatever is said of batches.
        let batch_max = if simulation.is_some() { tallymark_scan::BATCH_MAX } else { self.batch_max };
        let options = Options { batch_max, hot_for: hot_for.filter(|_| simulation.is_none()) };
        let plan = Plan { context, lease, network, outside, options, lake, simulation };
        let mut running =
            tallymark_server::start_at(listener, plan, places).map_err(|error| Failure::system("cli.start", error))?;
        if let Some(listener) = measures {
            let address = listener.local_addr().map_err(|error| Failure::system("cli.start", error))?;
            tracing::info!(%address, "measures");
            running.measure_on(listener);
        }
        tracing::info!(address = %running.address, "listening");
        announce(running.address, self.https);

        stop.received().await;
        tracing::info!("stopping");
        running.stop().await;
        if let Some(traces) = traces {
            traces.stop().await;
        }
        Ok(())
    }

    fn traces(&self) -> Result<Option<Traces>, Failure> {
        let Some(url) = &self.otlp else { return Ok(None) };
        let traces = Collector::at(url).and_then(|collector| Traces::to(collector, self.otlp_share));
        traces.map(Some).map_err(|error| Failure::usage("cli.otlp", error.to_string()))
    }
}

/// Says on standard output where the server is. Programs that start it wait for the first line, and may
/// have closed the pipe by the second: that is no reason to end.
fn announce(address: SocketAddr, is_https: bool) {
    let scheme = if is_https { "https" } else { "http" };
    let mut out = std::io::stdout().lock();
    let said = writeln!(out, "listening {address}")
        .and_then(|()| out.flush())
        .and_then(|()| writeln!(out, "console {scheme}://{address}/console/, by the host name of your brand"));
    if let Err(error) = said.and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads where the server listens");
    }
}

/// The simulation, said loudly.
async fn simulated(context: &Context, seed: u64, first: u64) -> Result<Simulation, Failure> {
    let simulation = Simulation::open(context, seed, first).await?;
    tracing::warn!(
        seed,
        first,
        "THIS IS A SIMULATION: its time is not the time, its keys and codes can be computed from the seed, jobs do not run"
    );
    eprintln!("SIMULATION with seed {seed}: nothing here is real; never put this server before customers.");
    Ok(simulation)
}

/// A simulated world may be looked at, and never be put before customers.
async fn warn_of_simulated(context: &Context) -> Result<(), Failure> {
    if simulation::is_simulated(&context.store).await? {
        tracing::warn!("this database was made by a simulation: whoever knows its seed knows its keys and codes");
    }
    Ok(())
}

const fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("the defaults are above zero")
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| Failure::usage("cli.listen", format!("{address} cannot be listened on: {error}")))
}
