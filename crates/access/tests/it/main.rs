//! Users, sessions and letters keep their promises, whoever races.

mod letters;
mod races;
mod world;
