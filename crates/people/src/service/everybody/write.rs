//! Putting right what differs, in small transactions that look again first.
//!
//! Neighbours come first, since they say who is shared; then persons with their lists and the evidence of their accounts;
//! then what is wrong without a person being so. Every statement has what was read as its condition, so that a change of
//! somebody else in between ends the transaction, which is then done again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_identity::{Edge, GraphError, Node, Policy, decide};
use tallymark_store::{Context, Store, Tx};

use super::{Everybody, Findings, Watch, version};
use crate::Error;
use crate::rules::{Account, Evidence, REGION_MAX, alone};
use crate::store::{self, everybody as statements, evidence as stored};

/// Accounts, pairs or entries that are written together. A person's are never parted, so there may be more.
const BATCH: usize = 256;
/// Accounts whose neighbours are counted together; one may have very many.
const COUNTED: usize = 16;
/// Steps from account to account that are taken to find what hangs together. Each is three statements, and people hang
/// together by few.
const STEPS_MAX: usize = 64;
/// How often a transaction that somebody else was in the way of is tried.
const ATTEMPTS: u32 = 5;

type Pair = (AccountId, AccountId);
/// An account that is missing on the list of its person, or the person on whose list it should not be, and the account.
type Entry = (Option<i64>, AccountId);

/// An account whose person is wrong, as it was read and as it should be.
struct Wrong {
    account: AccountId,
    person: PersonId,
    version: u32,
}

impl Findings {
    /// Writes what differs and is so still.
    ///
    /// # Errors
    /// Errors of the database. What was written until then is right by itself.
    pub async fn write(self, context: &Context) -> Result<Everybody, Error> {
        let mut watch = Watch::start(context.clock.clone());
        let mut done = self.found;
        let writer = Writer { store: &context.store, tenant: self.tenant, policy: &self.policy };
        let account = |index: &u32| AccountId::from_raw(self.keys[*index as usize]);
        for some in self.miscounted.chunks(COUNTED) {
            writer.run(Task::Count(&some.iter().map(account).collect::<Vec<_>>()), &mut done).await?;
        }
        let regrouped = self.regroup(&writer, &mut done).await?;
        let missing = self.unlisted.iter().map(|index| (None, account(index)));
        let strays = self.strays.iter().map(|(person, account)| (Some(*person), AccountId::from_raw(*account)));
        let entries: Vec<Entry> = missing.chain(strays).collect();
        for some in entries.chunks(BATCH) {
            writer.run(Task::List(some), &mut done).await?;
        }
        let is_left = |(a, b): &&(u32, u32)| !regrouped[*a as usize] && !regrouped[*b as usize];
        let left: Vec<Pair> = self.misjudged.iter().filter(is_left).map(|(a, b)| (account(a), account(b))).collect();
        for some in left.chunks(BATCH) {
            writer.run(Task::Judge(some), &mut done).await?;
        }
        done.seconds.write = watch.lap();
        Ok(done)
    }

    /// Writes persons with all their evidence. Tells of each account whether it was among them.
    async fn regroup(&self, writer: &Writer<'_>, done: &mut Everybody) -> Result<Vec<bool>, Error> {
        let mut regrouped = vec![false; self.keys.len()];
        let mut batch: Vec<Vec<Wrong>> = Vec::new();
        for unit in self.units() {
            unit.iter().for_each(|index| regrouped[*index as usize] = true);
            let unit: Vec<Wrong> = unit.iter().map(|index| self.wrong(*index)).collect();
            if batch.iter().map(Vec::len).sum::<usize>() + unit.len() > BATCH && !batch.is_empty() {
                writer.run(Task::Regroup(&batch), done).await?;
                batch.clear();
            }
            batch.push(unit);
        }
        if !batch.is_empty() {
            writer.run(Task::Regroup(&batch), done).await?;
        }
        Ok(regrouped)
    }

    fn wrong(&self, index: u32) -> Wrong {
        Wrong {
            account: AccountId::from_raw(self.keys[index as usize]),
            person: PersonId::from_raw(self.keys[self.after.person_of(index) as usize]),
            version: self.versions[index as usize],
        }
    }
}

struct Writer<'a> {
    store: &'a Store,
    tenant: TenantId,
    policy: &'a Policy,
}

