//! Where a brand's own codes meet the events: whoever keeps them is told of captured events before they are committed, and may
//! complete events that it wrote itself when they go out.

use async_trait::async_trait;
use tallymark_base::id::TenantId;
use tallymark_epcis::Event;
use tallymark_store::Tx;

use crate::Error;

/// An event that is about to be committed.
#[derive(Debug)]
pub struct Captured<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its id.
    pub id: &'a str,
    /// Its number: in the order of commits.
    pub number: i64,
}

/// What else happens with events, in the transaction that saves them or the one that reads them.
#[async_trait]
pub trait Hook: std::fmt::Debug + Send + Sync {
    /// Events that others captured are about to be committed. For each that cannot be, (its place in `events`, why): it is
    /// refused as one that is wrong.
    ///
    /// # Errors
    /// The whole batch is rolled back.
    async fn captured(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        events: &[Captured<'_>],
    ) -> Result<Vec<(usize, String)>, Error>;

    /// Whether [`Self::captured`] wants to see events: where it does not, they are not read again for it.
    fn is_asking(&self) -> bool {
        true
    }

    /// Events go out: what was kept short is written in full, such as a run of codes as a list.
    ///
    /// # Errors
    /// The answer fails.
    async fn written(&self, tx: &mut Tx, tenant: TenantId, events: &mut [Event]) -> Result<(), Error>;
}

/// Nothing else happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHook;

#[async_trait]
impl Hook for NoHook {
    async fn captured(&self, _: &mut Tx, _: TenantId, _: &[Captured<'_>]) -> Result<Vec<(usize, String)>, Error> {
        Ok(Vec::new())
    }

    fn is_asking(&self) -> bool {
        false
    }

    async fn written(&self, _: &mut Tx, _: TenantId, _: &mut [Event]) -> Result<(), Error> {
        Ok(())
    }
}
