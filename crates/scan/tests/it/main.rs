//! The loop keeps its promises on both engines.

mod budget;
mod claims;
mod facts;
mod idempotency;
mod list;
mod outage;
mod past;
mod redeemed;
mod verdicts;
mod world;
