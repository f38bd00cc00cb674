//! What moves between a brand and a campaign as its terms are set.

use std::collections::BTreeMap;

use tallymark_base::id::{TenantId, TransferOriginId};
use tallymark_base::{TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};

use crate::types::Campaign;

/// The transfers that bring the budgets and stocks of a campaign from what its terms said `before` (none: it is new) to what
/// they say `after`: from the brand where more is needed, back to it where less is. What was added to a budget on top of the
/// terms stays in it.
pub fn funding(
    tenant: TenantId,
    origin: TransferOriginId,
    before: Option<&Campaign>,
    after: &Campaign,
) -> Vec<Transfer> {
    let mut needed = amounts(after);
    for (account, amount) in before.map(amounts).unwrap_or_default() {
        // Both are at most AMOUNT_MAX.
        *needed.entry(account).or_default() -= amount;
    }
    let moved = needed.into_iter().filter(|(_, amount)| *amount != 0);
    let transfer = |(part, (account, amount)): (i64, (AccountKey, i64))| {
        let brand = AccountKey::new(tenant.raw(), Book::Funding, account.unit);
        let (debit, credit, code) =
            if amount > 0 { (brand, account, Code::Funded) } else { (account, brand, Code::Released) };
        Transfer { origin: origin.raw(), part, debit, credit, amount: amount.abs(), code, pending: false }
    };
    (0..).zip(moved).map(transfer).collect()
}

/// What the terms put into which account.
fn amounts(campaign: &Campaign) -> BTreeMap<AccountKey, i64> {
    let budgets =
        [(campaign.budget(Unit::CNY), campaign.budget_fen), (campaign.budget(Unit::POINTS), campaign.budget_points)];
    // At most AMOUNT_MAX.
    let stocks = campaign.prizes.iter().filter_map(|prize| Some((prize.stock_account()?, prize.stock? as i64)));
    budgets.into_iter().chain(stocks).collect()
}
