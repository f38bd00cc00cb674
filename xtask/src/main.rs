//! The developer command: `cargo xtask check | openapi | events | test | demo | bench | crash`.
//!
//! It builds in seconds, depends on none of the server's crates and starts everything else as a process of its own.
//! The exit code is the one of the first thing that failed, 1 when a check or a lane failed.

mod bucket;
mod check;
mod lanes;
mod migration;
mod outside;
mod postgres;
mod process;
mod rust_text;
mod sim;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::process::Failure;
use crate::workspace::Workspace;

/// Builds, checks, tests and measures Tallymark.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks what a machine can: format, lints, floors, sizes, tables, licences, dependencies, OpenAPI, texts
    Check {
        /// Only these checks, by the names that a full run prints
        names: Vec<String>,
    },
    /// Writes docs/openapi.json from the routes that the server serves
    Openapi,
    /// Writes docs/events.json and docs/events.md from the declared event types; refuses what would break readers
    Events,
    /// Runs the checks and all tests, on SQLite and PostgreSQL
    Test(lanes::TestArguments),
    /// Creates a demo brand, plays a few hundred scans of its goods and serves it on 127.0.0.1
    Demo {
        /// Handed on to the demo (`cargo xtask demo -- --help` lists them)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures one group of figures, with its baseline in the same run, into bench/results
    Bench {
        /// The group, for example `scan`
        group: String,
        /// Handed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Kills a working server again and again, and verifies its books after each start
    Crash {
        /// How many times the server is killed, on each engine
        #[arg(long, default_value_t = 20)]
        kills: u32,
        /// sqlite, postgres or both
        #[arg(long, value_enum, default_value_t = lanes::Engine::Both)]
        engine: lanes::Engine,
        /// Handed on to the crash test
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.message);
            ExitCode::from(failure.exit_code)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    process::watch_for_interrupts()?;
    let workspace = Workspace::open()?;
    match command {
        Command::Check { names } => check::run(&workspace, &names),
        Command::Openapi => check::openapi::write(&workspace),
        Command::Events => check::events::write(&workspace),
        Command::Test(arguments) => lanes::run(&workspace, &arguments),
        Command::Demo { arguments } => sim::demo(&workspace, &arguments),
        Command::Bench { group, arguments } => sim::bench(&workspace, &group, &arguments),
        Command::Crash { kills, engine, arguments } => sim::crash(&workspace, kills, engine, &arguments),
    }
}
