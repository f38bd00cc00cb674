//! The secrets behind a tenant's codes: one for each epoch, sealed by the master key.

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, TypedId as _};
use tallymark_codes::{Epoch, EpochKey, Keyring};
use tallymark_store::{Tx, revision};

use crate::Error;
use crate::store::key as store;

/// A tenant's keys, opened.
#[derive(Debug)]
pub struct CodeKeys {
    keyring: Keyring,
    /// Rising, never empty.
    epochs: Vec<EpochKey>,
    /// Under which lists of codes that were made elsewhere are kept: those of the first epoch for ever, so that the same code has the
    /// same hash in every list.
    hashing: Key,
    sealing: Key,
}

impl CodeKeys {
    /// For reading codes of every epoch.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The epoch under which batches are ordered.
    pub fn current(&self) -> Epoch {
        self.epochs.last().map(EpochKey::epoch).expect("a keyring was made of them, which refuses none")
    }

    /// For hashes of the codes of lists.
    pub(crate) const fn hashing(&self) -> &Key {
        &self.hashing
    }

    /// For sealing the texts of lists.
    pub(crate) const fn sealing(&self) -> &Key {
        &self.sealing
    }

    /// For minting codes of one epoch.
    pub fn key(&self, epoch: Epoch) -> Option<&EpochKey> {
        self.epochs.iter().find(|key| key.epoch() == epoch)
    }
}

/// Makes a new key, which becomes current: batches ordered from here on are minted under it, codes of the earlier ones
/// stay readable. Whoever makes a tenant calls this once for its first key.
pub async fn rotate(tx: &mut Tx, tenant: TenantId, master: &Key, entropy: &dyn Entropy) -> Result<Epoch, Error> {
    let current = store::current(tx, tenant).await?;
    let number = current.map_or(1, |epoch| epoch.0.saturating_add(1));
    if usize::from(number) > Keyring::EPOCHS_MAX {
        return Err(Error::TooManyEpochs { max: Keyring::EPOCHS_MAX });
    }
    let epoch = Epoch(number);
    let secret = Key::generate(entropy);
    store::insert(tx, tenant, epoch, master.seal(&context(tenant, epoch), secret.bytes(), entropy)).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(epoch)
}

/// Loads and opens a tenant's keys.
pub async fn load(tx: &mut Tx, tenant: TenantId, master: &Key) -> Result<CodeKeys, Error> {
    let (mut epochs, mut lists) = (Vec::new(), None);
    for (epoch, sealed) in store::all(tx, tenant).await? {
        let secret = master.open_key(&context(tenant, epoch), &sealed)?;
        epochs.push(EpochKey::new(epoch, *secret.bytes()));
        lists.get_or_insert_with(|| (secret.derive("code_list.hash.v1"), secret.derive("code_list.text.v1")));
    }
    let (hashing, sealing) = lists.ok_or(Error::NoKeys)?;
    Ok(CodeKeys { keyring: Keyring::new(epochs.clone())?, epochs, hashing, sealing })
}

/// What a sealed key is bound to: copied to another tenant's or epoch's row it does not open.
fn context(tenant: TenantId, epoch: Epoch) -> Vec<u8> {
    [b"code_key.secret".as_slice(), &tenant.raw().to_be_bytes(), &[epoch.0]].concat()
}
