//! Opening an installation from the command line: its database and its master key.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tallymark_base::random::SystemEntropy;
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_store::node::Lease;
use tallymark_store::{Context, Options, Store};

use crate::print::Failure;

/// Where the installation is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Installation {
    /// The database: sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(long, global = true, env = "TALLYMARK_DATABASE", default_value = "sqlite:tallymark.sqlite", hide_env_values = true)]
    database: String,
    /// A file with the master key: 64 hexadecimal digits. Make one with `tallymark key new`
    #[arg(long, global = true, env = "TALLYMARK_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
    /// The master key itself, where a file is not possible
    #[arg(long, global = true, env = "TALLYMARK_MASTER_KEY", hide_env_values = true, hide = true)]
    master_key: Option<String>,
    /// Most database connections
    #[arg(long, global = true, env = "TALLYMARK_CONNECTIONS_MAX", default_value_t = 8)]
    connections_max: u32,
    /// Page cache of the SQLite writer, in MiB
    #[arg(long, global = true, env = "TALLYMARK_SQLITE_CACHE_MIB", default_value_t = 256)]
    sqlite_cache_mib: u32,
}

/// An open installation. Commands end with [`Opened::close`], which gives the node number back.
pub(crate) struct Opened {
    pub(crate) context: Context,
    pub(crate) lease: Arc<Lease>,
}

impl Installation {
    /// Opens the database alone, for commands that seal nothing.
    pub(crate) async fn store(&self) -> Result<Store, Failure> {
        let options = Options {
            connections_max: self.connections_max,
            sqlite_cache_mib: self.sqlite_cache_mib,
            ..Options::default()
        };
        let store = Store::open(&self.database, &options).await?;
        store.migrate(&tallymark_server::migrations()).await?;
        Ok(store)
    }

    /// Opens everything: database, master key, a node number.
    pub(crate) async fn open(&self) -> Result<Opened, Failure> {
        let master = self.master()?;
        let store = self.store().await?;
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        let lease = Arc::new(Lease::take(&store, &*clock, &*entropy).await?);
        let context = Context { store, ids: lease.ids(), clock, entropy, master };
        Ok(Opened { context, lease })
    }

    fn master(&self) -> Result<Key, Failure> {
        let text = match (&self.master_key_file, &self.master_key) {
            (Some(path), _) => std::fs::read_to_string(path).map_err(|error| {
                Failure::usage("cli.master_key_file", format!("{} cannot be read: {error}", path.display()))
            })?,
            (None, Some(text)) => text.clone(),
            (None, None) => {
                return Err(Failure::usage(
                    "cli.master_key_missing",
                    "name the file of the master key by --master-key-file (make one: tallymark key new > master.key)",
                ));
            }
        };
        Ok(Key::from_hex(&text)?)
    }
}

impl Opened {
    /// Gives the node number back and closes the database.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.lease.release(&self.context.store, &*self.context.clock).await?;
        self.context.store.close().await;
        Ok(())
    }
}
