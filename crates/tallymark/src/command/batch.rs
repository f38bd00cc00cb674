//! `tallymark batch`, `tallymark activate` and `tallymark void`.

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::{BatchId, PackProfileId, ProductId, TenantId};
use tallymark_codes::{CodeLength, Level};
use tallymark_goods::{Association, Batch, BatchStatus, Error, Faces, NewBatch, Serials, SsccUse, batch};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};

use crate::arguments::{Of, Range, WhichBatch, word};
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct BatchGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: BatchCommand,
}

#[derive(Debug, Subcommand)]
enum BatchCommand {
    /// Order codes for one product and lot
    Add(Add),
    /// List batches, oldest first
    List,
    /// Show a batch
    Show {
        #[command(flatten)]
        batch: WhichBatch,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// The product
    #[arg(long)]
    product: ProductId,
    /// The lot, as the plant writes it
    #[arg(long)]
    lot: String,
    /// Number of items
    #[arg(long)]
    items: u64,
    /// The pack profile that says how it is packed; then the options for that are left out
    #[arg(long)]
    profile: Option<PackProfileId>,
    /// Items in a box; 0: there are no boxes
    #[arg(long, default_value_t = 0)]
    items_per_box: u32,
    /// Items in a case; 0: there are no cases
    #[arg(long, default_value_t = 0)]
    items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets
    #[arg(long, default_value_t = 0)]
    cases_per_pallet: u32,
    /// by-range where neighbours lie together as printed, on-line where the packing line scans what it packs
    #[arg(long, default_value = "by-range", value_parser = word::<Association>)]
    association: Association,
    /// outer, or outer-and-inner for a second code under the cap
    #[arg(long, default_value = "outer", value_parser = word::<Faces>)]
    faces: Faces,
    /// Which packs bear an SSCC: none, pallets or cases-and-pallets
    #[arg(long, default_value = "none", value_parser = word::<SsccUse>)]
    sscc: SsccUse,
    /// Characters of a code, 14 to 20
    #[arg(long, default_value_t = CodeLength::STANDARD, value_parser = length)]
    length: CodeLength,
    /// Only draft it: for a list of codes that were made elsewhere, see `tallymark import codes`
    #[arg(long)]
    draft: bool,
}

fn length(text: &str) -> Result<CodeLength, String> {
    let characters: u64 = text.parse().map_err(|error| format!("{error}"))?;
    CodeLength::new(characters).map_err(|error| error.to_string())
}

/// A batch with how many codes it has on one face.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    batch: Batch,
    cases: u64,
    pallets: u64,
}

impl Shown {
    fn of(batch: Batch) -> Self {
        let packing = batch.packing();
        Self { cases: packing.count(Level::Case), pallets: packing.count(Level::Pallet), batch }
    }

    fn lines(&self) -> String {
        let batch = &self.batch;
        list(&[
            ("Batch", batch.id.to_string()),
            ("Product", batch.product.to_string()),
            ("Lot", batch.lot.clone()),
            ("Status", status(batch.status).to_owned()),
            ("Items", batch.items.to_string()),
            ("Cases", format!("{} of {} items", self.cases, batch.items_per_case)),
            ("Pallets", format!("{} of {} cases", self.pallets, batch.cases_per_pallet)),
            ("Faces", faces(batch.faces).to_owned()),
            ("Codes", format!("{} characters, code key {}", batch.length, batch.epoch)),
            ("Ordered", batch.created_at.to_string()),
        ])
    }
}

impl BatchGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self.command {
            BatchCommand::Add(add) => {
                let Add { product, lot, items, items_per_box, items_per_case, cases_per_pallet, .. } = add;
                let Add { association, faces, length, profile, sscc, draft, .. } = add;
                let new = NewBatch {
                    draft,
                    product,
                    lot,
                    items,
                    profile,
                    items_per_box,
                    items_per_case,
                    cases_per_pallet,
                    association,
                    faces,
                    sscc,
                    length,
                };
                let add = installation.write(&self.of, async |tx, context, tenant| {
                    let made = batch::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "batch.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &Shown::of(add.await?), Shown::lines)
            }
            BatchCommand::List => {
                let list = installation
                    .read(&self.of, async |tx, tenant, _| Ok(batch::list(tx, tenant.id, None, i64::MAX).await?));
                show(json, &list.await?, |batches| {
                    let rows: Vec<_> = batches.iter().map(row).collect();
                    table(["ID", "LOT", "PRODUCT", "ITEMS", "FACES", "STATUS"], &rows, "no batches")
                })
            }
            BatchCommand::Show { batch } => {
                let id = batch.id()?;
                let find =
                    installation.read(&self.of, async |tx, tenant, _| Ok(Shown::of(found(tx, tenant.id, id).await?)));
                show(json, &find.await?, Shown::lines)
            }
        }
    }
}

/// A batch that must exist.
pub(super) async fn found(tx: &mut Tx, tenant: TenantId, id: BatchId) -> Result<Batch, Failure> {
    Ok(batch::find(tx, tenant, id).await?.ok_or(Error::BatchNotFound { batch: id })?)
}

fn row(batch: &Batch) -> [String; 6] {
    [
        batch.id.to_string(),
        batch.lot.clone(),
        batch.product.to_string(),
        batch.items.to_string(),
        faces(batch.faces).to_owned(),
        status(batch.status).to_owned(),
    ]
}

const fn faces(faces: Faces) -> &'static str {
    match faces {
        Faces::Outer => "outer",
        Faces::OuterAndInner => "outer and inner",
    }
}

const fn status(status: BatchStatus) -> &'static str {
    match status {
        BatchStatus::Draft => "draft",
        BatchStatus::Ready => "ready",
        BatchStatus::Printed => "printed",
        BatchStatus::Recalled => "recalled",
        BatchStatus::PartlyActive => "partly active",
        BatchStatus::Active => "active",
        BatchStatus::Void => "void",
    }
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    batch: WhichBatch,
    #[command(flatten)]
    items: Range,
}

impl Activate {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let id = self.batch.id()?;
        let activate = installation.write(&self.of, async |tx, context, tenant| {
            let serials = self.items.of(&found(tx, tenant, id).await?, Level::Item);
            let clock = &*context.clock;
            let made = batch::activate(tx, context, tenant, id, Some(serials), clock.now()).await?;
            let entry = Entry::new(Act::of_operator(tenant), "batch.activated", id).after(&made);
            audit::record(tx, context, entry).await?;
            Ok(made)
        });
        show(json, &activate.await?, |made| format!("items {} of {} are live", made.serials, made.batch))
    }
}

#[derive(Debug, Args)]
pub(super) struct Void {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    batch: WhichBatch,
    /// The first item, from 0
    #[arg(long)]
    first: u64,
    /// The last item, itself included
    #[arg(long)]
    last: u64,
    /// Why; whoever scans such an item may read it
    #[arg(long)]
    reason: String,
}

impl Void {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let id = self.batch.id()?;
        let void = installation.write(&self.of, async |tx, context, tenant| {
            let serials = Serials::new(self.first, self.last);
            let made = batch::void(tx, context, tenant, id, serials, &self.reason, context.clock.now()).await?;
            let entry = Entry::new(Act::of_operator(tenant), "batch.voided", id).after(&made);
            audit::record(tx, context, entry).await?;
            Ok(made)
        });
        show(json, &void.await?, |made| {
            format!("items {} of {} are void, {} of them newly", made.serials, made.batch, made.newly_void)
        })
    }
}
