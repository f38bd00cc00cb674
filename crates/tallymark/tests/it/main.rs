//! The command line keeps its promises, driven as a person at a terminal drives it.

mod audit;
mod backup;
mod closed_loop;
mod doctor;
mod export;
mod goods;
mod import;
mod lake;
mod people;
mod point;
mod printing;
mod proposals;
mod provider;
mod refusals;
mod simulation;
mod users;
mod world;
