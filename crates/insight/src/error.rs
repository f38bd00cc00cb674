//! What is refused about reports.

use jiff::civil::Date;
use tallymark_base::{Fault, Kind};

use crate::rules::{DAY_MAX, DAY_MIN, DAYS_MAX};

/// A report that was refused, or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such report.
    #[error("there is no report {0:?}; there are {names}", names = names())]
    UnknownReport(String),
    /// The report is not broken down like that.
    #[error("the report {report} cannot be broken down by {by}; it can by {allowed}")]
    Breakdown {
        /// The report.
        report: &'static str,
        /// What was asked.
        by: &'static str,
        /// What can be asked.
        allowed: String,
    },
    /// What the report counts belongs to no campaign.
    #[error("the report {report} counts what belongs to no campaign; ask rewards or campaigns for a campaign")]
    CampaignFilter {
        /// The report.
        report: &'static str,
    },
    /// Not a day.
    #[error("{0:?} is not a day of the form YYYY-MM-DD from {DAY_MIN} to {DAY_MAX}")]
    Day(String),
    /// The first day comes after the last.
    #[error("the first day {from} comes after the last day {to}")]
    Reversed {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
    },
    /// Too many days.
    #[error("from {from} to {to} are {days} days; a report takes at most {DAYS_MAX}")]
    TooLong {
        /// The first.
        from: Date,
        /// The last.
        to: Date,
        /// How many.
        days: i64,
    },
    /// There is no lake.
    #[error("this installation has no lake, over which reports are made: name one by --lake FOLDER")]
    Off,
    /// The brand's zone.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// The lake, or the question to it.
    #[error(transparent)]
    Lake(#[from] tallymark_lake::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// A value of the answer could not be written, which is a defect.
    #[error("the rows of the report cannot be written")]
    Rows(String),
}

fn names() -> String {
    crate::reports::ALL.iter().map(|report| report.name).collect::<Vec<_>>().join(", ")
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownReport(_) => "report.unknown",
            Self::Breakdown { .. } => "report.by",
            Self::CampaignFilter { .. } => "report.campaign_filter",
            Self::Day(_) => "report.day",
            Self::Reversed { .. } => "report.days_reversed",
            Self::TooLong { .. } => "report.days_too_many",
            Self::Off => "lake.off",
            Self::Partners(error) => error.code(),
            Self::Lake(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Rows(_) => "report.rows",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::UnknownReport(_) | Self::Off => Kind::NotFound,
            Self::Breakdown { .. }
            | Self::CampaignFilter { .. }
            | Self::Day(_)
            | Self::Reversed { .. }
            | Self::TooLong { .. } => Kind::Invalid,
            Self::Partners(error) => error.kind(),
            Self::Lake(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Rows(_) => Kind::Internal,
        }
    }
}
