//! What the brand does with its own goods as events of EPCIS: saved in the transaction of what is done, kept short, and written
//! out when somebody asks.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::{Face, Gtin, Host, Level, Sscc};
use tallymark_epcis::identifier::{Key, Serial};
use tallymark_store::{Context, Tx, revision};
use tallymark_traces::{Captured, Hook, NewShort, Short as Asked, Whereabouts, WrittenOut, append};

use super::captured::follow;
use super::catalog::catalog;
use super::reading::{CodeReader, listed_codes, reader};
use super::trace::{Reader, run_of};
use crate::rules::epcis::short::Short;
use crate::rules::epcis::write::{Writer, head};
use crate::rules::runs::merged;
use crate::rules::trace::fact::{Indexes, Moment};
use crate::rules::trace::layout::Layout;
use crate::store::{activation, trace as store};
use crate::types::trace::Recorded;
use crate::{Catalog, Error, Found, Serials, Unit};

/// Codes that are written out at once, about.
const CODES_AT_ONCE: u64 = 20_000;
/// Claims of one row: each of its events is written out by reading all of it.
const REDEEMED_MAX: usize = 256;
/// Brands whose codes are kept in memory.
const BRANDS_MAX: usize = 32;
/// Activations and withdrawals of one code's items that are looked at.
const ACTIVATIONS_MAX: i64 = 1_000;
/// Where the identifiers of a brand without a host lead.
const NO_HOST: &str = "id.gs1.org";

/// Events that are to be saved.
#[derive(Debug)]
pub(crate) struct New {
    short: Short,
    at: Timestamp,
    operation: Option<Recorded>,
}

impl New {
    pub(crate) fn of(short: Short, at: Timestamp, operation: Option<&Recorded>) -> Self {
        let operation = operation.filter(|_| matches!(short, Short::Done { .. })).cloned();
        Self { short, at, operation }
    }

    /// Whether it names an organisation, and so a host of the brand.
    fn has_party(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| operation.organisation.is_some())
    }
}

/// Saves events: the last of a transaction, since others who save some wait until it ends.
pub(crate) async fn save(tx: &mut Tx, context: &Context, tenant: TenantId, new: &[New]) -> Result<(), Error> {
    let origin = match new.iter().any(New::has_party) {
        true => host(tx, context, tenant).await?.origin(),
        false => String::new(),
    };
    let short = |new: &New| NewShort {
        head: head(&new.short, new.at, new.operation.as_ref(), &origin),
        body: new.short.to_bytes(),
        events: i64::try_from(new.short.events()).unwrap_or(i64::MAX),
    };
    let rows: Vec<NewShort> = new.iter().map(short).collect();
    Ok(append(tx, context, tenant, &rows).await?)
}

/// The moment that the event of a claim tells: its second. Claims of a second are kept together, in a few bytes each.
pub fn moment_of_redeeming(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(Timestamp::SECOND) * Timestamp::SECOND)
}

/// Adds the events of claims (index of the code, and when) by who bought the goods: one for each. Do this last in a transaction:
/// whoever else adds events of the brand waits until it ends.
///
/// # Errors
/// The database's.
pub async fn redeemed(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    claims: &[(u64, Timestamp)],
) -> Result<(), Error> {
    let mut claims: Vec<(Timestamp, u64)> = claims.iter().map(|(code, at)| (moment_of_redeeming(*at), *code)).collect();
    claims.sort_unstable();
    let mut rows: Vec<(Timestamp, Vec<u64>)> = Vec::new();
    // Both faces of an item may be claimed in one second: a row names a code once.
    let (mut fresh, mut again) = (claims, Vec::new());
    while !fresh.is_empty() {
        for (at, code) in fresh.drain(..) {
            match rows.last_mut() {
                Some((same, codes)) if *same == at && codes.last() == Some(&code) => again.push((at, code)),
                Some((same, codes)) if *same == at && codes.len() < REDEEMED_MAX => codes.push(code),
                _ => rows.push((at, vec![code])),
            }
        }
        if !again.is_empty() {
            rows.push((Timestamp(i64::MIN), Vec::new()));
        }
        fresh.append(&mut again);
    }
    let short = |codes: &[u64]| {
        let runs = codes.iter().map(|code| Indexes::new(*code, *code)).collect();
        Short::Redeemed { codes: merged(runs) }
    };
    let rows = rows.iter().filter(|(_, codes)| !codes.is_empty());
    let new: Vec<New> = rows.map(|(at, codes)| New::of(short(codes), *at, None)).collect();
    save(tx, context, tenant, &new).await
}

