//! A server that plays the past: the same requests in the same order decide the same, byte for byte.
//!
//! In a simulation the clock stands still between requests and is moved by them; ids and random bytes come from a seed and
//! the request's number ([`Simulation::context`]). Whatever is written comes in by a number and alone ([`turn`]): the order
//! of numbers is the order of decisions, however many connections deliver. Many scans come in one delivery, which is one
//! batch ([`scans`]). Nothing runs beside the requests but the lake's writer, which decides nothing: jobs wait for a server
//! that serves in earnest.
//!
//! Whoever knows the seed knows every key and every code of such a world. So a simulation makes its own database, marks it,
//! and takes no other; and no other server listens to the headers by which a caller says what time it is.

mod scans;
mod turn;

use std::sync::Arc;

use tallymark_base::id::{IdError, IdSource};
use tallymark_base::random::{SimulatedEntropy, hmac_sha256};
use tallymark_base::time::ManualClock;
use tallymark_base::{Clock, Fault, Kind, Timestamp};
use tallymark_partners::{NewTenant, tenant};
use tallymark_store::node::{self, SIMULATED};
use tallymark_store::{Context, Engine, Store, Tx};
use tallymark_web::Scope;

use crate::tenants::{self, MadeTenant, TenantError};

pub(crate) use scans::routes;
pub(crate) use turn::{Line, in_turn, not_simulated};

/// Why a simulation does not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The database has brands that were made in earnest.
    #[error("this database holds a brand that no simulation made; a simulation needs a new database")]
    Real,
    /// The database is another simulation's.
    #[error("this database was made by a simulation with another seed; give that seed, or a new database")]
    OtherSeed,
    /// Servers that do not wait for their turn.
    #[error(
        "other servers work on this database ({0:?}); stop them, or wait a minute after they were killed: a simulation is \
         alone with its database"
    )]
    OtherServers(Vec<u16>),
    /// Its brand cannot be made.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The record of a brand.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for SimulationError {
    fn code(&self) -> &'static str {
        match self {
            Self::Real => "simulation.real",
            Self::OtherSeed => "simulation.other_seed",
            Self::OtherServers(_) => "simulation.other_servers",
            Self::Tenant(error) => error.code(),
            Self::Partners(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Real | Self::OtherSeed | Self::OtherServers(_) => Kind::Conflict,
            Self::Tenant(error) => error.kind(),
            Self::Partners(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}

/// A simulation that runs: its clock, its bytes, its ids.
#[derive(Debug)]
pub struct Simulation {
    clock: Arc<ManualClock>,
    entropy: Arc<SimulatedEntropy>,
    ids: Arc<IdSource>,
    /// What time it really is: simulations play the past.
    present: Arc<dyn Clock>,
    /// The number of the first request.
    first: u64,
}

impl Simulation {
    /// The simulation of `seed` on a database that is new or its own, which goes on with request `first` (1 in a new world).
    /// `context` is that of the server around it, and `own` the node number that it holds.
    ///
    /// # Errors
    ///
    /// The database holds something else, or other servers work on it.
    pub async fn open(context: &Context, seed: u64, first: u64) -> Result<Self, SimulationError> {
        let mut tx = context.store.write().await?;
        claim(&mut tx, context, mark_of(seed)).await?;
        if context.store.engine() == Engine::Postgres {
            let mut others = node::held(&mut tx, context.clock.now()).await?;
            others.retain(|node| *node != context.ids.node());
            if !others.is_empty() {
                return Err(SimulationError::OtherServers(others));
            }
        }
        tx.commit().await?;
        Ok(Self {
            clock: Arc::new(ManualClock::at(Timestamp(0))),
            entropy: Arc::new(SimulatedEntropy::new(seed)),
            ids: Arc::new(IdSource::simulated(SIMULATED, context.clock.now())),
            present: context.clock.clone(),
            first,
        })
    }

    /// What use cases of the simulation get: the database and master key of `real`, everything else from the seed.
    pub fn context(&self, real: &Context) -> Context {
        let (ids, clock, entropy) = (self.ids.clone(), self.clock.clone(), self.entropy.clone());
        Context { ids, clock, entropy, ..real.clone() }
    }

    /// Makes the brand of the world at a moment before its first request. Its owner's key may number requests.
    ///
    /// # Errors
    ///
    /// Those of [`tenants::create`].
    pub async fn create(&self, real: &Context, new: NewTenant, at: Timestamp) -> Result<MadeTenant, SimulationError> {
        self.clock.set(at);
        Ok(tenants::create_with(&self.context(real), new, &[Scope::Owner, Scope::Sim]).await?)
    }
}

/// Whether a simulation made this database. Everything in it can be computed by whoever knows the seed.
///
/// # Errors
///
/// Those of the database.
pub async fn is_simulated(store: &Store) -> Result<bool, tallymark_store::Error> {
    Ok(node::simulation(&mut store.read().await?).await?.is_some())
}

/// Makes a database that holds nothing that of a simulation; accepts its own.
async fn claim(tx: &mut Tx, context: &Context, mark: [u8; 16]) -> Result<(), SimulationError> {
    match node::simulation(tx).await? {
        Some(own) if own == mark => Ok(()),
        Some(_) => Err(SimulationError::OtherSeed),
        None if tenant::all(tx, &context.master).await?.is_empty() => Ok(node::mark_simulation(tx, mark).await?),
        None => Err(SimulationError::Real),
    }
}

fn mark_of(seed: u64) -> [u8; 16] {
    let digest = hmac_sha256(b"tallymark.simulation.mark", &[&seed.to_be_bytes()]);
    let mut mark = [0; 16];
    mark.copy_from_slice(&digest[..16]);
    mark
}
