//! The keys under which a tenant's imports are kept.

use sha2::{Digest as _, Sha256};
use tallymark_base::id::OrganisationId;
use tallymark_base::seal::{Key, SealError};
use tallymark_base::{Entropy, TypedId as _};
use tallymark_partners::Tenant;

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// Seals the pieces of a file that was sent.
#[derive(Debug, Clone)]
pub(crate) struct ImportKeys {
    chunk: Key,
}

impl ImportKeys {
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self { chunk: tenant.secret_for("import.chunk.v1") }
    }

    pub(crate) fn seal(&self, upload: i64, number: i64, piece: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        self.chunk.seal(&context(upload, number), piece, entropy)
    }

    pub(crate) fn open(&self, upload: i64, number: i64, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.chunk.open(&context(upload, number), sealed)
    }
}

/// What a sealed piece is bound to: its column and its row.
fn context(upload: i64, number: i64) -> Vec<u8> {
    [b"import_chunk.sealed".as_slice(), &upload.to_be_bytes(), &number.to_be_bytes()].concat()
}

/// What tells a file with its mapping, sheet and source from every other; of a caller who is limited to a part of the channel tree,
/// among those that were imported for that part.
pub(crate) fn of_run(
    kind: &str,
    source: &str,
    sheet: Option<&str>,
    (file, mapping): (&Hash, &Hash),
    within: Option<OrganisationId>,
) -> Hash {
    let within = within.map(|within| within.raw().to_be_bytes());
    let parts = [kind.as_bytes(), source.as_bytes(), sheet.unwrap_or_default().as_bytes(), file, mapping];
    of_parts(parts.into_iter().chain(within.as_ref().map(<[u8; 8]>::as_slice)))
}

/// What tells a document of a source from every other, among those of the same part of the channel tree.
pub(crate) fn of_document(source: &str, within: Option<OrganisationId>, number: &str) -> Hash {
    let within = within.map_or(0, |within| within.raw()).to_be_bytes();
    of_parts([b"document".as_slice(), source.as_bytes(), &within, number.as_bytes()].into_iter())
}

fn of_parts<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The hash of a text.
pub(crate) fn of_text(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}
