//! `tallymark-sim bench people`: what identity costs.

mod febrl;
mod graph;
mod identify;
mod rebuild;
mod unmerge;

use serde_json::json;

pub(super) use febrl::measure as febrl;
pub(super) use identify::measure as identify;
pub(super) use rebuild::measure as rebuild;
pub(crate) use rebuild::{RebuildArguments, run_rebuild};
pub(super) use unmerge::measure as unmerge;

use super::Bench;
use super::prepared::Engine;
use crate::client::{Client, text};
use crate::failure::{Context as _, Failure, Result};
use crate::process::{Installation, ServeOptions, Server};
use crate::setup::create_brand;

/// A brand without any past, on a database of its own.
pub(super) struct Place {
    pub(super) installation: Installation,
    pub(super) folder: tempfile::TempDir,
    owner: String,
    engine: Engine,
}

/// The name of the database on PostgreSQL.
const DATABASE: &str = "tallymark_bench_people";

impl Place {
    pub(super) async fn new(bench: &Bench, engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir_in(&bench.cache)?;
        let database = match (engine, &bench.postgres) {
            (Engine::Sqlite, _) => format!("sqlite:{}", folder.path().join("people.sqlite").display()),
            (Engine::Postgres, Some(postgres)) => {
                postgres.drop(DATABASE).await?;
                postgres.create(DATABASE).await?;
                postgres.url_of(DATABASE)?
            }
            (Engine::Postgres, None) => return Err(Failure::new("there is no PostgreSQL to measure")),
        };
        let installation = Installation::new(&bench.bin, database, folder.path()).await?;
        let owner = create_brand(&installation, "Spring", &["spring.example"]).await?.api_key;
        Ok(Self { installation, folder, owner, engine })
    }

    /// The owner's API key.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) async fn serve(&self) -> Result<Server> {
        let log = self.folder.path().join("log");
        self.installation.serve(&ServeOptions::new(&log)).await
    }

    /// A key that may send events.
    async fn write_key(&self, server: &Server) -> Result<String> {
        let client = Client::new(server.address, &self.owner);
        let made = client.post("/v1/api-keys", &json!({"name": "shop", "scopes": ["track"]})).await?;
        Ok(text(&made, "secret")?.to_owned())
    }

    pub(super) async fn remove(self, bench: &Bench) -> Result<()> {
        match (self.engine, &bench.postgres) {
            (Engine::Postgres, Some(postgres)) => {
                postgres.drop(DATABASE).await.while_doing(|| "removing the database".to_owned())
            }
            _ => Ok(()),
        }
    }
}
