//! `tallymark person match`, `proposals`, `accept` and `refuse`.

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::Act;
use tallymark_base::id::{JobId, PersonId, ProposalId, TenantId};
use tallymark_people::PeopleKeys;
use tallymark_people::identity::{Change, Decision};
use tallymark_people::proposals::{
    self, Agreement, Detail, Likeness, PAGE_MAX, PEOPLE_MIN, Page, Proposal, ProposalState, Search, SearchTold,
};
use tallymark_server::Wallets;
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Subcommand)]
pub(super) enum ProposalCommand {
    /// Search everybody for people who may be one, and propose them
    Match(Match),
    /// List proposals, or show one with both people
    Proposals {
        /// The proposal to show
        proposal: Option<ProposalId>,
        /// open, accepted, refused or stale; all where it is left out
        #[arg(long, conflicts_with = "proposal")]
        state: Option<ProposalState>,
        /// Only those before this one, which the former page ended with
        #[arg(long, conflicts_with = "proposal")]
        before: Option<ProposalId>,
        /// How many, up to 200
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(PAGE_MAX)))]
        limit: u32,
    },
    /// Join the two people of a proposal
    Accept {
        /// The proposal
        proposal: ProposalId,
    },
    /// Say that the two people of a proposal are two
    Refuse {
        /// The proposal
        proposal: ProposalId,
        /// Why; it is kept with the proposal
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Match {
    /// Join people from this probability on, 0.9 to 1, where at most one of the two holds money or points
    #[arg(long, value_name = "P")]
    auto_from: Option<f64>,
    /// The most people that are compared, each for about 3 KB of memory
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    max: usize,
    /// How many threads compare
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

/// What came of accepting.
#[derive(Serialize)]
struct Accepted {
    change: Change,
    person: PersonId,
}

impl ProposalCommand {
    pub(super) async fn run(self, of: &Of, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self {
            Self::Match(asked) => {
                let told = installation.with_context(async |context| search(context, of, asked).await);
                show(json, &told.await?, told_of)
            }
            Self::Proposals { proposal: None, state, before, limit } => {
                let page = installation
                    .read(of, async |tx, tenant, _| Ok(proposals::list(tx, tenant.id, state, before, limit).await?));
                show(json, &page.await?, listed)
            }
            Self::Proposals { proposal: Some(id), .. } => {
                let detail = installation.read(of, async |tx, tenant, _| Ok(proposals::of(tx, tenant.id, id).await?));
                show(json, &detail.await?, shown)
            }
            Self::Accept { proposal } => {
                let done = installation.write(of, async |tx, context, tenant| {
                    let by = Act::of_operator(tenant).actor.to_string();
                    let (ids, clock) = (&context.ids, &*context.clock);
                    let (change, effect) = proposals::accept(tx, tenant, proposal, &by, ids, clock).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "proposal.accepted", proposal).after(&change);
                    audit::record(tx, context, entry).await?;
                    let after = effect.persons.into_iter().find(|one| one.accounts.contains(&change.subject));
                    let person = after.map(|one| one.person);
                    let missing = || Failure::system("people.graph", "both are one, and no person has them");
                    Ok(Accepted { change, person: person.ok_or_else(missing)? })
                });
                show(json, &done.await?, |done| {
                    let Accepted { change, person } = done;
                    format!("Both are {person} from here on; {} says so and can be undone.", change.id)
                })
            }
            Self::Refuse { proposal, reason } => {
                let refused = installation.write(of, async |tx, context, tenant| {
                    let by = Act::of_operator(tenant).actor.to_string();
                    let decision = Decision { by: &by, reason: &reason, at: context.clock.now() };
                    let refused = proposals::refuse(tx, tenant, proposal, decision).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "proposal.refused", proposal).after(&refused);
                    audit::record(tx, context, entry).await?;
                    Ok(refused)
                });
                show(json, &refused.await?, |refused| format!("{} is {}.", refused.id, refused.state.name()))
            }
        }
    }
}

async fn search(context: &Context, of: &Of, asked: Match) -> Result<SearchTold, Failure> {
    let mut tx = context.store.read().await?;
    let tenant = of.find(&mut tx, &context.master).await?;
    tx.commit().await?;
    let asked_at = context.clock.now();
    let settings = Search { people_max: asked.max, threads: usize::from(asked.threads), ..Search::default() };
    if asked.auto_from.is_some_and(|from| !(proposals::AUTO_FROM_MIN..=1.0).contains(&from)) {
        return Err(tallymark_people::Error::AutoFrom.into());
    }
    let found = proposals::find(context, tenant.id, &PeopleKeys::new(&tenant), &settings).await?;
    let automatic = match asked.auto_from {
        Some(from) => Some(proposals::join_automatically(context, tenant.id, from, &Wallets).await?),
        None => None,
    };
    let told = SearchTold { found, automatic };
    note(context, tenant.id, asked_at, &told).await?;
    Ok(told)
}

