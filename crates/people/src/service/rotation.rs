//! What is kept of people comes under a new key, account by account, while people are resolved.
//!
//! `tallymark_partners::rotation` makes the key. From then on everything new is under it, and what is not found under it is looked
//! for under the one before. [`piece`] seals data keys and makes blind indexes anew; a pass that changed nothing was the last.
//! The index of an identifier whose value is not kept (a device) never changes: its value is random.

use tallymark_base::id::{AccountId, IdSource, TenantId};
use tallymark_base::{Clock, Entropy};
use tallymark_store::Tx;

use super::change::Decision;
use super::identity;
use crate::store::rotation::{self as stored, Moved};
use crate::{Error, Identifier, PeopleKeys};

/// Accounts of a piece.
pub const PIECE: u32 = 500;

/// What a piece did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The last account that was looked at; none where there was none.
    pub last: Option<AccountId>,
    /// How many keys were sealed and indexes made anew.
    pub changed: u64,
}

/// Puts at most [`PIECE`] accounts after one under the keys of now, and does nothing to those that are.
///
/// Two servers may have taken a new identifier under two keys in the moment of the change. Its accounts become one person,
/// and the identifier leads to the one under the new key.
pub async fn piece(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    after: AccountId,
    ids: &IdSource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Piece, Error> {
    let accounts = stored::accounts_after(tx, tenant, after, PIECE).await?;
    let last = accounts.last().map(|one| one.account);
    let (mut rewrapped, mut moved) = (Vec::new(), Vec::new());
    for one in &accounts {
        let Some(sealed_key) = &one.sealed_key else { continue };
        if let Some(now) = keys.rewrapped(one.account, sealed_key, entropy)? {
            rewrapped.push((one.account, sealed_key.clone(), now));
        }
        if let Some(value) = super::privacy::value_of(keys, one)? {
            let identifier = Identifier::parse(one.kind, &value)?;
            let to = keys.blind_index(&identifier);
            moved.extend(keys.earlier_indexes(&identifier).map(|from| Moved { account: one.account, from, to }));
        }
    }
    let mut changed = stored::rewrap(tx, tenant, &rewrapped).await?;
    changed += stored::reindex(tx, tenant, &moved).await?;
    for (a, b) in stored::remove_doubled(tx, tenant, &moved).await? {
        changed += 1;
        let decision = Decision { by: "rotation", reason: "one identifier was taken under two keys", at: clock.now() };
        match identity::join(tx, tenant, (a, b), decision, ids, clock).await {
            Ok(_) | Err(Error::AlreadyOne | Error::Erased { .. } | Error::Apart { .. } | Error::NothingToPart) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Piece { last, changed })
}
