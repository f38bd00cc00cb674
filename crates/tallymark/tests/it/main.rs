//! The command line keeps its promises, driven as a person at a terminal drives it.

mod backup;
mod closed_loop;
mod printing;
mod refusals;
mod world;
