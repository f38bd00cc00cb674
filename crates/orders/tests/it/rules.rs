//! Pure decisions.

use std::collections::HashMap;

use proptest::prelude::*;
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, OrderId, PointsRuleId, TenantId};
use tallymark_ledger::Book;
use tallymark_orders::Grant;
use tallymark_orders::rules::{Wallets, decide, transfers};

proptest! {
    #[test]
    fn what_is_granted_and_taken_is_moved_to_the_last_point_and_nothing_goes_below_zero(
        has in proptest::collection::vec((0..500_i64, 0..200_i64), 1..5),
        granted in 0..400_i64,
        back in 0..900_i64,
    ) {
        let accounts: Vec<AccountId> = (1..).take(has.len()).map(AccountId::from_raw).collect();
        let map = |which: fn(&(i64, i64)) -> i64| -> HashMap<AccountId, i64> {
            accounts.iter().copied().zip(has.iter().map(which)).collect()
        };
        let mut wallets = Wallets { available: map(|own| own.0), owed: map(|own| own.1) };
        let net = |wallets: &Wallets| wallets.available.values().sum::<i64>() - wallets.owed.values().sum::<i64>();
        let before = net(&wallets);
        let grants = if granted > 0 { vec![Grant { rule: PointsRuleId::from_raw(1), points: granted }] } else { Vec::new() };
        let decision = decide(accounts[0], &accounts, grants, back, &mut wallets);

        prop_assert_eq!(net(&wallets), before + granted - back);
        prop_assert!(wallets.available.values().chain(wallets.owed.values()).all(|points| *points >= 0));
        prop_assert_eq!((decision.earned(), decision.back()), (granted, back));
        // The transfers bring every account exactly there.
        let mut moved: HashMap<(AccountId, Book), i64> = HashMap::new();
        for transfer in transfers(TenantId::from_raw(9), OrderId::from_raw(7), accounts[0], &decision) {
            prop_assert!(transfer.amount > 0);
            for (side, sign) in [(transfer.debit, -1), (transfer.credit, 1)] {
                *moved.entry((AccountId::from_raw(side.owner), side.book)).or_default() += sign * transfer.amount;
            }
        }
        for (account, (available, owed)) in accounts.iter().zip(&has) {
            let wallet = available + moved.get(&(*account, Book::Wallet)).copied().unwrap_or(0);
            prop_assert_eq!(wallet, wallets.available[account]);
            let owes = owed - moved.get(&(*account, Book::Owed)).copied().unwrap_or(0);
            prop_assert_eq!(owes, wallets.owed[account]);
        }
    }
}
