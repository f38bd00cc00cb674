#![doc = include_str!("../README.md")]

mod allocator;
mod arguments;
mod command;
mod file;
mod installation;
mod notice;
mod print;
mod stop;

use std::process::ExitCode;

use crate::print::Failure;

fn main() -> ExitCode {
    let cli = match command::Cli::read() {
        Ok(cli) => cli,
        Err(failure) => return failure.report(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Failure::system("cli.runtime", error).report(),
    };
    runtime.block_on(cli.run()).unwrap_or_else(|failure| failure.report())
}
