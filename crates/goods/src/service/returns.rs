//! To whom goods go back.

use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_partners::{OrganisationKind, organisation};
use tallymark_store::Tx;

use super::trace::history;
use crate::rules::giving::{Giver, giver_of};
use crate::{Error, Unit};

/// Why nobody can be named to whom goods go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReceiver {
    /// They were never handed to anybody.
    #[error("these goods were never handed to anybody, so there is nobody to return them to")]
    NotHandedOver,
    /// They came from the brand, and no organisation above their holder is the brand.
    #[error(
        "these goods came from the brand itself, and no organisation of the kind `brand` stands above their holder; add one, or \
         ship them to whom they go"
    )]
    NoBrand,
    /// Not all of them came from the same organisation.
    #[error("these goods came from different organisations; return what came from each apart")]
    Apart,
    /// There are none.
    #[error("nothing was returned")]
    Nothing,
}

impl Fault for NoReceiver {
    fn code(&self) -> &'static str {
        match self {
            Self::NotHandedOver => "goods.not_handed_over",
            Self::NoBrand => "goods.no_brand_above",
            Self::Apart => "goods.returned_apart",
            Self::Nothing => "goods.units",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Invalid
    }
}

/// The one organisation that all of these goods go back to, as of the end of `at`: who handed them to their holder, and where
/// that was the brand itself, the brand's own organisation above the holder.
///
/// # Errors
/// [`Error::NoSuchSerials`] for a code that the batch does not have.
pub async fn receiver_of_returns(
    tx: &mut Tx,
    tenant: TenantId,
    units: &[Unit],
    at: Timestamp,
) -> Result<Result<OrganisationId, NoReceiver>, Error> {
    let mut all = None;
    for unit in units {
        let to = match receiver_of_return(tx, tenant, *unit, at).await? {
            Ok(to) => to,
            Err(none) => return Ok(Err(none)),
        };
        if *all.get_or_insert(to) != to {
            return Ok(Err(NoReceiver::Apart));
        }
    }
    Ok(all.ok_or(NoReceiver::Nothing))
}

/// The organisation that one of them goes back to.
async fn receiver_of_return(
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
