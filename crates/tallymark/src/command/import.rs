//! `tallymark import`.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::actor::Act;
use tallymark_base::geography::Language;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock as _, Timestamp};
use tallymark_goods::rules::listing::survey::Wanted;
use tallymark_imports::members::Defaults;
use tallymark_imports::{Begun, Error, File, FileMapping, Kind, Reject, Run, State, Trial};
use tallymark_partners::Tenant;
use tallymark_store::Context;
use tallymark_tables::{Options, Source, header};

use crate::arguments::Of;
use crate::file;
use crate::installation::Installation;
use crate::notice::Notice;
use crate::print::{Failure, list, say, show, table};

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring in the members of a file; the same command again goes on where it stopped
    Members(Rows),
    /// Bring in orders and returns, a row for each line; the same command again goes on where it stopped
    Orders(Rows),
    /// Bring in what is sold: lines of orders that are recorded afterwards are counted under it
    Articles(Rows),
    /// Bring in what was done with goods: delivery notes, receipts, packing lists; a row for each code or run of codes
    Operations(Rows),
    /// Bring in a list of codes that were made elsewhere: a row for each item of a batch, which has the codes once all of them are in
    Codes {
        /// The draft of the batch: `tallymark batch add --draft` makes one
        #[arg(long, value_name = "BATCH")]
        batch: BatchId,
        #[command(flatten)]
        rows: Rows,
    },
    /// List imports, the latest first
    List {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=200))]
        limit: i64,
    },
    /// Propose what the columns of a file mean: tallymark import mapping FILE > mapping.json
    Mapping {
        /// What the rows of the file are
        #[arg(long, value_enum, default_value_t = KindArgument::Members)]
        kind: KindArgument,
        /// The file, or its first lines
        file: PathBuf,
        /// Which sheet of a spreadsheet; the first where it is left out
        #[arg(long, value_name = "NAME")]
        sheet: Option<String>,
    },
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum KindArgument {
    Members,
    Orders,
    Articles,
    Operations,
    Codes,
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Members => Self::Members,
            KindArgument::Orders => Self::Orders,
            KindArgument::Articles => Self::Articles,
            KindArgument::Operations => Self::Operations,
            KindArgument::Codes => Self::Codes,
        }
    }
}

#[derive(Debug, Args)]
struct Rows {
    /// The file: CSV, XLSX or Parquet
    file: PathBuf,
    /// What its columns mean, as JSON; see `tallymark import mapping`
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Who says what the file says: a word, such as crm; that of the mapping where it is left out
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Which sheet of a spreadsheet; the first where it is left out
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Write what was left out, and why, as CSV; - for stdout
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Read the whole file and say what would be left out; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Import a file once more that was imported before
    #[arg(long)]
    again: bool,
}

/// A run, and whether there was anything to do.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    run: Run,
    imported_before: bool,
}

/// What a dry run found.
#[derive(Serialize)]
struct Tried {
    rows: u64,
    accepted: u64,
    refused: u64,
    rejects: u64,
}

impl Import {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self.what {
            What::Members(rows) => rows.run(installation, &self.of, (Kind::Members, None), json).await,
            What::Orders(rows) => rows.run(installation, &self.of, (Kind::Orders, None), json).await,
            What::Articles(rows) => rows.run(installation, &self.of, (Kind::Articles, None), json).await,
            What::Operations(rows) => rows.run(installation, &self.of, (Kind::Operations, None), json).await,
            What::Codes { batch, rows } => rows.run(installation, &self.of, (Kind::Codes, Some(batch)), json).await,
            What::List { limit } => listed(installation, &self.of, limit, json).await,
            What::Mapping { kind, file, sheet } => proposed(kind.into(), &file, sheet, json),
        }
    }
}

