//! Codes that were made elsewhere are kept, and their batch has them with the last row.

use tallymark_base::TypedId as _;
use tallymark_base::actor::Act;
use tallymark_base::id::BatchId;
use tallymark_goods::listing::{self, Intake};
use tallymark_goods::rules::listing::survey::{Taken as Row, Wanted};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};

use super::super::batch::{Surroundings, Take, Taken};
use super::super::brand::Brand;
use super::operations::actor_of;
use crate::Error;
use crate::codes::Found;

/// Takes the codes of a list.
pub(in crate::service) struct Codes {
    batch: BatchId,
    wanted: Wanted,
    found: Found,
    /// As of the last batch of rows.
    brand: Option<Brand>,
}

impl Codes {
    pub(in crate::service) const fn new(batch: BatchId, wanted: Wanted, found: Found) -> Self {
        Self { batch, wanted, found, brand: None }
    }
}

impl Take for Codes {
    type Unit = Row;

    async fn take(&mut self, tx: &mut Tx, at: Surroundings<'_>, units: &[Row], _: &mut Taken) -> Result<(), Error> {
        let Surroundings { context, owner, run } = at;
        let surveyed = self.found.get().ok_or_else(|| Error::Internal("a list that nobody looked at".to_owned()))?;
        let intake = Intake { batch: self.batch, source: run.id.raw() };
        if run.rows_read == 0 {
            listing::begin(tx, owner.id, intake, (&self.wanted, surveyed), context.clock.now()).await?;
        }
        let brand = Brand::renewed(self.brand.take(), tx, context, owner.id).await?;
        let brand = self.brand.insert(brand);
        let rows = run.rows_read..run.rows_read + units.len() as u64;
        let is_last = rows.end == surveyed.rows;
        listing::add(tx, context, brand.catalog(), (owner.id, intake), units, (surveyed, rows)).await?;
        if is_last {
            let batch = listing::finish(tx, context, (owner.id, intake), surveyed).await?;
            let act = Act { tenant: owner.id, actor: actor_of(&run.by), request: None };
            audit::record(tx, context, Entry::new(act, "batch.codes_imported", batch.id).after(&batch)).await?;
        }
        Ok(())
    }
}
