//! How far evidence reaches: which kinds of identifier there are, which is stronger, how many of a kind one person can
//! have, and when a device counts as shared. A [`Policy`] is checked once, when it is made.

use thiserror::Error;

/// How many kinds of identifier there can be: numbers 0 to 31.
pub const KINDS_MAX: u8 = 32;
/// The largest number of a priority or a rule: the weakest.
pub const PRIORITY_MAX: u8 = 15;
/// The largest number of accounts that a policy can allow one person.
pub const MEMBERS_MAX: u32 = 65_536;
/// How many accounts one person has at most if nobody has reason to choose otherwise.
pub const MEMBERS_MAX_DEFAULT: u32 = 1_024;

/// A kind of identifier, such as phone or device, by the number the caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(u8);

impl Kind {
    /// A kind by its number.
    ///
    /// # Errors
    /// [`PolicyError::KindNumber`] if it is not below [`KINDS_MAX`].
    pub const fn new(number: u8) -> Result<Self, PolicyError> {
        if number < KINDS_MAX { Ok(Self(number)) } else { Err(PolicyError::KindNumber { number }) }
    }

    /// Its number, below [`KINDS_MAX`].
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What carried a piece of evidence, by rank: 0 is the strongest, such as an operator's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule(u8);

impl Rule {
    /// A rule by its rank.
    ///
    /// # Errors
    /// [`PolicyError::RuleRank`] if it is above [`PRIORITY_MAX`].
    pub const fn new(rank: u8) -> Result<Self, PolicyError> {
        if rank <= PRIORITY_MAX { Ok(Self(rank)) } else { Err(PolicyError::RuleRank { rank }) }
    }

    /// Its rank, at most [`PRIORITY_MAX`].
    pub const fn rank(self) -> u8 {
        self.0
    }
}

/// What holds for one kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindPolicy {
    /// How strong the kind is: the smaller, the stronger. At most [`PRIORITY_MAX`].
    pub priority: u8,
    /// How many identifiers of the kind one person can have; `None` for as many as there are.
    pub per_person: Option<u32>,
    /// The limit counts for each scope by itself: one openid for each app.
    pub scoped: bool,
    /// An identifier of the kind may turn out to belong to many persons: a device, an anonymous id.
    pub shareable: bool,
    /// A shared identifier may still carry evidence to this kind. Such neighbours do not make anything shared.
    pub on_shared: bool,
}

/// A policy that cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A kind's number is too large.
    #[error("kind {number} is not below {KINDS_MAX}; number the kinds from 0")]
    KindNumber {
        /// The number given.
        number: u8,
    },
    /// A rule's rank is too large.
    #[error("rule {rank} is above {PRIORITY_MAX}; rank the rules from 0, the strongest")]
    RuleRank {
        /// The rank given.
        rank: u8,
    },
    /// The policy names no kind.
    #[error("the policy has no kind; list every kind of identifier that accounts can have")]
    NoKinds,
    /// A kind is listed more than once.
    #[error("kind {kind} is listed twice; keep one of the entries")]
    KindTwice {
        /// The kind's number.
        kind: u8,
    },
    /// A kind's priority is too large.
    #[error("kind {kind} has priority {priority}; choose 0 (strongest) to {PRIORITY_MAX}")]
    Priority {
        /// The kind's number.
        kind: u8,
        /// The priority given.
        priority: u8,
    },
    /// A kind that no person could have.
    #[error("kind {kind} allows none in a person; choose at least 1 or leave the limit out")]
    ZeroLimit {
        /// The kind's number.
        kind: u8,
    },
    /// A limit that is never reached.
    #[error("kind {kind} allows {limit} in a person of at most {members_max} accounts; lower it or leave it out")]
    LimitAboveMembers {
        /// The kind's number.
        kind: u8,
        /// The limit given.
        limit: u32,
        /// How many accounts a person can have.
        members_max: u32,
    },
    /// A kind counts by scope but has nothing to count to.
    #[error("kind {kind} is scoped but has no limit; give it one or do not scope it")]
    ScopedWithoutLimit {
        /// The kind's number.
        kind: u8,
    },
    /// Every identifier with a neighbour would be shared, or every one at all.
    #[error("an identifier is shared from {shared_from} neighbours; choose at least 2")]
    SharedFrom {
        /// The number given.
        shared_from: u32,
    },
    /// A kind is shareable, but no kind would count as a neighbour.
    #[error("kind {kind} can be shared, but evidence to every kind may be shared; clear `on_shared` of one kind")]
    NothingShared {
        /// The number of the first shareable kind.
        kind: u8,
    },
    /// The number of accounts of a person is out of range.
    #[error("a person has at most {members_max} accounts; choose 2 to {MEMBERS_MAX}")]
    MembersMax {
        /// The number given.
        members_max: u32,
    },
}

