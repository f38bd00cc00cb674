//! Finding people that may be one: read, compare on a thread of its own, write what is found.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, ProposalId, TenantId};
use tallymark_matching::{Config, MODEL_VERSION, Matcher};
use tallymark_store::{Context, Tx};
use utoipa::ToSchema;

use super::Ends;
use super::read::{People, people};
use crate::rules::proposal::{Candidate, Finding, Known, PairKey, ProposalState, finding, groups, is_stronger, tree};
use crate::service::everybody::{Watch, aside};
use crate::store::proposals::{self as stored, StoredProposal};
use crate::store::{self, evidence};
use crate::{Error, PeopleKeys, rules};

/// The most people of one search. While they are compared each takes about 3 KB of memory.
pub const PEOPLE_MAX: usize = 1_000_000;
/// With fewer people nothing is compared: how strangers agree is learned from them, and a handful teaches nothing.
pub const PEOPLE_MIN: usize = 100;
/// The most proposals that one search writes.
pub const PROPOSALS_MAX: usize = 100_000;
/// The most people of one group: whoever agrees with more has a value that says nothing.
const GROUP_MAX: usize = 16;
/// Pairs that one transaction looks at.
const PIECE: usize = 256;
/// Open proposals that one transaction looks at.
const SWEEP: usize = 1_000;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// The most people, up to [`PEOPLE_MAX`]. Where there are more, nothing is compared ([`Error::TooManyPeople`]).
    pub people_max: usize,
    /// The most proposals that are written, the most probable first, up to [`PROPOSALS_MAX`]; those beyond are counted.
    pub proposals_max: usize,
    /// From which probability on a pair is proposed, above 0 and below 1.
    pub probability_min: f64,
    /// How many threads compare.
    pub threads: usize,
}

impl Default for Search {
    /// 200,000 people, 10,000 proposals, even odds, two threads.
    fn default() -> Self {
        Self { people_max: 200_000, proposals_max: 10_000, probability_min: 0.5, threads: 2 }
    }
}

/// What a search found and did.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ProposalsFound)]
pub struct Found {
    /// Accounts of which something is known in a field that is compared.
    pub accounts: u64,
    /// People that were compared.
    pub people: u64,
    /// People of whom too little is known to be compared.
    pub thin: u64,
    /// Pairs that were compared.
    pub pairs_compared: u64,
    /// Groups of people that may be one.
    pub groups: u64,
    /// Pairs that are proposed for the first time.
    pub new: u64,
    /// Pairs that were open before.
    pub again: u64,
    /// Pairs that are open again: refused once, and stronger since; or stale.
    pub reopened: u64,
    /// Pairs that stay as somebody decided, people that were parted included.
    pub decided: u64,
    /// Open proposals that became stale.
    pub stale: u64,
    /// Pairs beyond the limit of one search.
    pub left_out: u64,
    /// How long it took.
    pub seconds: Seconds,
}

/// Seconds of the clock by part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = SearchSeconds)]
pub struct Seconds {
    /// Reading people and opening what is sealed.
    pub read: f64,
    /// Comparing.
    pub compare: f64,
    /// Writing proposals.
    pub write: f64,
}

