//! To whom goods go back.

use tallymark_base::Timestamp;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_partners::{OrganisationKind, organisation};
use tallymark_store::Tx;

use super::trace::history;
use crate::rules::giving::{Giver, giver_of};
use crate::{Error, Unit};

/// Most codes of a return: the way of each is looked up.
pub const RETURNED_MAX: usize = 500;

/// Why nobody can be named to whom goods go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReceiver {
    /// They were never handed to anybody.
    #[error("these goods were never handed to anybody, so there is nobody to return them to")]
    NotHandedOver,
    /// They came from the brand, and no organisation above their holder is the brand.
    #[error(
        "these goods came from the brand itself, and no organisation of the kind `brand` stands above their holder; add one, or ship them to whom they go"
    )]
    NoBrand,
    /// Some came from one organisation, some from another.
    #[error("these goods came from different organisations; return what came from each apart")]
    Apart,
    /// Nothing, or too much at once.
    #[error("1 to {RETURNED_MAX} codes are returned at once, not {0}; return them in parts")]
    Count(u64),
}

impl NoReceiver {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotHandedOver => "goods.not_handed_over",
            Self::NoBrand => "goods.no_brand_above",
            Self::Apart => "goods.returned_apart",
            Self::Count(_) => "goods.units",
        }
    }
}

/// The one organisation that all of these goods go back to, as of the end of `at`.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn receiver_of_returns(
    tx: &mut Tx,
    tenant: TenantId,
    units: &[Unit],
    at: Timestamp,
) -> Result<Result<OrganisationId, NoReceiver>, Error> {
    let count = units.iter().fold(0_u64, |sum, unit| sum.saturating_add(unit.serials().count()));
    if count > RETURNED_MAX as u64 {
        return Ok(Err(NoReceiver::Count(count)));
    }
    let mut all = None;
    for unit in units {
        for serial in unit.first_serial..=unit.last_serial {
            let one = Unit::one(unit.batch, unit.level, serial);
            match receiver_of_return(tx, tenant, one, at).await? {
                Ok(to) if *all.get_or_insert(to) == to => {}
                Ok(_) => return Ok(Err(NoReceiver::Apart)),
                Err(nobody) => return Ok(Err(nobody)),
            }
        }
    }
    Ok(all.ok_or(NoReceiver::Count(0)))
}

/// The organisation that goods go back to, as of the end of `at`: who handed them to their holder, and where that was the
/// brand itself, the brand's own organisation above the holder.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn receiver_of_return(
    tx: &mut Tx,
    tenant: TenantId,
    unit: Unit,
    at: Timestamp,
) -> Result<Result<OrganisationId, NoReceiver>, Error> {
    let steps = history(tx, tenant, unit, Some(at)).await?;
    let holder = match giver_of(steps.iter().filter_map(|step| step.organisation)) {
        Giver::NotHandedOver => return Ok(Err(NoReceiver::NotHandedOver)),
        Giver::Organisation(giver) => return Ok(Ok(giver)),
        Giver::Brand { holder } => holder,
    };
    let mut above = organisation::find(tx, tenant, holder).await?.and_then(|holder| holder.parent);
    while let Some(id) = above {
        let Some(next) = organisation::find(tx, tenant, id).await? else { break };
        if next.kind == OrganisationKind::Brand {
            return Ok(Ok(next.id));
        }
        above = next.parent;
    }
    Ok(Err(NoReceiver::NoBrand))
}
