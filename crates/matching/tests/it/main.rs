//! What the crate promises, checked against published values, another implementation and simple models.

mod cluster;
mod learning;
mod matching;
mod normalise;
mod quality;
mod text;
mod town;
mod towns;
