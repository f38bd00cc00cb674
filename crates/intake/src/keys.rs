//! The keys of a tenant's intake.

use tallymark_base::id::ApiKeyId;
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::{Key, SealError};
use tallymark_base::{Entropy, TypedId as _};
use tallymark_partners::Tenant;

/// A keyed hash.
pub(crate) type Hash = [u8; 16];

/// A tenant's keys for what it takes in.
#[derive(Debug, Clone)]
pub(crate) struct IntakeKeys {
    message: Key,
    quarantine: Key,
}

impl IntakeKeys {
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self { message: tenant.secret_for("intake.message.v1"), quarantine: tenant.secret_for("intake.quarantine.v1") }
    }

    /// What tells a message of a source from every other: by its id, or its bytes where it could not be read.
    pub(crate) fn message(&self, source: Option<ApiKeyId>, message_id: &[u8]) -> Hash {
        self.hash(&[b"message", &source.map_or(0, |source| source.raw()).to_be_bytes(), message_id])
    }

    /// What tells the name of what happened from every other.
    pub(crate) fn name(&self, kind: &str, name: &str) -> Hash {
        self.hash(&[b"name", kind.as_bytes(), &[0], name.as_bytes()])
    }

    fn hash(&self, parts: &[&[u8]]) -> Hash {
        let digest = hmac_sha256(self.message.bytes(), parts);
        let mut hash = Hash::default();
        hash.copy_from_slice(&digest[..16]);
        hash
    }

    /// An event that could not be read, as it is kept.
    pub(crate) fn seal(&self, entry: i64, body: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        self.quarantine.seal(&context(entry), body, entropy)
    }

    /// An event that could not be read.
    pub(crate) fn open(&self, entry: i64, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.quarantine.open(&context(entry), sealed)
    }
}

/// What a sealed body is bound to: its column and its row.
fn context(entry: i64) -> Vec<u8> {
    [b"intake_quarantine.body".as_slice(), &entry.to_be_bytes()].concat()
}
