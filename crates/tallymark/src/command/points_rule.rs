//! `tallymark points-rule`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::PointsRuleId;
use tallymark_base::{Act, decimal};
use tallymark_orders::{NewPointsRule, PointsRule, Status};
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct PointsRuleGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: PointsRuleCommand,
}

#[derive(Debug, Subcommand)]
enum PointsRuleCommand {
    /// Make a rule as a draft
    Create {
        /// The rule as JSON, as the API takes it; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// List rules, oldest first
    List,
    /// Show a rule
    Show {
        /// The rule
        rule: PointsRuleId,
    },
    /// Let orders earn; also after a pause
    Start {
        /// The rule
        rule: PointsRuleId,
    },
    /// Let no order earn for a while
    Pause {
        /// The rule
        rule: PointsRuleId,
    },
    /// End it for good
    End {
        /// The rule
        rule: PointsRuleId,
    },
}

impl PointsRuleGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = self.of;
        match self.command {
            PointsRuleCommand::Create { file } => {
                let new: NewPointsRule = read_json(&file)?;
                let create = installation.write(&of, async |tx, context, tenant| {
                    let made = tallymark_orders::create_rule(tx, context, tenant, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "points_rule.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &create.await?, |made| {
                    format!(
                        "{} is {}, a draft; let it run: tallymark points-rule start {}",
                        made.name, made.id, made.id
                    )
                })
            }
            PointsRuleCommand::List => {
                let list = installation
                    .read(&of, async |tx, tenant, _| Ok(tallymark_orders::list_rules(tx, tenant.id).await?));
                show(json, &list.await?, |rules| {
                    let rows: Vec<_> = rules.iter().map(row).collect();
                    table(["ID", "NAME", "STATUS", "POINTS", "STARTS", "ENDS"], &rows, "no points rules")
                })
            }
            PointsRuleCommand::Show { rule } => {
                let found = installation
                    .read(&of, async |tx, tenant, _| Ok(tallymark_orders::find_rule(tx, tenant.id, rule).await?));
                show(json, &found.await?, lines)
            }
            PointsRuleCommand::Start { rule } => set(installation, json, &of, rule, Status::Running).await,
            PointsRuleCommand::Pause { rule } => set(installation, json, &of, rule, Status::Paused).await,
            PointsRuleCommand::End { rule } => set(installation, json, &of, rule, Status::Ended).await,
        }
    }
}

async fn set(
    installation: &Installation,
    json: bool,
    of: &Of,
    rule: PointsRuleId,
    status: Status,
) -> Result<(), Failure> {
    let set = installation.write(of, async |tx, context, tenant| {
        let before = StatusOf { status: tallymark_orders::find_rule(tx, tenant, rule).await?.status };
        let changed = tallymark_orders::set_rule_status(tx, tenant, rule, status).await?;
        let entry = Entry::new(Act::of_operator(tenant), "points_rule.status_set", rule);
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

fn lines(rule: &PointsRule) -> String {
    let sources = if rule.sources.is_empty() { "all".to_owned() } else { rule.sources.join(", ") };
    list(&[
        ("Rule", format!("{} {}", rule.id, rule.name)),
        ("Status", rule.status.name().to_owned()),
        ("Time", format!("{} to {}", rule.starts, rule.ends)),
        ("Points", given(rule)),
        ("Sources", sources),
    ])
}

/// `1 for every full 1.00 CNY`.
fn given(rule: &PointsRule) -> String {
    let PointsRule { points, currency, per_amount, .. } = rule;
    format!("{points} for every full {} {currency}", decimal::show(*per_amount, currency.digits()))
}

fn row(rule: &PointsRule) -> [String; 6] {
    [
        rule.id.to_string(),
        rule.name.clone(),
        rule.status.name().to_owned(),
        given(rule),
        rule.starts.to_string(),
        rule.ends.to_string(),
    ]
}
