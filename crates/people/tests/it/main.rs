//! People keep their promises on both engines.

mod code;
mod components;
mod consent;
mod everybody;
mod identifier;
mod identity;
mod list;
mod policy;
mod privacy;
mod profile;
mod proposals;
mod races;
mod resolve;
mod statements;
#[path = "../../../matching/tests/it/town.rs"]
mod town;
mod vault;
mod world;
