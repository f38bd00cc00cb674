//! The overview of all commands in groups, and one-line refusals of a wrong command line.

use std::fmt::Write as _;

use clap::error::ErrorKind;

use crate::print::Failure;

/// The commands in the order of the loop.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Installation",
        &[
            "key", "tenant", "user", "code-key", "provider", "serve", "doctor", "verify", "backup", "restore",
            "openapi", "events",
        ],
    ),
    ("Goods", &["product", "batch", "mint", "labels", "activate", "void"]),
    ("Channel", &["organisation", "ship"]),
    ("Marketing", &["campaign", "rebate"]),
    ("Scans", &["scan", "explain", "trace"]),
    ("People and value", &["person", "balance"]),
    ("Insight", &["report"]),
    ("Lake", &["query", "lake"]),
];

/// Lists the commands of the overview in their groups, which clap cannot.
pub(super) fn grouped(command: clap::Command) -> clap::Command {
    let mut text = String::new();
    for (heading, names) in GROUPS {
        writeln!(text, "\n\x1b[1;4m{heading}:\x1b[0m").expect("a string takes any text");
        for name in *names {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            writeln!(text, "  \x1b[1m{name:14}\x1b[0m{about}").expect("a string takes any text");
        }
    }
    let command = command.override_usage("tallymark <COMMAND> [OPTIONS]").help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{text}\n{{all-args}}\n\n\
         `tallymark COMMAND --help` tells more of a command."
    ));
    // Listed above already.
    command.mut_subcommands(|listed| listed.hide(true))
}

/// What is wrong with a command line, as one line. Answers `--help` and `--version` and ends the process for them.
pub(super) fn refusal(error: clap::Error) -> Failure {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error.exit();
    }
    let text = error.render().to_string();
    // What is wrong, perhaps tips, and below the usage only a hint to --help.
    let said = text.split("\n\n").take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let said: Vec<&str> = said.map(str::trim).collect();
    let said = said.join("; ");
    Failure::usage("cli.usage", format!("{}; see --help", said.strip_prefix("error: ").unwrap_or(&said)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_variable_of_the_environment_stands_in_the_operators_table() {
        let page = include_str!("../../../../docs/operate.md");
        let command = super::super::Cli::command();
        let all = command.get_subcommands().chain([&command]).flat_map(clap::Command::get_arguments);
        let mut missing: Vec<String> = all
            .filter_map(|argument| argument.get_env())
            .map(|name| format!("`{}`", name.to_string_lossy()))
            .filter(|name| !page.contains(name.as_str()))
            .collect();
        missing.dedup();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_command_stands_in_the_overview_once() {
        let command = super::super::Cli::command();
        command.clone().debug_assert();
        let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let mut shown: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        known.sort_unstable();
        shown.sort_unstable();
        assert_eq!(known, shown);
    }
}
