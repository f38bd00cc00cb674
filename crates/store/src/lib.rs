#![doc = include_str!("../README.md")]

pub mod audit;
pub mod backup;
pub mod batcher;
mod checkpoint;
mod context;
mod dialect;
pub mod dimension;
mod engine;
mod error;
pub mod idempotency;
pub mod job;
pub mod keyset;
mod migrate;
pub mod node;
pub mod outbox;
pub mod revision;
mod rows;
mod statistics;
mod tx;
mod value;
mod watch;

pub use context::Context;
pub use engine::{Engine, Options, Store};
pub use error::Error;
pub use migrate::{MIGRATIONS, Migrations};
pub use rows::Rows;
pub use tx::Tx;
pub use value::{Row, Value};
