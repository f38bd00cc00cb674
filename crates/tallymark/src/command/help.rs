//! The overview of all commands in groups, and one-line refusals of a wrong command line.

use std::fmt::Write as _;

use clap::error::ErrorKind;

use crate::print::Failure;

/// The commands in the order of the loop.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Installation",
        &[
            "key", "tenant", "user", "audit", "code-key", "provider", "webhook", "serve", "doctor", "verify", "backup",
            "restore", "openapi", "events",
        ],
    ),
    ("Goods", &["product", "link", "pack", "batch", "mint", "package", "labels", "activate", "void"]),
    ("Channel", &["organisation", "ship", "goods", "recall"]),
    ("Marketing", &["campaign", "rebate", "points-rule"]),
    ("Scans", &["scan", "explain", "trace"]),
    ("People and value", &["person", "order", "import", "identity", "privacy", "consent", "intake", "balance"]),
    ("Insight", &["report", "export"]),
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

    /// The arguments of a command and of all below it.
    fn arguments(command: &clap::Command) -> Vec<&clap::Arg> {
        let below = command.get_subcommands().flat_map(arguments);
        command.get_arguments().chain(below).collect()
    }

    #[test]
    fn every_option_with_a_variable_stands_in_the_operators_table_with_its_default() {
        let page = include_str!("../../../../docs/operate.md");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
        let command = super::super::Cli::command();
        let mut wrong = Vec::new();
        for argument in arguments(&command) {
            let Some(variable) = argument.get_env() else { continue };
            let variable = format!("`{}`", variable.to_string_lossy());
            let Some(row) = rows.iter().find(|row| row.contains(&variable)) else {
                wrong.push(format!("{variable} is missing"));
                continue;
            };
            let option = argument.get_long().filter(|_| !argument.is_hide_set()).map(|name| format!("--{name}"));
            if option.is_some_and(|option| !row.contains(&option)) {
                wrong.push(format!("{variable}: its option is missing"));
            }
            let defaults = argument.get_default_values().iter().filter(|_| argument.get_action().takes_values());
            for default in defaults {
                // Numbers stand with their thousands apart.
                if !row.replace(',', "").contains(&*default.to_string_lossy()) {
                    wrong.push(format!("{variable}: its default is {}", default.to_string_lossy()));
                }
            }
        }
        wrong.dedup();
        assert_eq!(wrong, Vec::<String>::new());
        let variables = page.split('`').filter(|word| word.starts_with("TALLYMARK_") && *word != "TALLYMARK_LOG");
        let known: Vec<String> = arguments(&command)
            .iter()
            .filter_map(|own| own.get_env())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let strange: Vec<&str> = variables.filter(|name| known.iter().all(|known| known != name)).collect();
        assert_eq!(strange, Vec::<&str>::new(), "the page names variables that nothing reads");
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
