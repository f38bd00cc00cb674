//! What is refused about orders and their rules.

use tallymark_base::id::{IdError, OrderId, PointsRuleId, TenantId};
use tallymark_base::{Fault, Kind, Timestamp};
use tallymark_store::outbox::SaveError;

use crate::{ORDERS_MAX, Status};

/// A refused request. Nothing was changed, once the transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many orders at once.
    #[error("{given} orders were sent; send at most {ORDERS_MAX} at once")]
    TooManyOrders {
        /// How many.
        given: usize,
    },
    /// The source is no word.
    #[error("{given:?} is no source: a word of 1 to 32 lower-case letters, digits and the signs _ . -")]
    Source {
        /// What was given, cut to 40 characters.
        given: String,
    },
    /// No such order in this tenant.
    #[error("there is no order {id}")]
    NotFound {
        /// What was asked for.
        id: OrderId,
    },
    /// No order has this number.
    #[error("no order of {source_name} has this number")]
    NumberUnknown {
        /// Whose number it was to be.
        source_name: String,
    },
    /// A name is empty, too long, or holds control characters.
    #[error("a name has 1 to 120 characters and no control characters; this one has {length}")]
    Name {
        /// Characters of what was given.
        length: usize,
    },
    /// It would be over before it begins.
    #[error("the rule ends at {ends}, which is not after its start at {starts}")]
    EndsBeforeStart {
        /// Its start.
        starts: Timestamp,
        /// Its end.
        ends: Timestamp,
    },
    /// Too many sources.
    #[error("a rule names at most {max} sources, not {given}")]
    TooManySources {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// Points that are not above zero or absurdly many.
    #[error("{given} points were to be given for each full amount; give a whole number from 1 to {max}")]
    Points {
        /// What was given.
        given: i64,
        /// The limit.
        max: i64,
    },
    /// An amount that is not above zero or absurdly large.
    #[error("points were to be given for every {given}; give a whole number of the smallest unit from 1 to {max}")]
    PerAmount {
        /// What was given.
        given: i64,
        /// The limit.
        max: i64,
    },
    /// An article cannot be meant.
    #[error("article {number} of those given: {reason}")]
    Article {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A page of articles of none or of too many.
    #[error("a page has 1 to {max} articles, not {given}")]
    ArticlesPage {
        /// What was given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// A text to look for that no code or name can hold.
    #[error("look for at most {max} characters, not {given}")]
    Search {
        /// Characters of what was given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// No such rule in this tenant.
    #[error("there is no points rule {id}")]
    RuleNotFound {
        /// What was asked for.
        id: PointsRuleId,
    },
    /// A step that a rule's life does not have.
    #[error("a points rule that is {} cannot become {}", from.name(), to.name())]
    StatusChange {
        /// What it is.
        from: Status,
        /// What it was to become.
        to: Status,
    },
    /// An order in the body of a request cannot be read.
    #[error("order {number} of those sent: {reason}")]
    Malformed {
        /// Which, from 1.
        number: usize,
        /// What is wrong; never the value.
        reason: String,
    },
    /// Nobody has this id.
    #[error("there is no tenant {id}")]
    NoTenant {
        /// Whose orders it was about.
        id: TenantId,
    },
    /// The partners.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] tallymark_ledger::Error),
    /// The people.
    #[error(transparent)]
    People(#[from] tallymark_people::Error),
    /// The events.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Error {
    /// Whether another try may succeed: somebody else was in the way.
    pub fn is_worth_repeating(&self) -> bool {
        // What was there when it was read may have been spent meanwhile.
        matches!(self.code(), "store.contended" | "store.rows_written" | "ledger.insufficient")
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyOrders { .. } => "orders.too_many",
            Self::Source { .. } => "orders.source",
            Self::NotFound { .. } => "orders.not_found",
            Self::NumberUnknown { .. } => "orders.number_unknown",
            Self::Name { .. } => "orders.name",
            Self::EndsBeforeStart { .. } => "orders.ends_before_start",
            Self::TooManySources { .. } => "orders.too_many_sources",
            Self::Points { .. } => "orders.points",
            Self::PerAmount { .. } => "orders.per_amount",
            Self::Article { .. } => "orders.article",
            Self::ArticlesPage { .. } => "orders.articles_page",
            Self::Search { .. } => "orders.search",
            Self::RuleNotFound { .. } => "orders.rule_not_found",
            Self::StatusChange { .. } => "orders.status_change",
            Self::Malformed { .. } => "orders.malformed",
            Self::NoTenant { .. } => "orders.no_tenant",
            Self::Partners(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::People(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::TooManyOrders { .. }
            | Self::Source { .. }
            | Self::Name { .. }
            | Self::EndsBeforeStart { .. }
            | Self::TooManySources { .. }
            | Self::Points { .. }
            | Self::PerAmount { .. }
            | Self::Article { .. }
            | Self::ArticlesPage { .. }
            | Self::Search { .. }
            | Self::Malformed { .. } => Kind::Invalid,
            Self::NotFound { .. } | Self::NumberUnknown { .. } | Self::RuleNotFound { .. } => Kind::NotFound,
            Self::StatusChange { .. } => Kind::Conflict,
            Self::NoTenant { .. } => Kind::Internal,
            Self::Partners(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::People(error) => error.kind(),
            Self::Save(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}
