//! `tallymark intake`: what event SDKs delivered.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tallymark_base::Act;
use tallymark_base::id::EventId;
use tallymark_intake::Intake;
use tallymark_intake::definition::Definition;
use tallymark_intake::desk::{self, EventName, PAGE_MAX, QuarantinedEvent};

use super::identity::{tenant_of, told};
use crate::arguments::Of;
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct IntakeGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: IntakeCommand,
}

#[derive(Debug, Subcommand)]
enum IntakeCommand {
    /// Show what sources call what happened, how often, and what of it is defined
    Names,
    /// Print the event types that the brand defines
    Definitions,
    /// Define an event type, or raise its version: what of it is not personal
    Define {
        /// A file with the definition as JSON; - for stdin
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Show events that could not be read, and why
    Quarantine,
    /// Read an event of the quarantine again, and take it
    Replay {
        /// The entry
        entry: EventId,
    },
    /// Remove an event from the quarantine for good
    Discard {
        /// The entry
        entry: EventId,
    },
}

impl IntakeGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            IntakeCommand::Names => {
                let read = installation
                    .read(&of, async |tx, tenant, _| desk::names(tx, tenant.id).await.map_err(|error| told(&error)));
                show(json, &read.await?, |names| names_table(names))
            }
            IntakeCommand::Definitions => {
                let read = installation.read(&of, async |tx, tenant, _| {
                    desk::definitions(tx, tenant.id).await.map_err(|error| told(&error))
                });
                show(json, &read.await?, |definitions| serde_json::to_string_pretty(definitions).unwrap_or_default())
            }
            IntakeCommand::Define { file } => {
                let definition: Definition = file::read_json(&file)?;
                let done = installation.write(&of, async |tx, context, tenant| {
                    let act = Act::of_operator(tenant);
                    desk::define(tx, context, act, &definition).await.map_err(|error| told(&error))
                });
                done.await?;
                show(json, &definition, |defined| format!("{} is defined in version {}", defined.name, defined.version))
            }
            IntakeCommand::Quarantine => {
                let read = installation.read(&of, async |tx, tenant, _| {
                    desk::quarantine(tx, tenant.id, None, PAGE_MAX).await.map_err(|error| told(&error))
                });
                show(json, &read.await?, |entries| quarantine_table(entries))
            }
            IntakeCommand::Replay { entry } => {
                let done = installation.with_context(async |context| {
                    let act = Act::of_operator(tenant_of(context, &of).await?);
                    let (intake, task) = Intake::start(context.clone());
                    let replayed = intake.replay(act, entry).await.map_err(|error| told(&error));
                    drop(intake);
                    task.await.ok();
                    replayed
                });
                done.await?;
                show(json, &entry, |entry| format!("{entry} was taken"))
            }
            IntakeCommand::Discard { entry } => {
                let done = installation.write(&of, async |tx, context, tenant| {
                    let act = Act::of_operator(tenant);
                    desk::discard(tx, context, act, entry).await.map_err(|error| told(&error))
                });
                done.await?;
                show(json, &entry, |entry| format!("{entry} is gone"))
            }
        }
    }
}

fn names_table(names: &[EventName]) -> String {
    let row = |name: &EventName| {
        let defined = if name.defined { "yes" } else { "no" };
        [
            name.kind.clone(),
            name.name.clone(),
            name.events.to_string(),
            name.misfits.to_string(),
            defined.to_owned(),
            name.last_at.to_string(),
        ]
    };
    let rows: Vec<[String; 6]> = names.iter().map(row).collect();
    table(["KIND", "NAME", "EVENTS", "MISFITS", "DEFINED", "LAST"], &rows, "no events")
}

fn quarantine_table(entries: &[QuarantinedEvent]) -> String {
    let row = |entry: &QuarantinedEvent| {
        let source = entry.source.map_or_else(String::new, |source| source.to_string());
        [entry.id.to_string(), entry.received_at.to_string(), source, entry.code.clone(), entry.reason.clone()]
    };
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    table(["ENTRY", "CAME", "BY", "CODE", "WHY"], &rows, "nothing waits in the quarantine")
}
