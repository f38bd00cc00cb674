//! The developer command: `cargo xtask check | openapi | events | console | screenshots | conformance | test | demo | bench | crash`.
//!
//! It builds in seconds, depends on none of the server's crates and starts everything else as a process of its own.
//! The exit code is the one of the first thing that failed, 1 when a check or a lane failed.

mod bucket;
mod check;
mod console;
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
    /// Builds the operator's console into console/packed, which a server hands out at /console/
    Console,
    /// Takes the pictures of README.md and README.zh-CN.md from the running product, into docs/images
    Screenshots,
    /// Tries EPCIS as others publish it against the server, and writes docs/conformance.md
    Conformance,
    /// Runs the checks and all tests, on SQLite and PostgreSQL
    Test(lanes::TestArguments),
    /// Plays a week of a drinks brand's world, proves its books and serves it on 127.0.0.1
    Demo {
        /// Handed on to the demo (`cargo xtask demo -- --help` lists them)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures one group of figures, with its baseline in the same run, into bench/results
    Bench {
        /// The group: loop, lake, people or console
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
        Command::Console => console::build(&workspace),
        Command::Screenshots => sim::screenshots(&workspace),
        Command::Conformance => outside::conformance(&workspace),
        Command::Test(arguments) => lanes::run(&workspace, &arguments),
        Command::Demo { arguments } => sim::demo(&workspace, &arguments),
        Command::Bench { group, arguments } => sim::bench(&workspace, &group, &arguments),
        Command::Crash { kills, engine, arguments } => sim::crash(&workspace, kills, engine, &arguments),
    }
}