/// What is done in one transaction.
#[derive(Clone, Copy)]
enum Task<'a> {
    /// Counts the neighbours of accounts.
    Count(&'a [AccountId]),
    /// Makes the accounts of units the persons that they should be.
    Regroup(&'a [Vec<Wrong>]),
    /// Puts right entries of member lists.
    List(&'a [Entry]),
    /// Says of evidence whether it joins.
    Judge(&'a [Pair]),
}

impl Task<'_> {
    const fn len(self) -> usize {
        match self {
            Self::Count(accounts) => accounts.len(),
            Self::Regroup(units) => units.len(),
            Self::List(entries) => entries.len(),
            Self::Judge(pairs) => pairs.len(),
        }
    }
}

/// What a transaction wrote.
#[derive(Default)]
struct Written {
    persons: u64,
    evidence: u64,
    neighbours: u64,
    lists: u64,
    skipped: u64,
}

impl Written {
    fn add_to(self, done: &mut Everybody) {
        done.changed_persons += self.persons;
        done.changed_evidence += self.evidence;
        done.changed_neighbours += self.neighbours;
        done.changed_lists += self.lists;
        done.skipped += self.skipped;
    }
}

impl Writer<'_> {
    /// Does a task, again as long as somebody else is in its way. What is given up counts as skipped.
    async fn run(&self, task: Task<'_>, done: &mut Everybody) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            match self.attempt(task).await {
                Ok(written) => {
                    written.add_to(done);
                    return Ok(());
                }
                Err(Error::Store(error)) if error.is_worth_repeating() => {}
                Err(error) => return Err(error),
            }
        }
        done.skipped += task.len() as u64;
        Ok(())
    }

    async fn attempt(&self, task: Task<'_>) -> Result<Written, Error> {
        let mut tx = self.store.write().await?;
        let written = match task {
            Task::Count(accounts) => self.count(&mut tx, accounts).await?,
            Task::Regroup(units) => self.regroup(&mut tx, units).await?,
            Task::List(entries) => self.list(&mut tx, entries).await?,
            Task::Judge(pairs) => self.judge(&mut tx, pairs).await?,
        };
        tx.commit().await?;
        Ok(written)
    }

    /// Counts the neighbours of accounts.
    async fn count(&self, tx: &mut Tx, ids: &[AccountId]) -> Result<Written, Error> {
        let accounts = stored::accounts(tx, self.tenant, ids).await?;
        let mut counts: HashMap<AccountId, u32> = HashMap::new();
        for (account, kind, count) in statements::neighbours(tx, self.tenant, ids).await? {
            let counts_here = self.policy.kind(kind.in_policy()).is_some_and(|kind| !kind.on_shared);
            *counts.entry(account).or_default() += if counts_here { count } else { 0 };
        }
        let wrong = accounts.iter().filter_map(|account| {
            let is_shareable = self.policy.kind(account.kind.in_policy()).is_some_and(|kind| kind.shareable);
            let right = counts.get(&account.id).copied().filter(|_| is_shareable).unwrap_or(0);
            (right != account.neighbours).then_some((account.id, account.neighbours, right))
        });
        let wrong: Vec<(AccountId, u32, u32)> = wrong.collect();
        stored::count_neighbours(tx, self.tenant, &wrong).await?;
        Ok(Written { neighbours: wrong.len() as u64, ..Written::default() })
    }

    /// Makes the accounts of units the persons that they should be.
    async fn regroup(&self, tx: &mut Tx, units: &[Vec<Wrong>]) -> Result<Written, Error> {
        let ids: Vec<AccountId> = units.iter().flatten().map(|wrong| wrong.account).collect();
        let mut case = Case::default();
        case.add_accounts(stored::accounts(tx, self.tenant, &ids).await?);
        case.add_evidence(stored::of_accounts(tx, self.tenant, &ids).await?);
        let versions = case.versions();
        let is_as_read = |wrong: &Wrong| versions.get(&wrong.account) == Some(&wrong.version);
        let (as_read, changed): (Vec<_>, Vec<_>) = units.iter().partition(|unit| unit.iter().all(is_as_read));
        case.persons.extend(as_read.iter().copied().flatten().map(|wrong| (wrong.account, wrong.person)));
        let mut skipped = 0;
        for unit in changed {
            let from = unit.iter().map(|wrong| wrong.account).filter(|account| case.accounts.contains_key(account));
            match self.region(tx, from.collect()).await? {
                Some(region) => case.decide(self.policy, region)?,
                None => skipped += 1,
            }
        }
        let written = self.settle(tx, &mut case).await?;
        Ok(Written { skipped, ..written })
    }

    /// What hangs together with accounts by evidence alone, whatever is stored about persons; `None` if that is more than
    /// [`REGION_MAX`] accounts, or further away than [`STEPS_MAX`].
    async fn region(&self, tx: &mut Tx, from: BTreeSet<AccountId>) -> Result<Option<Region>, Error> {
        let mut region = Region::default();
        let mut open = from;
        let mut steps = 0;
        while !open.is_empty() {
            steps += 1;
            if steps > STEPS_MAX || region.inside.len() + open.len() > REGION_MAX {
                return Ok(None);
            }
            let from: Vec<AccountId> = open.iter().copied().collect();
            region.inside.append(&mut open);
            let found = stored::of_accounts(tx, self.tenant, &from).await?;
            let ends = found.iter().flat_map(|evidence| [evidence.a, evidence.b]).chain(from);
            let unknown: BTreeSet<AccountId> = ends.filter(|end| !region.case.accounts.contains_key(end)).collect();
            let unknown: Vec<AccountId> = unknown.into_iter().collect();
            region.case.add_accounts(stored::accounts(tx, self.tenant, &unknown).await?);
            for evidence in found.iter().filter(|evidence| evidence.retracted == 0) {
                let ends = [evidence.a, evidence.b].map(|end| region.case.accounts.get(&end).map(Account::node));
                if let [Some(a), Some(b)] = ends
                    && self.policy.shared_end(&a, &b).is_none()
                {
                    open.extend([evidence.a, evidence.b].iter().filter(|end| !region.inside.contains(end)));
                }
            }
            region.case.add_evidence(found);
        }
        Ok(Some(region))
    }

    /// Writes persons, their lists, and whether the evidence of their accounts joins.
    async fn settle(&self, tx: &mut Tx, case: &mut Case) -> Result<Written, Error> {
        let relabelled = case.relabelled();
        let persons: BTreeSet<PersonId> = relabelled.iter().map(|(_, _, person)| *person).collect();
        store::relabel(tx, self.tenant, &relabelled).await?;
        let left = relabelled.iter().filter_map(|(account, _, person)| {
            let before = case.accounts[account].person;
            (before != *person).then_some((before.raw(), account.raw()))
        });
        statements::unlist(tx, self.tenant, left).await?;
        let members = relabelled.iter().map(|(account, _, person)| (*account, *person)).collect();
        store::insert_members(tx, self.tenant, &members).await?;
        let ends: BTreeSet<AccountId> = case.evidence.keys().flat_map(|(a, b)| [*a, *b]).collect();
        let outside: Vec<AccountId> = ends.into_iter().filter(|end| !case.accounts.contains_key(end)).collect();
        case.add_accounts(stored::accounts(tx, self.tenant, &outside).await?);
        let misjudged = case.misjudged(self.policy);
        statements::set_contested(tx, self.tenant, &misjudged).await?;
        Ok(Written { persons: persons.len() as u64, evidence: misjudged.len() as u64, ..Written::default() })
    }

    /// Puts right the entries of member lists for accounts that are missing on one (no person is given) or stand on a wrong
    /// one. The accounts are marked as changed, so that nobody else changes their lists at the same time.
    async fn list(&self, tx: &mut Tx, entries: &[Entry]) -> Result<Written, Error> {
        let ids: BTreeSet<AccountId> = entries.iter().map(|(_, account)| *account).collect();
        let accounts = stored::accounts(tx, self.tenant, &ids.into_iter().collect::<Vec<_>>()).await?;
        let by_id: HashMap<AccountId, &Account> = accounts.iter().map(|account| (account.id, account)).collect();
        // What was right when it was written after the accounts were read is right still.
        let is_wrong = |(person, account): &&Entry| match (person, by_id.get(account)) {
            (Some(person), Some(account)) => account.person.raw() != *person || account.merges == 0,
            (Some(_), None) => true,
            (None, found) => found.is_some_and(|account| account.merges > 0),
        };
        let wrong: Vec<&Entry> = entries.iter().filter(is_wrong).collect();
        let marked: BTreeMap<AccountId, &Account> =
            wrong.iter().filter_map(|(_, account)| Some((*account, *by_id.get(account)?))).collect();
        let same: Vec<_> = marked.values().map(|account| (account.id, account.merges, account.person)).collect();
        store::relabel(tx, self.tenant, &same).await?;
        let strays = wrong.iter().filter_map(|(person, account)| Some(((*person)?, account.raw())));
        statements::unlist(tx, self.tenant, strays).await?;
        let members = same.iter().map(|(account, _, person)| (*account, *person)).collect();
        store::insert_members(tx, self.tenant, &members).await?;
        Ok(Written { lists: wrong.len() as u64, ..Written::default() })
    }

    /// Says of evidence whether it joins.
    async fn judge(&self, tx: &mut Tx, pairs: &[Pair]) -> Result<Written, Error> {
        let mut case = Case::default();
        case.add_evidence(stored::of_pairs(tx, self.tenant, pairs.iter().copied()).await?);
        let ends: BTreeSet<AccountId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        case.add_accounts(stored::accounts(tx, self.tenant, &ends.into_iter().collect::<Vec<_>>()).await?);
        let misjudged = case.misjudged(self.policy);
        statements::set_contested(tx, self.tenant, &misjudged).await?;
        Ok(Written { evidence: misjudged.len() as u64, ..Written::default() })
    }
}

