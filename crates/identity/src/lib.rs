#![doc = include_str!("../README.md")]

mod compare;
mod explain;
mod forest;
mod graph;
mod keys;
mod load;
mod online;
mod persons;
mod policy;
mod rebuild;
mod region;
mod summary;

pub use compare::{Comparison, Difference};
pub use explain::{Split, chain, separating, split};
pub use graph::{Edge, Fact, GraphError, Key, Node};
pub use keys::Keys;
pub use load::{CLASSES_MAX, LoadError, Loader, NODES_MAX};
pub use online::{Admit, Arrival, Withdraw, admit, withdraw};
pub use persons::{Outcome, Persons};
pub use policy::{
    KINDS_MAX, Kind, KindPolicy, MEMBERS_MAX, MEMBERS_MAX_DEFAULT, PRIORITY_MAX, Policy, PolicyError, Rule,
};
pub use rebuild::{Graph, Ordered};
pub use region::{Decided, Verdict, decide};
pub use summary::{Between, Contested, Reason, Summary};
