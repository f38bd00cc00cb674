//! `tallymark-sim world`: plays a demo world to a server of its own and leaves the folder, to be served, measured or gone
//! on with.

use std::path::PathBuf;

use clap::Args;
use tallymark_sim::world::{Played, Shape};

use crate::failure::{Context as _, Result};
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;

/// The seed of the demo world.
pub(crate) const SEED: u64 = 20_260_217;

/// What `world` takes.
#[derive(Args)]
pub(crate) struct WorldArguments {
    /// The binary `tallymark`
    #[arg(long)]
    bin: PathBuf,
    /// Where database, lake, book and truth are: a new folder, or one in which a world was begun
    #[arg(long)]
    folder: PathBuf,
    /// The whole world: 200,000 people, 2,000 stores, 30 days. Otherwise the slice that the demo shows
    #[arg(long)]
    whole: bool,
    /// What chance comes from
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Connections that deliver; the world is the same with any number
    #[arg(long, default_value_t = 4)]
    connections: usize,
}

/// Plays it.
pub(crate) async fn run_command(arguments: WorldArguments) -> Result<()> {
    let bin = arguments.bin.canonicalize().while_doing(|| format!("finding {}", arguments.bin.display()))?;
    let seed = arguments.seed;
    let shape = if arguments.whole { Shape::whole(seed) } else { Shape::slice(seed) };
    let watch = Stopwatch::start();
    let stage = Stage::open(&bin, &arguments.folder, shape, &["127.0.0.1", "localhost"]).await?;
    let server = stage.simulate(&[]).await?;
    let played =
        stage.play(&server, arguments.connections, |day| eprintln!("({day}, {:.0} s)", watch.seconds())).await?;
    server.stop().await?;
    println!("{}", told(&played));
    println!("tallymark verify: {}", stage.installation.command(["verify"]).await?.trim());
    println!("decisions: {}", stage.digest().await?);
    println!("truth: {}", stage.folder.join("truth").display());
    println!(
        "to look at it: TALLYMARK_DATABASE={} TALLYMARK_MASTER_KEY_FILE={} tallymark serve",
        stage.installation.database,
        stage.installation.key_file.display()
    );
    Ok(())
}

/// What was played, in a few lines.
pub(crate) fn told(played: &Played) -> String {
    let counted = |counts: &std::collections::BTreeMap<String, u64>| {
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{} requests, {} scans in {:.1} s ({:.0} scans/s from the first day on)\nScans: {}\nRewards: {}; red packets of {} yuan in all",
        played.requests,
        played.scans,
        played.seconds,
        played.scans as f64 / played.days_seconds.max(0.001),
        counted(&played.verdicts),
        counted(&played.rewards),
        tallymark_base::Money::fen(played.paid_fen)
    )
}
