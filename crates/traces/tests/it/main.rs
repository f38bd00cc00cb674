//! What captured events promise, on both engines, over the routes.

mod asking;
mod capturing;
mod listener;
mod listening;
mod schedule;
mod telling;
mod world;
