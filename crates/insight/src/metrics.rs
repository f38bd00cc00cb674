//! The metrics: the one place where each is defined.
//!
//! A metric is counted over the rows of one event table that belong to the group (a day, a region, …), or computed from
//! two others of the same group. Its expression is SQL that DuckDB and DataFusion read alike, and always gives a whole
//! number, or null where it is a ratio of nothing.

/// An event table, and which of the columns it has that reports group and filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Scans as they were decided.
    Scans,
    /// Prizes won.
    Rewards,
    /// Rebates earned by stores.
    Rebates,
    /// People who became members.
    Members,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Scans, Self::Rewards, Self::Rebates, Self::Members];

    /// Its table in the lake.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Scans => "scan_decided",
            Self::Rewards => "scan_reward_won",
            Self::Rebates => "scan_rebate_earned",
            Self::Members => "people_member_joined",
        }
    }

    /// Whether its rows belong to campaigns.
    pub const fn has_campaign(self) -> bool {
        matches!(self, Self::Rewards)
    }
}

/// How a metric comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// An aggregate over the rows of a table.
    Counted(Source, &'static str),
    /// The sum of two other metrics.
    Sum(&'static Metric, &'static Metric),
    /// One metric divided by another, rounded down; null where there is nothing to divide by.
    Ratio(&'static Metric, &'static Metric),
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, which is the column's: never given another meaning.
    pub name: &'static str,
    /// What a 1 is.
    pub unit: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// Its definition.
    pub formula: Formula,
    /// Whether the groups of a report add up to the whole. Different people do not: one may be in several groups.
    pub is_additive: bool,
}

const fn counted(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    source: Source,
    sql: &'static str,
) -> Metric {
    Metric { name, unit, meaning, formula: Formula::Counted(source, sql), is_additive: true }
}

/// Scans.
pub static SCANS: Metric = counted(
    "scans",
    "scans",
    "scans that were decided, whatever was found about the code, views of the page included",
    Source::Scans,
    "COUNT(*)",
);

/// Genuine scans.
pub static GENUINE_SCANS: Metric = counted(
    "genuine_scans",
    "scans",
    "scans of a code of the brand that was live and not suspicious",
    Source::Scans,
    "COUNT(*) FILTER (WHERE verdict = 'genuine')",
);

/// Repeat scans.
pub static REPEAT_SCANS: Metric = counted(
    "repeat_scans",
    "scans",
    "scans of a code of the brand that had been checked before, by the same person or another",
    Source::Scans,
    "COUNT(*) FILTER (WHERE again = TRUE)",
);

/// New people.
pub static NEW_PEOPLE: Metric = counted(
    "new_people",
    "people",
    "people whom the brand did not know before: scans by somebody none of whose identifiers had been seen",
    Source::Scans,
    "COUNT(*) FILTER (WHERE known = FALSE)",
);

/// Rewarded scans.
pub static REWARDED_SCANS: Metric = counted(
    "rewarded_scans",
    "scans",
    "scans that won at least one prize",
    Source::Scans,
    "COUNT(*) FILTER (WHERE prizes > 0)",
);

/// Rewards.
pub static REWARDS: Metric =
    counted("rewards", "prizes", "prizes won: red packets, points and gifts", Source::Rewards, "COUNT(*)");

/// Red packets, in fen.
pub static REWARD_FEN: Metric = counted(
    "reward_fen",
    "fen",
    "money won by people: the sum of red packets",
    Source::Rewards,
    "COALESCE(SUM(amount) FILTER (WHERE kind = 'red_packet'), 0)",
);

/// Points.
pub static REWARD_POINTS: Metric = counted(
    "reward_points",
    "points",
    "points won by people",
    Source::Rewards,
    "COALESCE(SUM(amount) FILTER (WHERE kind = 'points'), 0)",
);

/// Winners.
pub static WINNERS: Metric = Metric {
    name: "winners",
    unit: "people",
    meaning: "different people who won a prize, as they were known when they won",
    formula: Formula::Counted(Source::Rewards, "COUNT(DISTINCT person)"),
    is_additive: false,
};

/// New winners. A code rewards once in a campaign and a person comes by one code, so nobody is counted twice in one.
pub static NEW_WINNERS: Metric = Metric {
    name: "new_winners",
    unit: "people",
    meaning: "people who won and whom the brand came to know by the very code they won with, in that scan or an earlier one",
    formula: Formula::Counted(Source::Rewards, "COUNT(*) FILTER (WHERE newcomer = TRUE)"),
    is_additive: true,
};

/// Rebates, in fen.
pub static REBATE_FEN: Metric = counted(
    "rebate_fen",
    "fen",
    "money earned by stores: the sum of rebates for scans",
    Source::Rebates,
    "COALESCE(SUM(amount_fen), 0)",
);

/// The cost.
pub static COST_FEN: Metric = Metric {
    name: "cost_fen",
    unit: "fen",
    meaning: "money that the scans cost: reward_fen and rebate_fen together",
    formula: Formula::Sum(&REWARD_FEN, &REBATE_FEN),
    is_additive: true,
};

/// The cost of a new winner.
pub static FEN_PER_NEW_WINNER: Metric = Metric {
    name: "fen_per_new_winner",
    unit: "fen",
    meaning: "reward_fen for each of new_winners, rounded down; null where there is none",
    formula: Formula::Ratio(&REWARD_FEN, &NEW_WINNERS),
    is_additive: false,
};

/// New members.
pub static JOINED: Metric = counted(
    "joined",
    "people",
    "people who became members: a phone number or member card of theirs was shown for the first time",
    Source::Members,
    "COUNT(*)",
);

impl Metric {
    /// The expression, as pages show it.
    pub fn sql(&self) -> String {
        match self.formula {
            Formula::Counted(_, sql) => sql.to_owned(),
            Formula::Sum(left, right) => format!("{} + {}", left.name, right.name),
            Formula::Ratio(over, under) => format!("{} / {}", over.name, under.name),
        }
    }

    /// The table that it is counted over; `None` where it comes from other metrics.
    pub const fn source(&self) -> Option<Source> {
        match self.formula {
            Formula::Counted(source, _) => Some(source),
            Formula::Sum(..) | Formula::Ratio(..) => None,
        }
    }

    /// The counted metrics that it needs.
    pub fn counted(&'static self) -> Vec<&'static Self> {
        match self.formula {
            Formula::Counted(..) => vec![self],
            Formula::Sum(left, right) | Formula::Ratio(left, right) => vec![left, right],
        }
    }
}
