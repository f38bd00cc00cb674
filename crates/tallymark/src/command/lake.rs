//! `tallymark lake`.

use clap::Subcommand;
use serde::Serialize;
use tallymark_lake::{Lake, Rewound, Settings, Status, Writer, status};

use super::query::no_lake;
use crate::arguments::LakeWriting;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Subcommand)]
pub(super) enum LakeCommand {
    /// Show the tables, what waits for them, and what fits none of them
    Status,
    /// Write what waits, and the dimensions, without a server
    Write(LakeWriting),
    /// Begin anew in an empty place, and leave the lake of before where it is
    Begin,
    /// Set the tables back to what the database knows, after it was restored
    Rewind {
        /// Only tell what would be set back
        #[arg(long)]
        dry_run: bool,
    },
}

/// What `lake write` did.
#[derive(Serialize)]
struct Written {
    /// Events.
    written: i64,
    /// Rows of dimensions; null where a server that runs writes the lake.
    dimension_rows: Option<u64>,
}

async fn write(writer: &mut Writer) -> Result<Written, tallymark_lake::Error> {
    let written = writer.flush().await?;
    let dimension_rows = writer.snapshot().await?;
    Ok(Written { written, dimension_rows })
}

impl LakeCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let lake = installation.lake()?.ok_or_else(no_lake)?;
        match self {
            Self::Status => {
                let store = installation.store().await?;
                let state = status(&lake, &store).await;
                store.close().await;
                show(json, &state?, human)
            }
            Self::Write(writing) => {
                let work = installation.with_context(async |context| {
                    let writer = Writer::new(lake, context.clone(), writing.settings());
                    let mut writer = writer.with_dimensions(tallymark_server::dimensions());
                    let done = write(&mut writer).await;
                    writer.release().await?;
                    Ok(done?)
                });
                show(json, &work.await?, |done| {
                    done.dimension_rows.map_or_else(
                        || "a server that runs writes the lake".to_owned(),
                        |rows| format!("{} events and {rows} rows of dimensions were written", done.written),
                    )
                })
            }
            Self::Begin => {
                alone(installation, lake, async |writer| writer.begin().await).await?;
                show(json, &serde_json::json!({ "begun": true }), |_| "the next batch begins the lake here".to_owned())
            }
            Self::Rewind { dry_run } => {
                let rewound = alone(installation, lake, async |writer| writer.rewind(dry_run).await).await?;
                show(json, &rewound, |rewound| tables(rewound))
            }
        }
    }
}

/// Does something with the lake while no server writes it.
async fn alone<T>(
    installation: &Installation,
    lake: Lake,
    work: impl AsyncFnOnce(&mut Writer) -> Result<T, tallymark_lake::Error>,
) -> Result<T, Failure> {
    let work = installation.with_context(async |context| {
        let mut writer = Writer::new(lake, context.clone(), Settings::default());
        let done = work(&mut writer).await;
        writer.release().await?;
        Ok(done?)
    });
    work.await
}

fn tables(rewound: &[Rewound]) -> String {
    let row = |table: &Rewound| {
        let versions = format!("{} to {}", table.from_version, table.to_version);
        [table.table.clone(), versions, table.events.to_string()]
    };
    let rows: Vec<[String; 3]> = rewound.iter().map(row).collect();
    table(["TABLE", "VERSION", "EVENTS LESS"], &rows, "no table is ahead of the database")
}

fn human(state: &Status) -> String {
    let oldest = state.oldest_waiting_at.map_or_else(String::new, |at| format!(", the first since {at}"));
    let mut text = list(&[("Waiting", format!("{} events{oldest}", state.waiting_events))]);
    for aside in &state.put_aside {
        let (events, name, version) = (aside.events, &aside.event_type, aside.version);
        text.push_str(&list(&[("Put aside", format!("{events} events of {name} version {version}"))]));
    }
    let rows: Vec<[String; 3]> = state
        .tables
        .iter()
        .map(|table| [table.name.clone(), table.files.to_string(), table.version.to_string()])
        .collect();
    text + &table(["TABLE", "FILES", "VERSION"], &rows, "no table yet")
}
