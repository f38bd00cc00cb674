//! People keep their promises on both engines.

mod code;
mod components;
mod identifier;
mod identity;
mod races;
mod resolve;
mod statements;
mod vault;
mod world;
