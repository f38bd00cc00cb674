//! The companies outside, on this machine, for one test.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::random::SeededEntropy;
use tallymark_base::time::ManualClock;
use tallymark_providers::{Endpoint, Http};
use tallymark_sim::providers::{Accounts, Providers};
use tokio::net::TcpListener;

/// Long enough for a busy machine, short enough to wait for.
const CALL_TIME_MAX: Duration = Duration::from_secs(2);

pub(crate) struct Outside {
    pub(crate) servers: Providers,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) http: Http,
}

impl Outside {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let servers_entropy = Arc::new(SeededEntropy::new([2; 32]));
        Self {
            servers: Providers::start(listener, Accounts::demo(), clock.clone(), servers_entropy).unwrap(),
            accounts: Accounts::demo(),
            clock,
            entropy: Arc::new(SeededEntropy::new([1; 32])),
            http: Http::with_time(true, CALL_TIME_MAX).unwrap(),
        }
    }

    pub(crate) fn url(&self) -> Endpoint {
        Endpoint::parse(&self.servers.url()).unwrap()
    }
}

/// An address of this machine at which nobody listens.
pub(crate) async fn nobody() -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    Endpoint::parse(&format!("http://{address}")).unwrap()
}
