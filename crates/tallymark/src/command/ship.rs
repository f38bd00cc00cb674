//! `tallymark ship`.

use std::path::PathBuf;

use clap::Args;
use tallymark_base::Act;
use tallymark_base::id::{BatchId, OrganisationId};
use tallymark_codes::Level;
use tallymark_goods::{NewShipment, Unit};
use tallymark_store::audit::{self, Entry};

use super::batch::found;
use crate::arguments::{Of, Range};
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, show};

#[derive(Debug, Args)]
pub(super) struct Ship {
    #[command(flatten)]
    of: Of,
    /// Who gets the goods
    #[arg(long, value_name = "ORGANISATION", required_unless_present = "file")]
    to: Option<OrganisationId>,
    /// The batch
    #[arg(long, required_unless_present = "file")]
    batch: Option<BatchId>,
    /// item, box, case or pallet
    #[arg(long, default_value_t = Level::Case)]
    level: Level,
    #[command(flatten)]
    units: Range,
    /// A shipment of several batches as JSON, {"to", "units": [{"batch", "level", "first", "last"}]}; - for stdin
    #[arg(long, conflicts_with_all = ["to", "batch", "level", "first", "last"])]
    file: Option<PathBuf>,
}

impl Ship {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let ship = installation.write(&self.of, async |tx, context, tenant| {
            let new = match (self.to, self.batch, &self.file) {
                (Some(to), Some(id), _) => {
                    let serials = self.units.of(&found(tx, tenant, id).await?, self.level);
                    let unit =
                        Unit { batch: id, level: self.level, first_serial: serials.first, last_serial: serials.last };
                    NewShipment { to, from: None, units: vec![unit] }
                }
                (_, _, Some(file)) => read_json(file)?,
                _ => return Err(Failure::usage("cli.usage", "give --to and --batch, or --file")),
            };
            let clock = &*context.clock;
            let made = tallymark_goods::ship(tx, context, tenant, new, clock.now()).await?;
            let entry = Entry::new(Act::of_operator(tenant), "shipment.created", made.id).after(&made);
            audit::record(tx, context, entry).await?;
            Ok(made)
        });
        show(json, &ship.await?, |made| {
            let unit = |unit: &Unit| format!("\n  {} {} of {}", unit.level, unit.serials(), unit.batch);
            format!("{} to {}:{}", made.id, made.to, made.units.iter().map(unit).collect::<String>())
        })
    }
}
