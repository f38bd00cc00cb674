//! Work over all people of a brand, with what it means in money and points.

use std::num::NonZeroUsize;

use serde::Serialize;
use tallymark_base::id::TenantId;
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::Book;
use tallymark_people::everybody::{self, DryRun, Everybody, Preview};
use tallymark_people::{Policy, standard_policy};
use tallymark_store::Context;
use tallymark_web::Problem;
use utoipa::ToSchema;

/// Accounts whose wallets are read at once.
const WALLETS: usize = 1_000;

/// What another policy would change, and whose money and points it would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PolicyOutlook {
    /// What would change.
    #[serde(flatten)]
    pub dry_run: DryRun,
    /// Money in fen on accounts that would belong to a person of another number.
    pub moved_cny_fen: i64,
    /// Points on these accounts.
    pub moved_points: i64,
}

/// Tells what another policy would change over all people of a brand, and how much of what they own would be another
/// person's. Nothing is written.
///
/// # Errors
/// As [`everybody::dry_run`], and of the ledger.
pub async fn outlook(context: &Context, tenant: TenantId, policy: &Policy) -> Result<PolicyOutlook, Problem> {
    let preview = Preview::of(context, tenant, policy, threads()).await?;
    let moved = preview.changed().flat_map(|changed| changed.accounts).filter(|placed| placed.before != placed.after);
    let mut moved = moved.map(|placed| placed.account.raw()).peekable();
    let mut sums = [0_i64; 2];
    while moved.peek().is_some() {
        let owners: Vec<i64> = moved.by_ref().take(WALLETS).collect();
        let mut tx = context.store.read().await?;
        for (sum, unit) in sums.iter_mut().zip([Unit::CNY, Unit::POINTS]) {
            let found = tallymark_ledger::balances(&mut tx, tenant, &owners, Book::Wallet, unit).await?;
            *sum += found.values().map(tallymark_ledger::Balance::available).sum::<i64>();
        }
        tx.commit().await?;
    }
    Ok(PolicyOutlook { dry_run: preview.dry_run(), moved_cny_fen: sums[0], moved_points: sums[1] })
}

/// Decides all people of a brand from all evidence and puts right what is stored otherwise.
///
/// # Errors
/// As [`everybody::rebuild`].
pub async fn rebuild(context: &Context, tenant: TenantId) -> Result<Everybody, Problem> {
    Ok(everybody::rebuild(context, tenant, standard_policy(), threads()).await?)
}

/// As many as there are, up to four: the rest of the server goes on meanwhile.
fn threads() -> NonZeroUsize {
    let most = NonZeroUsize::MIN.saturating_add(3);
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).min(most)
}
