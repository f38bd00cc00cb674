#![doc = include_str!("../README.md")]

pub mod metrics;
mod routes;
mod table;
pub mod trace;

pub use metrics::Metrics;
pub use routes::{Route, Routes};
