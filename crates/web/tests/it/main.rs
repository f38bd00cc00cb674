//! A small server through all layers: what callers see when something is wrong, and what they never see.

mod app;
mod bodies;
mod edge;
mod headers;
mod keys;
mod openapi;
mod problems;
