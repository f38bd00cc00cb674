//! Accounts, transfers, and the reasons for them.

use serde::{Deserialize, Serialize};
use tallymark_base::{Timestamp, Unit};
use utoipa::ToSchema;

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// The stored number.
            pub const fn number(self) -> i64 {
                match self { $(Self::$variant => $number),+ }
            }

            /// The name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// From the stored number.
            pub fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

numbered! {
    /// What an account of an owner is for.
    Book {
        /// The brand's money and points before they are given to a purpose. Its balance is minus what was given.
        Funding = 1 "funding",
        /// What a campaign or a rebate rule may still spend.
        Budget = 2 "budget",
        /// What a person's source account owns.
        Wallet = 3 "wallet",
        /// What the brand owes an organisation.
        Payable = 4 "payable",
        /// Pieces of a prize that can still be won.
        Stock = 5 "stock",
        /// Pieces of a prize that were won.
        Issued = 6 "issued",
        /// What left the system: paid out, spent at a partner, expired.
        Outside = 7 "outside",
        /// What a person's source account was given, has spent, and has to give back: its balance is minus that.
        Owed = 8 "owed",
    }
}

impl Book {
    /// Whether spending from it stops at zero. The others stand for the world outside and count without end.
    pub const fn is_bounded(self) -> bool {
        matches!(self, Self::Budget | Self::Wallet | Self::Payable | Self::Stock)
    }
}

numbered! {
    /// Why an amount moved.
    Code {
        /// A budget or stock was funded.
        Funded = 1 "funded",
        /// A server took a slice of a budget or stock.
        SliceTaken = 2 "slice_taken",
        /// A slice came back.
        SliceReturned = 3 "slice_returned",
        /// What a campaign did not spend went back to the brand.
        Released = 4 "released",
        /// A red packet was won.
        RedPacketWon = 10 "red_packet_won",
        /// Points were won.
        PointsWon = 11 "points_won",
        /// A piece of a prize left the stock.
        PrizeIssued = 12 "prize_issued",
        /// An order earned points.
        PointsEarned = 13 "points_earned",
        /// Points that an order had earned went back with the goods.
        PointsReturned = 14 "points_returned",
        /// Points that should have gone back were spent before.
        PointsOwed = 15 "points_owed",
        /// Earned points made good what was owed.
        PointsRepaid = 16 "points_repaid",
        /// A store or dealer earned a rebate.
        RebateEarned = 20 "rebate_earned",
        /// An amount was paid out.
        PaidOut = 30 "paid_out",
        /// A correction by hand.
        Corrected = 90 "corrected",
    }
}

/// Names an account: whose, what for, in what, and which slot of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// The number of the owner's id: a source account, an organisation, a campaign, a prize, a rebate rule or the
    /// tenant. Ids of all kinds come from one sequence, so numbers of two kinds never meet.
    pub owner: i64,
    /// What for.
    pub book: Book,
    /// In what.
    pub unit: Unit,
    /// 0 for the account itself; a server's node number + 1 for its own slot.
    pub slot: i64,
}

impl AccountKey {
    /// The account itself.
    pub const fn new(owner: i64, book: Book, unit: Unit) -> Self {
        Self { owner, book, unit, slot: 0 }
    }

    /// A server's slot of this account.
    pub const fn at_node(self, node: u16) -> Self {
        Self { slot: node as i64 + 1, ..self }
    }

    /// For messages: `budget of 123`.
    pub fn describe(&self) -> String {
        format!("{} of {}", self.book.name(), self.owner)
    }
}

/// A movement. `(origin, part)` is its id and is given by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The number of the id of what caused it: a scan, a funding, a payout.
    pub origin: i64,
    /// Which of the origin's transfers, from 0.
    pub part: i64,
    /// Where the amount comes from.
    pub debit: AccountKey,
    /// Where it goes.
    pub credit: AccountKey,
    /// Above zero, in the smallest unit.
    pub amount: i64,
    /// Why.
    pub code: Code,
    /// Held only, until [`Resolution`].
    pub pending: bool,
}

/// The end of a pending transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    /// The transfer's origin.
    pub origin: i64,
    /// The transfer's part.
    pub part: i64,
    /// The amount moves (`true`) or is let go.
    pub post: bool,
}

/// The sums of an account, over all its slots where it is asked for as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Balance {
    /// All that went out.
    pub debits: i64,
    /// All that came in.
    pub credits: i64,
    /// Held to go out.
    pub debits_pending: i64,
    /// Held to come in.
    pub credits_pending: i64,
}

impl Balance {
    /// What is there, held amounts included.
    pub const fn posted(&self) -> i64 {
        self.credits - self.debits
    }

    /// What can be spent.
    pub const fn available(&self) -> i64 {
        self.credits - self.debits - self.debits_pending
    }
}

/// A transfer as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// The movement.
    pub transfer: Transfer,
    /// When.
    pub at: Timestamp,
    /// How a pending one ended, if it did.
    pub resolved: Option<bool>,
}
