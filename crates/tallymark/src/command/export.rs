//! `tallymark export`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tallymark_base::actor::Act;
use tallymark_base::id::{ExportId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_exports::{Error, File, Run, State};
use tallymark_lake::Lake;
use tallymark_server::exports::{self, Asked, Seeing};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};

use super::identity::{tenant_of, told};
use crate::arguments::Of;
use crate::file;
use crate::installation::Installation;
use crate::notice::Notice;
use crate::print::{Failure, list, show};

/// How often a file that a server writes is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A server that runs begins an export within a second; after this long nobody does.
const SERVED_WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    of: Of,
    /// What: people, scans, shipments, operations, exceptions, flow_shipments, batch_holders, import_rejects, report, query
    #[arg(required_unless_present = "go_on")]
    list: Option<String>,
    /// What of it: NAME=TEXT, or NAME:=JSON for numbers, true, false and lists; as often as needed
    #[arg(long = "filter", value_name = "NAME=TEXT")]
    filters: Vec<String>,
    /// As what
    #[arg(long, value_enum, default_value_t = FormatArgument::Xlsx)]
    format: FormatArgument,
    /// Which columns, in this order, with commas between; all where it is left out
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// The language of titles and words
    #[arg(long, value_enum, default_value_t = LocaleArgument::Zh)]
    locale: LocaleArgument,
    /// Replace what stands for a person in an answer to a query by values that mean something within this answer alone
    #[arg(long)]
    masked: bool,
    /// Go on with an export that was begun before
    #[arg(long, value_name = "EXPORT", conflicts_with_all = ["list", "filters", "columns", "masked"])]
    go_on: Option<ExportId>,
    /// Where the file goes; - for stdout
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArgument {
    Xlsx,
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LocaleArgument {
    Zh,
    En,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    export: ExportId,
    list: String,
    rows: u64,
    bytes: u64,
    file: String,
}

impl Export {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let lake = installation.lake()?;
        let asked = self.asked()?;
        let seeing = Seeing { values: true, people: !self.masked };
        let written = installation.with_context(async |context| {
            let tenant = tenant_of(context, &self.of).await?;
            let id = match (self.go_on, asked) {
                (Some(id), _) => id,
                (None, Some(asked)) => begun(context, tenant, asked, seeing).await?,
                (None, None) => return Err(Failure::usage("cli.usage", "name a list, or an export by --go-on")),
            };
            let work = Work { context, lake: lake.as_ref(), tenant, id, stop: file::stop_flag()? };
            let run = work.finished().await.map_err(|failure| work.with_a_way_on(failure, &self.output))?;
            let bytes = work.taken(&self.output).await.map_err(|failure| work.with_a_way_on(failure, &self.output))?;
            let file = self.output.display().to_string();
            Ok(Written { export: id, list: run.list, rows: run.rows, bytes, file })
        });
        let written = written.await?;
        if file::is_standard(&self.output) {
            return Ok(());
        }
        show(json, &written, |written| {
            list(&[
                ("Export", written.export.to_string()),
                ("Rows", written.rows.to_string()),
                ("File", format!("{}, {} bytes", written.file, written.bytes)),
            ])
        })
    }

    /// What is asked for, as the API takes it.
    fn asked(&self) -> Result<Option<Asked>, Failure> {
        let Some(list) = &self.list else { return Ok(None) };
        let mut filters = Map::new();
        for given in &self.filters {
            let (name, value) = filter(given)?;
            filters.insert(name, value);
        }
        let format = match self.format {
            FormatArgument::Xlsx => "xlsx",
            FormatArgument::Csv => "csv",
        };
        let locale = match self.locale {
            LocaleArgument::Zh => "zh",
            LocaleArgument::En => "en",
        };
        let mut asked = json!({ "list": list, "filters": filters, "format": format, "locale": locale });
        if let Some(columns) = &self.columns {
            asked["columns"] = json!(columns);
        }
        let asked = serde_json::from_value(asked);
        asked.map(Some).map_err(|error| Failure::usage("cli.usage", format!("{list} cannot be had like that: {error}")))
    }
}

/// `name=text`, or `name:=json`.
fn filter(given: &str) -> Result<(String, Value), Failure> {
    let wrong = |why: &str| Failure::usage("cli.usage", format!("--filter {given:?}: {why}"));
    let (name, text) = given.split_once('=').ok_or_else(|| wrong("give NAME=TEXT or NAME:=JSON"))?;
    match name.strip_suffix(':') {
        None => Ok((name.to_owned(), Value::from(text))),
        Some(name) => {
            let value = serde_json::from_str(text).map_err(|error| wrong(&format!("no JSON: {error}")))?;
            Ok((name.to_owned(), value))
        }
    }
}

