#![doc = include_str!("../README.md")]

pub mod api;
mod error;
pub mod metrics;
pub mod reports;
pub mod rules;
mod service;
pub mod sql;
mod types;

pub use error::Error;
pub use service::{Span, report, report_within};
pub use types::{Asked, Breakdown, MetricEntry, ReportAnswer, ReportEntry, Wanted};
