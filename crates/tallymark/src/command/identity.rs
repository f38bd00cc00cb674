//! `tallymark identity`: who is who, and what people decide about it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tallymark_base::id::{AccountId, ChangeId, PersonId, TenantId};
use tallymark_base::{Act, TypedId as _};
use tallymark_partners::tenant;
use tallymark_people::identity::{self, Change, Decision, Effect, EvidenceView, Identity, Standing};
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys, policy, standard_policy};
use tallymark_server::everybody::{self, PolicyOutlook};
use tallymark_store::audit::{self, Entry};
use tallymark_store::{Context, Tx};

use crate::arguments::{Of, word};
use crate::file;
use crate::installation::Installation;
use crate::print::{Failure, list, say, show, table};

/// Who decides at the terminal.
const OPERATOR: &str = "operator";

#[derive(Debug, Args)]
pub(super) struct IdentityGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: IdentityCommand,
}

#[derive(Debug, Subcommand)]
enum IdentityCommand {
    /// Show why accounts are one person: all evidence, what is contested, what was taken back
    Show {
        /// The person
        person: PersonId,
    },
    /// Show the shortest chain of evidence between two accounts
    Why {
        /// An account
        from: AccountId,
        /// Another
        to: AccountId,
    },
    /// Part accounts from the rest of their person
    Part {
        /// All of one person, and not all of its accounts
        #[arg(required = true)]
        accounts: Vec<AccountId>,
        #[command(flatten)]
        because: Because,
        /// Only show who would be who
        #[arg(long)]
        dry_run: bool,
    },
    /// Join two people
    Join {
        /// One person
        person: PersonId,
        /// The other
        with: PersonId,
        #[command(flatten)]
        because: Because,
    },
    /// Undo a change; undoing is a change and can be undone
    Undo {
        /// The change
        change: ChangeId,
        #[command(flatten)]
        because: Because,
    },
    /// Show what people decided, the latest first
    Changes,
    /// Give an identifier that changed hands to somebody new
    Reassign {
        /// phone, card, email or another kind
        #[arg(long, value_parser = word::<IdentifierKind>)]
        kind: IdentifierKind,
        /// The identifier
        #[arg(long)]
        value: String,
        #[command(flatten)]
        because: Because,
    },
    /// Print the policy: how strong each kind of identifier is, and how many of it a person may have
    Policy,
    /// Tell what another policy would change over all people, and write nothing
    DryRun {
        /// A file with what is otherwise in it, as JSON; - for stdin
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
    },
    /// Decide all people anew from all evidence, and put right what is stored otherwise
    Rebuild,
}

#[derive(Debug, Args)]
struct Because {
    /// Why; it is kept with the change
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl IdentityGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            IdentityCommand::Show { person } => {
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(identity::of(tx, tenant.id, oldest(person)).await?));
                show(json, &read.await?, identity_text)
            }
            IdentityCommand::Why { from, to } => {
                let read =
                    installation.read(&of, async |tx, tenant, _| Ok(identity::why(tx, tenant.id, from, to).await?));
                show(json, &read.await?, |chain| match chain {
                    Some(chain) => evidence_table(chain),
                    None => "they are two persons".to_owned(),
                })
            }
            IdentityCommand::Part { accounts, dry_run: true, .. } => {
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(identity::preview_parting(tx, tenant.id, &accounts).await?));
                show(json, &read.await?, effect_text)
            }
            IdentityCommand::Part { accounts, because, dry_run: false } => {
                let done = installation.write(&of, async |tx, context, tenant| {
                    let (ids, clock) = (&context.ids, &*context.clock);
                    let done = identity::part(tx, tenant, &accounts, because.now(context), ids, clock).await?;
                    record(tx, context, tenant, "person.parted", &done.0).await?;
                    Ok(done)
                });
                show(json, &done.await?, change_text)
            }
            IdentityCommand::Join { person, with, because } => {
                let done = installation.write(&of, async |tx, context, tenant| {
                    let (ids, clock) = (&context.ids, &*context.clock);
                    let pair = (oldest(person), oldest(with));
                    let done = identity::join(tx, tenant, pair, because.now(context), ids, clock).await?;
                    record(tx, context, tenant, "person.joined", &done.0).await?;
                    Ok(done)
                });
                show(json, &done.await?, change_text)
            }
            IdentityCommand::Undo { change, because } => {
                let done = installation.write(&of, async |tx, context, tenant| {
                    let (ids, clock) = (&context.ids, &*context.clock);
                    let done = identity::undo(tx, tenant, change, because.now(context), ids, clock).await?;
                    record(tx, context, tenant, "person.change_undone", &done.0).await?;
                    Ok(done)
                });
                show(json, &done.await?, change_text)
            }
            IdentityCommand::Changes => {
                let limit = identity::CHANGES_MAX;
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(identity::changes(tx, tenant.id, None, limit).await?));
                show(json, &read.await?, |changes| changes_table(changes))
            }
            IdentityCommand::Reassign { kind, value, because } => {
                let identifier = Identifier::parse(kind, &value)?;
                reassign(installation, &of, &identifier, &because, json).await
            }
            IdentityCommand::Policy => say(&policy::show(standard_policy())),
            IdentityCommand::DryRun { policy } => dry_run(installation, &of, &policy, json).await,
            IdentityCommand::Rebuild => rebuild(installation, &of, json).await,
        }
    }
}

