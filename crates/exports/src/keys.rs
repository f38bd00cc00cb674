//! The keys under which files are kept.

use tallymark_base::Entropy;
use tallymark_base::TypedId as _;
use tallymark_base::id::ExportId;
use tallymark_base::seal::{Key, SealError};
use tallymark_partners::Tenant;

/// Seals the key of an export's file.
#[derive(Debug, Clone)]
pub(crate) struct TenantKey(Key);

impl TenantKey {
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self(tenant.secret_for("export.file.v1"))
    }

    pub(crate) fn seal(&self, export: ExportId, key: &Key, entropy: &dyn Entropy) -> Vec<u8> {
        self.0.seal(&of_row(export), key.bytes(), entropy)
    }

    pub(crate) fn open(&self, export: ExportId, sealed: &[u8]) -> Result<FileKey, SealError> {
        self.0.open_key(&of_row(export), sealed).map(FileKey)
    }
}

/// Seals the pieces of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileKey(Key);

impl FileKey {
    pub(crate) fn seal(&self, place: Place, piece: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        self.0.seal(&place.bytes(), piece, entropy)
    }

    pub(crate) fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.open(&place.bytes(), sealed)
    }
}

/// Where a piece stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) export: ExportId,
    pub(crate) attempt: i64,
    pub(crate) number: i64,
}

impl Place {
    /// What a sealed piece is bound to: its column and its row.
    fn bytes(self) -> Vec<u8> {
        let parts = [self.export.raw().to_be_bytes(), self.attempt.to_be_bytes(), self.number.to_be_bytes()];
        [b"export_chunk.sealed".as_slice(), parts.as_flattened()].concat()
    }
}

fn of_row(export: ExportId) -> Vec<u8> {
    [b"export_run.sealed_key".as_slice(), &export.raw().to_be_bytes()].concat()
}
