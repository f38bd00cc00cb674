//! Imports of members, against both engines.

mod begins;
mod mappings;
mod orders;
mod runs;
mod uploads;
mod world;
