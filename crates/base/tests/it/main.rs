//! The shared words keep their promises.

mod event;
mod geography;
