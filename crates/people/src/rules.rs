//! Which accounts are one person, decided in memory for a whole batch.

pub mod consent;
pub mod mask;
pub mod profile;
pub mod proposal;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tallymark_base::id::{AccountId, PersonId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_identity::{
    Admit, Arrival, Between, Edge, Fact, GraphError, Key, Node, Policy, Reason, Summary, Verdict, admit, chain, decide,
};

use crate::{EvidenceRule, IdentifierKind, standard_policy};

/// Accounts that are looked at together to decide anew. Evidence in a larger region is contested until everybody is decided
/// at once.
pub const REGION_MAX: usize = 8_192;

/// An account as decisions see it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// By what it is known.
    pub kind: IdentifierKind,
    /// What the identifier is valid in; 0 for everywhere.
    pub scope: u32,
    /// A number of the identifier itself that does not depend on arrival.
    pub stable: u64,
    /// For a shareable kind: [`Node::neighbours`].
    pub neighbours: u32,
    /// The person it belongs to.
    pub person: PersonId,
    /// How often its person changed.
    pub merges: i64,
    /// Its tier.
    pub tier: u8,
    /// When it was first seen.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether it is a device that many share.
    pub fn is_shared(&self) -> bool {
        standard_policy().is_shared(&self.node())
    }

    pub(crate) fn node(&self) -> Node {
        Node {
            key: self.id.raw(),
            kind: self.kind.in_policy(),
            scope: self.scope,
            stable: self.stable,
            neighbours: self.neighbours,
        }
    }
}

/// Evidence that two accounts are one person. There is one for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The older account.
    pub a: AccountId,
    /// The other.
    pub b: AccountId,
    /// When it was first seen.
    pub at: Timestamp,
    /// The strongest rule that carried it.
    pub rule: EvidenceRule,
    /// The number of the id of what carried it first.
    pub cause: i64,
    /// It joins nothing.
    pub is_contested: bool,
    /// The change by which somebody took it back; 0 where it counts.
    pub retracted: i64,
}

impl Evidence {
    fn fact(&self) -> Fact {
        Fact { rule: self.rule.rank(), first_seen: self.at.0 }
    }

    pub(crate) fn edge(&self) -> Edge {
        Edge { a: self.a.raw(), b: self.b.raw(), fact: self.fact() }
    }

    /// Both observations of the pair as one.
    fn and(self, other: &Self) -> Self {
        let cause = if other.at < self.at { other.cause } else { self.cause };
        Self { at: self.at.min(other.at), rule: self.rule.min(other.rule), cause, ..self }
    }
}

/// What evidence did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Both accounts were one person before.
    Known,
    /// They are one person from here on.
    Merged,
    /// They are two persons, and stay so.
    Apart,
}

/// Why a decision stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The evidence of these accounts must be loaded; then it is decided from the start.
    NeedsEvidence(Vec<AccountId>),
    /// More than [`REGION_MAX`] accounts would have to be looked at.
    RegionTooLarge,
    /// What is stored does not make a graph.
    Graph(GraphError),
}

impl From<GraphError> for Stop {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}

/// Accounts that hang together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The accounts, ascending.
    pub accounts: BTreeSet<AccountId>,
    /// All evidence of theirs, by accounts.
    pub evidence: Vec<Evidence>,
}

/// The persons that a batch touches. Each request sees what those before it changed.
#[derive(Debug, Default)]
pub struct Persons {
    accounts: HashMap<AccountId, Account>,
    /// Accounts of a person, ascending.
    members: HashMap<PersonId, Vec<AccountId>>,
    evidence: BTreeMap<(AccountId, AccountId), Evidence>,
    /// The pairs of each account.
    pairs: HashMap<AccountId, BTreeSet<AccountId>>,
    /// Accounts whose evidence is all here.
    complete: HashSet<AccountId>,
    /// There is more evidence than was loaded, because it is too much.
    is_cut: bool,
    /// Accounts of persons that have other accounts than they had.
    regrouped: BTreeSet<AccountId>,
    /// Persons that lost accounts.
    shrunk: BTreeSet<PersonId>,
    /// Evidence that is new or otherwise than it is stored.
    heard: BTreeSet<(AccountId, AccountId)>,
}

impl Persons {
    /// Adds an account that is stored, or is to be stored. Every account of a person must be added before the person is
    /// asked about; adding one twice does nothing.
    pub fn add(&mut self, account: Account) {
        if !self.accounts.contains_key(&account.id) {
            let members = self.members.entry(account.person).or_default();
            let place = members.partition_point(|member| *member < account.id);
            members.insert(place, account.id);
            self.accounts.insert(account.id, account);
        }
    }