/// The rules of who is who. Sound by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    kinds: [Option<KindPolicy>; KINDS_MAX as usize],
    shared_from: u32,
    members_max: u32,
}

impl Policy {
    /// A policy of these kinds. A shareable identifier is shared once it has `shared_from` neighbours of kinds that are
    /// not [`KindPolicy::on_shared`]; a person has at most `members_max` accounts.
    ///
    /// # Errors
    /// The first fault found; each has a variant of [`PolicyError`].
    pub fn new(kinds: &[(Kind, KindPolicy)], shared_from: u32, members_max: u32) -> Result<Self, PolicyError> {
        if kinds.is_empty() {
            return Err(PolicyError::NoKinds);
        }
        if !(2..=MEMBERS_MAX).contains(&members_max) {
            return Err(PolicyError::MembersMax { members_max });
        }
        if shared_from < 2 {
            return Err(PolicyError::SharedFrom { shared_from });
        }
        let mut policy = Self { kinds: [None; KINDS_MAX as usize], shared_from, members_max };
        for (kind, of_kind) in kinds {
            check(kind.0, of_kind, members_max)?;
            if policy.kinds[usize::from(kind.0)].replace(*of_kind).is_some() {
                return Err(PolicyError::KindTwice { kind: kind.0 });
            }
        }
        let shareable = kinds.iter().find(|(_, of_kind)| of_kind.shareable);
        match shareable {
            Some((kind, _)) if kinds.iter().all(|(_, of_kind)| of_kind.on_shared) => {
                Err(PolicyError::NothingShared { kind: kind.0 })
            }
            _ => Ok(policy),
        }
    }

    /// What holds for a kind; `None` if the policy does not list it.
    pub const fn kind(&self, kind: Kind) -> Option<&KindPolicy> {
        self.kinds[kind.0 as usize].as_ref()
    }

    /// From how many neighbours a shareable identifier is shared.
    pub const fn shared_from(&self) -> u32 {
        self.shared_from
    }

    /// How many accounts a person can have.
    pub const fn members_max(&self) -> u32 {
        self.members_max
    }

    /// What holds for a kind of an account that was checked when it came in.
    pub(crate) fn of(&self, kind: Kind) -> KindPolicy {
        self.kinds[usize::from(kind.0)].unwrap_or(KindPolicy { priority: PRIORITY_MAX, ..KindPolicy::default() })
    }

    /// Where an identifier counts towards a limit: its kind, its scope if the limit is scoped (else 0), and the limit.
    pub(crate) fn tally(&self, kind: Kind, scope: u32) -> Option<((Kind, u32), u32)> {
        let of_kind = self.of(kind);
        of_kind.per_person.map(|limit| ((kind, if of_kind.scoped { scope } else { 0 }), limit))
    }

    /// The priority of evidence between two kinds: that of the weakest of what it rests on.
    pub(crate) fn priority(&self, a: Kind, b: Kind, rule: Rule) -> u8 {
        rule.rank().max(self.of(a).priority).max(self.of(b).priority)
    }
}

fn check(kind: u8, of_kind: &KindPolicy, members_max: u32) -> Result<(), PolicyError> {
    match *of_kind {
        KindPolicy { priority, .. } if priority > PRIORITY_MAX => Err(PolicyError::Priority { kind, priority }),
        KindPolicy { per_person: Some(0), .. } => Err(PolicyError::ZeroLimit { kind }),
        KindPolicy { per_person: Some(limit), .. } if limit > members_max => {
            Err(PolicyError::LimitAboveMembers { kind, limit, members_max })
        }
        KindPolicy { per_person: None, scoped: true, .. } => Err(PolicyError::ScopedWithoutLimit { kind }),
        _ => Ok(()),
    }
}
