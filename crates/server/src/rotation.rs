//! New keys for what a brand keeps of its people.

use std::time::Duration;

use tallymark_base::id::{AccountId, JobId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_partners::{Generation, rotation as secrets, tenant};
use tallymark_people::PeopleKeys;
use tallymark_people::rotation::piece;
use tallymark_store::job::{self, NewJob};
use tallymark_store::{Context, Tx};
use tallymark_web::Problem;

/// The kind of job that puts everything under the new key. Its arguments are empty.
pub const JOB: &str = "people.rotate";
/// What began under the former key has ended by then, on whichever server.
const SETTLED_AFTER: Duration = Duration::from_secs(60);
/// Attempts of the job: each goes on with what is left.
const ATTEMPTS_MAX: u32 = 10;
/// Between two pieces people go first.
const LET_OTHERS_GO: Duration = Duration::from_millis(20);

/// Makes the next generation of the keys that a brand's people are looked up and sealed by, and promises the work that puts what
/// is there under it.
///
/// # Errors
/// `partners.rotation_goes_on` while an earlier one is not complete.
pub async fn begin(tx: &mut Tx, context: &Context, tenant: TenantId) -> Result<Generation, Problem> {
    let now = context.clock.now();
    let made = secrets::begin(tx, &context.master, &*context.entropy, tenant, now).await?;
    let (id, args) = (context.ids.next::<JobId>(&*context.clock)?, serde_json::json!({}));
    let run_at = Timestamp(now.0 + SETTLED_AFTER.as_micros() as i64);
    job::enqueue(tx, &NewJob { id, tenant, kind: JOB, args, run_at, attempts_max: ATTEMPTS_MAX }, now).await?;
    Ok(made)
}

/// Puts everything under the last generation and completes it; gives `false` where `is_over` became true meanwhile, and the rest
/// is for another time. Where nothing is to be done nothing is.
///
/// # Errors
/// Of the database, and of values that do not open.
pub async fn run(context: &Context, tenant: TenantId, is_over: impl Fn() -> bool) -> Result<bool, Problem> {
    loop {
        let (mut after, mut changed) = (AccountId::from_raw(0), 0);
        loop {
            if is_over() {
                return Ok(false);
            }
            let mut tx = context.store.write().await?;
            let state = secrets::state(&mut tx, tenant).await?;
            if state.made_at.is_none() || state.done_at.is_some() {
                return Ok(true);
            }
            let brand = tenant::find(&mut tx, &context.master, tenant).await?;
            let brand = brand.ok_or_else(|| Problem::internal("server.tenant_missing", tenant))?;
            let (ids, clock, entropy) = (&context.ids, &*context.clock, &*context.entropy);
            let done = piece(&mut tx, tenant, &PeopleKeys::new(&brand), after, ids, clock, entropy).await?;
            changed += done.changed;
            if done.last.is_none() && changed == 0 {
                secrets::complete(&mut tx, tenant, state.generation, clock.now()).await?;
            }
            tx.commit().await?;
            match done.last {
                Some(last) => after = last,
                None => break,
            }
            tokio::time::sleep(LET_OTHERS_GO).await;
        }
    }
}
