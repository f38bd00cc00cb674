//! `tallymark recall`: calling goods back, and who has them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tallymark_base::Act;
use tallymark_base::id::{BatchId, OperationId, OrganisationId, RecallId, ShipmentId, TenantId};
use tallymark_base::{TypedId as _, seal::Key};
use tallymark_goods::recall::{self, Reach};
use tallymark_goods::{NewRecall, Recall, RecallExtent, RecallScope, RecallText};
use tallymark_partners::organisation;
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};

use super::goods::unit_of;
use crate::arguments::Of;
use crate::file::{self, read_json};
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct RecallGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: RecallCommand,
}

#[derive(Debug, Subcommand)]
enum RecallCommand {
    /// Say how many items a recall would reach and who has them; nothing is called back
    Preview(Goods),
    /// Call goods back: their next scan says so
    Create(Create),
    /// List recalls, the latest first
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show a recall
    Show {
        /// The recall
        recall: RecallId,
    },
    /// Say who has the items of a recall now
    Holders {
        /// The recall
        recall: RecallId,
    },
    /// Lift a recall: its goods are what they were without it
    Lift {
        /// The recall
        recall: RecallId,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// Which goods.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Goods {
    /// All codes of a batch
    #[arg(long)]
    batch: Option<BatchId>,
    /// A code, its link, or the SSCC of a pack, with what lies in it; may be repeated
    #[arg(long)]
    code: Vec<String>,
    /// The same from a file, one a line; - for stdin
    #[arg(long, value_name = "FILE")]
    codes: Option<PathBuf>,
    /// What a shipment, a receipt or a pack was about, with what lay in it then
    #[arg(long, value_name = "OPERATION", value_parser = operation)]
    operation: Option<OperationId>,
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    goods: Goods,
    /// Why, for those who work for the brand
    #[arg(long)]
    reason: String,
    /// What is the matter, for whoever scans
    #[arg(long, required_unless_present = "texts")]
    message: Option<String>,
    /// What to do, for whoever scans
    #[arg(long, required_unless_present = "texts")]
    instructions: Option<String>,
    /// The language of both
    #[arg(long, default_value = "zh-CN")]
    language: String,
    /// Both in several languages as JSON, [{"language", "message", "instructions"}]; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["message", "instructions", "language"])]
    texts: Option<PathBuf>,
}

/// An operation, or the shipment that it is.
fn operation(text: &str) -> Result<OperationId, String> {
    match text.parse::<ShipmentId>() {
        Ok(shipment) => Ok(OperationId::from_raw(shipment.raw())),
        Err(_) => text.parse::<OperationId>().map_err(|error| error.to_string()),
    }
}

impl Goods {
    async fn scope(&self, tx: &mut Tx, tenant: TenantId, master: &Key) -> Result<RecallScope, Failure> {
        if let Some(batch) = self.batch {
            return Ok(RecallScope::Batch { batch });
        }
        if let Some(operation) = self.operation {
            return Ok(RecallScope::Operation { operation });
        }
        let catalog = tallymark_goods::catalog(tx, tenant, master).await?;
        let read = self.codes.as_ref().map(|path| file::read(path)).transpose()?.unwrap_or_default();
        let lines = read.lines().map(str::trim).filter(|line| !line.is_empty());
        let texts = self.code.iter().map(String::as_str).chain(lines);
        let reader = tallymark_goods::reader(tx, tenant, &catalog, texts.clone()).await?;
        Ok(RecallScope::Units { units: texts.map(|text| unit_of(&reader, text)).collect::<Result<_, _>>()? })
    }
}

impl RecallGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            RecallCommand::Preview(goods) => {
                let found = installation.with_context(async |context| {
                    let mut tx = context.store.read().await?;
                    let tenant = of.find(&mut tx, &context.master).await?.id;
                    let scope = goods.scope(&mut tx, tenant, &context.master).await?;
                    let reach = recall::reach(&mut tx, tenant, &scope, context.clock.now()).await?;
                    extent(&mut tx, tenant, &reach).await
                });
                shown_extent(json, found.await?)
            }
            RecallCommand::Create(create) => {
                let made = made(installation, &of, create).await?;
                show(json, &made, |made| format!("{}: {} items are called back", made.id, made.items))
            }
            RecallCommand::List { limit } => {
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(recall::list(tx, tenant.id, None, i64::from(limit)).await?));
                show(json, &read.await?, |recalls| {
                    let rows: Vec<_> = recalls.iter().map(row).collect();
                    table(["ID", "SINCE", "ITEMS", "LIFTED", "REASON"], &rows, "no recalls")
                })
            }
            RecallCommand::Show { recall } => {
                let read = installation.read(&of, async |tx, tenant, _| Ok(recall::find(tx, tenant.id, recall).await?));
                show(json, &read.await?, shown)
            }
            RecallCommand::Holders { recall } => {
                let read = installation.read(&of, async |tx, tenant, _| {
                    let reach = recall::reached(tx, tenant.id, recall).await?;
                    extent(tx, tenant.id, &reach).await
                });
                shown_extent(json, read.await?)
            }
            RecallCommand::Lift { recall, reason } => {
                let lift = installation.write(&of, async |tx, context, tenant| {
                    let (before, after) =
                        recall::lift(tx, tenant, &context.ids, &*context.clock, recall, &reason).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "recall.lifted", recall);
                    audit::record(tx, context, entry.before(&before).after(&after)).await?;
                    Ok(after)
                });
                show(json, &lift.await?, |after| format!("{} is lifted", after.id))
            }
        }
    }
}