/// Keeps what the search told, for whoever asks later.
async fn note(
    context: &Context,
    tenant: TenantId,
    asked_at: tallymark_base::Timestamp,
    told: &SearchTold,
) -> Result<(), Failure> {
    let act = Act::of_operator(tenant);
    let id: JobId = context.ids.next(&*context.clock)?;
    let mut tx = context.store.write().await?;
    let times = (asked_at, context.clock.now());
    proposals::note_search(&mut tx, tenant, (id, &act.actor.to_string()), times, told).await?;
    audit::record(&mut tx, context, Entry::new(act, "proposals.searched", id).after(told)).await?;
    Ok(tx.commit().await?)
}

fn told_of(told: &SearchTold) -> String {
    let found = &told.found;
    let seconds = found.seconds.read + found.seconds.compare + found.seconds.write;
    let mut lines = vec![
        ("People", found.people.to_string()),
        ("Too little known", found.thin.to_string()),
        ("Pairs compared", found.pairs_compared.to_string()),
        ("New proposals", found.new.to_string()),
        ("Open before", found.again.to_string()),
        ("Open again", found.reopened.to_string()),
        ("Stay decided", found.decided.to_string()),
        ("Became stale", found.stale.to_string()),
    ];
    if found.people < PEOPLE_MIN as u64 {
        lines.push(("Not compared", format!("there must be {PEOPLE_MIN} people to learn from")));
    }
    if found.left_out > 0 {
        lines.push(("Beyond the limit", found.left_out.to_string()));
    }
    if let Some(done) = &told.automatic {
        lines.push(("Joined", done.joined.to_string()));
        lines.push(("Both hold value", done.both_hold_value.to_string()));
        lines.push(("Left for review", done.left.to_string()));
    }
    lines.push(("Seconds", format!("{seconds:.1}")));
    list(&lines)
}

fn listed(page: &Page) -> String {
    let row = |one: &Proposal| {
        [
            one.id.to_string(),
            one.state.name().to_owned(),
            percent(one.probability),
            one.a.to_string(),
            one.b.to_string(),
            agreeing(&one.agreement),
        ]
    };
    let headings = ["ID", "STATE", "PROBABLE", "ONE", "OTHER", "AGREE"];
    let rows: Vec<_> = page.items.iter().map(row).collect();
    let text = table(headings, &rows, "no proposals; search for some: tallymark person match");
    match page.next {
        Some(next) => format!("{text}\nMore: --before {next}"),
        None => text,
    }
}

/// Rounded down: what is not certain is not called so.
fn percent(probability: f64) -> String {
    format!("{:.2} %", (probability * 10_000.0).floor() / 100.0)
}

/// The fields that speak for one person, those that are equal first.
fn agreeing(agreement: &[Agreement]) -> String {
    let of = |is_exact: bool| {
        let such = move |one: &&Agreement| {
            (one.likeness == Likeness::Exact) == is_exact && one.likeness != Likeness::Different
        };
        let name = move |one: &Agreement| {
            if is_exact { one.field.clone() } else { format!("{} ({})", one.field, one.likeness.name()) }
        };
        agreement.iter().filter(such).map(name)
    };
    of(true).chain(of(false)).collect::<Vec<_>>().join(", ")
}

fn shown(detail: &Detail) -> String {
    let one = &detail.proposal;
    let mut lines = vec![
        ("Proposal", one.id.to_string()),
        ("State", one.state.name().to_owned()),
        ("Probable", percent(one.probability)),
        ("Found", one.found_at.to_string()),
    ];
    if let Some(decided) = &one.decided {
        lines.push(("Decided", format!("by {} at {}: {}", decided.by, decided.at, decided.reason)));
    }
    for side in &detail.persons {
        let accounts: Vec<_> =
            side.accounts.iter().map(|account| format!("{} {}", account.kind.name(), account.id)).collect();
        lines.push(("Person", format!("{}: {}", side.person, accounts.join(", "))));
    }
    let row = |one: &Agreement| [one.field.clone(), one.likeness.name().to_owned(), format!("{:+.1}", one.weight_bits)];
    let rows: Vec<_> = one.agreement.iter().map(row).collect();
    format!("{}\n{}", list(&lines), table(["FIELD", "AGREES", "BITS"], &rows, "no field is known of both"))
}
