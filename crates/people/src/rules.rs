//! Which accounts are one person: union of components, decided in memory for a whole batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, PersonId};

/// Accounts that one person can have. A link beyond it is noted and joins nothing.
pub const MEMBERS_MAX: usize = 128;

/// What a link did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Both accounts were one person before.
    Known,
    /// They are one person from here on.
    Merged,
    /// The person would have more than [`MEMBERS_MAX`] accounts.
    TooLarge,
}

/// The persons that a batch touches. Each request sees what those before it joined.
#[derive(Debug, Default)]
pub struct Components {
    person_of: HashMap<AccountId, PersonId>,
    /// Accounts of a person, ascending.
    members: HashMap<PersonId, Vec<AccountId>>,
    tiers: HashMap<AccountId, u8>,
    /// Persons that gained accounts and were not absorbed afterwards.
    grown: BTreeSet<PersonId>,
    absorbed: BTreeSet<PersonId>,
}

impl Components {
    /// Adds an account that is stored, or is to be stored, as one of a person's. Every account of a person must be
    /// added before the person is asked about; adding one twice does nothing.
    pub fn add(&mut self, account: AccountId, person: PersonId, tier: u8) {
        if self.person_of.insert(account, person).is_none() {
            let members = self.members.entry(person).or_default();
            let place = members.partition_point(|member| *member < account);
            members.insert(place, account);
            self.tiers.insert(account, tier);
        }
    }

    /// The person of an account that was added.
    pub fn person_of(&self, account: AccountId) -> PersonId {
        self.person_of[&account]
    }

    /// The accounts of a person, ascending.
    pub fn members(&self, person: PersonId) -> &[AccountId] {
        self.members.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The highest tier of a person's accounts.
    pub fn tier(&self, person: PersonId) -> u8 {
        self.members(person).iter().map(|account| self.tiers[account]).max().unwrap_or(0)
    }

    /// Makes the persons of two accounts one, named by the older. The smaller component is relabelled.
    pub fn link(&mut self, a: AccountId, b: AccountId) -> Link {
        let (x, y) = (self.person_of[&a], self.person_of[&b]);
        if x == y {
            return Link::Known;
        }
        if self.members(x).len() + self.members(y).len() > MEMBERS_MAX {
            return Link::TooLarge;
        }
        let (older, younger) = (x.min(y), x.max(y));
        let moved = self.members.remove(&younger).unwrap_or_default();
        for account in &moved {
            self.person_of.insert(*account, older);
        }
        let members = self.members.entry(older).or_default();
        members.extend(moved);
        members.sort_unstable();
        self.grown.remove(&younger);
        self.grown.insert(older);
        self.absorbed.insert(younger);
        Link::Merged
    }

    /// Persons that are no more.
    pub fn absorbed(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.absorbed.iter().copied()
    }

    /// Every account of every person that grew, with the person.
    pub fn relabelled(&self) -> BTreeMap<AccountId, PersonId> {
        let grown = self.grown.iter().copied();
        grown.flat_map(|person| self.members(person).iter().map(move |account| (*account, person))).collect()
    }
}

/// The person that an account is as long as it is alone.
pub fn alone(account: AccountId) -> PersonId {
    PersonId::from_raw(account.raw())
}
