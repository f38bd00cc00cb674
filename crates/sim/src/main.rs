//! The other side of the counter: a demo world, load, benchmarks and crashes for the binary `tallymark`, which it
//! starts as a process of its own and knows only by its command line, its HTTP API and, to prepare ten million scans
//! at once, its tables.

mod bench;
mod client;
mod crash;
mod demo;
mod load;
mod postgres;
mod process;
mod provider_command;
mod report;
mod setup;
mod stage;
mod world_command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tallymark_sim::{failure, random, stopwatch};
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Failure, Result};

/// Plays a brand's world against a Tallymark server: demo, load, benchmarks, crashes.
#[derive(Parser)]
#[command(name = "tallymark-sim")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays a slice of the demo world, proves the books and leaves the server running
    Demo(demo::DemoArguments),
    /// Plays the demo world to a server of its own: the slice, or the whole
    World(world_command::WorldArguments),
    /// Sends scans to a server that runs already, and measures
    Load(load::LoadArguments),
    /// Measures a group of figures, each beside its baseline
    Bench(bench::BenchArguments),
    /// Fills an empty database with a world and many scans of the past
    Prior(bench::PriorArguments),
    /// Kills a working server again and again, and proves that it forgot and repeated nothing
    Crash(crash::CrashArguments),
    /// Rebuilds a made-up graph of everybody and tells what that took; `bench people` runs it as a process of its own
    #[command(hide = true)]
    Rebuild(bench::RebuildArguments),
    /// Runs stand-ins for WeChat and for companies that send messages
    Providers(provider_command::ProviderArguments),
}

/// One thread: the server that is measured needs the others.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // The demo ends by being interrupted, and stops its server itself.
    let interrupts = !matches!(command, Command::Demo(_));
    let result = tokio::select! {
        result = run(command) => result,
        // Dropping what runs kills the servers that it started.
        () = interrupted(), if interrupts => Err(Failure::new("interrupted")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo(arguments) => demo::run_command(arguments).await,
        Command::World(arguments) => world_command::run_command(arguments).await,
        Command::Load(arguments) => load::run_command(arguments).await,
        Command::Bench(arguments) => bench::run_command(arguments).await,
        Command::Prior(arguments) => bench::run_prior(arguments).await,
        Command::Crash(arguments) => crash::run_command(arguments).await,
        Command::Rebuild(arguments) => bench::run_rebuild(&arguments),
        Command::Providers(arguments) => provider_command::run_command(arguments).await,
    }
}

/// Waits for Ctrl-C or for being asked to end.
async fn interrupted() {
    let Ok(mut asked) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        result = tokio::signal::ctrl_c() => if result.is_err() { std::future::pending().await },
        _ = asked.recv() => {}
    }
}
