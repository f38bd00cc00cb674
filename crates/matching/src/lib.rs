#![doc = include_str!("../README.md")]

mod blocking;
pub mod cluster;
mod compare;
mod config;
mod error;
mod found;
mod level;
mod matcher;
mod model;
mod nicknames;
pub mod normalise;
mod prior;
mod record;
mod relation;
mod table;
pub mod text;

pub use blocking::BlocksLeftOut;
pub use config::{Config, RECORDS_MAX};
pub use error::Error;
pub use found::{Evidence, EvidenceSource, Found, Member, Pair, Proposal, Report, Side};
pub use level::Level;
pub use matcher::Matcher;
pub use model::Learning;
pub use record::{Field, Record};
pub use relation::Relation;

/// The version of the model: raised whenever the same records may have other probabilities than before.
pub const MODEL_VERSION: u32 = 1;
