//! The server keeps its promises.

mod access;
mod audit;
mod authorisation;
mod backup;
mod browser;
mod clocks;
mod docs;
mod join;
mod lake;
mod limits;
mod measures;
mod oidc;
mod outage;
mod outside;
mod page;
mod password;
mod phone;
mod place;
mod retention;
mod routes;
mod scans;
mod scopes;
mod sessions;
mod traces;
mod wechat;
mod world;
