//! People keep their promises on both engines.

mod code;
mod components;
mod consent;
mod everybody;
mod identifier;
mod identity;
mod policy;
mod privacy;
mod profile;
mod races;
mod resolve;
mod statements;
mod vault;
mod world;
