//! `tallymark person`.

use clap::Args;
use serde::Serialize;
use tallymark_base::{Money, TypedId as _, Unit};
use tallymark_ledger::{Balance, Book};
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys, Person};

use super::proposals::ProposalCommand;
use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, list, show};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PersonCommand {
    #[command(flatten)]
    of: Of,
    /// device, phone, wechat-openid or card
    #[arg(long, value_parser = word::<IdentifierKind>, required = true)]
    kind: Option<IdentifierKind>,
    /// The identifier
    #[arg(long, required = true)]
    value: Option<String>,
    #[command(subcommand)]
    command: Option<ProposalCommand>,
}

/// A person and what they own over all accounts.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    person: Person,
    cny_fen: i64,
    points: i64,
}

impl PersonCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        if let Some(command) = self.command {
            return command.run(&self.of, installation, json).await;
        }
        let (Some(kind), Some(value)) = (self.kind, self.value) else {
            return Err(Failure::usage("cli.usage", "name an identifier by --kind and --value"));
        };
        let identifier = Identifier::parse(kind, &value)?;
        let find = installation.read(&self.of, async |tx, tenant, _| {
            let keys = PeopleKeys::new(tenant);
            let person = tallymark_people::find(tx, tenant.id, &keys, &identifier).await?;
            let person = person.ok_or_else(|| {
                Failure::usage("people.not_found", format!("nobody is known by this {}", kind.name()))
            })?;
            let owners: Vec<i64> = person.accounts.iter().map(|account| account.raw()).collect();
            let mut sums = [0_i64; 2];
            for (sum, unit) in sums.iter_mut().zip([Unit::CNY, Unit::POINTS]) {
                let found = tallymark_ledger::balances(tx, tenant.id, &owners, Book::Wallet, unit).await?;
                *sum = found.values().map(Balance::available).sum();
            }
            Ok(Shown { person, cny_fen: sums[0], points: sums[1] })
        });
        show(json, &find.await?, |shown| {
            let person = &shown.person;
            let accounts: Vec<String> = person.accounts.iter().map(ToString::to_string).collect();
            let kinds: Vec<&str> = person.kinds.iter().map(|kind| kind.name()).collect();
            list(&[
                ("Person", person.id.to_string()),
                ("Known by", kinds.join(", ")),
                ("Accounts", accounts.join(" ")),
                ("Since", person.since.to_string()),
                ("Tier", person.tier.to_string()),
                ("Money", format!("{} yuan", Money::fen(shown.cny_fen))),
                ("Points", shown.points.to_string()),
            ])
        })
    }
}
