//! Loading a whole graph, account by account and edge by edge, into as little memory as it takes.

use std::collections::HashMap;

use thiserror::Error;

use crate::graph::{Fact, order_within, tie};
use crate::policy::Kind;
use crate::rebuild::Graph;

/// How many accounts a graph can have: 2^31 − 1.
pub const NODES_MAX: usize = (1 << 31) - 1;
/// How many different pairs of kind and scope the accounts of a graph can have.
pub const CLASSES_MAX: usize = 1 << 16;

/// What does not fit into a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LoadError {
    /// There are more accounts than can be numbered.
    #[error("a graph has at most {NODES_MAX} accounts; load each tenant by itself")]
    TooManyNodes,
    /// There are too many pairs of kind and scope.
    #[error("a graph has at most {CLASSES_MAX} pairs of kind and scope; use scope 0 for kinds that have no scope")]
    TooManyClasses,
    /// An edge names an account that was not loaded.
    #[error("an edge names account number {index}, but only {nodes} are loaded; load all accounts before the edges")]
    NoSuchNode {
        /// The index given.
        index: u32,
        /// How many accounts there are.
        nodes: usize,
    },
    /// An edge joins an account to itself.
    #[error("an edge joins account number {index} to itself; leave it out")]
    Loop {
        /// The index given.
        index: u32,
    },
}

/// Kind and scope of accounts, and how they are numbered.
pub(crate) type Class = (Kind, u32);

/// An edge in 24 bytes: its canonical key and the indexes of its accounts. The account with the smaller stable value is
/// the first, so that nobody needs the stable values after loading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed {
    pub(crate) order: u64,
    pub(crate) tie: u64,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

/// Takes in a graph. All accounts come first, then the edges, one for each pair of accounts.
///
/// Memory: 10 bytes an account and 24 bytes an edge; 2 and 24 after [`Loader::finish`]. Say how many there will be:
/// a list that has to grow is held twice for a moment.
#[derive(Debug, Default)]
pub struct Loader {
    numbers: HashMap<Class, u16>,
    classes: Vec<Class>,
    class_of: Vec<u16>,
    stable: Vec<u64>,
    edges: Vec<Packed>,
}

impl Loader {
    /// An empty graph with room for so many accounts and edges.
    pub fn with_capacity(nodes: usize, edges: usize) -> Self {
        Self {
            class_of: Vec::with_capacity(nodes),
            stable: Vec::with_capacity(nodes),
            edges: Vec::with_capacity(edges),
            ..Self::default()
        }
    }

    /// Adds an account and returns its index: 0, 1, 2 … For the meaning of the parts see [`crate::Node`].
    ///
    /// # Errors
    /// [`LoadError::TooManyNodes`] and [`LoadError::TooManyClasses`].
    pub fn node(&mut self, kind: Kind, scope: u32, stable: u64) -> Result<u32, LoadError> {
        let index = self.class_of.len();
        if index == NODES_MAX {
            return Err(LoadError::TooManyNodes);
        }
        let class = self.class((kind, scope))?;
        self.class_of.push(class);
        self.stable.push(stable);
        Ok(index as u32)
    }

    /// Adds the edge between two accounts, named by their indexes.
    ///
    /// # Errors
    /// [`LoadError::NoSuchNode`] and [`LoadError::Loop`].
    pub fn edge(&mut self, a: u32, b: u32, fact: Fact) -> Result<(), LoadError> {
        let stable = |index: u32| {
            let nodes = self.stable.len();
            self.stable.get(index as usize).copied().ok_or(LoadError::NoSuchNode { index, nodes })
        };
        if a == b {
            return Err(LoadError::Loop { index: a });
        }
        let ((a, of_a), (b, of_b)) = ((a, stable(a)?), (b, stable(b)?));
        let (a, b) = if of_a <= of_b { (a, b) } else { (b, a) };
        self.edges.push(Packed { order: order_within(fact), tie: tie(of_a, of_b), a, b });
        Ok(())
    }

    /// The graph. What only loading needs is given back.
    pub fn finish(self) -> Graph {
        Graph::of(self.classes, self.class_of, self.edges)
    }

    fn class(&mut self, class: Class) -> Result<u16, LoadError> {
        if let Some(number) = self.numbers.get(&class) {
            return Ok(*number);
        }
        if self.classes.len() == CLASSES_MAX {
            return Err(LoadError::TooManyClasses);
        }
        let number = self.classes.len() as u16;
        self.classes.push(class);
        self.numbers.insert(class, number);
        Ok(number)
    }
}
