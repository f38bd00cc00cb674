//! A world and the server that plays it, in one folder: database, master key, lake, book and truth.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallymark_sim::world::{BRAND, Options, Played, Shape, Target, begins, digest, next_number, play};

use crate::client::text;
use crate::failure::{Context as _, Failure, Result};
use crate::process::{Installation, ServeOptions, Server};
use crate::setup::Brand;

/// What is kept of the world beside its database.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    seed: u64,
    tenant: String,
    api_key: String,
}

/// The folder of a world.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) installation: Installation,
    pub(crate) folder: PathBuf,
    pub(crate) brand: Brand,
    shape: Shape,
    host: String,
}

impl Stage {
    const FILE: &str = "brand.json";

    /// Makes the brand of a world in a folder that is new, or opens the one that was begun there. The first of `hosts` is
    /// the one that is played to.
    pub(crate) async fn open(bin: &Path, folder: &Path, shape: Shape, hosts: &[&str]) -> Result<Self> {
        std::fs::create_dir_all(folder).while_doing(|| format!("making {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let database = format!("sqlite:{}", folder.join("world.sqlite").display());
        let file = folder.join(Self::FILE);
        let (installation, kept) = if file.exists() {
            let installation = Installation { bin: bin.to_owned(), database, key_file: folder.join("master.key") };
            let kept: Kept = serde_json::from_slice(&std::fs::read(&file)?)?;
            (installation, kept)
        } else {
            if std::fs::read_dir(&folder)?.next().is_some() {
                let text = format!("{} is not empty and holds no world that could go on", folder.display());
                return Err(Failure::new(text));
            }
            let installation = Installation::new(bin, database, &folder).await?;
            let kept = create(&installation, shape, hosts).await?;
            std::fs::write(&file, serde_json::to_vec_pretty(&kept)?)?;
            (installation, kept)
        };
        if kept.seed != shape.seed {
            return Err(Failure::new(format!("{} holds the world of seed {}", folder.display(), kept.seed)));
        }
        let brand = Brand { tenant: kept.tenant, api_key: kept.api_key };
        let host = (*hosts.first().ok_or_else(|| Failure::new("a brand needs a host"))?).to_owned();
        Ok(Self { installation, folder, brand, shape, host })
    }

    /// Starts a server on it that plays the simulation from where the book ends.
    pub(crate) async fn simulate(&self, arguments: &[&str]) -> Result<Server> {
        let (seed, next) = (self.shape.seed.to_string(), next_number(&self.folder)?.to_string());
        let mut all = vec!["--sim", &seed, "--sim-next", &next];
        all.extend(arguments);
        let log = self.folder.join("server.log");
        self.installation.serve(&ServeOptions { arguments: &all, ..ServeOptions::new(&log) }).await
    }

    /// Plays the world to such a server.
    pub(crate) async fn play(&self, server: &Server, connections: usize, tell: impl FnMut(&str)) -> Result<Played> {
        let (host, api_key) = (self.host.clone(), self.brand.api_key.clone());
        let target = Target { address: server.address, host, api_key };
        let options = Options { shape: self.shape, connections, folder: self.folder.clone(), stop_before: None };
        play(&target, &options, tell).await
    }

    /// What the server decided, as one number.
    pub(crate) async fn digest(&self) -> Result<String> {
        let options = tallymark_store::Options::default();
        let store = tallymark_store::Store::open(&self.installation.database, &options).await?;
        let digest = digest(&store).await;
        store.close().await;
        digest
    }
}

/// The brand, made a moment before its world begins.
async fn create(installation: &Installation, shape: Shape, hosts: &[&str]) -> Result<Kept> {
    let (seed, start) = (shape.seed.to_string(), begins(&shape) - jiff::SignedDuration::from_mins(1));
    let start = start.to_string();
    let mut arguments = vec!["--json", "tenant", "create", "--name", BRAND, "--sim", &seed, "--sim-start", &start];
    arguments.extend(hosts.iter().flat_map(|host| ["--host", host]));
    let answer = installation.command(&arguments).await?;
    let answer: Value = serde_json::from_str(&answer).while_doing(|| format!("reading {answer:?}"))?;
    Ok(Kept {
        seed: shape.seed,
        tenant: text(&answer, "tenant")?.to_owned(),
        api_key: text(&answer, "key")?.to_owned(),
    })
}