impl Because {
    fn now(&self, context: &Context) -> Decision<'_> {
        Decision { by: OPERATOR, reason: &self.reason, at: context.clock.now() }
    }
}

async fn record(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    what: &'static str,
    change: &Change,
) -> Result<(), Failure> {
    let entry = Entry::new(Act::of_operator(tenant), what, change.id).after(change);
    Ok(audit::record(tx, context, entry).await?)
}

async fn reassign(
    installation: &Installation,
    of: &Of,
    identifier: &Identifier,
    because: &Because,
    json: bool,
) -> Result<(), Failure> {
    let done = installation.write(of, async |tx, context, tenant| {
        let keys = keys_of(tx, context, tenant).await?;
        let (ids, clock, entropy) = (&context.ids, &*context.clock, &*context.entropy);
        let decision = because.now(context);
        let done = identity::reassign(tx, tenant, &keys, identifier, decision, ids, clock, entropy).await?;
        record(tx, context, tenant, "identifier.reassigned", &done.0).await?;
        Ok(done)
    });
    show(json, &done.await?, |(change, account)| format!("it leads to {account} from here on (change {})", change.id))
}

/// The keys under which a brand's people are looked up.
pub(super) async fn keys_of(tx: &mut Tx, context: &Context, id: TenantId) -> Result<PeopleKeys, Failure> {
    let brand = tenant::find(tx, &context.master, id).await?;
    let missing = || Failure::usage("cli.tenant_unknown", format!("there is no tenant {id}"));
    Ok(PeopleKeys::new(&brand.ok_or_else(missing)?))
}

async fn dry_run(installation: &Installation, of: &Of, path: &std::path::Path, json: bool) -> Result<(), Failure> {
    let text = file::read(path)?;
    let policy = policy::parse(&text)?;
    let told = installation.with_context(async |context| {
        let tenant = tenant_of(context, of).await?;
        everybody::outlook(context, tenant, &policy).await.map_err(|problem| told(&problem))
    });
    show(json, &told.await?, outlook_text)
}

async fn rebuild(installation: &Installation, of: &Of, json: bool) -> Result<(), Failure> {
    let done = installation.with_context(async |context| {
        let tenant = tenant_of(context, of).await?;
        let done = everybody::rebuild(context, tenant).await.map_err(|problem| told(&problem))?;
        let mut tx = context.store.write().await?;
        let entry = Entry::new(Act::of_operator(tenant), "identity.rebuilt", tenant).after(&done);
        audit::record(&mut tx, context, entry).await?;
        tx.commit().await?;
        Ok(done)
    });
    show(json, &done.await?, |done| {
        list(&[
            ("Accounts", done.accounts.to_string()),
            ("Evidence", done.evidence.to_string()),
            ("Persons", done.persons.to_string()),
            ("Contested", done.contested.to_string()),
            ("Persons changed", done.changed_persons.to_string()),
            ("Evidence changed", done.changed_evidence.to_string()),
            ("Left for the next time", done.skipped.to_string()),
        ])
    })
}

