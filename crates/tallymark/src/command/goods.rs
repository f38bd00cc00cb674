//! `tallymark goods`: what is done with goods that somebody has in hand: packed, unpacked, opened, received, sold,
//! destroyed, given back, relabelled. Goods are handed over by `tallymark ship`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::{OperationId, OrganisationId};
use tallymark_base::{Act, Timestamp};
use tallymark_goods::{
    CodeReader, Done, Error, ExceptionKind, NewOperation, OperationKind, RecordedOperation, Reported, Unit, operation,
    receiver_of_returns, record,
};
use tallymark_partners::organisation;
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, list, show};

#[derive(Debug, Args)]
pub(super) struct GoodsGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: GoodsCommand,
}

#[derive(Debug, Subcommand)]
enum GoodsCommand {
    /// Put codes into a pack of a greater level
    Pack {
        /// The pack
        #[arg(long, value_name = "CODE")]
        pack: String,
        #[command(flatten)]
        codes: Codes,
        /// Take what lies in another pack out of it first, which is refused otherwise
        #[arg(long)]
        moves: bool,
    },
    /// Take codes out of the packs that they lie in
    Unpack(Codes),
    /// Open packs: what lies in them stands alone
    Open(Codes),
    /// Say that goods arrived; what was not sent there is received all the same, and reported
    Receive {
        /// Where
        #[arg(long, value_name = "ORGANISATION")]
        by: OrganisationId,
        #[command(flatten)]
        codes: Codes,
    },
    /// Say that goods were sold over the counter; what was not known to be there is sold all the same, and reported
    Sell {
        /// Who sold them
        #[arg(long, value_name = "ORGANISATION")]
        by: OrganisationId,
        #[command(flatten)]
        codes: Codes,
    },
    /// Say that goods were destroyed
    Destroy {
        /// Who held them
        #[arg(long, value_name = "ORGANISATION")]
        by: OrganisationId,
        #[command(flatten)]
        codes: Codes,
    },
    /// Give goods back to whom they came from
    Return(Codes),
    /// Put a new label in the place of one that cannot be read
    Replace {
        /// The old code
        old: String,
        /// The new one, which nothing was done with
        new: String,
        #[command(flatten)]
        when: When,
    },
    /// Show what was done by one of these, or by a shipment
    Show {
        /// The operation; a shipment's has the same letters after the underscore
        operation: OperationId,
    },
}

/// Codes as they are read.
#[derive(Debug, Args)]
struct Codes {
    /// Codes, their links, or SSCCs of packs
    #[arg(value_name = "CODE", required_unless_present = "file")]
    codes: Vec<String>,
    /// The same from a file, one a line; - for stdin
    #[arg(long, conflicts_with = "codes")]
    file: Option<PathBuf>,
    #[command(flatten)]
    when: When,
}

#[derive(Debug, Clone, Copy, Args)]
struct When {
    /// When it was done, such as 2026-03-01T08:30:00Z; now where it is left out
    #[arg(long)]
    at: Option<Timestamp>,
}

impl Codes {
    /// The codes that are meant.
    fn units(&self, reader: &CodeReader<'_>) -> Result<Vec<Unit>, Failure> {
        self.texts()?.iter().map(|text| unit_of(reader, text)).collect()
    }

    fn texts(&self) -> Result<Vec<String>, Failure> {
        let Some(path) = &self.file else { return Ok(self.codes.clone()) };
        let text = file::read(path)?;
        Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }
}

/// The code that somebody named, or the pack by its SSCC.
pub(super) fn unit_of(reader: &CodeReader<'_>, text: &str) -> Result<Unit, Failure> {
    let found = reader.read_scanned(text);
    let found = found.ok_or_else(|| Failure::usage("code.not_found", format!("{text:?} is not a code of this brand")));
    found.map(|found| Unit::one(found.batch, found.level, found.serial))
}

/// What was done, and who has goods back that were returned.
#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    done: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<OrganisationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_name: Option<String>,
}

impl GoodsGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        if let GoodsCommand::Show { operation: id } = command {
            let found = installation.read(&of, async |tx, tenant, _| Ok(operation(tx, tenant.id, id).await?)).await?;
            let missing = || Failure::usage("goods.operation_not_found", format!("there is no operation {id}"));
            return show(json, &found.ok_or_else(missing)?, shown);
        }
        let outcome = done(installation, &of, command).await?;
        show(json, &outcome, |outcome| {
            let Outcome { done, to_name, .. } = outcome;
            let items = if done.items == 1 { "1 item".to_owned() } else { format!("{} items", done.items) };
            let to = to_name.as_ref().map(|name| format!(" back to {name}")).unwrap_or_default();
            let mut text = format!("{}: {} {items}{to}", done.id, word(done.kind));
            for one in &done.exceptions {
                write!(text, "\n{}", reported(one)).expect("a string takes any text");
            }
            text
        })
    }
}

