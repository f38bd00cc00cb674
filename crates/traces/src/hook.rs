//! Where a brand's own codes meet the events: whoever keeps them is told of captured events before they are committed, and
//! writes out events of its own, which are kept short.

use std::ops::Range;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tallymark_base::Timestamp;
use tallymark_base::id::TenantId;
use tallymark_epcis::Event;
use tallymark_epcis::identifier::Key;
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

/// One of the events that a short row stands for.
#[derive(Debug, Clone, Copy)]
pub struct Short<'a> {
    /// What is kept of them.
    pub body: &'a [u8],
    /// Which of them, from 0.
    pub part: i64,
    /// When it happened.
    pub at: Timestamp,
}

/// An event that was kept short.
#[derive(Debug)]
pub struct WrittenOut {
    /// Its fields but its id: what it is found by.
    pub event: Map<String, Value>,
    /// What is shown of it, where that is less.
    pub shown: Option<Map<String, Value>>,
}

/// Where events that are kept short may name an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// When these happened.
    pub at: Vec<Timestamp>,
    /// What [`Hook::parts`] knows the object by.
    pub object: u64,
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

    /// Writes out events that are kept short, in their order: the first, and as many more as do not take much memory.
    ///
    /// # Errors
    /// The answer fails.
    async fn write_out(&self, tx: &mut Tx, tenant: TenantId, short: &[Short<'_>]) -> Result<Vec<WrittenOut>, Error>;

    /// Where short events may name an object; none where it is not one of the brand's own.
    ///
    /// # Errors
    /// The answer fails.
    async fn whereabouts(&self, tx: &mut Tx, tenant: TenantId, key: &Key) -> Result<Option<Whereabouts>, Error>;

    /// Whether short events may name objects of a class, such as `01/06901234567892`.
    ///
    /// # Errors
    /// The answer fails.
    async fn has_class(&self, tx: &mut Tx, tenant: TenantId, class: &str) -> Result<bool, Error>;

    /// Which of the events that a short row stands for may name an object.
    fn parts(&self, body: &[u8], object: u64) -> Range<i64>;
}

/// Nothing else happens, and nothing is kept short.
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

    async fn write_out(&self, _: &mut Tx, _: TenantId, _: &[Short<'_>]) -> Result<Vec<WrittenOut>, Error> {
        Err(Error::Internal { cause: "an event is kept short, and nobody is here who can write it out".to_owned() })
    }

    async fn whereabouts(&self, _: &mut Tx, _: TenantId, _: &Key) -> Result<Option<Whereabouts>, Error> {
        Ok(None)
    }

    async fn has_class(&self, _: &mut Tx, _: TenantId, _: &str) -> Result<bool, Error> {
        Ok(false)
    }

    fn parts(&self, _: &[u8], _: u64) -> Range<i64> {
        0..0
    }
}