/// What is reached is asked before the transaction that writes: a large shipment takes its time, and scans do not wait for it.
async fn made(installation: &Installation, of: &Of, create: Create) -> Result<Recall, Failure> {
    let Create { goods, reason, message, instructions, language, texts } = create;
    let texts = match (texts, message, instructions) {
        (Some(path), ..) => read_json(&path)?,
        (None, Some(message), Some(instructions)) => vec![RecallText { language, message, instructions }],
        _ => return Err(Failure::usage("cli.usage", "give --message and --instructions, or --texts")),
    };
    let create = installation.with_context(async |context| {
        let mut tx = context.store.read().await?;
        let tenant = of.find(&mut tx, &context.master).await?.id;
        let scope = goods.scope(&mut tx, tenant, &context.master).await?;
        let reach = recall::reach(&mut tx, tenant, &scope, context.clock.now()).await?;
        drop(tx);
        let mut tx = context.store.write().await?;
        let new = NewRecall { scope, texts, reason };
        let made = recall::create(&mut tx, tenant, &context.ids, &*context.clock, new, &reach).await?;
        let entry = Entry::new(Act::of_operator(tenant), "recall.created", made.id).after(&made);
        audit::record(&mut tx, context, entry).await?;
        tx.commit().await?;
        Ok(made)
    });
    create.await
}

/// How far a recall reaches, with the names of those who have the goods.
async fn extent(
    tx: &mut Tx,
    tenant: TenantId,
    reach: &Reach,
) -> Result<(RecallExtent, HashMap<OrganisationId, String>), Failure> {
    let extent = recall::extent(tx, tenant, reach).await?;
    let names = organisation::list(tx, tenant).await?.into_iter().map(|node| (node.id, node.name)).collect();
    Ok((extent, names))
}

fn shown_extent(json: bool, (extent, names): (RecallExtent, HashMap<OrganisationId, String>)) -> Result<(), Failure> {
    show(json, &extent, |extent| {
        let rows: Vec<[String; 4]> = extent
            .holders
            .iter()
            .map(|holder| {
                let (items, gone) = (holder.items.to_string(), holder.gone.map_or("", |gone| gone.name()).to_owned());
                let Some(id) = holder.organisation else {
                    return ["-".to_owned(), "the brand".to_owned(), items, gone];
                };
                [id.to_string(), names.get(&id).cloned().unwrap_or_default(), items, gone]
            })
            .collect();
        let batches: Vec<String> = extent.batches.iter().map(ToString::to_string).collect();
        let head = list(&[("Items", extent.items.to_string()), ("Batches", batches.join(" "))]);
        head + "\n" + &table(["ORGANISATION", "NAME", "ITEMS", "GONE"], &rows, "nobody has any")
    })
}

fn row(recall: &Recall) -> [String; 5] {
    [
        recall.id.to_string(),
        recall.at.to_string(),
        recall.items.to_string(),
        recall.lifted_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
        recall.reason.clone(),
    ]
}

fn shown(recall: &Recall) -> String {
    let mut pairs = vec![
        ("Recall", recall.id.to_string()),
        ("Since", recall.at.to_string()),
        ("Goods", scope(&recall.scope)),
        ("Items", recall.items.to_string()),
        ("Reason", recall.reason.clone()),
    ];
    if let Some(at) = recall.lifted_at {
        pairs.push(("Lifted", format!("{at}: {}", recall.lift_reason.as_deref().unwrap_or_default())));
    }
    let mut text = list(&pairs);
    for RecallText { language, message, instructions } in &recall.texts {
        write!(text, "\n{language}\n  {message}\n  {instructions}\n").expect("a string takes any text");
    }
    text
}

fn scope(scope: &RecallScope) -> String {
    match scope {
        RecallScope::Batch { batch } => format!("all of {batch}"),
        RecallScope::Operation { operation } => format!("what {operation} was about"),
        RecallScope::Units { units } if units.len() == 1 => "one code, with what lay in it".to_owned(),
        RecallScope::Units { units } => format!("{} codes, with what lay in them", units.len()),
    }
}
