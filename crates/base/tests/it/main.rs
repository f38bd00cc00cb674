//! The shared words keep their promises.

mod geography;
