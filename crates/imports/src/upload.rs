//! Files that are sent to the server: kept in sealed pieces until their run ends.

use bytes::{Bytes, BytesMut};
use sha2::{Digest as _, Sha256};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ImportId, TenantId};
use tallymark_partners::tenant;
use tallymark_store::{Context, Tx};

use crate::keys::{Hash, ImportKeys};
use crate::{Error, store};

/// Bytes of a file that is sent.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a piece.
const PIECE: usize = 256 << 10;
/// Pieces that are read at once.
const PIECES: i64 = 16;

/// A file on its way in. What was kept of one that does not arrive whole is forgotten after a day.
#[derive(Debug)]
pub struct Upload<'a> {
    context: &'a Context,
    tenant: TenantId,
    keys: ImportKeys,
    id: i64,
    pieces: i64,
    bytes: u64,
    digest: Sha256,
    waiting: BytesMut,
}

/// A file that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploaded {
    pub(crate) id: i64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl<'a> Upload<'a> {
    /// Begins to take a file.
    pub async fn begin(context: &'a Context, tenant: TenantId) -> Result<Self, Error> {
        let mut tx = context.store.read().await?;
        let keys = keys_of(&mut tx, context, tenant).await?;
        let id: ImportId = context.ids.next(&*context.clock)?;
        let (digest, waiting) = (Sha256::new(), BytesMut::with_capacity(PIECE));
        Ok(Self { context, tenant, keys, id: id.raw(), pieces: 0, bytes: 0, digest, waiting })
    }

    /// Takes the next bytes.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        if self.bytes > FILE_BYTES_MAX {
            return Err(Error::TooLarge { max: FILE_BYTES_MAX });
        }
        self.digest.update(bytes);
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PIECE {
            let piece = self.waiting.split_to(PIECE);
            self.keep(&piece).await?;
        }
        Ok(())
    }

    /// The end of the file.
    pub async fn end(mut self) -> Result<Uploaded, Error> {
        if self.bytes == 0 {
            return Err(Error::NoFile);
        }
        let piece = self.waiting.split();
        if !piece.is_empty() {
            self.keep(&piece).await?;
        }
        let sha256: Hash = self.digest.finalize().into();
        Ok(Uploaded { id: self.id, sha256 })
    }

    /// Forgets what was taken.
    pub async fn discard(self) -> Result<(), Error> {
        let mut tx = self.context.store.write().await?;
        store::delete_chunks(&mut tx, self.tenant, self.id).await?;
        Ok(tx.commit().await?)
    }

    /// A transaction for each piece: whoever sends slowly holds nobody up.
    async fn keep(&mut self, piece: &[u8]) -> Result<(), Error> {
        let sealed = self.keys.seal(self.id, self.pieces, piece, &*self.context.entropy);
        let mut tx = self.context.store.write().await?;
        store::add_chunk(&mut tx, self.tenant, self.id, self.pieces, sealed, self.context.clock.now()).await?;
        tx.commit().await?;
        self.pieces += 1;
        Ok(())
    }
}

/// The file of an upload, whole; `None` where it is gone.
pub(crate) async fn read(context: &Context, tenant: TenantId, upload: i64) -> Result<Option<Bytes>, Error> {
    let mut tx = context.store.read().await?;
    let keys = keys_of(&mut tx, context, tenant).await?;
    let (mut file, mut next) = (BytesMut::new(), 0);
    loop {
        let pieces = store::chunks(&mut tx, tenant, upload, next, PIECES).await?;
        if pieces.is_empty() {
            return Ok((next > 0).then(|| file.freeze()));
        }
        for (number, sealed) in pieces {
            file.extend_from_slice(&keys.open(upload, number, &sealed)?);
            next = number + 1;
        }
    }
}

async fn keys_of(tx: &mut Tx, context: &Context, id: TenantId) -> Result<ImportKeys, Error> {
    let tenant = tenant::find(tx, &context.master, id).await?;
    Ok(ImportKeys::new(&tenant.ok_or_else(|| Error::Internal(format!("there is no tenant {id}")))?))
}
