//! Events written out, as the standard has them. Items whose only code is the outer one are named by lot and number where events
//! are shown: who reads that code can claim with it.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{Face, Gtin, Host, Level, Sscc};
use tallymark_epcis::time::text_of;

use super::short::{CODES_MAX, Short, cut, nth};
use crate::rules::listing::{Label, Printed};
use crate::rules::trace::fact::Indexes;
use crate::types::trace::Recorded;
use crate::{Catalog, Error, Faces, OperationKind, Serials};

/// The step of a claim: the standard's vocabulary has none for it, and takes a URI of one's own (CBV 2.0, section 6.3).
pub(crate) const REDEEMING: &str = "https://tallymark.dev/epcis/redeeming";

/// Codes of a pack beyond which its contents are told by lot and number.
const INSIDE_MAX: u64 = 5 * CODES_MAX;
/// Characters of a lot as GS1 writes it (AI 10).
const LOT_MAX: usize = 20;
/// Characters of a serial number as GS1 writes it (AI 21).
const SERIAL_MAX: usize = 20;

/// The fields of an event.
pub(crate) type Fields = Map<String, Value>;

/// Fields where one list of objects goes: by code, and by class.
type Lists = (&'static str, &'static str);
const OBJECTS: Lists = ("epcList", "quantityList");
const CHILDREN: Lists = ("childEPCs", "childQuantityList");
const INPUTS: Lists = ("inputEPCList", "inputQuantityList");
const OUTPUTS: Lists = ("outputEPCList", "outputQuantityList");

/// What the events of a row share: all but the objects. `operation` is that of [`Short::Done`]; `origin` is where the brand
/// answers, such as `https://t.example.cn`.
pub(crate) fn head(short: &Short, at: Timestamp, operation: Option<&Recorded>, origin: &str) -> Fields {
    let organisation = operation.and_then(|operation| operation.organisation);
    let organisation = organisation.map(|organisation| format!("{origin}/v1/organisations/{organisation}"));
    let mut fields = match (short, operation.map(|operation| operation.kind)) {
        (Short::Codes { is_gone: false, .. }, _) => {
            json!({"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active"})
        }
        (Short::Codes { is_gone: true, .. }, _) => {
            json!({"type": "ObjectEvent", "action": "DELETE", "bizStep": "decommissioning", "disposition": "inactive"})
        }
        (Short::Redeemed { .. }, _) => {
            json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": REDEEMING, "disposition": "retail_sold"})
        }
        (Short::Sets { is_out: false, .. } | Short::Moved { is_out: false, .. }, _)
        | (Short::Done { .. }, Some(OperationKind::Pack)) => {
            json!({"type": "AggregationEvent", "action": "ADD", "bizStep": "packing"})
        }
        (Short::Done { operation, .. }, Some(OperationKind::Ship)) => {
            let shipment = tallymark_base::id::ShipmentId::from_raw(*operation);
            let shipment = format!("{origin}/v1/shipments/{shipment}");
            json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
                   "bizTransactionList": [{"type": "desadv", "bizTransaction": shipment}],
                   "destinationList": [{"type": "owning_party", "destination": organisation}]})
        }
        (Short::Done { .. }, Some(OperationKind::Receive)) => {
            json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress",
                   "readPoint": {"id": organisation}, "bizLocation": {"id": organisation}})
        }
        // Where it is since is not known, so there is a place of reading and none of business (EPCIS 2.0, 7.4.1).
        (Short::Done { .. }, Some(OperationKind::Sell)) => {
            json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "retail_selling", "disposition": "retail_sold",
                   "readPoint": {"id": organisation}})
        }
        (Short::Done { .. }, Some(OperationKind::Destroy)) => {
            json!({"type": "ObjectEvent", "action": "DELETE", "bizStep": "destroying", "disposition": "destroyed",
                   "readPoint": {"id": organisation}})
        }
        (Short::Done { .. }, Some(OperationKind::Replace)) => {
            json!({"type": "TransformationEvent", "bizStep": "replacing"})
        }
        (Short::Sets { .. } | Short::Moved { .. } | Short::Opened { .. } | Short::Done { .. }, _) => {
            json!({"type": "AggregationEvent", "action": "DELETE", "bizStep": "unpacking"})
        }
    };
    fields["eventTime"] = text_of(at).into();
    fields["eventTimeZoneOffset"] = "+00:00".into();
    match fields {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// What writes the events of a brand.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    catalog: &'a Catalog,
    host: &'a Host,
    /// Codes that were made elsewhere, by their indexes, and those that are not known yet.
    listed: BTreeMap<u64, String>,
    missing: Vec<Indexes>,
}

/// An event, what is shown of it where that is less, and how many codes it names.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) event: Fields,
    pub(crate) shown: Option<Fields>,
    pub(crate) codes: u64,
}

