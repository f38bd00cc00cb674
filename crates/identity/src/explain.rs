//! Why two accounts are one person, and what taking evidence back would do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use crate::graph::{Edge, GraphError, Key, Node};
use crate::policy::Policy;
use crate::region::{Decided, Verdict, decide, ends, places};

/// The shortest chain of evidence that leads from one account to another within a person, as places among the edges.
/// Among chains of the same length it is one whose weakest evidence (by [`Policy::key`]) is strongest. `None` if they
/// are not one person; empty if both are the same account.
///
/// A chain may use redundant evidence as well as what joined: both tell that the accounts are one person, and which of
/// them came first does not matter to the reader.
///
/// # Errors
/// [`GraphError`] as from [`decide`], whose result for the same facts `decided` must be.
pub fn chain(
    policy: &Policy,
    nodes: &[Node],
    edges: &[Edge],
    decided: &Decided,
    from: i64,
    to: i64,
) -> Result<Option<Vec<usize>>, GraphError> {
    let places = places(policy, nodes)?;
    let ends = ends(&places, edges)?;
    let place = |key: i64| places.get(&key).copied().ok_or(GraphError::NoSuchNode { key });
    let (from, to) = (place(from)?, place(to)?);
    let mut held: Vec<Vec<(usize, usize, Key)>> = vec![Vec::new(); nodes.len()];
    for (edge, [a, b]) in ends.iter().enumerate() {
        if !matches!(decided.verdicts[edge], Verdict::Contested(_)) {
            let key = policy.key(&nodes[*a], &nodes[*b], edges[edge].fact);
            held[*a].push((*b, edge, key));
            held[*b].push((*a, edge, key));
        }
    }
    Ok(shortest(&held, from, to))
}

/// How an account was reached.
#[derive(Clone, Copy)]
struct Reached {
    steps: usize,
    /// The key of the weakest edge on the way.
    weakest: Option<Key>,
    /// The account before it and the edge from there.
    by: Option<(usize, usize)>,
}

/// Breadth first: when an account is taken up, every way to it of its length has been seen.
fn shortest(held: &[Vec<(usize, usize, Key)>], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut reached: Vec<Option<Reached>> = vec![None; held.len()];
    reached[from] = Some(Reached { steps: 0, weakest: None, by: None });
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        let Some(Reached { steps, weakest, .. }) = reached[at] else { break };
        for (next, edge, key) in &held[at] {
            let way = Reached { steps: steps + 1, weakest: weakest.max(Some(*key)), by: Some((at, *edge)) };
            match reached[*next] {
                None => queue.push_back(*next),
                Some(known) if (known.steps, known.weakest) <= (way.steps, way.weakest) => continue,
                Some(_) => {}
            }
            reached[*next] = Some(way);
        }
    }
    let mut chain = Vec::new();
    let mut at = reached[to]?;
    while let Some((before, edge)) = at.by {
        chain.push(edge);
        at = reached[before]?;
    }
    chain.reverse();
    Some(chain)
}

/// The edges to retract so that the given accounts share no person with any other: all between them and the rest,
/// contested ones included, or those would join what the others leave. Places among the edges.
///
/// All evidence of these accounts must be among the edges. Evidence that arrives afterwards is heard as any other.
pub fn separating(edges: &[Edge], accounts: &BTreeSet<i64>) -> Vec<usize> {
    let is_between = |edge: &Edge| accounts.contains(&edge.a) != accounts.contains(&edge.b);
    edges.iter().enumerate().filter(|(_, edge)| is_between(edge)).map(|(place, _)| place).collect()
}

/// What retracting edges of a region does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The persons that result and were not persons before, the largest first; keys of accounts, ascending.
    pub groups: Vec<Vec<i64>>,
    /// Accounts that leave the largest piece of their person (of equally large ones, that with the smallest stable
    /// value stays), ascending.
    pub moved: Vec<i64>,
    /// The region as it is then. Verdicts are those of the edges that are left, in their order.
    pub decided: Decided,
}

/// What would be if the edges at these places were retracted.
///
/// # Errors
/// [`GraphError`] as from [`decide`].
pub fn split(policy: &Policy, nodes: &[Node], edges: &[Edge], retracted: &[usize]) -> Result<Split, GraphError> {
    let before = decide(policy, nodes, edges)?;
    let retracted: HashSet<usize> = retracted.iter().copied().collect();
    let (gone, left): (Vec<_>, Vec<_>) = edges.iter().enumerate().partition(|(place, _)| retracted.contains(place));
    let gone: Vec<Edge> = gone.into_iter().map(|(_, edge)| *edge).collect();
    let left: Vec<Edge> = left.into_iter().map(|(_, edge)| *edge).collect();
    let nodes = without_neighbours(policy, nodes, &gone)?;
    let decided = decide(policy, &nodes, &left)?;

    let (old, new) = (groups(&before), groups(&decided));
    let mut made: Vec<Vec<i64>> = Vec::new();
    for group in new.values().filter(|group| old.get(&before.persons[group[0]]) != Some(*group)) {
        let mut keys: Vec<i64> = group.iter().map(|place| nodes[*place].key).collect();
        keys.sort_unstable();
        made.push(keys);
    }
    made.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let mut moved: Vec<i64> = old.values().flat_map(|group| leaving(&nodes, group, &decided)).collect();
    moved.sort_unstable();
    Ok(Split { groups: made, moved, decided })
}

/// The accounts, with the neighbours that they lose not counted.
fn without_neighbours(policy: &Policy, nodes: &[Node], gone: &[Edge]) -> Result<Vec<Node>, GraphError> {
    let places: HashMap<i64, usize> = places(policy, nodes)?;
    let mut left = nodes.to_vec();
    for [a, b] in ends(&places, gone)? {
        for (node, other) in [(a, b), (b, a)] {
            let lost = u32::from(policy.counts_as_neighbour(&nodes[node], &nodes[other]));
            left[node].neighbours = left[node].neighbours.saturating_sub(lost);
        }
    }
    Ok(left)
}

/// Places of accounts by person, ascending.
fn groups(decided: &Decided) -> BTreeMap<u32, Vec<usize>> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, person) in decided.persons.iter().enumerate() {
        groups.entry(*person).or_default().push(place);
    }
    groups
}

/// The accounts of a person that leave its largest piece.
fn leaving(nodes: &[Node], group: &[usize], after: &Decided) -> Vec<i64> {
    let mut pieces: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for place in group {
        pieces.entry(after.persons[*place]).or_default().push(*place);
    }
    let first = |piece: &[usize]| piece.iter().map(|place| nodes[*place].stable).min();
    let stays =
        pieces.iter().min_by_key(|(_, piece)| (usize::MAX - piece.len(), first(piece))).map(|(person, _)| *person);
    let leaving = pieces.iter().filter(|(person, _)| Some(**person) != stays);
    leaving.flat_map(|(_, piece)| piece.iter().map(|place| nodes[*place].key)).collect()
}
