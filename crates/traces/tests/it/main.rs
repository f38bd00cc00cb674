//! What captured events promise, on both engines, over the routes.

mod asking;
mod capturing;
mod schedule;
mod telling;
mod world;
