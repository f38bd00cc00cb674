//! Imports of members, against both engines.

mod begins;
mod codes;
mod goods;
mod mappings;
mod operations;
mod orders;
mod runs;
mod uploads;
mod world;
