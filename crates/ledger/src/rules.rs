//! Pure arithmetic of the ledger: what a set of movements does to each account, and whether it may.

use std::collections::BTreeMap;

use crate::Error;
use crate::types::{AccountKey, Balance, Resolution, Transfer};

/// What a set of movements adds to each account, one entry an account, in the fixed order in which accounts are locked.
pub type Deltas = BTreeMap<AccountKey, Balance>;

/// Adds up transfers. Fails on an amount that is not above zero, a transfer to itself, and an overflow.
pub fn deltas_of(transfers: &[Transfer]) -> Result<Deltas, Error> {
    let mut deltas = Deltas::new();
    for transfer in transfers {
        if transfer.amount <= 0 {
            return Err(Error::Amount { amount: transfer.amount });
        }
        if transfer.debit == transfer.credit {
            return Err(Error::SameAccount { account: transfer.debit });
        }
        assert_eq!(transfer.debit.unit, transfer.credit.unit, "a transfer never mixes units");
        let debit = deltas.entry(transfer.debit).or_default();
        add(if transfer.pending { &mut debit.debits_pending } else { &mut debit.debits }, transfer.amount)?;
        let credit = deltas.entry(transfer.credit).or_default();
        add(if transfer.pending { &mut credit.credits_pending } else { &mut credit.credits }, transfer.amount)?;
    }
    Ok(deltas)
}

/// Adds up the ends of pending transfers: what was held is let go, and moves where it is posted.
pub fn deltas_of_resolutions(ends: &[(Transfer, Resolution)]) -> Result<Deltas, Error> {
    let mut deltas = Deltas::new();
    for (transfer, end) in ends {
        let debit = deltas.entry(transfer.debit).or_default();
        add(&mut debit.debits_pending, -transfer.amount)?;
        if end.post {
            add(&mut debit.debits, transfer.amount)?;
        }
        let credit = deltas.entry(transfer.credit).or_default();
        add(&mut credit.credits_pending, -transfer.amount)?;
        if end.post {
            add(&mut credit.credits, transfer.amount)?;
        }
    }
    Ok(deltas)
}

/// Refuses a balance that a bounded book must not have. Only accounts that were debited are asked: money that comes
/// in never hurts.
pub fn check(key: AccountKey, delta: &Balance, after: &Balance) -> Result<(), Error> {
    let takes = delta.debits + delta.debits_pending > 0;
    if key.book.is_bounded() && takes && after.available() < 0 {
        return Err(Error::Insufficient { account: key, available: after.available() });
    }
    Ok(())
}

fn add(sum: &mut i64, amount: i64) -> Result<(), Error> {
    *sum = sum.checked_add(amount).ok_or(Error::Overflow)?;
    Ok(())
}
