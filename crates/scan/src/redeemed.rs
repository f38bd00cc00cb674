//! Claims as events of EPCIS: each claim of a code is one event that says that the item was redeemed, and says nothing of who did.
//!
//! A scan notes its claims in its own transaction, a few bytes each and one row for a whole batch. Whoever follows takes rows away
//! and adds their events in one transaction, so that none is lost and none is told twice, whatever ends in between. Rows wait
//! until they are taken, so it does not matter in which order they were committed. Scans wait for none of this.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use async_trait::async_trait;
use tallymark_base::id::{ScanId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_epcis::identifier::Key;
use tallymark_goods::{OwnEvents, moment_of_redeeming};
use tallymark_store::{Context, Tx};
use tallymark_traces::{Captured, Hook, Short, Whereabouts, WrittenOut};

use crate::Error;
use crate::rules::CodeUse;
use crate::store::redeemed as store;
use crate::types::Scan;

/// Rows that one transaction takes.
const NOTES_MAX: i64 = 128;
/// Bytes of claims that one transaction takes, about: some 8,000 claims.
const BYTES_MAX: usize = 64 << 10;
/// Codes that one transaction goes through for older claims.
const CODES_MAX: i64 = 5_000;

/// A claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redeemed {
    pub(crate) scan: ScanId,
    pub(crate) index: u64,
    pub(crate) at: Timestamp,
}

/// What waits to be told: claims of one batch of scans.
pub(crate) struct Note {
    pub(crate) scan: ScanId,
    pub(crate) tenant: TenantId,
    pub(crate) claims: Vec<u8>,
}

/// The claims that scans made, by the codes that they changed.
pub(crate) fn of<'a>(scans: &[Scan], changed: impl Iterator<Item = (u64, &'a CodeUse)>) -> Vec<Redeemed> {
    let ours: HashSet<ScanId> = scans.iter().map(|scan| scan.id).collect();
    let claimed = changed.filter_map(|(index, used)| {
        let (scan, _, at) = used.claim.filter(|(scan, ..)| ours.contains(scan))?;
        Some(Redeemed { scan, index, at })
    });
    let mut claimed: Vec<Redeemed> = claimed.collect();
    claimed.sort_unstable_by_key(|one| (one.at, one.index, one.scan));
    claimed
}