pub(super) async fn tenant_of(context: &Context, of: &Of) -> Result<TenantId, Failure> {
    let mut tx = context.store.read().await?;
    let tenant = of.find(&mut tx, &context.master).await?;
    tx.commit().await?;
    Ok(tenant.id)
}

/// What the server's own work says when it fails.
pub(super) fn told(problem: &tallymark_web::Problem) -> Failure {
    let exit = if problem.may_pass() { 1 } else { 2 };
    Failure { code: problem.code().to_owned(), text: problem.detail().to_owned(), exit }
}

/// The account that a person is named by.
pub(super) fn oldest(person: PersonId) -> AccountId {
    AccountId::from_raw(person.raw())
}

fn identity_text(identity: &Identity) -> String {
    let accounts: Vec<[String; 4]> = identity
        .accounts
        .iter()
        .map(|one| {
            let shared = if one.shared { "shared by many" } else { "" };
            [one.id.to_string(), one.kind.name().to_owned(), one.since.to_string(), shared.to_owned()]
        })
        .collect();
    let accounts = table(["ACCOUNT", "KIND", "SINCE", ""], &accounts, "no accounts");
    format!("{}\n\n{accounts}\n{}", identity.person, evidence_table(&identity.evidence))
}

fn evidence_table(evidence: &[EvidenceView]) -> String {
    let row = |one: &EvidenceView| {
        let standing = match &one.standing {
            Standing::Holds => "holds".to_owned(),
            Standing::Contested { reason } => format!("contested: {reason}"),
            Standing::Retracted { by } => format!("taken back by {by}"),
        };
        let rule = serde_json::to_value(one.rule).ok();
        let rule = rule.as_ref().and_then(|rule| rule.as_str()).unwrap_or_default().replace('_', " ");
        [one.a.to_string(), one.b.to_string(), one.first_seen.to_string(), rule, standing]
    };
    let rows: Vec<[String; 5]> = evidence.iter().map(row).collect();
    table(["ACCOUNT", "AND", "FIRST SEEN", "BY", "STANDING"], &rows, "no evidence: one account alone")
}

fn effect_text(effect: &Effect) -> String {
    let rows: Vec<[String; 2]> = effect
        .persons
        .iter()
        .map(|person| {
            let accounts: Vec<String> = person.accounts.iter().map(ToString::to_string).collect();
            [person.person.to_string(), accounts.join(" ")]
        })
        .collect();
    table(["PERSON", "ACCOUNTS"], &rows, "nobody")
}

fn change_text((change, effect): &(Change, Effect)) -> String {
    format!("{}\n\n{}", change.id, effect_text(effect))
}

fn changes_table(changes: &[Change]) -> String {
    let row = |change: &Change| {
        let undone = change.undone_by.map_or_else(String::new, |by| format!("undone by {by}"));
        let kind = format!("{:?}", change.kind).to_lowercase();
        [change.id.to_string(), change.at.to_string(), kind, change.by.clone(), change.reason.clone(), undone]
    };
    let rows: Vec<[String; 6]> = changes.iter().map(row).collect();
    table(["CHANGE", "AT", "WHAT", "BY", "WHY", ""], &rows, "nobody decided anything yet")
}

fn outlook_text(outlook: &PolicyOutlook) -> String {
    let run = &outlook.dry_run;
    list(&[
        ("Accounts", run.accounts.to_string()),
        ("Evidence", run.evidence.to_string()),
        ("Persons now", run.persons_before.to_string()),
        ("Persons then", run.persons_after.to_string()),
        ("Made of several", run.merged.to_string()),
        ("Parted", run.split.to_string()),
        ("Accounts of another person", run.moved.to_string()),
        ("Their money", format!("{} yuan", tallymark_base::Money::fen(outlook.moved_cny_fen))),
        ("Their points", outlook.moved_points.to_string()),
    ])
}
