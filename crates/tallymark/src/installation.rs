//! Opening an installation from the command line: its database and its master key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tallymark_base::id::TenantId;
use tallymark_base::random::SystemEntropy;
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_lake::{Lake, Location};
use tallymark_partners::Tenant;
use tallymark_server::condition::Places;
use tallymark_store::node::{Lease, RENEW_EVERY};
use tallymark_store::{Context, Options, Store, Tx};

use crate::allocator::Arena;
use crate::arguments::Of;
use crate::print::Failure;

/// Where the installation is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Installation")]
pub(crate) struct Installation {
    /// The database: sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(
        long,
        global = true,
        env = "TALLYMARK_DATABASE",
        value_name = "URL",
        default_value = "sqlite:tallymark.sqlite"
    )]
    #[arg(hide_env_values = true)]
    database: String,
    /// A file with the master key; make one: tallymark key new > master.key
    #[arg(long, global = true, env = "TALLYMARK_MASTER_KEY_FILE", value_name = "FILE", hide_env_values = true)]
    master_key_file: Option<PathBuf>,
    /// The master key itself, where a file is not possible
    #[arg(long, global = true, env = "TALLYMARK_MASTER_KEY", hide_env_values = true, hide = true)]
    master_key: Option<String>,
    /// The lake: a folder, s3://BUCKET/PREFIX, or none; beside a SQLite database the folder `lake` where it is left out
    #[arg(long, global = true, env = "TALLYMARK_LAKE", value_name = "PLACE", hide_env_values = true)]
    lake: Option<String>,
    /// Most database connections
    #[arg(long, global = true, env = "TALLYMARK_CONNECTIONS_MAX", value_name = "N", default_value_t = 8)]
    #[arg(hide_env_values = true)]
    connections_max: u32,
    /// Page cache of the SQLite writer, in MiB [default: a quarter of the memory, at most 8192]
    #[arg(long, global = true, env = "TALLYMARK_SQLITE_CACHE_MIB", value_name = "MIB", hide_env_values = true)]
    sqlite_cache_mib: Option<u32>,
    /// Log database statements that take longer, in milliseconds
    #[arg(long, global = true, env = "TALLYMARK_SLOW_MS", value_name = "MS", default_value_t = 200)]
    #[arg(hide_env_values = true)]
    slow_ms: u64,
}

/// An open installation. Commands end with [`Opened::close`], which gives the node number back.
pub(crate) struct Opened {
    pub(crate) context: Context,
    pub(crate) lease: Arc<Lease>,
}

impl Installation {
    /// The address of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The file of a SQLite database.
    pub(crate) fn database_file(&self) -> Option<PathBuf> {
        Some(PathBuf::from(self.database.strip_prefix("sqlite:")?.trim_start_matches("//")))
    }

    /// The file of the master key, where there is one.
    pub(crate) fn key_file(&self) -> Option<&Path> {
        self.master_key_file.as_deref()
    }

    /// Opens the database alone, for commands that seal nothing. It must exist.
    pub(crate) async fn store(&self) -> Result<Store, Failure> {
        self.refuse_missing()?;
        self.store_or_new().await
    }

    /// Opens the database as it is: no migration is applied. It must exist.
    pub(crate) async fn store_as_it_is(&self) -> Result<Store, Failure> {
        self.refuse_missing()?;
        Ok(Store::open(&self.database, &self.options()).await?)
    }

    fn refuse_missing(&self) -> Result<(), Failure> {
        if let Some(path) = self.database_file().filter(|path| !path.exists()) {
            let text = format!("there is no database {}; `tallymark tenant create` makes it", path.display());
            return Err(Failure::usage("cli.database_missing", text));
        }
        Ok(())
    }

    /// Opens the database, and makes it where it is missing.
    async fn store_or_new(&self) -> Result<Store, Failure> {
        let store = Store::open(&self.database, &self.options()).await?;
        store.migrate(&tallymark_server::migrations()).await?;
        Ok(store)
    }

    fn options(&self) -> Options {
        Options {
            connections_max: self.connections_max,
            slow_after: Duration::from_millis(self.slow_ms),
            sqlite_cache_mib: self.sqlite_cache_mib.unwrap_or(Options::default().sqlite_cache_mib),
            ..Options::default()
        }
    }

