//! How well proposals fit the truth: over all pairs of records of one group.

use std::collections::BTreeMap;
use std::fmt;

use tallymark_matching::Found;

/// Counts of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quality {
    pub(crate) right: u64,
    pub(crate) proposed: u64,
    pub(crate) truth: u64,
}

impl Quality {
    /// Of the proposals for one set; `people` says whose each record is.
    pub(crate) fn of_proposals(found: &Found, people: &[usize]) -> Self {
        let groups: Vec<Vec<usize>> =
            found.proposals.iter().map(|p| p.members.iter().map(|member| member.index).collect()).collect();
        Self::of_groups(&groups, people)
    }

    /// Of what connected components make of every pair that is likely by itself.
    pub(crate) fn of_components(found: &Found, people: &[usize]) -> Self {
        let mut component: Vec<usize> = (0..people.len()).collect();
        fn root(component: &mut [usize], mut i: usize) -> usize {
            while component[i] != i {
                component[i] = component[component[i]];
                i = component[i];
            }
            i
        }
        let inside = found.proposals.iter().flat_map(|proposal| &proposal.pairs).filter(|pair| pair.weight_bits > 0.0);
        for pair in inside.chain(&found.apart) {
            let [one, two] = pair.members.map(|member| root(&mut component, member.index));
            component[one.max(two)] = one.min(two);
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for i in 0..people.len() {
            groups.entry(root(&mut component, i)).or_default().push(i);
        }
        Self::of_groups(&groups.into_values().collect::<Vec<_>>(), people)
    }

    fn of_groups(groups: &[Vec<usize>], people: &[usize]) -> Self {
        let pairs = |n: u64| n * n.saturating_sub(1) / 2;
        let counted = |members: &mut dyn Iterator<Item = usize>| {
            let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
            members.for_each(|i| *counts.entry(people[i]).or_default() += 1);
            counts.into_values().map(pairs).sum::<u64>()
        };
        Self {
            right: groups.iter().map(|group| counted(&mut group.iter().copied())).sum(),
            proposed: groups.iter().map(|group| pairs(group.len() as u64)).sum(),
            truth: counted(&mut (0..people.len())),
        }
    }

    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / self.proposed.max(1) as f64
    }

    pub(crate) fn recall(&self) -> f64 {
        self.right as f64 / self.truth.max(1) as f64
    }

    pub(crate) fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.proposed + self.truth).max(1) as f64
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F1 {:.4}  precision {:.4}  recall {:.4}", self.f1(), self.precision(), self.recall())
    }
}
