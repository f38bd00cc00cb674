//! The server keeps its promises.

mod access;
mod outage;
mod page;
mod routes;
mod scans;
mod scopes;
mod world;
