//! The keys under which people are looked up and their values sealed.

use tallymark_base::id::AccountId;
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::{Key, SealError};
use tallymark_base::{Entropy, TypedId as _};
use tallymark_partners::Tenant;

use crate::Identifier;

/// A keyed hash of an identifier: the first 16 bytes of HMAC-SHA256 over the kind's number and the value. Equal for
/// equal identifiers of a tenant, and without the tenant's key it tells nothing.
pub type BlindIndex = [u8; 16];

/// A tenant's keys for its people. Made once for a tenant and a revision of its settings, and kept in memory.
#[derive(Debug, Clone)]
pub struct PeopleKeys {
    /// Under which blind indexes are made: now, then those before under which some may still be.
    blind: Vec<Key>,
    /// The same for identifiers whose value is not kept, so that their index cannot be made anew: it never changes.
    unkept: Key,
    /// Seals the data keys of accounts: now, then those before.
    vault: Vec<Key>,
    /// Hashes who was erased.
    suppression: Key,
}

impl PeopleKeys {
    /// The keys of a tenant.
    pub fn new(tenant: &Tenant) -> Self {
        Self {
            blind: tenant.secrets_for("people.blind.v1"),
            unkept: tenant.secret_for("people.blind.v1"),
            vault: tenant.secrets_for("people.vault.v1"),
            suppression: tenant.secret_for("people.suppression.v1"),
        }
    }

    /// Where an identifier is looked up.
    pub fn blind_index(&self, identifier: &Identifier) -> BlindIndex {
        let keeps_value = identifier.kind().keeps_value();
        hash(if keeps_value { &self.blind[0] } else { &self.unkept }, identifier)
    }

    /// Where it may still be, while the keys are changed.
    pub(crate) fn earlier_indexes(&self, identifier: &Identifier) -> impl Iterator<Item = BlindIndex> + Clone {
        let earlier = if identifier.kind().keeps_value() { &self.blind[1..] } else { &[] };
        earlier.iter().map(|key| hash(key, identifier))
    }

    /// By what an identifier of somebody who was erased is remembered. It leads to no account, and to no blind index.
    pub(crate) fn suppression_token(&self, identifier: &Identifier) -> BlindIndex {
        hash(&self.suppression, identifier)
    }

    /// Seals a value under a fresh data key; gives the sealed value and the sealed key.
    pub(crate) fn seal(&self, account: AccountId, value: &str, entropy: &dyn Entropy) -> (Vec<u8>, Vec<u8>) {
        let data_key = Key::generate(entropy);
        let value = data_key.seal(&context("source_account.sealed", account), value.as_bytes(), entropy);
        (value, self.seal_data_key(account, &data_key, entropy))
    }

    /// An account's data key as it is kept.
    pub(crate) fn seal_data_key(&self, account: AccountId, data_key: &Key, entropy: &dyn Entropy) -> Vec<u8> {
        self.vault[0].seal(&context("account_key.sealed_key", account), data_key.bytes(), entropy)
    }

    /// An account's data key.
    pub(crate) fn open_data_key(&self, account: AccountId, sealed: &[u8]) -> Result<Key, SealError> {
        let context = context("account_key.sealed_key", account);
        let opened = self.vault[0].open_key(&context, sealed);
        let earlier = |error| self.vault[1..].iter().find_map(|key| key.open_key(&context, sealed).ok()).ok_or(error);
        opened.or_else(earlier)
    }

    /// An account's data key as it is to be kept from here on; `None` where it is kept so.
    pub(crate) fn rewrapped(
        &self,
        account: AccountId,
        sealed: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Option<Vec<u8>>, SealError> {
        if self.vault[0].open_key(&context("account_key.sealed_key", account), sealed).is_ok() {
            return Ok(None);
        }
        let data_key = self.open_data_key(account, sealed)?;
        Ok(Some(self.seal_data_key(account, &data_key, entropy)))
    }

    /// Opens what [`PeopleKeys::seal`] made for the same account.
    pub(crate) fn open(&self, account: AccountId, value: &[u8], key: &[u8]) -> Result<Vec<u8>, SealError> {
        let data_key = self.open_data_key(account, key)?;
        data_key.open(&context("source_account.sealed", account), value)
    }
}

fn hash(key: &Key, identifier: &Identifier) -> BlindIndex {
    let digest = hmac_sha256(key.bytes(), &[&[identifier.kind().number()], identifier.value().as_bytes()]);
    let mut index = BlindIndex::default();
    index.copy_from_slice(&digest[..16]);
    index
}

/// What a sealed value is bound to: its column and its row.
pub(crate) fn context(column: &str, account: AccountId) -> Vec<u8> {
    [column.as_bytes(), &account.raw().to_be_bytes()].concat()
}
