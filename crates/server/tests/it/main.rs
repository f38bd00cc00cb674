//! The server keeps its promises.

mod access;
mod backup;
mod measures;
mod outage;
mod page;
mod routes;
mod scans;
mod scopes;
mod traces;
mod world;