/// How the codes of a batch lie in packs.
pub(crate) async fn layout(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<Layout, Error> {
    Ok(Layout::of(&store::places(tx, tenant, &[batch]).await?))
}

/// The first host of the brand that a link can be printed for.
async fn host(tx: &mut Tx, context: &Context, tenant: TenantId) -> Result<Host, Error> {
    let brand = tallymark_partners::tenant::find(tx, &context.master, tenant).await?;
    let hosts = brand.map(|brand| brand.hosts).unwrap_or_default();
    let own = hosts.iter().find_map(|host| Host::parse(host).ok());
    own.or_else(|| Host::parse(NO_HOST).ok())
        .ok_or_else(|| tallymark_store::Error::Unreadable("a brand without a host".to_owned()).into())
}

/// What is needed to write events of a brand.
#[derive(Debug)]
struct Brand {
    revision: i64,
    catalog: Catalog,
    host: Host,
}

/// Writes out the events of brands' own goods, knows where they may name a code, and follows what others tell of such codes.
#[derive(Debug)]
pub struct OwnEvents {
    context: Context,
    brands: Mutex<HashMap<TenantId, Arc<Brand>>>,
}

impl OwnEvents {
    /// For the brands of a database.
    pub fn new(context: Context) -> Self {
        Self { context, brands: Mutex::default() }
    }

    async fn brand(&self, tx: &mut Tx, tenant: TenantId) -> Result<Arc<Brand>, Error> {
        let current = revision::current(tx, &[tenant.raw()]).await?.get(&tenant.raw()).copied().unwrap_or(0);
        let held = self.brands.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        if let Some(brand) = held.filter(|brand| brand.revision == current) {
            return Ok(brand);
        }
        let catalog = catalog(tx, tenant, &self.context.master).await?;
        let host = host(tx, &self.context, tenant).await?;
        let brand = Arc::new(Brand { revision: current, catalog, host });
        let mut brands = self.brands.lock().unwrap_or_else(PoisonError::into_inner);
        if brands.len() >= BRANDS_MAX {
            brands.clear();
        }
        brands.insert(tenant, brand.clone());
        Ok(brand)
    }

    async fn written(&self, tx: &mut Tx, tenant: TenantId, asked: &[Asked<'_>]) -> Result<Vec<WrittenOut>, Error> {
        let brand = self.brand(tx, tenant).await?;
        let mut writer = Writer::new(&brand.catalog, &brand.host);
        let short = |body: &[u8]| {
            Short::of_bytes(body).ok_or_else(|| tallymark_store::Error::Unreadable("an event of goods".to_owned()))
        };
        let asked: Vec<(Short, &Asked<'_>)> =
            asked.iter().map(|asked| Ok((short(asked.body)?, asked))).collect::<Result<_, tallymark_store::Error>>()?;
        let ids: Vec<i64> = asked.iter().filter_map(|(short, _)| operation_of(short)).collect();
        let operations = match ids.is_empty() {
            true => Vec::new(),
            false => store::events(tx, tenant, &ids).await?,
        };
        let operations: HashMap<i64, &Recorded> = operations.iter().map(|one| (one.id, one)).collect();
        let (mut written, mut codes) = (Vec::new(), 0);
        for (short, asked) in &asked {
            let operation = operation_of(short).and_then(|id| operations.get(&id).copied());
            let part = u64::try_from(asked.part).unwrap_or(0);
            let mut out = writer.event((short, part), asked.at, operation)?;
            // Codes that were made elsewhere are in the database.
            let missing = writer.take_missing();
            if !missing.is_empty() {
                writer.learn(listed_codes(tx, tenant, &brand.catalog, &missing).await?);
                out = writer.event((short, part), asked.at, operation)?;
            }
            codes += out.codes;
            written.push(WrittenOut { event: out.event, shown: out.shown });
            if codes >= CODES_AT_ONCE {
                break;
            }
        }
        Ok(written)
    }

    async fn found(&self, tx: &mut Tx, tenant: TenantId, key: &Key) -> Result<Option<Whereabouts>, Error> {
        let brand = self.brand(tx, tenant).await?;
        let texts = [text_of(key)];
        let reader = reader(tx, tenant, &brand.catalog, texts.iter().map(String::as_str)).await?;
        let Some(found) = read(&reader, key) else { return Ok(None) };
        let unit = Unit::one(found.batch, found.level, found.serial);
        let mut reader = Reader::new(brand.catalog.layout().clone());
        let run = run_of(&reader.known.layout, &unit)?;
        let lives = reader.answer(tx, tenant, |known| known.over(run, Moment::END)).await?;
        let mut at: Vec<Timestamp> = lives.iter().flat_map(|(_, facts)| facts).map(|fact| fact.moment.at).collect();
        let batch = brand.catalog.batch(found.batch);
        let items = batch.and_then(|batch| batch.packing().items_of(found.level, unit.serials()).ok());
        // Packs that the line fills are commissioned with the first item.
        let items = items.unwrap_or(Serials::new(0, 0));
        at.extend(activation::moments(tx, tenant, found.batch, items, ACTIVATIONS_MAX).await?);
        if found.level != Level::Item {
            at.extend(activation::moments(tx, tenant, found.batch, Serials::new(0, 0), ACTIVATIONS_MAX).await?);
        }
        Ok(Some(Whereabouts { at, object: found.index.get() }))
    }
}

const fn operation_of(short: &Short) -> Option<i64> {
    match short {
        Short::Done { operation, .. } => Some(*operation),
        _ => None,
    }
}

/// The code that an identifier names, where it is one of the brand's: the outer one, as events name it.
pub(super) fn read(reader: &CodeReader<'_>, key: &Key) -> Option<Found> {
    let found = reader.read_scanned(&text_of(key)).filter(|found| found.face == Face::Outer)?;
    match key.class.strip_prefix("01/") {
        Some(gtin) => Gtin::parse(gtin).ok().filter(|gtin| *gtin == found.gtin).map(|_| found),
        // Packs by their SSCC, and codes that were made elsewhere and are no serial numbers of GS1's.
        None => (key.class == "00" || key.serial == Serial::None).then_some(found),
    }
}

/// What is read of an identifier: its serial number, its SSCC, or all of it.
pub(super) fn text_of(key: &Key) -> String {
    match &key.serial {
        Serial::Number(number) if key.class == "00" => {
            Sscc::from_number(*number).map(|sscc| sscc.to_string()).unwrap_or_default()
        }
        Serial::Number(number) => number.to_string(),
        // As it stands in a Digital Link; our own codes have nothing to escape.
        Serial::Text(text) => percent_decode_str(text).decode_utf8_lossy().into_owned(),
        Serial::None => key.class.clone(),
    }
}

fn failed(error: Error) -> tallymark_traces::Error {
    match error {
        Error::Store(error) => error.into(),
        other => tallymark_traces::Error::Internal { cause: other.to_string() },
    }
}

#[async_trait]
impl Hook for OwnEvents {
    async fn captured(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        events: &[Captured<'_>],
    ) -> Result<Vec<(usize, String)>, tallymark_traces::Error> {
        let brand = self.brand(tx, tenant).await.map_err(failed)?;
        let mut refused = Vec::new();
        if brand.catalog.batches().len() == 0 {
            return Ok(refused);
        }
        for (place, captured) in events.iter().enumerate() {
            let done = follow(tx, &self.context, tenant, &brand.catalog, captured.event).await.map_err(failed)?;
            refused.extend(done.map(|why| (place, why)));
        }
        Ok(refused)
    }

    async fn write_out(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        short: &[Asked<'_>],
    ) -> Result<Vec<WrittenOut>, tallymark_traces::Error> {
        self.written(tx, tenant, short).await.map_err(failed)
    }

    async fn whereabouts(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        key: &Key,
    ) -> Result<Option<Whereabouts>, tallymark_traces::Error> {
        self.found(tx, tenant, key).await.map_err(failed)
    }

    async fn has_class(&self, tx: &mut Tx, tenant: TenantId, class: &str) -> Result<bool, tallymark_traces::Error> {
        let brand = self.brand(tx, tenant).await.map_err(failed)?;
        let gtin = class.strip_prefix("01/").and_then(|gtin| Gtin::parse(gtin).ok());
        Ok(gtin.is_some_and(|gtin| brand.catalog.has_gtin(gtin)))
    }

    fn parts(&self, body: &[u8], object: u64) -> Range<i64> {
        let parts = Short::of_bytes(body).map_or(0..0, |short| short.parts(object));
        let number = |part: u64| i64::try_from(part).unwrap_or(i64::MAX);
        number(parts.start)..number(parts.end)
    }
}
