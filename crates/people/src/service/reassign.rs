//! An identifier changes hands: a number that its holder gave up belongs to somebody else some months later.

use tallymark_base::id::{AccountId, ChangeId, IdSource, TenantId};
use tallymark_base::{Clock, Entropy};
use tallymark_store::Tx;

use super::change::{Change, ChangeKind, Decision, Made, journal};
use super::lookup;
use crate::rules::{Account, alone};
use crate::store::{self, NewAccount};
use crate::{Error, Identifier, PeopleKeys};

/// Gives an identifier to somebody new: from here on it leads to a fresh account, which nobody knows anything of and which
/// allowed nothing. The former account keeps its facts, its value and its person, and is reached by that person's other
/// identifiers alone. Gives what the journal says, and the fresh account.
#[expect(clippy::too_many_arguments, reason = "whose, what, why, and the three sources that every use case gets")]
pub async fn reassign(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &PeopleKeys,
    identifier: &Identifier,
    decision: Decision<'_>,
    ids: &IdSource,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(Change, AccountId), Error> {
    let found = lookup::account(tx, tenant, keys, identifier).await?;
    let (index, former) = found.ok_or(Error::NobodyKnown { kind: identifier.kind() })?;
    let fresh: AccountId = ids.next(clock)?;
    store::repoint(tx, tenant, index, (former.id, fresh)).await?;
    let account = Account {
        id: fresh,
        person: alone(fresh),
        merges: 0,
        tier: 0,
        neighbours: 0,
        created_at: decision.at,
        ..former.clone()
    };
    let sealed = account.kind.keeps_value().then(|| keys.seal(fresh, identifier.value(), entropy));
    store::insert_accounts(tx, tenant, &[NewAccount { account, sealed }]).await?;
    let id: ChangeId = ids.next(clock)?;
    let made = Made { id, kind: ChangeKind::Reassigned, subject: former.id, undoes: None };
    let between = (former.id.min(fresh), former.id.max(fresh));
    Ok((journal(tx, tenant, made, decision, 1, &[between]).await?, fresh))
}
