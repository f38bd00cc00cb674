//! Following events that others captured: what they say was done with the brand's own codes is recorded as done.

use std::collections::BTreeMap;

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Kind, Timestamp};
use tallymark_codes::Level;
use tallymark_epcis::{Event, identifier};
use tallymark_partners::organisation;
use tallymark_store::{Context, Tx};

use super::operation::{Voice, record_by};
use super::own_events::{read, text_of};
use super::reading::{CodeReader, reader};
use super::trace::whereabouts;
use crate::rules::epcis::read::{Said, said};
use crate::rules::runs::merged;
use crate::{Catalog, Error, NewOperation, Serials, Unit};

/// Does what an event says was done with the brand's own codes, as of the moment that it tells; other codes are not looked at.
/// Why it cannot be, with the field that says it; none where it could, or where there is nothing to do.
///
/// # Errors
/// The database's.
pub(super) async fn follow(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    catalog: &Catalog,
    event: &Event,
) -> Result<Option<String>, Error> {
    let Some(said) = said(event) else { return Ok(None) };
    let at = event.event_time();
    let done = match operation(tx, tenant, catalog, &said, at).await {
        Ok(None) => return Ok(None),
        Ok(Some(operation)) => {
            let answers = record_by(Voice::Others, tx, context, tenant, &[(operation, at)]).await?;
            answers.into_iter().next().unwrap_or(Err(Error::Units { given: 0, max: 1 })).map(drop)
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(None),
        Err(error) if matches!(tallymark_base::Fault::kind(&error), Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => Ok(Some(format!("{}: {error}", said.pointer()))),
    }
}

async fn operation(
    tx: &mut Tx,
    tenant: TenantId,
    catalog: &Catalog,
    said: &Said<'_>,
    at: Timestamp,
) -> Result<Option<NewOperation>, Error> {
    let (codes, organisation) = match said {
        Said::Packed { codes, .. } | Said::Unpacked { codes, .. } => (codes, None),
        Said::Shipped { codes, to: party }
        | Said::Received { codes, by: party }
        | Said::Sold { codes, by: party }
        | Said::Destroyed { codes, by: party } => (codes, Some(*party)),
    };
    let pack = match said {
        Said::Packed { pack, .. } | Said::Unpacked { pack, .. } => Some(*pack),
        Said::Shipped { .. } | Said::Received { .. } | Said::Sold { .. } | Said::Destroyed { .. } => None,
    };
    let texts: Vec<String> = codes.iter().copied().chain(pack).map(|code| text_of(&identifier::key(code))).collect();
    let reader = reader(tx, tenant, catalog, texts.iter().map(String::as_str)).await?;
    let units = units(&reader, codes);
    if units.is_empty() && !codes.is_empty() {
        return Ok(None);
    }
    if let Some(organisation) = organisation
        && !organisation::is_seen(tx, tenant, None, organisation).await?
    {
        return Err(Error::OrganisationNotFound { organisation });
    }
    Ok(match said {
        Said::Packed { pack, .. } => one(&reader, pack).map(|pack| NewOperation::Pack { pack, units, moves: false }),
        Said::Unpacked { pack, .. } => match one(&reader, pack) {
            None => None,
            Some(pack) if codes.is_empty() => Some(NewOperation::Open { packs: vec![pack] }),
            Some(pack) => {
                check_inside(tx, tenant, pack, &units, at).await?;
                Some(NewOperation::Unpack { units })
            }
        },
        Said::Shipped { to, .. } => Some(NewOperation::Ship { units, to: *to, from: None }),
        Said::Received { by, .. } => Some(NewOperation::Receive { units, by: *by }),
        Said::Sold { by, .. } => Some(NewOperation::Sell { units, by: *by }),
        Said::Destroyed { by, .. } => Some(NewOperation::Destroy { units, by: *by }),
    })
}

/// What is said to leave a pack lies in it.
async fn check_inside(tx: &mut Tx, tenant: TenantId, pack: Unit, units: &[Unit], at: Timestamp) -> Result<(), Error> {
    for unit in units {
        for serial in unit.first_serial..=unit.last_serial {
            let codes = Unit::one(unit.batch, unit.level, serial);
            let (_, packs) = whereabouts(tx, tenant, codes, Some(at)).await?;
            if packs.first() != Some(&pack) {
                return Err(Error::NotPacked { codes });
            }
        }
    }
    Ok(())
}

/// The brand's own codes among these, neighbours together.
fn units(reader: &CodeReader<'_>, codes: &[&str]) -> Vec<Unit> {
    let mut levels: BTreeMap<(BatchId, Level), Vec<Serials>> = BTreeMap::new();
    for unit in codes.iter().filter_map(|code| one(reader, code)) {
        levels.entry((unit.batch, unit.level)).or_default().push(unit.serials());
    }
    let unit = |batch, level, run: Serials| Unit { batch, level, first_serial: run.first, last_serial: run.last };
    levels
        .into_iter()
        .flat_map(|((batch, level), runs)| merged(runs).into_iter().map(move |run| unit(batch, level, run)))
        .collect()
}

fn one(reader: &CodeReader<'_>, code: &str) -> Option<Unit> {
    let found = read(reader, &identifier::key(code))?;
    Some(Unit::one(found.batch, found.level, found.serial))
}
