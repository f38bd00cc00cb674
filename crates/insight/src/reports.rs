//! The reports: which metrics stand together, and what they can be broken down by.

use crate::metrics::{
    COST_FEN, FEN_PER_NEW_WINNER, GENUINE_SCANS, JOINED, Metric, NEW_PEOPLE, NEW_WINNERS, REBATE_FEN, REPEAT_SCANS,
    REWARD_FEN, REWARD_POINTS, REWARDED_SCANS, REWARDS, SCANS, WINNERS,
};
use crate::{Breakdown, Error};

/// A report.
#[derive(Debug)]
pub struct Report {
    /// Its name.
    pub name: &'static str,
    /// What it tells.
    pub meaning: &'static str,
    /// Its columns after the group's, in order.
    pub metrics: &'static [&'static Metric],
    /// What it can be broken down by; the first is taken where nobody says.
    pub breakdowns: &'static [Breakdown],
}

const EVERYWHERE: &[Breakdown] =
    &[Breakdown::Day, Breakdown::Province, Breakdown::City, Breakdown::Product, Breakdown::Total];

/// Every report.
pub const ALL: &[Report] = &[
    Report {
        name: "overview",
        meaning: "what was scanned, won, paid and gained",
        metrics: &[
            &SCANS,
            &GENUINE_SCANS,
            &REPEAT_SCANS,
            &NEW_PEOPLE,
            &REWARDED_SCANS,
            &REWARDS,
            &REWARD_FEN,
            &REBATE_FEN,
            &COST_FEN,
            &JOINED,
        ],
        breakdowns: EVERYWHERE,
    },
    Report {
        name: "scans",
        meaning: "how much was scanned, how much of it again, and by how many new people",
        metrics: &[&SCANS, &GENUINE_SCANS, &REPEAT_SCANS, &NEW_PEOPLE],
        breakdowns: EVERYWHERE,
    },
    Report {
        name: "rewards",
        meaning: "what people won",
        metrics: &[&REWARDS, &REWARD_FEN, &REWARD_POINTS],
        breakdowns: &[
            Breakdown::Day,
            Breakdown::Province,
            Breakdown::City,
            Breakdown::Product,
            Breakdown::Campaign,
            Breakdown::Total,
        ],
    },
    Report {
        name: "costs",
        meaning: "what the scans cost the brand, in people's red packets and stores' rebates",
        metrics: &[&REWARD_FEN, &REBATE_FEN, &COST_FEN],
        breakdowns: EVERYWHERE,
    },
    Report {
        name: "funnel",
        meaning: "how many scans found a genuine code, how many of those won, and how many people joined",
        metrics: &[&SCANS, &GENUINE_SCANS, &REWARDED_SCANS, &JOINED],
        breakdowns: &[Breakdown::Total, Breakdown::Day, Breakdown::Province, Breakdown::City, Breakdown::Product],
    },
    Report {
        name: "campaigns",
        meaning: "what each campaign gave, to how many people, how many of them new, and what a new one cost",
        metrics: &[&REWARDS, &REWARD_FEN, &WINNERS, &NEW_WINNERS, &FEN_PER_NEW_WINNER],
        breakdowns: &[Breakdown::Campaign, Breakdown::Day, Breakdown::Product, Breakdown::Total],
    },
];

/// The report of a name.
///
/// # Errors
///
/// Where there is none.
pub fn find(name: &str) -> Result<&'static Report, Error> {
    ALL.iter().find(|report| report.name == name).ok_or_else(|| Error::UnknownReport(name.chars().take(40).collect()))
}

impl Report {
    /// Whether it can be limited to a campaign: all that it counts belongs to one.
    pub fn has_campaign(&self) -> bool {
        let mut counted = self.metrics.iter().flat_map(|metric| metric.counted());
        counted.all(|metric| metric.source().is_some_and(crate::metrics::Source::has_campaign))
    }
}
