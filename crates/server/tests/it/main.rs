//! The server keeps its promises.

mod access;
mod page;
mod scans;
mod world;
