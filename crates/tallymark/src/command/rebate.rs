//! `tallymark rebate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::RebateId;
use tallymark_base::{Act, Money};
use tallymark_settlement::{Error, NewRebateRule, RebateRule, Status};
use tallymark_store::audit::{self, Entry};

use super::campaign::available;
use crate::arguments::Of;
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct Rebate {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: RebateCommand,
}

#[derive(Debug, Subcommand)]
enum RebateCommand {
    /// Make a rule as a draft and fund it
    Create {
        /// The rule as JSON, as the API takes it; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// List rules, oldest first
    List,
    /// Show a rule with what is left of its budget
    Show {
        /// The rule
        rebate: RebateId,
    },
    /// Let scans earn; also after a pause
    Start {
        /// The rule
        rebate: RebateId,
    },
    /// Let no scan earn for a while
    Pause {
        /// The rule
        rebate: RebateId,
    },
    /// End it for good
    End {
        /// The rule
        rebate: RebateId,
    },
}

impl Rebate {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = self.of;
        match self.command {
            RebateCommand::Create { file } => {
                let new: NewRebateRule = read_json(&file)?;
                let create = installation.write(&of, async |tx, context, tenant| {
                    let made = tallymark_settlement::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "rebate.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &create.await?, |made| {
                    format!("{} is {}, a draft; let it run: tallymark rebate start {}", made.name, made.id, made.id)
                })
            }
            RebateCommand::List => {
                let list =
                    installation.read(&of, async |tx, tenant, _| Ok(tallymark_settlement::list(tx, tenant.id).await?));
                show(json, &list.await?, |rules| {
                    let rows: Vec<_> = rules.iter().map(row).collect();
                    table(["ID", "NAME", "STATUS", "YUAN", "STARTS", "ENDS"], &rows, "no rebate rules")
                })
            }
            RebateCommand::Show { rebate } => {
                let find = installation.read(&of, async |tx, tenant, _| {
                    let rule = tallymark_settlement::find(tx, tenant.id, rebate).await?;
                    let rule = rule.ok_or(Error::NotFound { id: rebate })?;
                    let left_fen = available(tx, tenant.id, rule.budget()).await?;
                    Ok(Shown { rule, left_fen })
                });
                show(json, &find.await?, Shown::lines)
            }
            RebateCommand::Start { rebate } => set(installation, json, &of, rebate, Status::Running).await,
            RebateCommand::Pause { rebate } => set(installation, json, &of, rebate, Status::Paused).await,
            RebateCommand::End { rebate } => set(installation, json, &of, rebate, Status::Ended).await,
        }
    }
}

async fn set(installation: &Installation, json: bool, of: &Of, rule: RebateId, status: Status) -> Result<(), Failure> {
    let set = installation.write(of, async |tx, context, tenant| {
        let before = tallymark_settlement::find(tx, tenant, rule).await?.map(|own| StatusOf { status: own.status });
        let changed = tallymark_settlement::set_status(tx, tenant, rule, status).await?;
        let entry = Entry::new(Act::of_operator(tenant), "rebate.status_set", rule);
        audit::record(tx, context, entry.before(&before).after(&StatusOf { status })).await?;
        Ok(changed)
    });
    show(json, &set.await?, |rule| format!("{} is {}", rule.name, rule.status.name()))
}

/// What the audit log keeps of a changed status.
#[derive(Serialize)]
struct StatusOf {
    status: Status,
}

/// A rule with what is left of its budget.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    rule: RebateRule,
    left_fen: i64,
}

impl Shown {
    fn lines(&self) -> String {
        let Self { rule, left_fen } = self;
        list(&[
            ("Rebate", format!("{} {}", rule.id, rule.name)),
            ("Status", rule.status.name().to_owned()),
            ("Time", format!("{} to {}", rule.starts, rule.ends)),
            ("Amount", format!("{} yuan a scan, to the store", Money::fen(rule.amount_fen))),
            ("Budget", format!("{} yuan left of {}", Money::fen(*left_fen), Money::fen(rule.budget_fen))),
        ])
    }
}

fn row(rule: &RebateRule) -> [String; 6] {
    [
        rule.id.to_string(),
        rule.name.clone(),
        rule.status.name().to_owned(),
        Money::fen(rule.amount_fen).to_string(),
        rule.starts.to_string(),
        rule.ends.to_string(),
    ]
}