/// Objects of an event, and what is shown of them.
struct Objects {
    epcs: Vec<Value>,
    /// Those that are shown by their code.
    open: Vec<Value>,
    /// The others, by class.
    classes: Vec<(String, u64)>,
    /// Whether they are too many to be named by their codes at all.
    is_bulk: bool,
}

impl<'a> Writer<'a> {
    /// Of a brand, by its first host.
    pub(crate) const fn new(catalog: &'a Catalog, host: &'a Host) -> Self {
        Self { catalog, host, listed: BTreeMap::new(), missing: Vec::new() }
    }

    /// The codes that were made elsewhere and that an event was written without. It is written again when they are known.
    pub(crate) fn take_missing(&mut self) -> Vec<Indexes> {
        std::mem::take(&mut self.missing)
    }

    /// Gets to know codes that were made elsewhere.
    pub(crate) fn learn(&mut self, codes: BTreeMap<u64, String>) {
        self.listed.extend(codes);
    }

    /// Writes one of the events that a row stands for.
    ///
    /// # Errors
    /// Codes that the brand does not have.
    pub(crate) fn event(
        &mut self,
        (short, part): (&Short, u64),
        at: Timestamp,
        operation: Option<&Recorded>,
    ) -> Result<Written, Error> {
        let event = head(short, at, operation, &self.host.origin());
        let mut written = Written { shown: Some(event.clone()), event, codes: 0 };
        let one = |index: u64| Indexes::new(index, index);
        match short {
            Short::Codes { is_gone, run } => {
                let runs = cut(&[*run], part);
                self.list(&mut written, OBJECTS, &runs)?;
                if let Some(lot) = runs.first().and_then(|run| self.lot(*run)).filter(|_| !is_gone) {
                    written.set("ilmd", &json!({"cbvmda:lotNumber": lot}));
                }
            }
            Short::Sets { packs, inside, ratio, lead, .. } => {
                let first = (inside.first - lead) + part * ratio;
                let run = Indexes::new(first.max(inside.first), (first + ratio - 1).min(inside.last));
                self.parent(&mut written, packs.first + part)?;
                self.list(&mut written, CHILDREN, &[run])?;
            }
            Short::Moved { pack, codes, .. } => {
                self.parent(&mut written, *pack)?;
                self.list(&mut written, CHILDREN, &cut(codes, part))?;
            }
            Short::Opened { packs } => {
                self.parent(&mut written, packs.first + part)?;
                written.set("childEPCs", &json!([]));
            }
            Short::Redeemed { codes } => {
                let code = nth(codes, part).ok_or_else(unknown)?;
                self.list(&mut written, OBJECTS, &[one(code)])?;
            }
            Short::Done { .. } => {
                let Some(operation) = operation else {
                    return Err(tallymark_store::Error::Unreadable("the operation of an event".to_owned()).into());
                };
                let codes = cut(&operation.codes, part);
                match (operation.kind, operation.pack) {
                    (OperationKind::Pack, Some(pack)) => {
                        self.parent(&mut written, pack)?;
                        self.list(&mut written, CHILDREN, &codes)?;
                    }
                    (OperationKind::Replace, Some(new)) => {
                        self.list(&mut written, INPUTS, &codes)?;
                        self.list(&mut written, OUTPUTS, &[one(new)])?;
                    }
                    _ => self.list(&mut written, OBJECTS, &codes)?,
                }
            }
        }
        written.shown = written.shown.take().filter(|shown| *shown != written.event);
        Ok(written)
    }

    fn parent(&mut self, written: &mut Written, pack: u64) -> Result<(), Error> {
        let mut epcs = Vec::new();
        self.push_epcs(Indexes::new(pack, pack), &mut epcs)?;
        written.set("parentID", &epcs.pop().unwrap_or_default());
        Ok(())
    }

    fn list(&mut self, written: &mut Written, (epcs, classes): Lists, runs: &[Indexes]) -> Result<(), Error> {
        let objects = self.objects(runs)?;
        written.codes += objects.epcs.len() as u64;
        let quantities: Vec<Value> =
            objects.classes.iter().map(|(class, count)| json!({"epcClass": class, "quantity": count})).collect();
        if objects.is_bulk {
            written.set(classes, &quantities.into());
            return Ok(());
        }
        written.event.insert(epcs.to_owned(), objects.epcs.into());
        if let Some(shown) = &mut written.shown {
            if !objects.open.is_empty() || quantities.is_empty() {
                shown.insert(epcs.to_owned(), objects.open.into());
            }
            if !quantities.is_empty() {
                shown.insert(classes.to_owned(), quantities.into());
            }
        }
        Ok(())
    }

