//! `tallymark backup`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tallymark_base::random::SystemEntropy;
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock as _, Entropy, Timestamp};
use tallymark_partners::tenant;
use tallymark_store::backup::{self, About, Destination, Taken};

use crate::installation::Installation;
use crate::print::{Failure, show};
use crate::stop::StopSignal;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder of backups; each gets a folder of its own in it, named after its moment
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Another folder for the keys of persons, codes and brands, so that they can be kept elsewhere and for a shorter time
    /// [default: inside the backup]
    #[arg(long, value_name = "FOLDER")]
    keys_to: Option<PathBuf>,
    /// Days after which keys of earlier backups in that folder are removed, 30 at most: who is erased leaves the copies too
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=30))]
    keys_days: u16,
}

/// What was taken.
#[derive(Serialize)]
struct Answer {
    folder: PathBuf,
    keys: PathBuf,
    taken_at: Timestamp,
    rows: u64,
    bytes: u64,
    seconds: f64,
    /// Keys of earlier backups that were removed.
    keys_expired: Vec<PathBuf>,
}

impl Backup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let clock = SystemClock::new();
        let store = installation.store_as_it_is().await?;
        let mut tx = store.read().await?;
        let tenants = tenant::ids(&mut tx).await?;
        drop(tx);
        store.close().await;
        let about = About {
            id: (&SystemEntropy as &dyn Entropy).bytes(),
            at: clock.now(),
            program: env!("CARGO_PKG_VERSION"),
            key_tables: tallymark_server::KEY_TABLES,
            tenants: tenants.iter().map(ToString::to_string).collect(),
        };
        let keys_in = self.keys_to.clone().unwrap_or_else(|| self.to.clone());
        let to = Destination { folder: self.to, keys: self.keys_to };
        let stop = StopSignal::watch()?;
        let taken = tokio::select! {
            taken = backup::take(installation.database(), &to, &about) => taken?,
            () = stop.received() => return Err(Failure::interrupted("stopped before the backup was whole; nothing was kept")),
        };
        let Taken { folder, keys, manifest } = taken;
        let (rows, bytes, taken_at) = (manifest.rows(), manifest.bytes(), manifest.taken_at);
        let oldest = Timestamp(clock.now().0 - i64::from(self.keys_days) * Timestamp::DAY);
        let keys_expired = backup::expire_keys(&keys_in, oldest)?;
        let answer =
            Answer { keys_expired, folder, keys, taken_at, rows, bytes, seconds: clock.elapsed().as_secs_f64() };
        show(json, &answer, |answer| {
            format!(
                "{}: {} rows, {:.1} MB, everything from before {}\nkeys: {}; {} of earlier backups were removed",
                answer.folder.display(),
                answer.rows,
                answer.bytes as f64 / 1e6,
                answer.taken_at,
                answer.keys.display(),
                answer.keys_expired.len()
            )
        })
    }
}
