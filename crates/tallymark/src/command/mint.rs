//! `tallymark mint`: codes for the printing house, as fast as they are made and in the same memory however many.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::BatchId;
use tallymark_goods::Catalog;
use tallymark_goods::print::{self, Selection, TakenCodes};
use tallymark_store::audit::{self, Entry};

use super::batch::found;
use crate::arguments::{Printed, Written};
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, show};

#[derive(Debug, Args)]
pub(super) struct Mint {
    #[command(flatten)]
    printed: Printed,
    /// The file, one code a line; - for stdout
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What was written.
#[derive(Serialize)]
struct Minted {
    batch: BatchId,
    codes: u64,
    bytes: u64,
    file: PathBuf,
}

impl Mint {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let id = self.printed.batch.id()?;
        // The database is closed while codes are written: they come from the key alone.
        let (catalog, selection, written) = taken(installation, &self.printed, id, "batch.codes_taken").await?;
        let codes = selection.serials.map_or(0, |serials| serials.count());
        let bytes = file::write(&self.out, Some(codes), |mut out| match &written {
            Written::Codes(form) => print::lines(&catalog, &selection, form, &mut out),
            Written::Sscc(host) => print::sscc::lines(&catalog, &selection, host, &mut out),
        })?;
        if file::is_standard(&self.out) {
            return Ok(());
        }
        let minted = Minted { batch: id, codes, bytes, file: self.out };
        show(json, &minted, |minted| format!("{} codes in {}", minted.codes, minted.file.display()))
    }
}

/// The codes that somebody takes, which the audit log tells before one is written.
pub(super) async fn taken(
    installation: &Installation,
    printed: &Printed,
    id: BatchId,
    action: &'static str,
) -> Result<(Catalog, Selection, Written), Failure> {
    let take = installation.write(&printed.of, async |tx, context, tenant| {
        let selection = printed.selection(&found(tx, tenant, id).await?);
        let catalog = tallymark_goods::catalog(tx, tenant, &context.master).await?;
        let brand = printed.of.find(tx, &context.master).await?;
        let entry = Entry::new(Act::of_operator(tenant), action, id);
        audit::record(tx, context, entry.after(&TakenCodes::of(&selection, String::new()))).await?;
        Ok((catalog, selection, printed.written(&brand)?))
    });
    take.await
}
