//! What the crate promises, checked against the plainest implementation of the rules and against hand calculations.

mod batch;
mod compare;
mod explain;
mod keys;
mod model;
mod online;
mod policy;
mod region;
mod store;
