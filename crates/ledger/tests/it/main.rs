//! The ledger keeps its promises on both engines.

mod posting;