/// Searches all people of a tenant for those that may be one, and keeps what it finds as proposals. Joins nobody.
///
/// Fewer than [`PEOPLE_MIN`] people are read and not compared. Doing it twice proposes nothing the second time. Stopped in the middle, what was written is right by itself.
///
/// # Errors
/// [`Error::TooManyPeople`] before anything is compared, [`Error::Matching`] for settings out of range, and errors of the
/// database.
pub async fn find(context: &Context, tenant: TenantId, keys: &PeopleKeys, search: &Search) -> Result<Found, Error> {
    let mut watch = Watch::start(context.clock.clone());
    let max = search.people_max.min(PEOPLE_MAX);
    let all = people(&context.store, tenant, keys, max).await?;
    let mut found =
        Found { accounts: all.accounts_read, people: all.records.len() as u64, thin: all.thin, ..Found::default() };
    found.seconds.read = watch.lap();
    if all.records.len() < PEOPLE_MIN {
        return Ok(found);
    }
    let config = Config {
        probability_min: search.probability_min,
        members_max: GROUP_MAX,
        threads: search.threads,
        ..Config::default()
    };
    let (groups, pairs_compared) = aside(move || compare(all, config)).await??;
    found.seconds.compare = watch.lap();
    (found.groups, found.pairs_compared) = (groups.len() as u64, pairs_compared);
    let pairs: HashSet<PairKey> = groups.iter().flatten().map(Candidate::key).collect();
    let mut rest = groups.as_slice();
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(piece_of(rest));
        rest = behind;
        keep(context, tenant, piece, search.proposals_max.min(PROPOSALS_MAX) as u64, &mut found).await?;
    }
    sweep(context, tenant, &pairs, &mut found).await?;
    found.seconds.write = watch.lap();
    Ok(found)
}

/// Compares people, and forgets what is known of them.
fn compare(all: People, config: Config) -> Result<(Vec<Vec<Candidate>>, u64), Error> {
    let found = Matcher::new(config).dedupe(&all.records)?;
    Ok((groups(&found, &all.accounts), found.report.pairs_compared))
}

/// How many groups have as many pairs together as one transaction looks at, at least one.
fn piece_of(groups: &[Vec<Candidate>]) -> usize {
    let mut pairs = 0;
    let fits = |group: &&Vec<Candidate>| {
        pairs += group.len();
        pairs <= PIECE
    };
    groups.iter().take_while(fits).count().max(1)
}

/// Writes what is proposed of some groups, unless the limit is reached.
async fn keep(
    context: &Context,
    tenant: TenantId,
    piece: &[Vec<Candidate>],
    max: u64,
    found: &mut Found,
) -> Result<(), Error> {
    let mut tx = context.store.write().await?;
    let around = Around::of(&mut tx, tenant, piece).await?;
    let (mut new, mut renewed) = (Vec::new(), Vec::new());
    let mut room = max.saturating_sub(found.new + found.again + found.reopened);
    for group in piece {
        let there: Vec<Candidate> = group.iter().filter(|pair| around.is_there(pair)).cloned().collect();
        let apart: BTreeSet<PairKey> = there.iter().filter(|pair| around.is_apart(pair)).map(Candidate::key).collect();
        found.decided += apart.len() as u64;
        for pair in tree(&there, &apart) {
            let known = around.known.get(&pair.key());
            let finding = finding(&pair, known.map(known_of));
            if finding != Finding::Decided && room == 0 {
                found.left_out += 1;
                continue;
            }
            room -= u64::from(finding != Finding::Decided);
            match (finding, known) {
                (Finding::New, _) | (_, None) => new.push((context.ids.next::<ProposalId>(&*context.clock)?, pair)),
                (Finding::Again, _) => {
                    found.again += 1;
                    renewed.push((ProposalState::Open, pair));
                }
                (Finding::Reopened, Some(known)) => {
                    found.reopened += 1;
                    renewed.push((known.state, pair));
                }
                (Finding::Decided, _) => found.decided += 1,
            }
        }
    }
    let now = context.clock.now();
    found.new += stored::insert(&mut tx, tenant, &new, MODEL_VERSION, now).await?;
    stored::renew(&mut tx, tenant, &renewed, MODEL_VERSION, now).await?;
    Ok(tx.commit().await?)
}

/// What is stored about the people of some groups.
struct Around {
    /// The accounts that name people, as they are by now.
    named: HashMap<AccountId, rules::Account>,
    erased: BTreeSet<AccountId>,
    /// Who each account is.
    person: HashMap<AccountId, AccountId>,
    /// Pairs of people that somebody parted.
    parted: BTreeSet<PairKey>,
    /// Refused proposals by the people they are about.
    refused: HashMap<PairKey, StoredProposal>,
    /// Proposals by their pairs.
    known: HashMap<PairKey, StoredProposal>,
}