/// Accounts and evidence as they are stored by now, and who is who among them.
#[derive(Default)]
struct Case {
    accounts: BTreeMap<AccountId, Account>,
    evidence: BTreeMap<Pair, Evidence>,
    /// The persons that accounts should be. Of the others what is stored is right.
    persons: BTreeMap<AccountId, PersonId>,
}

/// Accounts that hang together, with what is at the other ends of their evidence.
#[derive(Default)]
struct Region {
    case: Case,
    inside: BTreeSet<AccountId>,
}

impl Case {
    fn add_accounts(&mut self, accounts: Vec<Account>) {
        self.accounts.extend(accounts.into_iter().map(|account| (account.id, account)));
    }

    fn add_evidence(&mut self, evidence: Vec<Evidence>) {
        self.evidence.extend(evidence.into_iter().map(|evidence| ((evidence.a, evidence.b), evidence)));
    }

    /// As while loading everybody.
    fn versions(&self) -> HashMap<AccountId, u32> {
        let of = |account: &Account| (account.id, version::of_account(account.merges));
        let mut versions: HashMap<AccountId, u32> = self.accounts.values().map(of).collect();
        for evidence in self.evidence.values().filter(|evidence| evidence.retracted == 0) {
            let more = version::of_evidence(evidence.a, evidence.b, evidence.at, evidence.rule);
            for end in [evidence.a, evidence.b] {
                versions.entry(end).and_modify(|version| *version = version.wrapping_add(more));
            }
        }
        versions
    }

