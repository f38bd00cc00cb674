//! The command line keeps its promises, driven as a person at a terminal drives it.

mod backup;
mod closed_loop;
mod lake;
mod printing;
mod provider;
mod refusals;
mod users;
mod world;
