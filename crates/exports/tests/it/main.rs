//! Exports keep their promises.

mod files;
mod tables;
