//! Tools for the tests of the other crates.

pub mod db;
pub mod power;
pub mod proxy;
