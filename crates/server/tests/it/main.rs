//! The server keeps its promises.

mod access;
mod audit;
mod authorisation;
mod browser;
mod oidc;
mod outage;
mod page;
mod routes;
mod scans;
mod scopes;
mod sessions;
mod world;