impl Around {
    async fn of(tx: &mut Tx, tenant: TenantId, groups: &[Vec<Candidate>]) -> Result<Self, Error> {
        let ends: BTreeSet<AccountId> = groups.iter().flatten().flat_map(|pair| [pair.a, pair.b]).collect();
        let ends: Vec<AccountId> = ends.into_iter().collect();
        let named = evidence::accounts(tx, tenant, &ends).await?;
        let persons: BTreeSet<_> = named.iter().filter(|one| one.merges > 0).map(|one| one.person).collect();
        let members = store::members(tx, tenant, persons.into_iter()).await?;
        let oldest = |account: &rules::Account| AccountId::from_raw(account.person.raw());
        let person: HashMap<AccountId, AccountId> =
            named.iter().chain(&members).map(|account| (account.id, oldest(account))).collect();
        let mut all: Vec<AccountId> = person.keys().copied().collect();
        all.sort_unstable();
        let erased = store::privacy::erased(tx, tenant, &ends).await?.into_iter().collect();
        let people = |(a, b): PairKey| {
            let (a, b) = (*person.get(&a)?, *person.get(&b)?);
            (a != b).then_some((a.min(b), a.max(b)))
        };
        let parted = stored::parted(tx, tenant, &all).await?.into_iter().filter_map(people).collect();
        let proposals = stored::among(tx, tenant, &all).await?;
        let is_refused = |one: &&StoredProposal| one.state == ProposalState::Refused;
        let refused = proposals
            .iter()
            .filter(is_refused)
            .filter_map(|one| Some((people((one.a, one.b))?, one.clone())))
            .collect();
        let known = proposals.into_iter().map(|one| ((one.a, one.b), one)).collect();
        let named = named.into_iter().map(|account| (account.id, account)).collect();
        Ok(Self { named, erased, person, parted, refused, known })
    }

    /// Whether both people are still there, and named as they were when they were read.
    fn is_there(&self, pair: &Candidate) -> bool {
        [pair.a, pair.b].iter().all(|end| {
            let is_named = self.named.contains_key(end) && self.person.get(end) == Some(end);
            is_named && !self.erased.contains(end)
        })
    }

    /// Whether somebody said that they are two: by parting them, or by refusing what is no stronger by now.
    fn is_apart(&self, pair: &Candidate) -> bool {
        let is_refused = |refused: &StoredProposal| !is_stronger(pair, &known_of(refused));
        self.parted.contains(&pair.key()) || self.refused.get(&pair.key()).is_some_and(is_refused)
    }
}

fn known_of(stored: &StoredProposal) -> Known<'_> {
    Known { state: stored.state, probability: stored.probability, agreement: &stored.agreement }
}

/// Says of open proposals that there is nothing to decide any more, where that is so.
async fn sweep(
    context: &Context,
    tenant: TenantId,
    found_pairs: &HashSet<PairKey>,
    found: &mut Found,
) -> Result<(), Error> {
    let mut before = Some(i64::MAX);
    while let Some(last) = before {
        let mut tx = context.store.read().await?;
        let open = stored::page(&mut tx, tenant, Some(ProposalState::Open), last, SWEEP).await?;
        let mut stale = Ends::of(&mut tx, tenant, &open).await?.stale(&open);
        tx.commit().await?;
        stale.extend(open.iter().filter(|one| !found_pairs.contains(&(one.a, one.b))).map(|one| one.id));
        if !stale.is_empty() {
            let stale: Vec<ProposalId> = stale.into_iter().collect();
            let mut tx = context.store.write().await?;
            found.stale += stored::set_stale(&mut tx, tenant, &stale).await?;
            tx.commit().await?;
        }
        before = open.last().filter(|_| open.len() == SWEEP).map(|one| one.id.raw());
    }
    Ok(())
}
