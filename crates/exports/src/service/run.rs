//! Carrying out an export: a page is read while the one before is packed, and what is packed is kept in sealed pieces.

use tallymark_base::id::{ExportId, TenantId};
use tallymark_store::Context;
use tokio::task::spawn_blocking;

use super::manage::{KEPT_FOR, found, tenant_key};
use crate::keys::{FileKey, Place};
use crate::store::run::Reached;
use crate::store::{chunk, run as store};
use crate::{Cell, Error, Head, Run, Table};

/// Bytes of a piece.
const PIECE: usize = 256 << 10;
/// Pieces after which the database's cache gives their pages back: nobody asks for them before the file is fetched.
const RELEASED_AFTER: i64 = 64;
/// Pages after which the count is told, however few bytes they make.
const TOLD_AFTER: u32 = 8;
/// Pieces that one transaction deletes.
const DELETED_AT_ONCE: u32 = 64;

/// Whoever reads a list, page by page, each in a transaction of its own.
pub trait Pages: Send {
    /// How many rows there will be, where that is known.
    fn total(&self) -> Option<u64>;

    /// The next rows, each with as many cells as there are titles; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Vec<Cell>>, Error>> + Send;
}

/// Writes the file of an export, from its beginning. `stop` is asked before each page.
///
/// # Errors
/// [`Error::Elsewhere`] where the export was cancelled, or another server carries it out; [`Error::Stopped`]; what `pages`
/// could not read.
pub async fn carry_out<P: Pages>(
    context: &Context,
    tenant: TenantId,
    id: ExportId,
    (head, mut pages): (Head, P),
    stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Run, Error> {
    let (mut keeper, run) = Keeper::begin(context, tenant, id).await?;
    let internal = |error: std::io::Error| Error::Internal(error.to_string());
    let mut table = Table::new(run.format, head).map_err(internal)?;
    let mut page = pages.next().await?;
    keeper.reached.rows_total = pages.total();
    while !page.is_empty() {
        if stop() {
            return Err(Error::Stopped { id });
        }
        let rows = page.len() as u64;
        let packing = spawn_blocking(move || {
            page.iter().try_for_each(|cells| table.row(cells))?;
            let bytes = table.take();
            Ok::<_, std::io::Error>((table, bytes))
        });
        let (packed, next) = tokio::join!(packing, pages.next());
        let packed = packed.map_err(|error| Error::Internal(error.to_string()))?;
        let bytes;
        (table, bytes) = packed.map_err(internal)?;
        page = next?;
        keeper.reached.rows += rows;
        keeper.take(&bytes).await?;
    }
    keeper.take(&table.end().map_err(internal)?).await?;
    keeper.end().await
}

/// Keeps what one attempt writes.
struct Keeper<'a> {
    context: &'a Context,
    tenant: TenantId,
    id: ExportId,
    attempt: i64,
    key: FileKey,
    reached: Reached,
    pieces: i64,
    waiting: Vec<u8>,
    untold: u32,
    /// Pieces whose pages may still be in the database's cache.
    unreleased: i64,
}

impl<'a> Keeper<'a> {
    async fn begin(context: &'a Context, tenant: TenantId, id: ExportId) -> Result<(Self, Run), Error> {
        let mut tx = context.store.write().await?;
        if !store::begin_attempt(&mut tx, tenant, id, context.clock.now()).await? {
            return Err(Error::Elsewhere { id });
        }
        let kept = found(&mut tx, tenant, id).await?;
        let sealed = kept.sealed_key.ok_or(Error::Elsewhere { id })?;
        let key = tenant_key(&mut tx, context, tenant).await?.open(id, &sealed)?;
        tx.commit().await?;
        let (reached, waiting) = (Reached::default(), Vec::with_capacity(2 * PIECE));
        let keeper = Self {
            context,
            tenant,
            id,
            attempt: kept.attempt,
            key,
            reached,
            pieces: 0,
            waiting,
            untold: 0,
            unreleased: 0,
        };
        keeper.delete_earlier().await?;
        Ok((keeper, kept.run))
    }

    async fn delete_earlier(&self) -> Result<(), Error> {
        loop {
            let mut tx = self.context.store.write().await?;
            let place = (self.id, self.attempt);
            let gone = chunk::delete_before(&mut tx, self.tenant, place, DELETED_AT_ONCE).await?;
            tx.commit().await?;
            if gone < u64::from(DELETED_AT_ONCE) {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.waiting.extend_from_slice(bytes);
        self.reached.bytes += bytes.len() as u64;
        self.untold += 1;
        if self.waiting.len() >= PIECE || self.untold >= TOLD_AFTER {
            self.keep(PIECE).await?;
        }
        Ok(())
    }

    /// Keeps what waits, in pieces of at least `least` bytes but for none at all.
    async fn keep(&mut self, least: usize) -> Result<(), Error> {
        let mut pieces = Vec::new();
        while !self.waiting.is_empty() && self.waiting.len() >= least {
            let rest = self.waiting.split_off(self.waiting.len().min(PIECE));
            let piece = std::mem::replace(&mut self.waiting, rest);
            let place = Place { export: self.id, attempt: self.attempt, number: self.pieces };
            pieces.push((self.pieces, self.key.seal(place, &piece, &*self.context.entropy)));
            self.pieces += 1;
        }
        let mut tx = self.context.store.write().await?;
        let place = (self.id, self.attempt);
        if !store::advance(&mut tx, self.tenant, place, self.reached, self.context.clock.now()).await? {
            return Err(Error::Elsewhere { id: self.id });
        }
        let kept = pieces.len() as i64;
        chunk::add(&mut tx, self.tenant, place, pieces).await?;
        tx.commit().await?;
        self.untold = 0;
        self.unreleased += kept;
        if self.unreleased >= RELEASED_AFTER {
            self.context.store.release_cache().await?;
            self.unreleased = 0;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<Run, Error> {
        self.keep(1).await?;
        let now = self.context.clock.now();
        let mut tx = self.context.store.write().await?;
        let place = (self.id, self.attempt);
        if !store::done(&mut tx, self.tenant, place, (now, now.plus(KEPT_FOR))).await? {
            return Err(Error::Elsewhere { id: self.id });
        }
        let run = found(&mut tx, self.tenant, self.id).await?.run;
        tx.commit().await?;
        Ok(run)
    }
}