/// Does it, in one transaction.
async fn done(installation: &Installation, of: &Of, command: GoodsCommand) -> Result<Outcome, Failure> {
    let record = installation.write(of, async |tx, context, tenant| {
        let catalog = tallymark_goods::catalog(tx, tenant, &context.master).await?;
        let texts = command.texts()?;
        let reader = tallymark_goods::reader(tx, tenant, &catalog, texts.iter().map(String::as_str)).await?;
        let now = context.clock.now();
        let (operation, at) = match &command {
            GoodsCommand::Return(codes) => {
                let (units, at) = (codes.units(&reader)?, codes.when.at.unwrap_or(now));
                let to = receiver_of_returns(tx, tenant, &units, at).await?;
                let to = to.map_err(|nobody| Failure::usage(nobody.code(), nobody.to_string()))?;
                (NewOperation::Ship { units, to, from: None }, Some(at))
            }
            other => other.operation(&reader)?,
        };
        if let Some(organisation) = operation.organisation()
            && !organisation::is_seen(tx, tenant, None, organisation).await?
        {
            return Err(Error::OrganisationNotFound { organisation }.into());
        }
        let to = if let NewOperation::Ship { to, .. } = &operation { Some(*to) } else { None };
        let asked = [(operation, at.unwrap_or(now))];
        let done = record(tx, context, tenant, &asked).await?.pop();
        let done = done.ok_or_else(|| Failure::system("cli.goods", "nothing was recorded"))??;
        let action = if to.is_some() { "goods.returned" } else { "operations.recorded" };
        audit::record(tx, context, Entry::new(Act::of_operator(tenant), action, done.id).after(&done)).await?;
        let to_name = match to {
            Some(to) => organisation::find(tx, tenant, to).await?.map(|to| to.name),
            None => None,
        };
        Ok(Outcome { done, to, to_name })
    });
    record.await
}

impl GoodsCommand {
    /// The codes that it names.
    fn texts(&self) -> Result<Vec<String>, Failure> {
        Ok(match self {
            Self::Pack { pack, codes, .. } => [vec![pack.clone()], codes.texts()?].concat(),
            Self::Unpack(codes)
            | Self::Open(codes)
            | Self::Return(codes)
            | Self::Receive { codes, .. }
            | Self::Sell { codes, .. }
            | Self::Destroy { codes, .. } => codes.texts()?,
            Self::Replace { old, new, .. } => vec![old.clone(), new.clone()],
            Self::Show { .. } => Vec::new(),
        })
    }

    /// What is to be done, and when; without who gets what is given back.
    fn operation(&self, reader: &CodeReader<'_>) -> Result<(NewOperation, Option<Timestamp>), Failure> {
        Ok(match self {
            Self::Pack { pack, codes, moves } => {
                let (pack, units) = (unit_of(reader, pack)?, codes.units(reader)?);
                (NewOperation::Pack { pack, units, moves: *moves }, codes.when.at)
            }
            Self::Unpack(codes) => (NewOperation::Unpack { units: codes.units(reader)? }, codes.when.at),
            Self::Open(codes) => (NewOperation::Open { packs: codes.units(reader)? }, codes.when.at),
            Self::Receive { by, codes } => {
                (NewOperation::Receive { units: codes.units(reader)?, by: *by }, codes.when.at)
            }
            Self::Sell { by, codes } => (NewOperation::Sell { units: codes.units(reader)?, by: *by }, codes.when.at),
            Self::Destroy { by, codes } => {
                (NewOperation::Destroy { units: codes.units(reader)?, by: *by }, codes.when.at)
            }
            Self::Replace { old, new, when } => {
                (NewOperation::Replace { old: unit_of(reader, old)?, new: unit_of(reader, new)? }, when.at)
            }
            Self::Return(_) | Self::Show { .. } => {
                return Err(Failure::system("cli.goods", "this is no operation by itself"));
            }
        })
    }
}

const fn word(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Pack => "packed",
        OperationKind::Unpack => "unpacked",
        OperationKind::Open => "opened, with",
        OperationKind::Ship => "sent",
        OperationKind::Receive => "received",
        OperationKind::Sell => "sold",
        OperationKind::Destroy => "destroyed",
        OperationKind::Replace => "relabelled",
    }
}

fn reported(one: &Reported) -> String {
    let what = match one.kind {
        ExceptionKind::NotShipped => "was never sent to anybody",
        ExceptionKind::ShippedToOther => "was sent to another organisation",
        ExceptionKind::ReceivedTwice => "had arrived already",
        ExceptionKind::SoldBefore => "had been sold",
        ExceptionKind::DestroyedBefore => "had been destroyed",
    };
    let expected = one.expected.map(|expected| format!(", {expected}")).unwrap_or_default();
    format!("reported: {} {what}{expected}", named(&one.unit))
}

fn named(unit: &Unit) -> String {
    format!("{} {} of {}", unit.level, unit.serials(), unit.batch)
}

fn shown(found: &RecordedOperation) -> String {
    let mut pairs = vec![
        ("Operation", found.id.to_string()),
        ("When", found.at.to_string()),
        ("What", format!("{} {} items", word(found.kind), found.items)),
    ];
    pairs.extend(found.organisation.map(|organisation| ("Organisation", organisation.to_string())));
    pairs.extend(found.pack.as_ref().map(|pack| ("Pack", named(pack))));
    pairs.extend(found.units.iter().map(|unit| ("Codes", named(unit))));
    list(&pairs) + &found.exceptions.iter().map(|one| reported(one) + "\n").collect::<String>()
}
