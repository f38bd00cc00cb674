//! New secrets for what a brand keeps of its people.

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Timestamp, TypedId as _};
use tallymark_store::{Tx, revision};

use crate::store::tenant::{self as store, StoredSecret};
use crate::{Error, Generation};

/// Makes the next generation of the secret that a brand's people are looked up and sealed by. From the commit on every new value
/// is under it; what is there follows (`tallymark_people::rotation`), and [`complete`] says when everything has.
///
/// # Errors
/// [`Error::RotationGoesOn`] while an earlier one is not complete.
pub async fn begin(
    tx: &mut Tx,
    master: &Key,
    entropy: &dyn Entropy,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Generation, Error> {
    let last = store::secrets(tx, tenant).await?.pop();
    if let Some(open) = last.as_ref().filter(|last| last.done_at.is_none()) {
        return Err(Error::RotationGoesOn { generation: open.generation });
    }
    let generation = last.map_or(1, |last| last.generation) + 1;
    let secret = Key::generate(entropy);
    let sealed = master.seal(&super::tenant::generation_context(tenant, generation), secret.bytes(), entropy);
    store::insert_secret(tx, tenant, &StoredSecret { generation, sealed, made_at: now, done_at: None }).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(Generation { generation, made_at: Some(now), done_at: None })
}

/// Notes that nothing is under an earlier generation any more, and destroys those between the first and the last.
pub async fn complete(tx: &mut Tx, tenant: TenantId, generation: u32, now: Timestamp) -> Result<(), Error> {
    store::finish_secret(tx, tenant, generation, now).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(())
}

/// The generation that is in use, and how far it is.
pub async fn state(tx: &mut Tx, tenant: TenantId) -> Result<Generation, Error> {
    let last = store::secrets(tx, tenant).await?.pop();
    Ok(last.map_or(Generation { generation: 1, made_at: None, done_at: None }, |last| Generation {
        generation: last.generation,
        made_at: Some(last.made_at),
        done_at: last.done_at,
    }))
}
