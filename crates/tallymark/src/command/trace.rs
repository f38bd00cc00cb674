//! `tallymark trace`: a code from the plant to the person who claimed it. This is not a scan: nothing is counted.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::geography::{Adcode, Language, name_path};
use tallymark_base::id::{BatchId, OrganisationId, ProductId, ScanId, ShipmentId};
use tallymark_codes::{Face, Level};
use tallymark_goods::{Catalog, Found, Gone, State, Unit};
use tallymark_partners::{Organisation, Tenant, organisation};
use tallymark_scan::types::PlaceSource;
use tallymark_store::Tx;

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct Trace {
    #[command(flatten)]
    of: Of,
    /// The code, the short link, or a GS1 Digital Link
    code: String,
}

/// All that is known of a code.
#[derive(Serialize)]
struct Traced {
    code: String,
    face: Face,
    level: Level,
    serial: u64,
    state: &'static str,
    void_reason: Option<String>,
    product: ProductId,
    product_name: String,
    gtin: String,
    batch: BatchId,
    lot: String,
    /// The packs that it lies in, the innermost first.
    packs: Vec<Pack>,
    /// What became of each of its faces.
    uses: Vec<Use>,
    custody: Vec<Holder>,
}

#[derive(Serialize)]
struct Pack {
    level: Level,
    serial: u64,
    code: String,
}

#[derive(Serialize)]
struct Use {
    face: Face,
    checks: i64,
    first_at: Timestamp,
    first_place: Option<Adcode>,
    first_place_source: Option<PlaceSource>,
    claimed_by: Option<ScanId>,
    claimed_at: Option<Timestamp>,
    rebate_by: Option<ScanId>,
}

#[derive(Serialize)]
struct Holder {
    organisation: OrganisationId,
    kind: &'static str,
    name: String,
    code: String,
    shipment: Option<ShipmentId>,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<Gone>,
}

impl Trace {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let find = installation.read(&self.of, async |tx, tenant, master| {
            let catalog = tallymark_goods::catalog(tx, tenant.id, master).await?;
            let found = tallymark_goods::read_scanned(tx, tenant.id, &catalog, &self.code).await?;
            let found = found.ok_or_else(|| Failure::usage("code.not_found", "this is not a code of this brand"))?;
            traced(tx, tenant, &catalog, &found).await
        });
        show(json, &find.await?, Traced::lines)
    }
}

async fn traced(tx: &mut Tx, tenant: &Tenant, catalog: &Catalog, found: &Found) -> Result<Traced, Failure> {
    let missing = || Failure::system("cli.trace", "the batch or product of the code is missing");
    let batch = catalog.batch(found.batch).ok_or_else(missing)?;
    let product = catalog.product(found.product).ok_or_else(missing)?;
    let unit = Unit::one(batch.id, found.level, found.serial);
    let (_, around) = tallymark_goods::whereabouts(tx, tenant.id, unit, None).await?;
    let mut packs = Vec::with_capacity(around.len());
    for pack in &around {
        let (level, serial) = (pack.level, pack.first_serial);
        let code = tallymark_goods::text_of(tx, tenant.id, catalog, (pack.batch, level, Face::Outer, serial)).await?;
        packs.push(Pack { level, serial, code });
    }
    let code = (batch.id, found.level, found.face, found.serial);
    let (state, void_reason) = match &found.state {
        State::Active => ("active", None),
        State::NotActive => ("not_active", None),
        State::Void { reason } => ("void", Some(reason.to_string())),
        State::Recalled { .. } => ("recalled", None),
    };
    Ok(Traced {
        code: tallymark_goods::text_of(tx, tenant.id, catalog, code).await?,
        face: found.face,
        level: found.level,
        serial: found.serial,
        state,
        void_reason,
        product: product.id,
        product_name: product.name.clone(),
        gtin: found.gtin.to_string(),
        batch: batch.id,
        lot: batch.lot.clone(),
        packs,
        uses: uses(tx, tenant, found).await?,
        custody: custody(tx, tenant, unit).await?,
    })
}

