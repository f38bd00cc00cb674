//! Erasing a person from everything that the installation keeps.

use std::time::Duration;

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, EventId, TenantId};
use tallymark_partners::tenant;
use tallymark_people::PeopleKeys;
use tallymark_people::events::AccountErased;
use tallymark_people::identity::Decision;
use tallymark_people::privacy::{self, Erased};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};
use tallymark_web::Problem;

/// How often the log of an embedded database is tried to be emptied: a reader may be in the way.
const TRIES: u32 = 20;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes a person out of everything that the installation keeps, in the caller's transaction; `accounts` are all of theirs. Gives
/// what was erased, and how many events in quarantine mentioned them and went. After the commit: [`empty_log`].
///
/// # Errors
/// As [`privacy::erase`].
pub async fn erase_person(
    context: &Context,
    tx: &mut Tx,
    id: TenantId,
    accounts: &[AccountId],
    decision: Decision<'_>,
) -> Result<(Erased, u64), Problem> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let brand = brand.ok_or_else(|| Problem::internal("server.tenant_missing", id))?;
    let keys = PeopleKeys::new(&brand);
    let identifiers = privacy::identifiers(tx, id, &keys, accounts).await?;
    let (ids, clock) = (&context.ids, &*context.clock);
    let erased = privacy::erase(tx, id, &keys, accounts, decision, ids, clock).await?;
    let unread = tallymark_intake::privacy::forget(tx, &brand, &identifiers).await?;
    let mut events = Events::new();
    for account in &erased.accounts {
        let event = AccountErased { account: *account };
        events.push(ids.next::<EventId>(clock)?.raw(), id.raw(), decision.at, &event);
    }
    events.save(tx, ids, clock).await?;
    Ok((erased, unread))
}

/// Empties the log of an embedded database; gives whether nothing that was deleted is left in the files.
///
/// # Errors
/// Of the database.
pub async fn empty_log(context: &Context) -> Result<bool, Problem> {
    for _ in 0..TRIES {
        if context.store.empty_log().await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}
