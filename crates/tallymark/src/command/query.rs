//! `tallymark query` and `tallymark events`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;
use tallymark_base::event::schema::Entry;
use tallymark_lake::query::AnswerColumn;
use tallymark_lake::{Answer, Limits, Question};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, columns, say};

#[derive(Debug, Args)]
pub(super) struct QueryCommand {
    #[command(flatten)]
    of: Of,
    /// One SELECT; the tables are those of `tallymark events`
    sql: String,
    /// How the rows are printed
    #[arg(long, value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Most rows
    #[arg(long, value_name = "ROWS", default_value_t = 10_000)]
    limit: usize,
    /// Replace what stands for a person by values that mean something within this answer alone
    #[arg(long)]
    masked: bool,
    /// Most memory of sorts, joins and groups, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1_024)]
    memory_mib: usize,
    /// Most seconds
    #[arg(long, value_name = "S", default_value_t = 600)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Csv,
}

/// With `--json`: the same as the API answers.
#[derive(Serialize)]
struct Shown {
    columns: Vec<AnswerColumn>,
    rows: Vec<Vec<Value>>,
    has_more: bool,
}

impl QueryCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let tenant = installation.read(&self.of, async |_, tenant, _| Ok(tenant.id)).await?;
        let lake = installation.lake()?.ok_or_else(no_lake)?;
        let limits = Limits {
            rows_max: self.limit,
            bytes_max: self.memory_mib.saturating_mul(1 << 20),
            memory_bytes: self.memory_mib.saturating_mul(1 << 20),
            time: Duration::from_secs(self.seconds),
        };
        let answer = lake.ask(Question { sql: self.sql, tenant, is_masked: self.masked, limits }).await?;
        print(&answer, self.form, json)?;
        if answer.is_cut && !json {
            eprintln!("there are more rows than --limit {}", self.limit);
        }
        Ok(())
    }
}

fn print(answer: &Answer, form: Form, json: bool) -> Result<(), Failure> {
    let failed = |error| Failure::system("cli.query_rows", error);
    if json {
        let rows = answer.json_rows().map_err(failed)?;
        let shown = Shown { columns: answer.columns(), rows, has_more: answer.is_cut };
        let text = serde_json::to_string(&shown).map_err(|error| Failure::system("cli.json", error))?;
        return say(&text);
    }
    match form {
        Form::Csv => say(&String::from_utf8_lossy(&answer.csv().map_err(failed)?)),
        Form::Table => {
            let names: Vec<String> = answer.columns().into_iter().map(|column| column.name).collect();
            say(&columns(&names, &answer.text_rows().map_err(failed)?))
        }
    }
}

/// `tallymark events`.
pub(super) fn events() -> Result<(), Failure> {
    let entries = Entry::all(&tallymark_server::registry());
    say(&serde_json::json!({ "events": entries }).to_string())
}

/// What is said where an installation has no lake.
pub(super) fn no_lake() -> Failure {
    Failure::usage("lake.off", "this installation has no lake; name one by --lake FOLDER")
}
