//! Imports of members, against both engines.

mod begins;
mod mappings;
mod runs;
mod uploads;
mod world;