    /// Decides a region, and takes it in.
    fn decide(&mut self, policy: &Policy, region: Region) -> Result<(), Error> {
        let Region { case, inside } = region;
        let accounts: Vec<&Account> = inside.iter().filter_map(|account| case.accounts.get(account)).collect();
        let nodes: Vec<Node> = accounts.iter().map(|account| account.node()).collect();
        let is_heard = |evidence: &&Evidence| {
            evidence.retracted == 0 && inside.contains(&evidence.a) && inside.contains(&evidence.b)
        };
        let edges: Vec<Edge> = case.evidence.values().filter(is_heard).map(Evidence::edge).collect();
        let decided = decide(policy, &nodes, &edges).map_err(|error: GraphError| Error::Graph(error))?;
        let mut names: HashMap<u32, PersonId> = HashMap::new();
        for (account, person) in accounts.iter().zip(&decided.persons) {
            let name = *names.entry(*person).or_insert_with(|| alone(account.id));
            self.persons.insert(account.id, name);
        }
        self.accounts.extend(case.accounts);
        self.evidence.extend(case.evidence);
        Ok(())
    }

    /// All accounts of persons that are others than before: how often each had changed, and the person that it is.
    fn relabelled(&self) -> Vec<(AccountId, i64, PersonId)> {
        let mut sizes: HashMap<PersonId, usize> = HashMap::new();
        for person in self.persons.values() {
            *sizes.entry(*person).or_default() += 1;
        }
        let mut touched: BTreeSet<PersonId> = BTreeSet::new();
        for (account, person) in &self.persons {
            let account = &self.accounts[account];
            if account.person != *person || (account.merges == 0 && sizes[person] > 1) {
                touched.extend([account.person, *person]);
            }
        }
        let is_touched = |(_, person): &(&AccountId, &PersonId)| touched.contains(person);
        let changed = self.persons.iter().filter(is_touched);
        changed.map(|(account, person)| (*account, self.accounts[account].merges, *person)).collect()
    }

    /// Evidence that is stored as if it joined and does not, or the other way round, as it should be: it joins nothing if it
    /// is between two persons, or if one of its accounts is shared.
    fn misjudged(&self, policy: &Policy) -> Vec<Evidence> {
        let person = |account: &Account| self.persons.get(&account.id).copied().unwrap_or(account.person);
        let wrong = self.evidence.values().filter(|evidence| evidence.retracted == 0).filter_map(|evidence| {
            let (a, b) = (self.accounts.get(&evidence.a)?, self.accounts.get(&evidence.b)?);
            let is_contested = policy.shared_end(&a.node(), &b.node()).is_some() || person(a) != person(b);
            (is_contested != evidence.is_contested).then_some(Evidence { is_contested, ..*evidence })
        });
        wrong.collect()
    }
}
