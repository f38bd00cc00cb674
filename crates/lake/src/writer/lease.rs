//! The lease: one server writes the lake at a time.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_store::outbox::consumer;
use tallymark_store::{Context, Tx};

use super::{CONSUMER, Writer};
use crate::Error;
use crate::store::{self, Held, Holder};

impl Writer {
    /// The lease, taken where it is free, extended where it is held.
    pub(super) async fn hold(&mut self) -> Result<Option<Held>, Error> {
        if let Some(held) = self.held {
            let mut tx = self.context.store.write().await?;
            if !store::hold(&mut tx, self.holder, self.context.clock.now().plus(self.settings.lease)).await? {
                self.held = None;
                return Err(Error::LeaseLost);
            }
            tx.commit().await?;
            return Ok(Some(held));
        }
        let Some(held) = self.take_lease().await? else { return Ok(None) };
        if let Err(error) = self.refuse_other(held).await {
            // Another server may reach what this one does not.
            let mut tx = self.context.store.write().await?;
            store::hold(&mut tx, self.holder, Timestamp(0)).await?;
            tx.commit().await?;
            return Err(error);
        }
        self.go_on_under(held);
        Ok(Some(held))
    }

    /// Goes on under a lease that was taken.
    pub(super) fn go_on_under(&mut self, held: Held) {
        self.held = Some(held);
        self.has_looked_back = false;
        self.written.clear();
    }

    /// The lease, where it is free, whatever stands at the place.
    pub(super) async fn take_lease(&self) -> Result<Option<Held>, Error> {
        let now = self.context.clock.now();
        let new = Holder { holder: self.holder, expires_at: now.plus(self.settings.lease) };
        let expired_before = Timestamp(now.0.saturating_sub(self.settings.skew_micros()));
        let mut tx = self.context.store.write().await?;
        let taken = store::take(&mut tx, new, self.context.entropy.bytes(), expired_before).await?;
        if taken.is_some() {
            consumer::enrol(&mut tx, CONSUMER, now).await?;
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// A transaction that only the holder of the lease gets.
    pub(super) async fn writing(&self) -> Result<Tx, Error> {
        let mut tx = self.context.store.write().await?;
        let until = self.context.clock.now().plus(self.settings.lease);
        if store::hold(&mut tx, self.holder, until).await? { Ok(tx) } else { Err(Error::LeaseLost) }
    }

    /// Gives the lease back.
    ///
    /// # Errors
    ///
    /// Of the database; then the lease runs out by itself.
    pub async fn release(&mut self) -> Result<(), Error> {
        if self.held.take().is_some() {
            let mut tx = self.context.store.write().await?;
            store::hold(&mut tx, self.holder, Timestamp(0)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Extends the lease again and again; comes back when that fails.
pub(super) async fn renew(context: &Context, holder: [u8; 16], lease: Duration, every: Duration) -> Error {
    loop {
        tokio::time::sleep(every).await;
        let extended = async {
            let mut tx = context.store.write().await?;
            let is_held = store::hold(&mut tx, holder, context.clock.now().plus(lease)).await?;
            tx.commit().await?;
            if is_held { Ok(()) } else { Err(Error::LeaseLost) }
        };
        if let Err(error) = extended.await {
            return error;
        }
    }
}
