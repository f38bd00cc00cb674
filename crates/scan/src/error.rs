//! Why a scan got no decision.

use tallymark_base::{Fault, Kind};

/// A scan that was not decided. Nothing of it happened, except where the text says that it may have.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A claim without anyone to give the reward to.
    #[error("a claim needs at least one identifier of the person: device, phone, wechat_openid or card")]
    NoIdentifier,
    /// The key was used for another scan.
    #[error("this idempotency key was used for another scan; use a new key for a new scan")]
    KeyReused,
    /// More scans wait than the server takes.
    #[error("the server has as many scans waiting as it takes; send the scan again in a moment")]
    Overloaded,
    /// The database could not decide it now. When the connection broke while committing, it may have happened: the
    /// same key gives the answer.
    #[error("the scan could not be decided now; send it again with the same idempotency key")]
    Unavailable,
    /// The server is stopping.
    #[error("the server is stopping; send the scan again with the same idempotency key")]
    Stopping,
    /// No such scan.
    #[error("there is no such scan; an old one may have left the database for the lake (table scan_decided)")]
    NotFound,
    /// A list over more batches than are looked at together.
    #[error("a list of scans is of at most {max} batches: name a batch, or ask the lake (table scan_decided)")]
    TooManyBatches {
        /// How many.
        max: usize,
    },
    /// A scan that was to leave the database is not what its transfers and its code say.
    #[error("old scans stay in the database, because one of them is not right: {0}; see `tallymark verify`")]
    NotRight(String),
    /// A defect.
    #[error("internal error while deciding the scan: {0}")]
    Internal(String),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoIdentifier => "scan.no_identifier",
            Self::KeyReused => "idempotency.reused",
            Self::Overloaded => "scan.overloaded",
            Self::Unavailable => "scan.unavailable",
            Self::Stopping => "scan.stopping",
            Self::NotFound => "scan.not_found",
            Self::TooManyBatches { .. } => "scan.too_many_batches",
            Self::NotRight(_) => "scan.not_right",
            Self::Internal(_) => "scan.internal",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoIdentifier | Self::TooManyBatches { .. } => Kind::Invalid,
            Self::KeyReused => Kind::Conflict,
            Self::Overloaded => Kind::TooMany,
            Self::Unavailable | Self::Stopping => Kind::Unavailable,
            Self::NotFound => Kind::NotFound,
            Self::NotRight(_) | Self::Internal(_) => Kind::Internal,
        }
    }
}

impl<F: FaultOfBatch> From<F> for Error {
    fn from(fault: F) -> Self {
        match fault.kind() {
            Kind::Unavailable => Self::Unavailable,
            _ => Self::Internal(format!("{}: {fault}", fault.code())),
        }
    }
}

/// The faults of lower floors that can end a batch.
pub(crate) trait FaultOfBatch: Fault {}
impl FaultOfBatch for tallymark_store::Error {}
impl FaultOfBatch for tallymark_ledger::Error {}
impl FaultOfBatch for tallymark_base::id::IdError {}
impl FaultOfBatch for tallymark_people::Error {}
impl FaultOfBatch for tallymark_goods::Error {}
impl FaultOfBatch for tallymark_campaigns::Error {}
impl FaultOfBatch for tallymark_settlement::Error {}
impl FaultOfBatch for tallymark_partners::Error {}