    /// Opens everything: database (made where it is missing), master key, a node number.
    pub(crate) async fn open_or_new(&self) -> Result<Opened, Failure> {
        let master = self.master()?;
        let opened = Opened::of(self.store_or_new().await?, master).await?;
        let store = &opened.context.store;
        // A look first: whoever has nothing to carry over does not wait for whoever writes.
        if tallymark_goods::has_old_custody(&mut store.read().await?).await? {
            let mut tx = store.write().await?;
            let shipments = tallymark_goods::carry_over(&mut tx, &opened.context).await?;
            tx.commit().await?;
            tracing::info!(shipments, "shipments of an older program were recorded again");
        }
        Ok(opened)
    }

    /// Runs `work` on everything: database, master key, a node number.
    pub(crate) async fn with_context<T>(
        &self,
        work: impl AsyncFnOnce(&Context) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let master = self.master()?;
        let opened = Opened::of(self.store().await?, master).await?;
        let done = tokio::select! {
            done = work(&opened.context) => done,
            never = opened.keep_lease() => match never {},
        };
        opened.close().await;
        done
    }

    /// Runs `work` in a transaction that is committed when it succeeds.
    pub(crate) async fn write<T>(
        &self,
        of: &Of,
        work: impl AsyncFnOnce(&mut Tx, &Context, TenantId) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_context(async |context| {
            let mut tx = context.store.write().await?;
            let tenant = of.find(&mut tx, &context.master).await?;
            let done = work(&mut tx, context, tenant.id).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await
    }

    /// Runs `work` on one consistent picture of the database.
    pub(crate) async fn read<T>(
        &self,
        of: &Of,
        work: impl AsyncFnOnce(&mut Tx, &Tenant, &Key) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let master = self.master()?;
        let store = self.store().await?;
        let done = async {
            let mut tx = store.read().await?;
            let tenant = of.find(&mut tx, &master).await?;
            work(&mut tx, &tenant, &master).await
        }
        .await;
        store.close().await;
        done
    }

    /// The lake, if the installation has one. A lake on several servers must be in one place, so a database that many can
    /// share has none unless it is named.
    pub(crate) fn lake(&self) -> Result<Option<Lake>, Failure> {
        let Some(location) = self.lake_location()? else { return Ok(None) };
        let (registry, entropy) = (tallymark_server::registry(), Arc::new(SystemEntropy));
        Ok(Some(match Arena::new() {
            Some(arena) => Lake::open_within(&location, registry, entropy, Arc::new(arena))?,
            None => Lake::open(&location, registry, entropy)?,
        }))
    }

    /// Where the lake is or will be, if the installation has one.
    pub(crate) fn lake_location(&self) -> Result<Option<Location>, Failure> {
        Ok(match (self.lake.as_deref(), self.database_file()) {
            (Some("none"), _) | (None, None) => None,
            (Some(place), _) => Some(place.parse()?),
            (None, Some(path)) => Some(Location::Folder(path.with_file_name("lake"))),
        })
    }

    /// What a server is told of where the installation lies on this machine.
    pub(crate) fn places(&self, backups: Option<PathBuf>) -> Result<Places, Failure> {
        let lake = match self.lake_location()? {
            Some(Location::Folder(folder)) => Some(folder),
            _ => None,
        };
        Ok(Places { database: self.database_file(), lake, backups })
    }

    pub(crate) fn master(&self) -> Result<Key, Failure> {
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
        Key::from_hex(&text).map_err(|error| Failure::usage("cli.master_key_malformed", error.to_string()))
    }
}

impl Opened {
    async fn of(store: Store, master: Key) -> Result<Self, Failure> {
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        let lease = Arc::new(Lease::take_in_time(&store, &*clock, &*entropy).await?);
        let context = Context { store, ids: lease.ids(), clock, entropy, master };
        Ok(Self { context, lease })
    }

    /// Renews the lease of the node number for as long as a command takes.
    async fn keep_lease(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            if let Err(error) = self.lease.renew(&self.context.store, &*self.context.clock).await {
                tracing::warn!(%error, "the node lease could not be renewed; ids end when it runs out");
            }
        }
    }

    /// Gives the node number back and closes the database.
    pub(crate) async fn close(self) {
        // Where it cannot be given back, its lease runs out by itself; what the command did stays done.
        self.lease.release(&self.context.store, &*self.context.clock).await.ok();
        self.context.store.close().await;
    }
}
