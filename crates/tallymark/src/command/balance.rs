//! `tallymark balance`, and how accounts are named on the command line.

use clap::Args;
use serde::Serialize;
use tallymark_base::id::{AccountId, CampaignId, IdError, OrganisationId, PrizeId, RebateId, TenantId};
use tallymark_base::{Money, TypedId, Unit};
use tallymark_ledger::{AccountKey, Balance, Book, Code};

use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, list, show};

#[derive(Debug, Args)]
pub(super) struct BalanceCommand {
    #[command(flatten)]
    of: Of,
    /// The id of a person's account, an organisation, a campaign, a prize, a rebate rule or the tenant
    #[arg(long, value_parser = Owner::parse)]
    owner: Owner,
    /// funding, budget, wallet, payable, stock, issued or outside
    #[arg(long, value_parser = word::<Book>)]
    book: Book,
    /// CNY, points, or the id of a prize; CNY, and the prize's own for a prize, where it is left out
    #[arg(long, value_parser = unit)]
    unit: Option<Unit>,
}

/// Who owns an account.
#[derive(Debug, Clone)]
struct Owner {
    text: String,
    number: i64,
}

impl Owner {
    fn parse(text: &str) -> Result<Self, IdError> {
        let number = match text.split('_').next() {
            Some("org") => text.parse::<OrganisationId>().map(TypedId::raw),
            Some("cam") => text.parse::<CampaignId>().map(TypedId::raw),
            Some("prz") => text.parse::<PrizeId>().map(TypedId::raw),
            Some("reb") => text.parse::<RebateId>().map(TypedId::raw),
            Some("ten") => text.parse::<TenantId>().map(TypedId::raw),
            _ => text.parse::<AccountId>().map(TypedId::raw),
        };
        Ok(Self { text: text.to_owned(), number: number? })
    }
}

fn unit(text: &str) -> Result<Unit, IdError> {
    match text {
        "CNY" => Ok(Unit::CNY),
        "points" => Ok(Unit::POINTS),
        prize => Ok(Unit(prize.parse::<PrizeId>()?.raw())),
    }
}

/// An account's sums.
#[derive(Serialize)]
struct Shown {
    owner: String,
    book: Book,
    unit: String,
    #[serde(flatten)]
    sums: Balance,
    available: i64,
}

impl BalanceCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, owner, book, unit } = self;
        let own = if owner.text.starts_with("prz_") { Unit(owner.number) } else { Unit::CNY };
        let unit = unit.unwrap_or(own);
        let find = installation.read(&of, async |tx, tenant, _| {
            let found = tallymark_ledger::balances(tx, tenant.id, &[owner.number], book, unit).await?;
            Ok(found.get(&owner.number).copied().unwrap_or_default())
        });
        let sums = find.await?;
        let shown = Shown { owner: owner.text, book, unit: unit_text(unit), available: sums.available(), sums };
        show(json, &shown, |shown| {
            let amount = |amount: i64| amount_text(unit, amount);
            // Budgets and stock also move between the slots of servers, which both sums count.
            let between =
                if matches!(shown.book, Book::Budget | Book::Stock) { ", moves between servers included" } else { "" };
            list(&[
                ("Account", format!("{} of {}", shown.book.name(), shown.owner)),
                ("Available", amount(shown.available)),
                ("Came in", amount(shown.sums.credits) + between),
                ("Went out", amount(shown.sums.debits) + between),
                ("Held in", amount(shown.sums.credits_pending)),
                ("Held out", amount(shown.sums.debits_pending)),
            ])
        })
    }
}

/// CNY, points, or the prize whose pieces are counted.
pub(super) fn unit_text(unit: Unit) -> String {
    match unit {
        Unit::CNY | Unit::POINTS => unit.name(),
        Unit(prize) => PrizeId::from_raw(prize).to_string(),
    }
}

/// An amount as people read it.
pub(super) fn amount_text(unit: Unit, amount: i64) -> String {
    match unit {
        Unit::CNY => format!("{} yuan", Money::fen(amount)),
        Unit::POINTS => format!("{amount} points"),
        pieces => format!("{amount} of {}", unit_text(pieces)),
    }
}

/// An account in words, as one side of a transfer that was made for a reason.
pub(super) fn account_text(account: &AccountKey, code: Code) -> String {
    let number = account.owner;
    let owner = match account.book {
        Book::Funding | Book::Outside => TenantId::from_raw(number).to_string(),
        Book::Budget if code == Code::RebateEarned => RebateId::from_raw(number).to_string(),
        Book::Budget => CampaignId::from_raw(number).to_string(),
        Book::Wallet | Book::Owed => AccountId::from_raw(number).to_string(),
        Book::Payable => OrganisationId::from_raw(number).to_string(),
        Book::Stock | Book::Issued => PrizeId::from_raw(number).to_string(),
    };
    format!("{} of {owner}", account.book.name())
}