impl Rows {
    async fn run(
        self,
        installation: &Installation,
        of: &Of,
        (kind, batch): (Kind, Option<BatchId>),
        json: bool,
    ) -> Result<(), Failure> {
        let mapping: serde_json::Value = file::read_json(&self.mapping)?;
        let mut mapping = FileMapping::parse(kind, mapping.to_string().as_bytes())?;
        if let FileMapping::Codes(own) = &mut mapping {
            own.batch = batch.or(own.batch);
        }
        let named = self.source.clone().or_else(|| mapping.source().cloned());
        let source = named.ok_or_else(|| {
            Failure::usage("cli.usage", "say who says what the file says: --source NAME, or `source` in the mapping")
        })?;
        tallymark_imports::source_is_fit(&source)?;
        if self.dry_run {
            return installation
                .with_context(async |context| {
                    let owner = of.find(&mut context.store.read().await?, &context.master).await?;
                    let wanted = match &mapping {
                        FileMapping::Codes(own) => Some(tallymark_imports::wanted(context, owner.id, own).await?),
                        _ => None,
                    };
                    self.tried(&mapping, source, &owner, wanted.as_ref(), json)
                })
                .await;
        }
        installation
            .with_context(async |context| {
                let owner = of.find(&mut context.store.read().await?, &context.master).await?;
                self.imported(context, &owner, &mapping, &source, json).await
            })
            .await
    }

    fn tried(
        &self,
        mapping: &FileMapping,
        source: String,
        owner: &Tenant,
        wanted: Option<&Wanted>,
        json: bool,
    ) -> Result<(), Failure> {
        let defaults = Defaults { source, zone: owner.time_zone()?, at: SystemClock::new().now() };
        let table = Source::File(self.file.clone());
        let trial = tallymark_imports::trial(&table, &self.options(), mapping, &defaults, wanted)?;
        let Trial { rows, accepted, rejects, kept } = trial;
        let is_shown = self.write(&kept)?;
        let tried = Tried { rows, accepted, refused: rows - accepted, rejects };
        if is_shown {
            return Ok(());
        }
        show(json, &tried, |tried| {
            list(&[
                ("Rows", format!("{}: {} would be taken, {} refused", tried.rows, tried.accepted, tried.refused)),
                ("Left out", self.left_out(tried.rejects)),
            ])
        })
    }

    async fn imported(
        &self,
        context: &Context,
        owner: &Tenant,
        mapping: &FileMapping,
        source: &str,
        json: bool,
    ) -> Result<(), Failure> {
        let table = Source::File(self.file.clone());
        let tenant = owner.id;
        // What is no table, or has other columns, begins no run.
        let header = tokio::task::block_in_place(|| header(&table, &self.options()))?;
        let defaults = Defaults { source: source.to_owned(), zone: owner.time_zone()?, at: context.clock.now() };
        tallymark_imports::fits(mapping, &header, &defaults)?;
        let sha256 = tokio::task::block_in_place(|| tallymark_imports::fingerprint(&self.file));
        let shown = self.file.display();
        let sha256 = sha256.map_err(|error| Failure::usage("cli.file", format!("{shown} cannot be read: {error}")))?;
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let sheet = self.sheet.as_deref();
        let given = File { name: &name, sha256, sheet, mapping, source, within: None, uploaded: None };
        let mut tx = context.store.write().await?;
        let act = Act::of_operator(tenant);
        let begun = tallymark_imports::begin(&mut tx, context, act, given, self.again).await?;
        tx.commit().await?;
        let id = begun.run().id;
        let (run, imported_before) = match begun {
            Begun::Already(run) => (Ok(run), true),
            Begun::New(run) | Begun::GoesOn(run) => (carried(context, tenant, &run, &table).await, false),
        };
        let rejects = tallymark_imports::rejects(&mut context.store.read().await?, tenant, id).await?;
        // A list that is refused whole tells its rows all the same.
        let is_shown = (run.is_ok() || !rejects.is_empty()) && self.write(&rejects)?;
        let run = run?;
        if is_shown {
            return Ok(());
        }
        show(json, &Told { run, imported_before }, |told| self.text(told))
    }

    fn text(&self, told: &Told) -> String {
        let Told { run, imported_before } = told;
        let state = match (imported_before, run.state) {
            (true, State::Done) => "imported before, and nothing was changed; --again imports it once more".to_owned(),
            (true, _) => "a server is importing it".to_owned(),
            (false, state) => state.name().to_owned(),
        };
        list(&[
            ("Import", run.id.to_string()),
            ("State", state),
            ("Rows", rows_of(run)),
            ("Left out", self.left_out(run.rejects)),
        ])
    }

    fn left_out(&self, rejects: u64) -> String {
        match &self.rejects {
            _ if rejects == 0 => "nothing".to_owned(),
            Some(path) => format!("{rejects} rows and cells, see {}", path.display()),
            None => format!("{rejects} rows and cells; --rejects FILE tells which and why"),
        }
    }

