//! What is refused about campaigns.

use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, CampaignId, IdError, ProductId};
use tallymark_base::{Fault, Kind, Timestamp, Unit};

use crate::Status;

/// A refused request about a campaign. Nothing was changed, once the transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A campaign's or prize's name is empty, too long, or holds control characters.
    #[error("a name has 1 to 120 characters and no control characters; this one has {length}")]
    Name {
        /// Characters of what was given.
        length: usize,
    },
    /// Two prizes have one name.
    #[error("two prizes are called {name:?}; give each its own name")]
    PrizeNameTaken {
        /// The name.
        name: String,
    },
    /// It would be over before it begins.
    #[error("the campaign ends at {ends}, which is not after its start at {starts}")]
    EndsBeforeStart {
        /// Its start.
        starts: Timestamp,
        /// Its end.
        ends: Timestamp,
    },
    /// Too many regions, products or batches.
    #[error("a campaign names at most {max} {what}, not {given}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// The code is of no division.
    #[error("{adcode} is not a place in the table of administrative divisions (GB/T 2260)")]
    PlaceUnknown {
        /// What was given.
        adcode: Adcode,
    },
    /// Nobody made the product known.
    #[error("there is no product {id}; make it known before a campaign names it")]
    ProductUnknown {
        /// The first of those given that is not there.
        id: ProductId,
    },
    /// Nobody ordered the code batch.
    #[error("there is no code batch {id}; order it before a campaign names it")]
    BatchUnknown {
        /// The first of those given that is not there.
        id: BatchId,
    },
    /// A cap of zero.
    #[error("the cap {cap} is 0, so nobody could win; leave it out or make it at least 1")]
    CapZero {
        /// Which cap.
        cap: &'static str,
    },
    /// Nothing to win.
    #[error("a campaign needs at least one prize")]
    NoPrizes,
    /// Too many prizes.
    #[error("a campaign has at most {max} prizes, not {given}")]
    TooManyPrizes {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// No prize can be drawn.
    #[error("the weights of all prizes sum to 0, so none could be drawn; give at least one a weight")]
    WeightsZero,
    /// A red packet or an amount of points that is not above zero or is absurdly large.
    #[error("the prize {prize:?} gives {amount}; an amount is a whole number from 1 to {max}")]
    Amount {
        /// The prize's name.
        prize: String,
        /// What was given.
        amount: i64,
        /// The limit.
        max: i64,
    },
    /// The range of a red packet runs backwards.
    #[error("the red packet {prize:?} runs from {min_fen} to {max_fen} fen; the first must not be larger")]
    RedPacketRange {
        /// The prize's name.
        prize: String,
        /// Its least amount.
        min_fen: i64,
        /// Its largest amount.
        max_fen: i64,
    },
    /// A stock of nothing, or more than can be counted.
    #[error("the stock of {prize:?} is {stock}; give 1 to {max} pieces, or leave it out for no limit")]
    Stock {
        /// The prize's name.
        prize: String,
        /// What was given.
        stock: u64,
        /// The limit.
        max: u64,
    },
    /// A gift without end.
    #[error("the gift {prize:?} has no stock; say how many pieces there are")]
    GiftWithoutStock {
        /// The prize's name.
        prize: String,
    },
    /// Blanks are not counted.
    #[error("{prize:?} gives nothing and yet has a stock; leave the stock out")]
    BlankWithStock {
        /// The prize's name.
        prize: String,
    },
    /// The fallback names no prize.
    #[error("the fallback {name:?} is none of the campaign's prizes")]
    FallbackUnknown {
        /// What was given, cut to 120 characters.
        name: String,
    },
    /// A budget below zero.
    #[error("a budget of {amount} {} is below zero", unit.name())]
    BudgetNegative {
        /// In what.
        unit: Unit,
        /// What was given.
        amount: i64,
    },
    /// Prizes cost something and there is nothing to pay them from.
    #[error("the budget in {} is 0, but {prize:?} is paid from it", unit.name())]
    BudgetZero {
        /// In what.
        unit: Unit,
        /// The first prize that is paid from it.
        prize: String,
    },
    /// The budget does not pay a single prize.
    #[error("the budget of {amount} {} does not pay the cheapest prize, which costs {cheapest}", unit.name())]
    BudgetTooSmall {
        /// In what.
        unit: Unit,
        /// What was given.
        amount: i64,
        /// The least that a prize of this unit costs.
        cheapest: i64,
    },
    /// A budget that cannot be counted.
    #[error("a budget of {amount} {} is larger than {max}, the most that a campaign can have", unit.name())]
    BudgetTooLarge {
        /// In what.
        unit: Unit,
        /// What was given.
        amount: i64,
        /// The limit.
        max: i64,
    },
    /// No such campaign in this tenant.
    #[error("there is no campaign {id}")]
    NotFound {
        /// What was asked for.
        id: CampaignId,
    },
    /// A step that a campaign's life does not have.
    #[error("a campaign that is {} cannot become {}", from.name(), to.name())]
    StatusChange {
        /// What it is.
        from: Status,
        /// What it was to become.
        to: Status,
    },
    /// The terms of what has begun stay as they are.
    #[error("the campaign is {}, and only a draft is changed; end it and make another", status.name())]
    NotDraft {
        /// What it is.
        status: Status,
    },
    /// Somebody else set its terms since they were read.
    #[error("the campaign was changed meanwhile: its version is {version}, not {given}; look at it again")]
    Changed {
        /// Its version.
        version: u32,
        /// The one that was given.
        given: u32,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] tallymark_ledger::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "campaigns.name",
            Self::PrizeNameTaken { .. } => "campaigns.prize_name_taken",
            Self::EndsBeforeStart { .. } => "campaigns.ends_before_start",
            Self::TooMany { .. } => "campaigns.too_many",
            Self::PlaceUnknown { .. } => "campaigns.place_unknown",
            Self::ProductUnknown { .. } => "campaigns.product_unknown",
            Self::BatchUnknown { .. } => "campaigns.batch_unknown",
            Self::CapZero { .. } => "campaigns.cap_zero",
            Self::NoPrizes => "campaigns.no_prizes",
            Self::TooManyPrizes { .. } => "campaigns.too_many_prizes",
            Self::WeightsZero => "campaigns.weights_zero",
            Self::Amount { .. } => "campaigns.amount",
            Self::RedPacketRange { .. } => "campaigns.red_packet_range",
            Self::Stock { .. } => "campaigns.stock",
            Self::GiftWithoutStock { .. } => "campaigns.gift_without_stock",
            Self::BlankWithStock { .. } => "campaigns.blank_with_stock",
            Self::FallbackUnknown { .. } => "campaigns.fallback_unknown",
            Self::BudgetNegative { .. } => "campaigns.budget_negative",
            Self::BudgetZero { .. } => "campaigns.budget_zero",
            Self::BudgetTooSmall { .. } => "campaigns.budget_too_small",
            Self::BudgetTooLarge { .. } => "campaigns.budget_too_large",
            Self::NotFound { .. } => "campaigns.not_found",
            Self::StatusChange { .. } => "campaigns.status_change",
            Self::NotDraft { .. } => "campaigns.not_draft",
            Self::Changed { .. } => "campaigns.changed",
            Self::Ledger(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::StatusChange { .. } | Self::NotDraft { .. } | Self::Changed { .. } => Kind::Conflict,
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            // Everything else is about the terms of a campaign to be made.
            _ => Kind::Invalid,
        }
    }
}
