//! The keys of codes and messages.

use std::collections::BTreeMap;
use std::net::IpAddr;

use tallymark_base::id::MessageId;
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::{Key, SealError};
use tallymark_base::{Entropy, TypedId as _};
use tallymark_partners::Tenant;

use crate::BlindIndex;

/// A tenant's keys for codes and the messages that carry them. Made once for a tenant and kept in memory.
#[derive(Debug, Clone)]
pub struct CodeKeys {
    /// Hashes codes and network addresses.
    hash: Key,
    /// Seals numbers and contents of messages.
    message: Key,
}

/// What is sealed of a message.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Content {
    pub(super) phone: String,
    pub(super) params: BTreeMap<String, String>,
}

impl CodeKeys {
    /// The keys of a tenant.
    pub fn new(tenant: &Tenant) -> Self {
        Self { hash: tenant.secret_for("people.code.v1"), message: tenant.secret_for("people.message.v1") }
    }

    /// What is kept of a code. It belongs to one message, so that equal codes look different.
    pub(super) fn code_hash(&self, message: MessageId, code: &str) -> [u8; 32] {
        hmac_sha256(self.hash.bytes(), &[b"code\0", &message.raw().to_be_bytes(), code.as_bytes()])
    }

    /// What is counted for a network address.
    pub(super) fn address(&self, address: IpAddr) -> BlindIndex {
        let text = address.to_string();
        self.subject(&[b"address\0", text.as_bytes()])
    }

    /// What is counted for the tenant in all.
    pub(super) fn everybody(&self) -> BlindIndex {
        self.subject(&[b"everybody\0"])
    }

    fn subject(&self, parts: &[&[u8]]) -> BlindIndex {
        let digest = hmac_sha256(self.hash.bytes(), parts);
        let mut subject = BlindIndex::default();
        subject.copy_from_slice(&digest[..16]);
        subject
    }

    pub(super) fn seal(&self, message: MessageId, content: &Content, entropy: &dyn Entropy) -> Vec<u8> {
        let plain = serde_json::to_vec(content).expect("a map of texts has a JSON form");
        self.message.seal(&context(message), &plain, entropy)
    }

    pub(super) fn open(&self, message: MessageId, sealed: &[u8]) -> Result<Content, SealError> {
        let plain = self.message.open(&context(message), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError::DoesNotOpen)
    }
}

/// What a sealed content is bound to: its row.
fn context(message: MessageId) -> Vec<u8> {
    [b"sms_message.sealed".as_slice(), &message.raw().to_be_bytes()].concat()
}
