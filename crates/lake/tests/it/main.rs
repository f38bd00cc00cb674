//! The lake keeps its promises.

mod bucket;
mod dimension;
mod exactly_once;
mod keeping;
mod now;
mod place;
mod quarantine;
mod question;
mod storage;
mod widening;
mod world;
