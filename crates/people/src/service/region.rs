//! What decisions about who is who are made from, and how they are saved.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_store::Tx;

use crate::Error;
use crate::rules::{Account, Evidence, Persons, REGION_MAX, Stop};
use crate::store::{self, evidence};

/// Accounts and evidence as they are stored, and accounts that are new.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    accounts: Vec<Account>,
    /// Where each account stands.
    places: HashMap<AccountId, usize>,
    new: HashSet<AccountId>,
    evidence: Vec<Evidence>,
    /// Accounts whose evidence is all here.
    complete: BTreeSet<AccountId>,
    is_cut: bool,
}

impl Loaded {
    /// Adds a stored account; twice does nothing.
    pub(super) fn add(&mut self, account: Account) {
        if !self.places.contains_key(&account.id) {
            self.places.insert(account.id, self.accounts.len());
            self.accounts.push(account);
        }
    }

    /// Adds an account that is to be stored. Nothing is known of it.
    pub(super) fn add_new(&mut self, account: Account) {
        self.new.insert(account.id);
        self.complete.insert(account.id);
        self.add(account);
    }

    pub(super) fn add_evidence(&mut self, evidence: Vec<Evidence>) {
        self.evidence.extend(evidence);
    }

    /// How often the person of a stored account changed.
    pub(super) fn merges(&self, account: AccountId) -> Option<i64> {
        self.places.get(&account).map(|place| self.accounts[*place].merges)
    }

    /// The accounts whose identifiers make a member.
    pub(super) fn naming(&self) -> HashSet<AccountId> {
        self.accounts.iter().filter(|account| account.kind.makes_member()).map(|account| account.id).collect()
    }

    /// The persons as they are stored.
    pub(super) fn persons(&self) -> Persons {
        let mut persons = Persons::default();
        self.accounts.iter().for_each(|account| persons.add(account.clone()));
        // Of a pair only evidence is kept whose accounts are both here.
        let is_here = |evidence: &&Evidence| persons.has(evidence.a) && persons.has(evidence.b);
        let here: Vec<Evidence> = self.evidence.iter().filter(is_here).copied().collect();
        here.into_iter().for_each(|evidence| persons.add_evidence(evidence));
        self.complete.iter().for_each(|account| persons.set_complete(*account));
        if self.is_cut {
            persons.set_cut();
        }
        persons
    }

    /// Loads what a decision stopped for.
    pub(super) async fn resume(&mut self, tx: &mut Tx, tenant: TenantId, stop: Stop) -> Result<(), Error> {
        match stop {
            Stop::NeedsEvidence(accounts) => self.follow(tx, tenant, accounts).await,
            Stop::RegionTooLarge => Err(Error::RegionTooLarge { max: REGION_MAX }),
            Stop::Graph(error) => Err(Error::Graph(error)),
        }
    }

    /// Follows evidence from accounts as long as there is more, up to [`REGION_MAX`] accounts.
    pub(super) async fn follow(&mut self, tx: &mut Tx, tenant: TenantId, from: Vec<AccountId>) -> Result<(), Error> {
        let mut open: BTreeSet<AccountId> =
            from.into_iter().filter(|account| !self.complete.contains(account)).collect();
        while !open.is_empty() {
            if self.complete.len() + open.len() > REGION_MAX {
                self.is_cut = true;
                return Ok(());
            }
            let accounts: Vec<AccountId> = open.iter().copied().collect();
            let found = evidence::of_accounts(tx, tenant, &accounts).await?;
            self.complete.append(&mut open);
            let ends: BTreeSet<AccountId> = found.iter().flat_map(|evidence| [evidence.a, evidence.b]).collect();
            let unknown: Vec<AccountId> = ends.iter().filter(|end| !self.places.contains_key(end)).copied().collect();
            self.add_with_persons(tx, tenant, &unknown).await?;
            // A device that many share leads to everybody who ever held it: only what a decision asks for is followed.
            let shared: HashSet<AccountId> =
                self.accounts.iter().filter(|account| account.is_shared()).map(|a| a.id).collect();
            let follows = |evidence: &&Evidence| {
                evidence.retracted == 0 && !shared.contains(&evidence.a) && !shared.contains(&evidence.b)
            };
            let next = found.iter().filter(follows).flat_map(|evidence| [evidence.a, evidence.b]);
            open = next.filter(|end| !self.complete.contains(end)).collect();
            self.add_evidence(found);
        }
        Ok(())
    }

    /// Adds accounts with all accounts of their persons.
    pub(super) async fn add_with_persons(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        ids: &[AccountId],
    ) -> Result<(), Error> {
        let accounts = evidence::accounts(tx, tenant, ids).await?;
        let linked: BTreeSet<PersonId> =
            accounts.iter().filter(|account| account.merges > 0).map(|account| account.person).collect();
        for account in store::members(tx, tenant, linked.into_iter()).await? {
            self.add(account);
        }
        accounts.into_iter().for_each(|account| self.add(account));
        Ok(())
    }
}

/// What must be written after a decision.
#[derive(Debug)]
pub(super) struct Changed {
    /// Stored accounts: how often their person had changed when they were read, and the person now.
    relabelled: Vec<(AccountId, i64, PersonId)>,
    /// Stored accounts with another number of neighbours: as read, and now.
    neighbours: Vec<(AccountId, u32, u32)>,
    /// Persons whose lists of members are to go.
    gone: Vec<PersonId>,
}

impl Changed {
    pub(super) fn of(persons: &Persons, loaded: &Loaded) -> Self {
        let stored = |account: &AccountId| !loaded.new.contains(account);
        let relabelled = persons.regrouped().filter(|account| stored(&account.id));
        let counted = loaded.accounts.iter().filter(|account| stored(&account.id)).filter_map(|account| {
            let now = persons.account(account.id).neighbours;
            (now != account.neighbours).then_some((account.id, account.neighbours, now))
        });
        // A person that was one account had no list.
        let had_list =
            |person: &PersonId| loaded.merges(AccountId::from_raw(person.raw())).is_none_or(|merges| merges > 0);
        Self {
            relabelled: relabelled.map(|account| (account.id, account.merges, account.person)).collect(),
            neighbours: counted.collect(),
            gone: persons.shrunk().filter(had_list).collect(),
        }
    }
}

/// Saves persons, their lists of members, and evidence.
pub(super) async fn save(tx: &mut Tx, tenant: TenantId, persons: &Persons, changed: &Changed) -> Result<(), Error> {
    store::relabel(tx, tenant, &changed.relabelled).await?;
    evidence::count_neighbours(tx, tenant, &changed.neighbours).await?;
    store::delete_members(tx, tenant, changed.gone.iter().copied()).await?;
    let members: BTreeMap<AccountId, PersonId> =
        persons.regrouped().map(|account| (account.id, account.person)).collect();
    store::insert_members(tx, tenant, &members).await?;
    // In one order for all servers.
    let heard: Vec<Evidence> = persons.heard().copied().collect();
    Ok(evidence::save(tx, tenant, &heard).await?)
}
