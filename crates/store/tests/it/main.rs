//! The store keeps its promises on both engines.

mod backup;
mod batcher;
mod checkpoint;
mod consumer;
mod going_away;
mod idempotency;
mod job;
mod keyset;
mod migrations;
mod node;
mod outbox;
mod power;
mod rows;
mod statistics;
mod watch;