    fn options(&self) -> Options {
        Options { sheet: self.sheet.clone(), ..Options::default() }
    }

    /// Writes what was left out where it is wanted; gives whether that was stdout, on which nothing else is to stand then.
    fn write(&self, rejects: &[Reject]) -> Result<bool, Failure> {
        let Some(path) = &self.rejects else { return Ok(false) };
        let text = tallymark_imports::rejects_csv(rejects, Language::English);
        let failed = |error: io::Error| Failure::system("cli.out", error);
        file::write(path, None, |out| out.write_all(text.as_bytes()).map_err(failed))?;
        Ok(file::is_standard(path))
    }
}

/// Carries a run out, tells how far it is, and stops when somebody asks.
async fn carried(context: &Context, tenant: TenantId, run: &Run, table: &Source) -> Result<Run, Failure> {
    let flag = file::stop_flag()?;
    let clock = SystemClock::new();
    let out = io::stderr().is_terminal().then(io::stderr);
    let mut out = Some(out);
    let mut notice: Option<Notice<'_, _>> = None;
    let mut tell = |progress: tallymark_imports::Progress| {
        // How many rows there are is known once the file was read.
        if let Some(out) = out.take() {
            notice = Some(Notice::new(out, &clock, progress.total, run.rows_read));
        }
        if let Some(notice) = &mut notice {
            notice.tell(progress.read);
        }
    };
    let stop = || flag.load(Ordering::Relaxed);
    let done = tallymark_imports::carry_out(context, tenant, run.id, table, &mut tell, &stop).await;
    if let Some(notice) = &mut notice {
        notice.clear();
    }
    match done {
        Err(error @ Error::Stopped { .. }) => Err(Failure::interrupted(error.to_string())),
        Err(error) => Err(error.into()),
        Ok(Run { error_code: Some(code), error, .. }) => Err(Failure::usage(&code, error.unwrap_or_default())),
        Ok(run) => Ok(run),
    }
}

fn rows_of(run: &Run) -> String {
    let Run { rows_read, rows_accepted, rows_refused, rows_suppressed, .. } = run;
    let mut text = format!("{rows_read}: {rows_accepted} taken, {rows_refused} refused");
    if *rows_suppressed > 0 {
        text.push_str(&format!(", {rows_suppressed} of who was erased"));
    }
    text
}

/// `2026-03-01 09:30` of a moment, UTC.
fn minute(at: Timestamp) -> String {
    at.to_string().replace('T', " ").chars().take(16).collect()
}

async fn listed(installation: &Installation, of: &Of, limit: i64, json: bool) -> Result<(), Failure> {
    let runs = installation
        .read(of, async |tx, tenant, _| Ok(tallymark_imports::runs(tx, tenant.id, None, None, limit).await?));
    show(json, &runs.await?, |runs| {
        let row = |run: &Run| {
            let total = run.rows_total.map_or("?".to_owned(), |total| total.to_string());
            [
                run.id.to_string(),
                run.kind.name().to_owned(),
                minute(run.created_at),
                run.file.clone(),
                run.source.clone(),
                run.state.name().to_owned(),
                format!("{} of {total}", run.rows_read),
                run.rows_accepted.to_string(),
                (run.rows_refused + run.rows_suppressed).to_string(),
            ]
        };
        let rows: Vec<[String; 9]> = runs.iter().map(row).collect();
        let headings = ["IMPORT", "KIND", "BEGUN (UTC)", "FILE", "SOURCE", "STATE", "ROWS", "TAKEN", "LEFT OUT"];
        table(headings, &rows, "no imports")
    })
}

fn proposed(kind: Kind, file: &Path, sheet: Option<String>, json: bool) -> Result<(), Failure> {
    let options = Options { sheet, ..Options::default() };
    let header = header(&Source::File(file.to_owned()), &options)?;
    let proposal = tallymark_imports::propose(kind, &header);
    if json {
        return show(true, &proposal, |_| String::new());
    }
    if !proposal.left_out.is_empty() {
        eprintln!("left out, as their names say nothing: {}", proposal.left_out.join(", "));
    }
    if let Err(error) = proposal.mapping.check() {
        eprintln!("to be completed: {error}");
    }
    let text = serde_json::to_string_pretty(&proposal.mapping).map_err(|error| Failure::system("cli.json", error))?;
    say(&text)
}
