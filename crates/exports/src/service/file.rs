//! Reading a file, piece by piece.

use tallymark_base::id::{ExportId, TenantId};
use tallymark_store::{Context, Tx};

use super::manage::{found, tenant_key};
use crate::keys::{FileKey, Place};
use crate::store::chunk;
use crate::{Error, Run, State};

/// A file that is read.
#[derive(Debug)]
pub struct File {
    context: Context,
    tenant: TenantId,
    attempt: i64,
    key: FileKey,
    next: i64,
    /// The export.
    pub run: Run,
}

impl File {
    /// Opens the file of an export.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::NoFile`].
    pub async fn open(tx: &mut Tx, context: &Context, tenant: TenantId, id: ExportId) -> Result<Self, Error> {
        let kept = found(tx, tenant, id).await?;
        let no_file = Error::NoFile { id, state: kept.run.state.name() };
        let is_over = kept.run.expires_at.is_none_or(|end| end <= context.clock.now());
        let Some(sealed) = kept.sealed_key.filter(|_| kept.run.state == State::Done && !is_over) else {
            return Err(no_file);
        };
        let key = tenant_key(tx, context, tenant).await?.open(id, &sealed)?;
        Ok(Self { context: context.clone(), tenant, attempt: kept.attempt, key, next: 0, run: kept.run })
    }

    /// What the file is called: the list, when it was asked for (UTC), and the end that tells its format.
    pub fn name(&self) -> String {
        let at = self.run.created_at.to_jiff().strftime("%Y%m%d-%H%M%S");
        format!("{}-{at}.{}", self.run.list, self.run.format.name())
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// [`Error::NoFile`] where it was deleted meanwhile.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let id = self.run.id;
        let mut tx = self.context.store.read().await?;
        let kept = found(&mut tx, self.tenant, id).await?;
        if kept.sealed_key.is_none() || kept.attempt != self.attempt {
            return Err(Error::NoFile { id, state: kept.run.state.name() });
        }
        let place = (id, self.attempt);
        let Some((number, sealed)) = chunk::read(&mut tx, self.tenant, place, self.next, 1).await?.pop() else {
            return Ok(None);
        };
        if number != self.next {
            return Err(Error::Internal(format!("piece {} of export {id} is missing", self.next)));
        }
        self.next += 1;
        let place = Place { export: id, attempt: self.attempt, number };
        Ok(Some(self.key.open(place, &sealed)?))
    }
}