/// Claims as they are kept: index and microseconds since those of the claim before, seven bits a byte (LEB128, zigzag).
pub(crate) fn to_bytes(claims: &[Redeemed]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::with_capacity(claims.len() * 8), (0_i64, 0_i64));
    for one in claims {
        let now = (one.index.cast_signed(), one.at.0);
        for step in [now.0.wrapping_sub(last.0), now.1.wrapping_sub(last.1)] {
            let mut rest = ((step << 1) ^ (step >> 63)).cast_unsigned();
            while rest >= 0x80 {
                bytes.push((rest & 0x7F) as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
        }
        last = now;
    }
    bytes
}

/// The codes and moments that were kept; none where the bytes are no claims.
fn of_bytes(mut rest: &[u8]) -> Option<Vec<(u64, Timestamp)>> {
    let (mut claims, mut last) = (Vec::new(), (0_i64, 0_i64));
    let step = |rest: &mut &[u8]| -> Option<i64> {
        let mut value = 0_u64;
        for place in 0..10 {
            let (byte, after) = rest.split_first()?;
            *rest = after;
            value |= u64::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    };
    while !rest.is_empty() {
        last = (last.0.wrapping_add(step(&mut rest)?), last.1.wrapping_add(step(&mut rest)?));
        claims.push((u64::try_from(last.0).ok()?, Timestamp(last.1)));
    }
    Some(claims)
}

/// Makes events of claims that wait, a bounded part of them; and where none wait, of a part of those that are older than the
/// notes. Says whether there may be more. Several servers may do so at once.
///
/// # Errors
/// The database's. Nothing is lost: what was not committed waits.
pub async fn follow(context: &Context) -> Result<bool, Error> {
    let mut tx = context.store.read().await?;
    let waiting = store::waiting(&mut tx, NOTES_MAX).await?;
    drop(tx);
    if waiting.is_empty() {
        return walk(context).await;
    }
    let mut brands: BTreeMap<TenantId, Vec<Note>> = BTreeMap::new();
    let mut bytes = 0;
    for note in waiting {
        if bytes < BYTES_MAX {
            bytes += note.claims.len();
            brands.entry(note.tenant).or_default().push(note);
        }
    }
    for (tenant, notes) in brands {
        match tell(context, tenant, &notes).await {
            // Another server was first: what it left waits.
            Err(error) if ["store.contended", "store.rows_written"].contains(&code_of(&error)) => {}
            told => told?,
        }
    }
    Ok(true)
}

fn code_of(error: &tallymark_goods::Error) -> &'static str {
    tallymark_base::Fault::code(error)
}

/// Takes what waits of a brand and adds its events, in one transaction. The events come last: whoever else adds some to the
/// brand waits until it ends.
async fn tell(context: &Context, tenant: TenantId, notes: &[Note]) -> Result<(), tallymark_goods::Error> {
    let mut claims = Vec::new();
    for note in notes {
        let unreadable = || tallymark_store::Error::Unreadable(format!("claims of scan {}", note.scan));
        claims.extend(of_bytes(&note.claims).ok_or_else(unreadable)?);
    }
    let taken: Vec<ScanId> = notes.iter().map(|note| note.scan).collect();
    let mut tx = context.store.write().await?;
    store::take(&mut tx, tenant, &taken).await?;
    tallymark_goods::redeemed(&mut tx, context, tenant, &claims).await?;
    let stopped = || tallymark_store::Error::Unreadable("a test ended it here".to_owned());
    fail::fail_point!("scan::redeemed_before_commit", |_| Err(stopped().into()));
    Ok(tx.commit().await?)
}

/// Goes on through the codes that were used, for claims that no scan noted.
async fn walk(context: &Context) -> Result<bool, Error> {
    let mut tx = context.store.read().await?;
    let Some(from) = store::walked(&mut tx).await? else { return Ok(false) };
    drop(tx);
    let mut tx = context.store.write().await?;
    let used = store::used_after(&mut tx, from, CODES_MAX).await?;
    let to = used.last().map_or(from, |used| used.place);
    let is_over = used.len() < usize::try_from(CODES_MAX).unwrap_or(usize::MAX);
    if !store::walk_on(&mut tx, from, to, is_over).await? {
        return Ok(true);
    }
    let mut brands: BTreeMap<TenantId, Vec<(u64, Timestamp)>> = BTreeMap::new();
    for used in &used {
        let [index, _, tenant] = used.place;
        if let (Some(at), Ok(index)) = (used.unnoted, u64::try_from(index)) {
            brands.entry(TenantId::from_raw(tenant)).or_default().push((index, at));
        }
    }
    for (tenant, claims) in brands {
        tallymark_goods::redeemed(&mut tx, context, tenant, &claims).await?;
    }
    tx.commit().await?;
    Ok(!is_over)
}

/// The events of a brand's own goods with those of claims: [`OwnEvents`] writes them, here is when each code has one.
#[derive(Debug)]
pub struct OwnAndRedeemed(OwnEvents);

impl OwnAndRedeemed {
    /// For the brands of a database.
    pub fn new(context: Context) -> Self {
        Self(OwnEvents::new(context))
    }
}

#[async_trait]
impl Hook for OwnAndRedeemed {
    async fn captured(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        events: &[Captured<'_>],
    ) -> Result<Vec<(usize, String)>, tallymark_traces::Error> {
        self.0.captured(tx, tenant, events).await
    }

    fn is_asking(&self) -> bool {
        self.0.is_asking()
    }

    async fn write_out(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        short: &[Short<'_>],
    ) -> Result<Vec<WrittenOut>, tallymark_traces::Error> {
        self.0.write_out(tx, tenant, short).await
    }

    async fn whereabouts(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        key: &Key,
    ) -> Result<Option<Whereabouts>, tallymark_traces::Error> {
        let Some(mut found) = self.0.whereabouts(tx, tenant, key).await? else { return Ok(None) };
        let claimed = store::claimed_at(tx, tenant, found.object).await?;
        found.at.extend(claimed.into_iter().map(moment_of_redeeming));
        Ok(Some(found))
    }

    async fn has_class(&self, tx: &mut Tx, tenant: TenantId, class: &str) -> Result<bool, tallymark_traces::Error> {
        self.0.has_class(tx, tenant, class).await
    }

    fn parts(&self, body: &[u8], object: u64) -> Range<i64> {
        self.0.parts(body, object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn claims_are_read_as_they_were_kept(claims in prop::collection::vec((0_u64..1 << 40, any::<i64>()), 0..50)) {
            let scan = ScanId::from_raw(1);
            let kept: Vec<Redeemed> =
                claims.iter().map(|(index, at)| Redeemed { scan, index: *index, at: Timestamp(*at) }).collect();
            let wanted: Vec<_> = claims.iter().map(|(index, at)| (*index, Timestamp(*at))).collect();
            prop_assert_eq!(of_bytes(&to_bytes(&kept)), Some(wanted));
        }

        #[test]
        fn other_bytes_are_refused_or_read_but_never_end_the_program(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = of_bytes(&bytes);
        }
    }

    #[test]
    fn a_claim_takes_about_eight_bytes() {
        let claim = |n: i64| Redeemed {
            scan: ScanId::from_raw(1),
            index: (1_u64 << 30) + n.unsigned_abs() * 7_919 % 1_000_000,
            at: Timestamp(1_772_323_200_000_000 + n * 150),
        };
        let bytes = to_bytes(&(0..256).map(claim).collect::<Vec<_>>());
        assert!(bytes.len() <= 8 * 256, "{}", bytes.len());
    }
}
