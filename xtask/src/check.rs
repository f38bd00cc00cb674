//! `cargo xtask check`: everything about the code that a machine can check, each check by its name.
//!
//! All checks run before the command ends, the quick ones first, so that one run shows everything that is wrong.

mod dependencies;
pub(crate) mod events;
mod floors;
mod licences;
pub(crate) mod openapi;
mod sizes;
mod tables;
mod texts;

use crate::process::{self, Failure};
use crate::workspace::Workspace;

/// What a check found: a remark when all is well (often empty), otherwise one line a finding.
pub(crate) type Findings = Result<String, Vec<String>>;

struct Check {
    name: &'static str,
    run: fn(&Workspace) -> Findings,
}

const CHECKS: [Check; 11] = [
    Check { name: "format", run: format },
    Check { name: "floors", run: floors::check },
    Check { name: "sizes", run: sizes::check },
    Check { name: "tables", run: tables::check_rules },
    Check { name: "owners", run: tables::check_owners },
    Check { name: "texts", run: texts::check },
    Check { name: "dependencies", run: dependencies::check },
    Check { name: "licences", run: licences::check },
    Check { name: "clippy", run: clippy },
    Check { name: "openapi", run: openapi::check },
    Check { name: "events", run: events::check },
];

/// Runs the named checks, or all, and fails when one failed.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = names.iter().find(|name| CHECKS.iter().all(|check| check.name != name.as_str())) {
        let known: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        return Err(Failure::new(format!("no check is called {unknown}; there are: {}", known.join(", "))));
    }
    let mut failed = Vec::new();
    for check in CHECKS.iter().filter(|check| names.is_empty() || names.iter().any(|name| name == check.name)) {
        match (check.run)(workspace) {
            Ok(remark) if remark.is_empty() => println!("ok      {}", check.name),
            Ok(remark) => println!("ok      {} ({remark})", check.name),
            Err(findings) => {
                println!("failed  {}", check.name);
                for finding in findings {
                    println!("        {}", finding.replace('\n', "\n        "));
                }
                failed.push(check.name);
            }
        }
        if process::interrupted() {
            return Err(Failure { message: "interrupted".into(), exit_code: 130 });
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("checks failed: {}", failed.join(", ")))) }
}

/// No findings, or these.
pub(crate) fn found(findings: Vec<String>) -> Findings {
    if findings.is_empty() { Ok(String::new()) } else { Err(findings) }
}

impl From<Failure> for Vec<String> {
    /// A check that cannot look has failed, and says why.
    fn from(failure: Failure) -> Self {
        vec![failure.message]
    }
}

fn format(workspace: &Workspace) -> Findings {
    process::run_silently(&mut workspace.cargo(&["fmt", "--all", "--check", "--", "-l", "--color=never"]))
        .map(|()| String::new())
        .map_err(|failure| vec![failure.message, "`cargo fmt --all` puts it right".into()])
}

fn clippy(workspace: &Workspace) -> Findings {
    let arguments = ["clippy", "--quiet", "--keep-going", "--workspace", "--all-targets", "--", "-D", "warnings"];
    process::run_silently(&mut workspace.cargo(&arguments)).map(|()| String::new()).map_err(Vec::from)
}
