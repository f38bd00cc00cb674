//! To whom goods go back.

use tallymark_base::Timestamp;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_partners::{OrganisationKind, organisation};
use tallymark_store::Tx;

use super::trace::history;
use crate::rules::giving::{Giver, giver_of};
use crate::{Error, Unit};

/// Why nobody can be named to whom goods go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReceiver {
    /// They were never handed to anybody.
    NotHandedOver,
    /// They came from the brand, and no organisation above their holder is the brand.
    NoBrand,
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
