//! Pure decisions: may a rule be made, which one pays for a scan, and what moves then.

use tallymark_base::id::{OrganisationId, ProductId, RebateId, ScanId};
use tallymark_base::{Timestamp, TypedId as _, Unit};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};
use tallymark_partners::OrganisationKind;

use crate::Error;
use crate::types::{NewRebateRule, RebateRule};

const NAME_CHARS_MAX: usize = 120;
/// Products that a rule may name.
pub const PRODUCTS_MAX: usize = 500;
/// The largest budget or rebate in fen: 10¹⁵, so that sums of many thousand rules fit the ledger's 64 bits.
pub const AMOUNT_FEN_MAX: i64 = 1_000_000_000_000_000;

/// What is known of a scan of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// When.
    pub at: Timestamp,
    /// The product.
    pub product: ProductId,
    /// What the organisation is that has custody of the item; none when nobody received it.
    pub custodian_kind: Option<OrganisationKind>,
}

/// The rule that pays for a scan, and how much in fen: of those that apply, the largest amount, and among equal ones the
/// oldest. The status is not asked: [`crate::active`] gives the running rules.
pub fn rebate_for(rules: &[RebateRule], facts: &Facts) -> Option<(RebateId, i64)> {
    let best = rules.iter().filter(|rule| applies(rule, facts)).max_by_key(|rule| (rule.amount_fen, -rule.id.raw()))?;
    Some((best.id, best.amount_fen))
}

/// The transfer of a rebate: from this server's slot of the rule's budget to its slot of what the organisation is owed.
/// `part` numbers it among the scan's transfers.
pub fn transfer(
    (rule, amount_fen): (RebateId, i64),
    scan: ScanId,
    part: i64,
    organisation: OrganisationId,
    node: u16,
) -> Transfer {
    Transfer {
        origin: scan.raw(),
        part,
        debit: AccountKey::new(rule.raw(), Book::Budget, Unit::CNY).at_node(node),
        credit: AccountKey::new(organisation.raw(), Book::Payable, Unit::CNY).at_node(node),
        amount: amount_fen,
        code: Code::RebateEarned,
        pending: false,
    }
}

/// Accepts the terms of a rule, or says what is wrong with them.
pub fn check(new: &NewRebateRule) -> Result<(), Error> {
    let length = new.name.chars().count();
    if new.name.trim().is_empty() || length > NAME_CHARS_MAX || new.name.chars().any(char::is_control) {
        return Err(Error::Name { length });
    }
    if new.ends <= new.starts {
        return Err(Error::EndsBeforeStart { starts: new.starts, ends: new.ends });
    }
    if new.products.len() > PRODUCTS_MAX {
        return Err(Error::TooManyProducts { given: new.products.len(), max: PRODUCTS_MAX });
    }
    if !(1..=AMOUNT_FEN_MAX).contains(&new.amount_fen) {
        return Err(Error::Amount { amount_fen: new.amount_fen, max_fen: AMOUNT_FEN_MAX });
    }
    if !(1..=AMOUNT_FEN_MAX).contains(&new.budget_fen) {
        return Err(Error::Budget { budget_fen: new.budget_fen, max_fen: AMOUNT_FEN_MAX });
    }
    if new.budget_fen < new.amount_fen {
        return Err(Error::BudgetTooSmall { budget_fen: new.budget_fen, amount_fen: new.amount_fen });
    }
    Ok(())
}

fn applies(rule: &RebateRule, facts: &Facts) -> bool {
    (rule.starts..rule.ends).contains(&facts.at)
        && (rule.products.is_empty() || rule.products.binary_search(&facts.product).is_ok())
        && facts.custodian_kind.is_some_and(|custodian| rule.to.is(custodian))
}