    /// Adds evidence as it is stored. Adding it twice does nothing.
    pub fn add_evidence(&mut self, evidence: Evidence) {
        self.evidence.entry((evidence.a, evidence.b)).or_insert(evidence);
        self.pairs.entry(evidence.a).or_default().insert(evidence.b);
        self.pairs.entry(evidence.b).or_default().insert(evidence.a);
    }

    /// Says that all evidence of an account was added, with the accounts that it names.
    pub fn set_complete(&mut self, account: AccountId) {
        self.complete.insert(account);
    }

    /// Says that evidence was left out, because a region is larger than [`REGION_MAX`].
    pub fn set_cut(&mut self) {
        self.is_cut = true;
    }

    /// Whether an account was added.
    pub fn has(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    /// An account that was added.
    pub fn account(&self, account: AccountId) -> &Account {
        &self.accounts[&account]
    }

    /// The person of an account that was added.
    pub fn person_of(&self, account: AccountId) -> PersonId {
        self.accounts[&account].person
    }

    /// The accounts of a person, ascending.
    pub fn members(&self, person: PersonId) -> &[AccountId] {
        self.members.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The highest tier of a person's accounts.
    pub fn tier(&self, person: PersonId) -> u8 {
        self.members(person).iter().map(|account| self.accounts[account].tier).max().unwrap_or(0)
    }

    /// Whether the two were seen together before.
    pub fn evidence_of(&self, a: AccountId, b: AccountId) -> Option<&Evidence> {
        self.evidence.get(&(a.min(b), a.max(b)))
    }

    /// All evidence that was added, by accounts.
    pub fn all_evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.values()
    }

    /// Hears that two accounts are one person. After [`Stop`] nothing here is of use.
    pub fn hear(&mut self, policy: &Policy, heard: Evidence) -> Result<Link, Stop> {
        let pair = (heard.a, heard.b);
        let known = self.evidence.get(&pair).copied();
        let now = known.map_or(heard, |known| known.and(&heard));
        if known == Some(now) || now.retracted != 0 {
            if known != Some(now) {
                self.note(now);
            }
            return Ok(self.standing(pair));
        }
        let was_one = self.person_of(pair.0) == self.person_of(pair.1);
        let admitted = self.admitted(policy, &now, known.is_some())?;
        let turning = if known.is_none() { self.turning(policy, pair, 1) } else { Vec::new() };
        if known.is_none() {
            self.count_neighbours(policy, pair, 1);
        }
        self.note(Evidence { is_contested: matches!(admitted, Admit::Contest(_)), ..now });
        match admitted {
            Admit::Redundant | Admit::Contest(_) => {}
            Admit::Join => self.join(pair),
            Admit::Rebuild => match self.region(policy, &[pair.0, pair.1], &turning) {
                Ok(region) => self.decide_region(policy, &region)?,
                // It waits for everybody to be decided at once.
                Err(Stop::RegionTooLarge) => self.note(Evidence { is_contested: !was_one, ..now }),
                Err(stop) => return Err(stop),
            },
        }
        let link = self.standing(pair);
        Ok(if link == Link::Known && !was_one { Link::Merged } else { link })
    }

    /// Takes evidence back under the number of a change, or lets it count again where that is 0, and decides anew who is
    /// who. What is so already is left alone.
    pub fn retract(&mut self, policy: &Policy, pairs: &[(AccountId, AccountId)], change: i64) -> Result<(), Stop> {
        let mut start = BTreeSet::new();
        let mut turning = BTreeSet::new();
        for pair in pairs {
            let Some(evidence) = self.evidence.get(pair).copied() else { continue };
            if (evidence.retracted != 0) == (change != 0) {
                continue;
            }
            let by = if change == 0 { 1 } else { -1 };
            turning.extend(self.turning(policy, *pair, by));
            self.count_neighbours(policy, *pair, by);
            self.note(Evidence { retracted: change, is_contested: false, ..evidence });
            start.extend([pair.0, pair.1]);
        }
        let (start, turning): (Vec<_>, Vec<_>) = (start.into_iter().collect(), turning.into_iter().collect());
        // All at once: a person that falls apart lies in several regions.
        let region = self.region(policy, &start, &turning)?;
        self.decide_region(policy, &region)
    }

    /// What hangs together with an account: its region with all evidence in it, what joins nothing and what was taken back
    /// included.
    pub fn hangs_together(&self, policy: &Policy, account: AccountId) -> Result<Region, Stop> {
        let accounts = self.region(policy, &[account], &[])?;
        let touches = |evidence: &&Evidence| accounts.contains(&evidence.a) || accounts.contains(&evidence.b);
        let evidence = self.evidence.values().filter(touches).copied().collect();
        Ok(Region { accounts, evidence })
    }

    /// Why two accounts are not one person although something says so; `None` where nothing is in the way.
    pub fn apart(&self, policy: &Policy, a: AccountId, b: AccountId) -> Option<Reason> {
        let (one, other) = (self.person_of(a), self.person_of(b));
        let (summary_a, summary_b) = (self.summary(policy, one), self.summary(policy, other));
        let between = if one == other { Between::One(&summary_a) } else { Between::Two(&summary_a, &summary_b) };
        let contested = policy.contested(&self.accounts[&a].node(), &self.accounts[&b].node(), between);
        contested.map(|contested| contested.reason)
    }

    /// The shortest chain of evidence by which two accounts are one person; `None` where they are not.
    pub fn chain(&self, policy: &Policy, a: AccountId, b: AccountId) -> Result<Option<Vec<Evidence>>, Stop> {
        let region = self.region(policy, &[a, b], &[])?;
        let nodes: Vec<Node> = region.iter().map(|account| self.accounts[account].node()).collect();
        let inside = self.inside(&region);
        let edges: Vec<Edge> = inside.iter().map(Evidence::edge).collect();
        let decided = decide(policy, &nodes, &edges)?;
        let chain = chain(policy, &nodes, &edges, &decided, a.raw(), b.raw())?;
        Ok(chain.map(|places| places.into_iter().map(|place| inside[place]).collect()))
    }

    /// Every account of every person that changed.
    pub fn regrouped(&self) -> impl Iterator<Item = &Account> {
        self.regrouped.iter().map(|account| &self.accounts[account])
    }

    /// Persons that lost accounts; some are no more.
    pub fn shrunk(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.shrunk.iter().copied()
    }

    /// Evidence that is to be stored.
    pub fn heard(&self) -> impl Iterator<Item = &Evidence> {
        self.heard.iter().map(|pair| &self.evidence[pair])
    }

    fn standing(&self, (a, b): (AccountId, AccountId)) -> Link {
        if self.person_of(a) == self.person_of(b) { Link::Known } else { Link::Apart }
    }

    fn note(&mut self, evidence: Evidence) {
        self.evidence.insert((evidence.a, evidence.b), evidence);
        self.pairs.entry(evidence.a).or_default().insert(evidence.b);
        self.pairs.entry(evidence.b).or_default().insert(evidence.a);
        self.heard.insert((evidence.a, evidence.b));
    }

    fn admitted(&self, policy: &Policy, now: &Evidence, repeat: bool) -> Result<Admit, GraphError> {
        let (a, b) = (self.accounts[&now.a].node(), self.accounts[&now.b].node());
        let (one, other) = (self.person_of(now.a), self.person_of(now.b));
        let one_summary = self.summary(policy, one);
        if one == other {
            let between = Between::One(&one_summary);
            return admit(policy, &Arrival { a: &a, b: &b, fact: now.fact(), repeat, between });
        }
        let other_summary = self.summary(policy, other);
        let between = Between::Two(&one_summary, &other_summary);
        admit(policy, &Arrival { a: &a, b: &b, fact: now.fact(), repeat, between })
    }

    /// A person in numbers. Which evidence joined it last is not kept, so a person of several accounts counts as joined at
    /// the end of time: where that matters, its region is loaded.
    fn summary(&self, policy: &Policy, person: PersonId) -> Summary {
        let last = Key::from_bytes([u8::MAX; 16]);
        let nodes = self.members(person).iter().map(|member| Summary::of(policy, &self.accounts[member].node()));
        nodes.reduce(|all, one| all.joined(one, last)).unwrap_or_default()
    }

    /// The smaller person's accounts go to the older person.
    fn join(&mut self, (a, b): (AccountId, AccountId)) {
        let (x, y) = (self.person_of(a), self.person_of(b));
        let (older, younger) = (x.min(y), x.max(y));
        let moved = self.members.remove(&younger).unwrap_or_default();
        for account in &moved {
            self.accounts.get_mut(account).expect("members are accounts").person = older;
        }
        let members = self.members.entry(older).or_default();
        members.extend(moved);
        members.sort_unstable();
        self.regrouped.extend(members.iter());
        self.shrunk.insert(younger);
    }

    /// Which of a pair becomes shared, or stops being so, by `by` more neighbours.
    fn turning(&self, policy: &Policy, (a, b): (AccountId, AccountId), by: i64) -> Vec<AccountId> {
        let turns = |account: AccountId, other: AccountId| {
            let node = self.accounts[&account].node();
            let then = Node { neighbours: more(policy, node, &self.accounts[&other], by), ..node };
            (policy.is_shared(&node) != policy.is_shared(&then)).then_some(account)
        };
        turns(a, b).into_iter().chain(turns(b, a)).collect()
    }

    fn count_neighbours(&mut self, policy: &Policy, (a, b): (AccountId, AccountId), by: i64) {
        for (account, other) in [(a, b), (b, a)] {
            let neighbours = more(policy, self.accounts[&account].node(), &self.accounts[&other], by);
            self.accounts.get_mut(&account).expect("both were added").neighbours = neighbours;
        }
    }

    /// The accounts that evidence leads to, except evidence that a shared account cuts.
    fn region(&self, policy: &Policy, from: &[AccountId], turning: &[AccountId]) -> Result<BTreeSet<AccountId>, Stop> {
        let mut region: BTreeSet<AccountId> = from.iter().copied().collect();
        let mut open: Vec<AccountId> = from.to_vec();
        let mut missing = Vec::new();
        while let Some(account) = open.pop() {
            if !self.complete.contains(&account) {
                missing.push(account);
                continue;
            }
            for other in self.pairs.get(&account).into_iter().flatten() {
                let evidence = &self.evidence[&(account.min(*other), account.max(*other))];
                let is_followed = evidence.retracted == 0
                    && (turning.contains(&account)
                        || turning.contains(other)
                        || policy.shared_end(&self.accounts[&account].node(), &self.accounts[other].node()).is_none());
                if is_followed && region.insert(*other) {
                    open.push(*other);
                }
            }
        }
        match () {
            () if missing.is_empty() && region.len() <= REGION_MAX => Ok(region),
            () if region.len() > REGION_MAX || self.is_cut => Err(Stop::RegionTooLarge),
            () => Err(Stop::NeedsEvidence(missing)),
        }
    }

    /// Decides who is who in a region, and puts that in place of what was.
    fn decide_region(&mut self, policy: &Policy, region: &BTreeSet<AccountId>) -> Result<(), Stop> {
        let accounts: Vec<AccountId> = region.iter().copied().collect();
        let nodes: Vec<Node> = accounts.iter().map(|account| self.accounts[account].node()).collect();
        let inside: Vec<Evidence> = self.inside(region);
        let edges: Vec<Edge> = inside.iter().map(Evidence::edge).collect();
        let decided = decide(policy, &nodes, &edges)?;
        for (evidence, verdict) in inside.into_iter().zip(&decided.verdicts) {
            let is_contested = matches!(verdict, Verdict::Contested(_));
            if evidence.is_contested != is_contested {
                self.note(Evidence { is_contested, ..evidence });
            }
        }
        let mut groups: BTreeMap<u32, Vec<AccountId>> = BTreeMap::new();
        for (account, person) in accounts.iter().zip(&decided.persons) {
            groups.entry(*person).or_default().push(*account);
        }
        self.regroup(groups.into_values());
        Ok(())
    }

    /// Evidence between accounts of a region that counts.
    fn inside(&self, region: &BTreeSet<AccountId>) -> Vec<Evidence> {
        let of = |account: &AccountId| {
            let others = self.pairs.get(account).into_iter().flatten();
            let account = *account;
            others.filter(move |other| account < **other && region.contains(other)).map(move |other| (account, *other))
        };
        let pairs = region.iter().flat_map(of);
        pairs.map(|pair| self.evidence[&pair]).filter(|evidence| evidence.retracted == 0).collect()
    }

    /// Puts groups of accounts in place of the persons they were.
    fn regroup(&mut self, groups: impl Iterator<Item = Vec<AccountId>>) {
        let groups: Vec<Vec<AccountId>> = groups.collect();
        let is_as_before = |group: &Vec<AccountId>| self.members(self.person_of(group[0])) == group.as_slice();
        let changed: Vec<Vec<AccountId>> = groups.into_iter().filter(|group| !is_as_before(group)).collect();
        for account in changed.iter().flatten() {
            let person = self.person_of(*account);
            self.members.remove(&person);
            self.shrunk.insert(person);
        }
        for group in changed {
            let person = alone(group[0]);
            for account in &group {
                self.accounts.get_mut(account).expect("a region holds accounts").person = person;
            }
            self.regrouped.extend(group.iter());
            self.members.insert(person, group);
        }
    }
}

/// The neighbours of a node with `by` more or less of them, if the other account counts as one.
fn more(policy: &Policy, node: Node, other: &Account, by: i64) -> u32 {
    let is_shareable = policy.kind(node.kind).is_some_and(|kind| kind.shareable);
    let counts = policy.kind(other.kind.in_policy()).is_some_and(|kind| !kind.on_shared);
    if !(is_shareable && counts) {
        return node.neighbours;
    }
    u32::try_from(i64::from(node.neighbours) + by).unwrap_or(0)
}

/// The person that an account is as long as it is alone.
pub fn alone(account: AccountId) -> PersonId {
    PersonId::from_raw(account.raw())
}
