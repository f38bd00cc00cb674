//! The server keeps its promises.

mod access;
mod join;
mod outage;
mod outside;
mod page;
mod phone;
mod place;
mod routes;
mod scans;
mod scopes;
mod wechat;
mod world;
