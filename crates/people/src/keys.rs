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

/// A tenant's keys for its people. Made once for a tenant and kept in memory.
#[derive(Debug, Clone)]
pub struct PeopleKeys {
    /// Under which blind indexes are made.
    blind: Key,
    /// Seals the data keys of accounts.
    vault: Key,
    /// Hashes who was erased.
    suppression: Key,
}

impl PeopleKeys {
    /// The keys of a tenant.
    pub fn new(tenant: &Tenant) -> Self {
        Self {
            blind: tenant.secret_for("people.blind.v1"),
            vault: tenant.secret_for("people.vault.v1"),
            suppression: tenant.secret_for("people.suppression.v1"),
        }
    }

    /// Where an identifier is looked up.
    pub fn blind_index(&self, identifier: &Identifier) -> BlindIndex {
        hash(&self.blind, identifier)
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
        self.vault.seal(&context("account_key.sealed_key", account), data_key.bytes(), entropy)
    }

    /// An account's data key.
    pub(crate) fn open_data_key(&self, account: AccountId, sealed: &[u8]) -> Result<Key, SealError> {
        self.vault.open_key(&context("account_key.sealed_key", account), sealed)
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
