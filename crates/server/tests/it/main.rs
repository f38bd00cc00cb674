//! The server keeps its promises.

mod access;
mod measures;
mod outage;
mod page;
mod routes;
mod scans;
mod scopes;
mod traces;
mod world;
