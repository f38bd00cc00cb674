//! The journal of what people decided about who is who.

use serde::Serialize;
use tallymark_base::id::{AccountId, ChangeId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::Tx;
use utoipa::ToSchema;

use crate::Error;
use crate::store::evidence::{self, StoredChange};

/// Characters of a reason.
pub const REASON_MAX: usize = 500;
/// Changes that are shown at once.
pub const CHANGES_MAX: u32 = 200;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Accounts were parted from the rest of their person.
    Parted,
    /// Two people were joined.
    Joined,
    /// Evidence that was taken back counts again.
    Restored,
    /// A joining was taken back.
    Withdrawn,
    /// An identifier changed hands.
    Reassigned,
    /// A person was erased.
    Erased,
}

impl ChangeKind {
    const ALL: [Self; 6] =
        [Self::Parted, Self::Joined, Self::Restored, Self::Withdrawn, Self::Reassigned, Self::Erased];

    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Parted => 1,
            Self::Joined => 2,
            Self::Restored => 3,
            Self::Withdrawn => 4,
            Self::Reassigned => 5,
            Self::Erased => 6,
        }
    }

    /// What undoes it, or why nothing does.
    pub(super) const fn opposite(self) -> Result<Self, &'static str> {
        match self {
            Self::Parted => Ok(Self::Restored),
            Self::Joined => Ok(Self::Withdrawn),
            Self::Restored => Ok(Self::Parted),
            Self::Withdrawn => Ok(Self::Joined),
            Self::Reassigned => Err("the identifier has somebody else since; reassign it again instead"),
            Self::Erased => Err("what was erased is nowhere any more"),
        }
    }

    pub(super) const fn retracts(self) -> bool {
        matches!(self, Self::Parted | Self::Withdrawn)
    }
}

/// A change that somebody decided, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// What was done.
    pub kind: ChangeKind,
    /// Who did it.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// An account that it is about.
    pub subject: AccountId,
    /// Accounts that got another person.
    pub moved: u32,
    /// The change that it undid.
    pub undoes: Option<ChangeId>,
    /// The change that undid it.
    pub undone_by: Option<ChangeId>,
}

/// Who decides, and why.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Who, as the audit log names them.
    pub by: &'a str,
    /// Why, in 1 to [`REASON_MAX`] characters.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Changes before one (or the latest), the latest first, at most [`CHANGES_MAX`].
pub async fn changes(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<ChangeId>,
    limit: u32,
) -> Result<Vec<Change>, Error> {
    let before = before.map_or(i64::MAX, |change| change.raw());
    let stored = evidence::changes(tx, tenant, before, limit.min(CHANGES_MAX)).await?;
    stored.iter().map(change_view).collect()
}

/// A change that is being made.
pub(super) struct Made {
    pub(super) id: ChangeId,
    pub(super) kind: ChangeKind,
    pub(super) subject: AccountId,
    pub(super) undoes: Option<ChangeId>,
}

/// Writes a change down with the pairs that it is about.
pub(super) async fn journal(
    tx: &mut Tx,
    tenant: TenantId,
    made: Made,
    decision: Decision<'_>,
    moved: usize,
    pairs: &[(AccountId, AccountId)],
) -> Result<Change, Error> {
    let reason = decision.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Error::Reason { max: REASON_MAX });
    }
    let stored = StoredChange {
        id: made.id.raw(),
        kind: made.kind.number(),
        by: decision.by.to_owned(),
        reason: reason.to_owned(),
        at: decision.at,
        subject: made.subject,
        moved: i64::try_from(moved).unwrap_or(i64::MAX),
        reverts: made.undoes.map(|change| change.raw()),
        reverted_by: None,
    };
    evidence::save_change(tx, tenant, &stored, pairs).await?;
    change_view(&stored)
}

pub(super) fn kind_of(stored: &StoredChange) -> Result<ChangeKind, Error> {
    let kind = ChangeKind::ALL.into_iter().find(|kind| kind.number() == stored.kind);
    kind.ok_or_else(|| tallymark_store::Error::Unreadable(format!("kind {} of a change", stored.kind)).into())
}

pub(super) fn change_view(stored: &StoredChange) -> Result<Change, Error> {
    Ok(Change {
        id: ChangeId::from_raw(stored.id),
        kind: kind_of(stored)?,
        by: stored.by.clone(),
        reason: stored.reason.clone(),
        at: stored.at,
        subject: stored.subject,
        moved: u32::try_from(stored.moved).unwrap_or(u32::MAX),
        undoes: stored.reverts.map(ChangeId::from_raw),
        undone_by: stored.reverted_by.map(ChangeId::from_raw),
    })
}
