//! What orders promise, on both engines.

mod model;
mod points;
mod recording;
mod rules;
mod world;