    fn objects(&mut self, runs: &[Indexes]) -> Result<Objects, Error> {
        let is_bulk = runs.iter().map(|run| run.count()).sum::<u64>() > INSIDE_MAX;
        let mut objects = Objects { epcs: Vec::new(), open: Vec::new(), classes: Vec::new(), is_bulk };
        let layout = self.catalog.layout();
        // What was recorded as one run may reach over several levels.
        let units = runs.iter().flat_map(|run| layout.units(*run));
        for run in units.filter_map(|unit| layout.indexes(&unit)) {
            let place = layout.place(run.first).ok_or_else(unknown)?;
            let batch = self.catalog.batch(place.batch).ok_or_else(unknown)?;
            let is_claimable = place.level == Level::Item && batch.faces == Faces::Outer;
            if is_bulk || is_claimable {
                let class = self.class(run)?;
                match objects.classes.iter_mut().find(|(own, _)| *own == class) {
                    Some((_, count)) => *count += run.count(),
                    None => objects.classes.push((class, run.count())),
                }
            }
            if !is_bulk {
                let from = objects.epcs.len();
                self.push_epcs(run, &mut objects.epcs)?;
                if !is_claimable {
                    objects.open.extend_from_slice(&objects.epcs[from..]);
                }
            }
        }
        Ok(objects)
    }

    /// The codes of a run of one level, as GS1 Digital Links; packs that bear an SSCC go by that.
    fn push_epcs(&mut self, run: Indexes, epcs: &mut Vec<Value>) -> Result<(), Error> {
        let place = self.catalog.layout().place(run.first).ok_or_else(unknown)?;
        let (batch, level) = (place.batch, place.level);
        let serials = Serials::new(place.serial(run.first), place.serial(run.last));
        if level != Level::Item && self.catalog.sscc(batch, level, serials.first).is_some() {
            let numbers = (serials.first..=serials.last).filter_map(|serial| self.catalog.sscc(batch, level, serial));
            epcs.extend(numbers.map(|sscc| Value::from(sscc.digital_link(self.host))));
            return Ok(());
        }
        let product = self.catalog.batch(batch).and_then(|batch| self.catalog.product(batch.product));
        let gtin = product.ok_or_else(unknown)?.gtin;
        let label = Label::of(level, Face::Outer);
        if let Some(printed) = label.and_then(|label| self.catalog.printed(batch, label)) {
            let known = self.listed.range(run.first..=run.last);
            epcs.extend(known.map(|(_, code)| Value::from(listed_epc(self.host, (level, gtin), printed, code))));
            if self.listed.range(run.first..=run.last).count() as u64 != run.count() {
                self.missing.push(run);
            }
            return Ok(());
        }
        let (minter, indexes) = self.catalog.minting(batch, level, Face::Outer, Some(serials))?;
        minter.mint_range(indexes, |_, code| epcs.push(self.host.digital_link(gtin, code).into()));
        Ok(())
    }

    fn lot(&self, run: Indexes) -> Option<String> {
        let place = self.catalog.layout().place(run.first)?;
        Some(self.catalog.batch(place.batch)?.lot.clone())
    }

    /// The class of the codes of a run: product and lot, where GS1 can write it.
    fn class(&self, run: Indexes) -> Result<String, Error> {
        let place = self.catalog.layout().place(run.first).ok_or_else(unknown)?;
        let batch = self.catalog.batch(place.batch).ok_or_else(unknown)?;
        let gtin = self.catalog.product(batch.product).ok_or_else(unknown)?.gtin;
        let class = format!("{}/01/{gtin}", self.host.origin());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_lot = batch.lot.len() <= LOT_MAX && batch.lot.bytes().all(is_plain);
        Ok(if is_lot { format!("{class}/10/{}", batch.lot) } else { class })
    }
}

/// The identifier of a code that was made elsewhere: a GS1 Digital Link where it is the SSCC of a pack or can be a serial number (AI 21), otherwise the link that
/// it is printed in, or where the brand would answer for it.
fn listed_epc(host: &Host, (level, gtin): (Level, Gtin), printed: &Printed, code: &str) -> String {
    if let (true, Ok(sscc)) = (level != Level::Item, Sscc::parse(code)) {
        return sscc.digital_link(host);
    }
    if code.len() <= SERIAL_MAX && code.bytes().all(is_in_set_82) {
        return format!("{}/01/{gtin}/21/{}", host.origin(), utf8_percent_encode(code, NON_ALPHANUMERIC));
    }
    match printed.link() {
        Some(_) => printed.text_of(code),
        None if code.contains("://") => code.to_owned(),
        None => format!("{}/C/{}", host.origin(), utf8_percent_encode(code, NON_ALPHANUMERIC)),
    }
}

/// GS1 General Specifications, figure 7.11-1.
fn is_in_set_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"%&'()*+,-./_:;<=>?".contains(&byte)
}

impl Written {
    /// Sets a field of the event and of what is shown.
    fn set(&mut self, field: &str, value: &Value) {
        for fields in std::iter::once(&mut self.event).chain(&mut self.shown) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
}

fn unknown() -> Error {
    tallymark_store::Error::Unreadable("codes of an event that belong to no batch".to_owned()).into()
}