async fn begun(context: &Context, tenant: TenantId, asked: Asked, seeing: Seeing) -> Result<ExportId, Failure> {
    let mut tx = context.store.write().await?;
    let run = exports::ask(&mut tx, context, Act::of_operator(tenant), asked, seeing).await;
    let run = run.map_err(|problem| told(&problem))?;
    tx.commit().await?;
    Ok(run.id)
}

/// An export on its way into a file.
struct Work<'a> {
    context: &'a Context,
    lake: Option<&'a Lake>,
    tenant: TenantId,
    id: ExportId,
    stop: Arc<AtomicBool>,
}

impl Work<'_> {
    /// Waits until a server wrote the file, or writes it where none does; tells how far it is.
    async fn finished(&self) -> Result<Run, Failure> {
        let clock = SystemClock::new();
        let mut out = Some(io::stderr()).filter(io::IsTerminal::is_terminal);
        let mut notice: Option<Notice<'_, _>> = None;
        let mut waited = Duration::ZERO;
        let run = loop {
            let run = self.seen().await?;
            if !run.state.is_open() {
                break run;
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failure::interrupted("stopped"));
            }
            if run.state == State::Queued && waited >= SERVED_WITHIN {
                self.written_here().await?;
                continue;
            }
            if let Some(total) = run.rows_total {
                let told = notice.get_or_insert_with(|| Notice::new(out.take(), &clock, total, 0));
                told.tell(run.rows);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        };
        if let Some(notice) = &mut notice {
            notice.clear();
        }
        match (run.state, &run.error_code) {
            (State::Done, _) => Ok(run),
            (_, Some(code)) => Err(Failure::usage(code, run.error.unwrap_or_default())),
            (state, None) => Err(Error::NoFile { id: self.id, state: state.name() }.into()),
        }
    }

    async fn seen(&self) -> Result<Run, Failure> {
        let mut tx = self.context.store.read().await?;
        Ok(tallymark_exports::find(&mut tx, self.tenant, self.id).await?)
    }

    /// Writes the file where no server runs.
    async fn written_here(&self) -> Result<(), Failure> {
        let stop = || self.stop.load(Ordering::Relaxed);
        match exports::carry_out(self.context, self.lake, self.tenant, self.id, &stop).await {
            // A server began meanwhile, or somebody ended it: what it is shows what to do.
            Ok(_) | Err(Error::Elsewhere { .. }) => Ok(()),
            Err(Error::Stopped { .. }) => Err(Failure::interrupted("stopped")),
            Err(error) => {
                tallymark_exports::fail(self.context, self.tenant, self.id, &error).await?;
                Err(error.into())
            }
        }
    }

    /// Takes the file, which is told in the audit log; gives its bytes.
    async fn taken(&self, to: &Path) -> Result<u64, Failure> {
        let mut tx = self.context.store.write().await?;
        let mut source = File::open(&mut tx, self.context, self.tenant, self.id).await?;
        let Run { list, rows, bytes, .. } = &source.run;
        let taken = json!({ "list": list, "rows": rows, "bytes": bytes });
        let entry = Entry::new(Act::of_operator(self.tenant), "export.taken", self.id).after(&taken);
        audit::record(&mut tx, self.context, entry).await?;
        tx.commit().await?;
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            file::write(to, None, |out| {
                while let Some(piece) = runtime.block_on(source.next())? {
                    out.write_all(&piece).map_err(|error| Failure::system("cli.out", error))?;
                }
                Ok::<_, Failure>(())
            })
        })
    }

    /// What was interrupted can be gone on with: the export is kept for a day.
    fn with_a_way_on(&self, failure: Failure, output: &Path) -> Failure {
        if failure.exit != 130 {
            return failure;
        }
        let (id, output) = (self.id, output.display());
        Failure::interrupted(format!(
            "stopped before {output} was whole; go on with: tallymark export --go-on {id} --output {output}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_text_or_json() {
        assert_eq!(filter("verdict=genuine").unwrap(), ("verdict".to_owned(), json!("genuine")));
        assert_eq!(filter("sql=SELECT 1 = 1").unwrap(), ("sql".to_owned(), json!("SELECT 1 = 1")));
        assert_eq!(filter("limit:=20").unwrap(), ("limit".to_owned(), json!(20)));
        assert!(filter("limit:=20x").is_err() && filter("limit").is_err());
    }
}
