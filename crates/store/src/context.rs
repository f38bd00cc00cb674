//! What every use case needs besides its request.

use std::sync::Arc;

use tallymark_base::seal::Key;
use tallymark_base::{Clock, Entropy, IdSource};

use crate::Store;

/// The database, the sources of ids, time and randomness, and the master key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// Ids of this server's node.
    pub ids: Arc<IdSource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Unguessable bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Wraps the keys of tenants; from a file or the environment, never stored.
    pub master: Key,
}
