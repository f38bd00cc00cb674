//! What another policy would change: the same accounts as two sets of persons. Persons are compared as groups of
//! accounts; by which account they are named does not matter.

use crate::persons::Persons;

/// The same accounts before and after.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    before: &'a Persons,
    after: &'a Persons,
}

/// How much differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Difference {
    /// Persons before.
    pub persons_before: usize,
    /// Persons after.
    pub persons_after: usize,
    /// Persons before whose accounts are several persons after.
    pub persons_split: usize,
    /// Persons after whose accounts were several persons before.
    pub persons_merged: usize,
    /// Accounts that a split parts from the largest piece of their person.
    pub accounts_parted: usize,
    /// Accounts that a merge brings to the largest piece of their person.
    pub accounts_gathered: usize,
}

impl<'a> Comparison<'a> {
    /// Compares two outcomes of one graph.
    ///
    /// # Panics
    /// If they have different numbers of accounts.
    pub fn of(before: &'a Persons, after: &'a Persons) -> Self {
        assert_eq!(before.nodes(), after.nodes(), "the outcomes are of different graphs");
        Self { before, after }
    }

    /// Persons before that are not persons after, each once, in rising order. Their accounts are the same as those of
    /// all persons of [`Comparison::made`].
    pub fn unmade(&self) -> impl Iterator<Item = u32> + use<'a> {
        changed(self.before, self.after)
    }

    /// Persons after that were not persons before, each once, in rising order.
    pub fn made(&self) -> impl Iterator<Item = u32> + use<'a> {
        changed(self.after, self.before)
    }

    /// How much differs. Reads every account.
    pub fn difference(&self) -> Difference {
        let (persons_before, persons_split, accounts_parted) = pieces(self.before, self.after);
        let (persons_after, persons_merged, accounts_gathered) = pieces(self.after, self.before);
        Difference { persons_before, persons_after, persons_split, persons_merged, accounts_parted, accounts_gathered }
    }
}

/// Persons of one outcome that are not persons of the other.
fn changed<'a>(of: &'a Persons, other: &'a Persons) -> impl Iterator<Item = u32> + 'a {
    of.iter().filter(move |person| {
        of.size(*person) != other.size(*person)
            || of.members(*person).any(|member| other.person_of(member) != other.person_of(*person))
    })
}

/// How many persons one outcome has, how many of them are in several pieces in the other, and how many accounts are not
/// in the largest piece of their person.
fn pieces(of: &Persons, other: &Persons) -> (usize, usize, usize) {
    let (mut persons, mut split, mut apart) = (0, 0, 0);
    let mut places = Vec::new();
    for person in of.iter() {
        persons += 1;
        places.clear();
        places.extend(of.members(person).map(|member| other.person_of(member)));
        places.sort_unstable();
        let largest = places.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
        split += usize::from(largest < places.len());
        apart += places.len() - largest;
    }
    (persons, split, apart)
}
