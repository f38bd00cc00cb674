//! The lake keeps its promises.

mod exactly_once;
mod keeping;
mod now;
mod quarantine;
mod question;
mod widening;
mod world;
