//! What an operator waits for: pages of long lists, and lists as files.

mod exports;
mod fill;
mod lists;

pub(super) use exports::exports;
pub(super) use lists::lists;

use std::path::Path;

use crate::bench::Bench;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::process::{Installation, ServeOptions, Server};
use crate::setup::{Brand, create_brand};

/// Free room that ten million rows need, and some.
const ROOM_BYTES: u64 = 8 << 30;

/// The engines that are there to be measured.
fn engines(bench: &Bench) -> Vec<Engine> {
    let postgres = bench.postgres.as_ref().map(|_| Engine::Postgres);
    [Some(Engine::Sqlite), postgres].into_iter().flatten().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A brand in a database of its own.
struct Desk {
    installation: Installation,
    brand: Brand,
    engine: Engine,
    database: String,
    folder: tempfile::TempDir,
}

/// The name of the database on a PostgreSQL server.
const DATABASE: &str = "tallymark_bench_desk";

impl Desk {
    async fn new(bench: &Bench, engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir_in(&bench.cache)?;
        has_room(folder.path())?;
        let database = match (engine, &bench.postgres) {
            (Engine::Postgres, Some(postgres)) => {
                postgres.create(DATABASE).await?;
                postgres.url_of(DATABASE)?
            }
            _ => format!("sqlite:{}", folder.path().join("desk.sqlite").display()),
        };
        let installation = Installation::new(&bench.bin, database.clone(), folder.path()).await?;
        let brand = create_brand(&installation, "Desk", &["127.0.0.1"]).await?;
        Ok(Self { installation, brand, engine, database, folder })
    }

    async fn serve(&self) -> Result<(Server, Client)> {
        let log = self.folder.path().join("server.log");
        let server = self.installation.serve(&ServeOptions::new(&log)).await?;
        let client = Client::new(server.address, &self.brand.api_key);
        Ok((server, client))
    }

    /// Leaves what was filled as it would be after a while.
    async fn settle(&self, bench: &Bench) -> Result<()> {
        match (&bench.postgres, self.engine) {
            (Some(postgres), Engine::Postgres) => postgres.settle(DATABASE).await,
            _ => Ok(()),
        }
    }

    async fn end(self, bench: &Bench) -> Result<()> {
        match (&bench.postgres, self.engine) {
            (Some(postgres), Engine::Postgres) => postgres.drop(DATABASE).await,
            _ => Ok(()),
        }
    }
}

/// A measurement that fills the disk would harm more than itself.
fn has_room(folder: &Path) -> Result<()> {
    let disk = rustix::fs::statvfs(folder).map_err(std::io::Error::from)?;
    let free = disk.f_bavail * disk.f_frsize;
    if free < ROOM_BYTES {
        return Err(Failure::new(format!("{} GiB are needed at {}", ROOM_BYTES >> 30, folder.display())));
    }
    Ok(())
}
