//! How two records may be related, and what each relation lets them share.

use crate::table::Role;

/// How the two records of a pair are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One person at one address.
    Same,
    /// One person at two addresses.
    Moved,
    /// Two people of one household.
    Household,
    /// Two people of one household and one name, such as father and son.
    Namesake,
    /// Two people of one household and one date of birth: twins, most often.
    Twin,
    /// Two people of one suburb.
    Neighbour,
    /// Two people with nothing in common but by chance.
    Stranger,
}

impl Relation {
    /// All relations; those of one person come first.
    pub const ALL: [Self; 7] =
        [Self::Same, Self::Moved, Self::Household, Self::Namesake, Self::Twin, Self::Neighbour, Self::Stranger];

    /// Whether both records are one person's.
    pub fn is_one_person(self) -> bool {
        matches!(self, Self::Same | Self::Moved)
    }
}

/// How many relations there are.
pub(crate) const RELATIONS: usize = Relation::ALL.len();
/// How many of them, the first ones, are of one person.
pub(crate) const ONE_PERSON: usize = 2;
/// How many of them, the first ones, are learned from pairs that are alike.
pub(crate) const LEARNED: usize = 5;

/// Which distribution a field has under a relation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// As one person or one place writes it twice.
    M,
    /// As a household may share it.
    H,
    /// As strangers of one suburb share it.
    N,
    /// As strangers agree by chance.
    U,
}

/// Which distribution it is.
pub(crate) fn source(relation: Relation, role: Role) -> Source {
    use Relation::{Household, Moved, Namesake, Neighbour, Same, Stranger, Twin};
    match (relation, role) {
        (Same, _) => Source::M,
        (Moved | Stranger, Role::Street | Role::Area) => Source::U,
        (Moved, _) => Source::M,
        (Household | Namesake | Twin, Role::Street | Role::Area) => Source::M,
        (Namesake, Role::Given | Role::Surname) | (Twin, Role::Birth) => Source::M,
        (Household | Twin, Role::Surname) | (Household | Namesake | Twin, Role::Phone) => Source::H,
        (Neighbour, Role::Area) => Source::N,
        (Household | Namesake | Twin | Neighbour | Stranger, _) => Source::U,
    }
}
