//! The server keeps its promises.

mod access;
mod audit;
mod authorisation;
mod backup;
mod browser;
mod join;
mod lake;
mod measures;
mod oidc;
mod outage;
mod outside;
mod page;
mod password;
mod phone;
mod place;
mod reports;
mod routes;
mod scans;
mod scopes;
mod sessions;
mod traces;
mod wechat;
mod world;
