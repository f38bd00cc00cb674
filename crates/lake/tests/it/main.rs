//! The lake keeps its promises.

mod dimension;
mod exactly_once;
mod keeping;
mod quarantine;
mod question;
mod widening;
mod world;
