//! How those who subscribed are doing.

use tallymark_base::id::TenantId;
use tallymark_store::Tx;

use crate::Error;
use crate::store::other;

/// The subscriptions of a brand, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many there are.
    pub subscriptions: u64,
    /// Those whose last try failed.
    pub failing: u64,
}

/// How many subscriptions a brand has, and how many of them did not take what they were told last.
///
/// # Errors
/// Of the database.
pub async fn standing(tx: &mut Tx, tenant: TenantId) -> Result<Standing, Error> {
    let (subscriptions, failing) = other::standing(tx, tenant).await?;
    Ok(Standing { subscriptions, failing })
}