/// What became of the faces that were ever used.
async fn uses(tx: &mut Tx, tenant: &Tenant, found: &Found) -> Result<Vec<Use>, Failure> {
    let mut uses = Vec::new();
    for face in Face::ALL {
        if let Some(used) = tallymark_scan::code_use(tx, tenant.id, &Found { face, ..found.clone() }).await? {
            uses.push(Use {
                face,
                checks: used.checks,
                first_at: used.first_at,
                first_place: used.first_place.map(|place| place.adcode),
                first_place_source: used.first_place.map(|place| place.source),
                claimed_by: used.claim.map(|claim| claim.0),
                claimed_at: used.claim.map(|claim| claim.2),
                rebate_by: used.rebate,
            });
        }
    }
    Ok(uses)
}

/// Everyone who ever got the code, first to last.
async fn custody(tx: &mut Tx, tenant: &Tenant, unit: Unit) -> Result<Vec<Holder>, Failure> {
    let chain = tallymark_goods::custody_chain(tx, tenant.id, unit).await?;
    let nodes: HashMap<OrganisationId, Organisation> =
        organisation::list(tx, tenant.id).await?.into_iter().map(|node| (node.id, node)).collect();
    let holder = |custody: &tallymark_goods::Custody| {
        let node = nodes.get(&custody.organisation);
        Holder {
            organisation: custody.organisation,
            kind: node.map_or("", |node| node.kind.name()),
            name: node.map_or_else(String::new, |node| node.name.clone()),
            code: node.map_or_else(String::new, |node| node.code.clone()),
            shipment: custody.shipment,
            since: custody.since,
            gone: custody.gone,
        }
    };
    Ok(chain.iter().map(holder).collect())
}

impl Traced {
    fn lines(&self) -> String {
        let state = match (&self.void_reason, self.state) {
            (Some(reason), _) => format!("void: {reason}"),
            (None, "not_active") => "not active".to_owned(),
            (None, state) => state.to_owned(),
        };
        let mut text = list(&[
            ("Code", format!("{}, {} code of {} {}", self.code, self.face, self.level, self.serial)),
            ("State", state),
            ("Product", format!("{} {} ({})", self.product, self.product_name, self.gtin)),
            ("Batch", format!("{} lot {}", self.batch, self.lot)),
        ]);
        for pack in &self.packs {
            text += &format!("In {} {}, code {}\n", pack.level, pack.serial, pack.code);
        }
        for used in &self.uses {
            text += &used.line();
        }
        text += "\nCustody\n";
        let row = |holder: &Holder| {
            let Holder { since, kind, name, code, shipment, gone, .. } = holder;
            let how = gone.map_or("received", |gone| gone.name());
            [
                since.to_string(),
                (*kind).to_owned(),
                name.clone(),
                code.clone(),
                shipment.map_or_else(|| how.to_owned(), |shipment| shipment.to_string()),
            ]
        };
        let rows: Vec<_> = self.custody.iter().map(row).collect();
        text + &table(["SINCE", "KIND", "NAME", "CODE", "SHIPMENT"], &rows, "never shipped")
    }
}

impl Use {
    fn line(&self) -> String {
        let place = self.first_place.and_then(|place| name_path(place, Language::Chinese));
        let how = if self.first_place_source == Some(PlaceSource::Address) { " (by network address)" } else { "" };
        let place = place.map_or_else(String::new, |place| format!(" in {place}{how}"));
        let claim = match (self.claimed_by, self.claimed_at) {
            (Some(scan), Some(at)) => format!("; claimed {at} by {scan}"),
            _ => String::new(),
        };
        format!("{} code checked {} times, first {}{place}{claim}\n", self.face, self.checks, self.first_at)
    }
}
