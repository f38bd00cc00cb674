//! What happens in a world: one numbered request each.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::Value;

use super::people::Shown;
use super::stock::{Bottle, Cases};

/// A step with its place in the order of the world.
#[derive(Debug, Clone)]
pub(super) struct Numbered {
    /// From 1 on.
    pub(super) number: u64,
    /// When it arrives at the server.
    pub(super) at: Timestamp,
    pub(super) step: Step,
}

/// A node of the channel tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    Brand,
    Region(usize),
    Dealer(usize),
    Store(usize),
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Product(usize),
    Organisation(Node),
    Lot(usize),
    Activation(usize),
    /// Pallets to a dealer.
    Pallets {
        to: usize,
        lot: usize,
        first: u64,
        last: u64,
    },
    /// Cases to a dealer or a store.
    Shipment {
        to: Node,
        cases: Vec<Cases>,
    },
    /// Bottles that came back are withdrawn.
    Voiding {
        cases: Cases,
        reason: &'static str,
    },
    /// A campaign of the table, made.
    Campaign(usize),
    /// A campaign of the table begins or ends.
    CampaignStatus {
        campaign: usize,
        status: &'static str,
    },
    Rebate(usize),
    RebateStatus(usize),
    ConsentText,
    /// A person agrees to something.
    Consent {
        person: u32,
    },
    /// What an event SDK delivers.
    Events(Value),
    /// Scans, the earliest first.
    Scans(Vec<Scan>),
    /// Somebody opens the consumer page and asks for the reward: two numbers.
    Page {
        look: Look,
    },
}

impl Step {
    /// How many numbers it takes.
    pub(super) const fn numbers(&self) -> u64 {
        match self {
            Self::Page { .. } => 2,
            _ => 1,
        }
    }

    /// Whether it speaks of somebody whom the answer to an earlier delivery names.
    pub(super) const fn recalls(&self) -> bool {
        matches!(self, Self::Consent { .. })
    }

    /// Whether its answer names something that later steps speak of.
    pub(super) const fn makes(&self) -> bool {
        matches!(
            self,
            Self::Product(_)
                | Self::Organisation(_)
                | Self::Lot(_)
                | Self::Campaign(_)
                | Self::Rebate(_)
                | Self::Page { .. }
        )
    }
}

/// The code that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The inner code of a bottle.
    Of(Bottle),
    /// A text that nobody issued, made of these bits.
    Invented(u64),
}

/// Why a scan takes place: the ground truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A person bought the bottle.
    Bought,
    /// The same person looks before asking for the reward.
    Look,
    /// The same person tries again.
    Again,
    /// Somebody else finds the cap.
    Other,
    /// The code was copied onto another bottle.
    Cloned,
    /// The code was made up.
    Invented,
}

impl Why {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bought => "bought",
            Self::Look => "look",
            Self::Again => "again",
            Self::Other => "other",
            Self::Cloned => "cloned",
            Self::Invented => "invented",
        }
    }
}

/// How a scan says where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Position(f64, f64),
    County(u32),
    Untold,
}

/// A scan.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) at: Timestamp,
    pub(super) person: u32,
    pub(super) shown: Shown,
    pub(super) code: Code,
    pub(super) place: Place,
    /// An address of the range for benchmarks (RFC 2544): nobody's.
    pub(super) address: Ipv4Addr,
    pub(super) claim: bool,
    pub(super) why: Why,
    /// Where it really took place.
    pub(super) store: usize,
    /// The person agrees to something on the next day: who that is for the server must be remembered.
    pub(super) agrees: bool,
}

/// A look at the consumer page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) bottle: Bottle,
    pub(super) store: usize,
    pub(super) position: (f64, f64),
}

impl Scan {
    /// The lot of its bottle.
    pub(super) const fn lot(&self) -> Option<usize> {
        match self.code {
            Code::Of(bottle) => Some(bottle.lot),
            Code::Invented(_) => None,
        }
    }
}
