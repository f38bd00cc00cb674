//! People keep their promises on both engines.

mod code;
mod components;
mod consent;
mod identifier;
mod identity;
mod privacy;
mod profile;
mod everybody;
mod policy;
mod races;
mod resolve;
mod statements;
mod vault;
mod world;
