//! The server keeps its promises.

mod access;
mod page;
mod routes;
mod scans;
mod scopes;
mod world;
