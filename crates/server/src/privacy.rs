//! Erasing a person from everything that the installation keeps.

use std::time::Duration;

use serde::Serialize;
use tallymark_base::id::{AccountId, EventId, TenantId};
use tallymark_base::{Act, Timestamp, TypedId as _};
use tallymark_intake::privacy as quarantine;
use tallymark_partners::{Tenant, tenant};
use tallymark_people::events::AccountErased;
use tallymark_people::identity::Decision;
use tallymark_people::privacy::{self, Erased};
use tallymark_people::{Identifier, PeopleKeys};
use tallymark_store::audit::{self, Entry};
use tallymark_store::outbox::Events;
use tallymark_store::{Context, Tx};
use tallymark_web::Problem;
use utoipa::ToSchema;

/// How often the log of an embedded database is tried to be emptied: a reader may be in the way.
const TRIES: u32 = 20;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// What began to come in before has come in by then.
const UNDER_WAY: Duration = Duration::from_secs(600);

/// What erasing did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedPerson {
    /// What was erased.
    #[serde(flatten)]
    pub erased: Erased,
    /// Events in quarantine that mentioned the person, and went.
    pub unread_events: u64,
    /// Files that were asked for and might tell of the person, and went.
    pub exports: u64,
    /// Whether nothing of it is left in the files of an embedded database. Otherwise a long question was in the way: erase
    /// again, which does nothing else. Of PostgreSQL's files: docs/security.md.
    pub files_clean: bool,
}

/// What the audit log keeps.
#[derive(Debug, Serialize)]
struct Because<'a> {
    reason: &'a str,
}

/// Takes the person that an account belongs to out of everything that the installation keeps. First the quarantine is looked
/// through, while the identifiers are known; then everything goes in one transaction, and the log is emptied. Stopped in
/// between, doing it again does the rest.
///
/// # Errors
/// As [`privacy::erase`].
pub async fn erase(context: &Context, act: Act, account: AccountId, reason: &str) -> Result<ErasedPerson, Problem> {
    let (id, by) = (act.tenant, act.actor.to_string());
    let mut tx = context.store.read().await?;
    let person = tallymark_people::person(&mut tx, id, account).await?;
    let (brand, identifiers) = known(&mut tx, context, id, &person.accounts).await?;
    tx.commit().await?;
    let begun = context.clock.now();
    let mut unread_events = quarantine::forget(context, &brand, &identifiers).await?;

    let mut tx = context.store.write().await?;
    let person = tallymark_people::person(&mut tx, id, account).await?;
    // Somebody may have joined others with the person meanwhile, or changed the keys.
    let (brand, identifiers) = known(&mut tx, context, id, &person.accounts).await?;
    let (ids, clock) = (&context.ids, &*context.clock);
    let decision = Decision { by: &by, reason, at: clock.now() };
    let keys = PeopleKeys::new(&brand);
    let erased = privacy::erase(&mut tx, id, &keys, &person.accounts, decision, ids, clock).await?;
    let since = Timestamp(begun.0 - UNDER_WAY.as_micros() as i64);
    unread_events += quarantine::forget_since(&mut tx, &brand, &identifiers, since).await?;
    // Files that somebody asked for may tell of the person.
    let withdrawn = tallymark_exports::withdraw(&mut tx, id, decision.at).await?;
    let mut events = Events::new();
    for account in &erased.accounts {
        let event = AccountErased { account: *account };
        events.push(ids.next::<EventId>(clock)?.raw(), id.raw(), decision.at, &event);
    }
    events.save(&mut tx, ids, clock).await?;
    if erased.change.is_some() {
        let entry = Entry::new(act, "person.erased", person.id).after(&Because { reason });
        audit::record(&mut tx, context, entry).await?;
    }
    tx.commit().await?;
    Ok(ErasedPerson { erased, unread_events, exports: withdrawn, files_clean: empty_log(context).await? })
}

/// Notes that somebody who was erased is back of their own will: imports do not leave the identifier out any more. Gives whether
/// they did.
///
/// # Errors
/// Of the database.
pub async fn lift(context: &Context, act: Act, identifier: &Identifier, reason: &str) -> Result<bool, Problem> {
    let mut tx = context.store.write().await?;
    let (brand, _) = known(&mut tx, context, act.tenant, &[]).await?;
    let keys = PeopleKeys::new(&brand);
    let is_lifted = privacy::lift_suppression(&mut tx, act.tenant, &keys, identifier).await?;
    if is_lifted {
        let entry = Entry::new(act, "suppression.lifted", act.tenant).after(&Because { reason });
        audit::record(&mut tx, context, entry).await?;
    }
    tx.commit().await?;
    Ok(is_lifted)
}

/// The brand, and the identifiers of accounts.
async fn known(
    tx: &mut Tx,
    context: &Context,
    id: TenantId,
    accounts: &[AccountId],
) -> Result<(Tenant, Vec<Identifier>), Problem> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let brand = brand.ok_or_else(|| Problem::internal("server.tenant_missing", id))?;
    let identifiers = privacy::identifiers(tx, id, &PeopleKeys::new(&brand), accounts).await?;
    Ok((brand, identifiers))
}

/// Empties the log of an embedded database; gives whether nothing that was deleted is left in the files.
async fn empty_log(context: &Context) -> Result<bool, Problem> {
    for _ in 0..TRIES {
        if context.store.empty_log().await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}
