//! A database of the smallest sort: what a caller keeps between arrivals, and what it does with each answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tallymark_identity::{
    Admit, Arrival, Between, Contested, Decided, Edge, Fact, Node, Policy, Summary, Verdict, Withdraw, admit, decide,
    withdraw,
};

/// The places of two accounts, the smaller first.
pub(crate) type Pair = (usize, usize);

struct Stored {
    fact: Fact,
    retracted: bool,
}

/// Accounts, evidence and persons.
pub(crate) struct Store {
    policy: Policy,
    pub(crate) nodes: Vec<Node>,
    evidence: BTreeMap<Pair, Stored>,
    /// The person of each account, by a number that is never used again.
    person: Vec<u32>,
    summaries: HashMap<u32, Summary>,
    contested: BTreeSet<Pair>,
    next_person: u32,
    pub(crate) rebuilds: usize,
    pub(crate) answers: usize,
}

impl Store {
    pub(crate) fn of(policy: &Policy, nodes: &[Node]) -> Self {
        let alone = nodes.iter().enumerate().map(|(place, node)| (place as u32, Summary::of(policy, node)));
        Self {
            policy: policy.clone(),
            nodes: nodes.to_vec(),
            evidence: BTreeMap::new(),
            person: (0..nodes.len() as u32).collect(),
            summaries: alone.collect(),
            contested: BTreeSet::new(),
            next_person: nodes.len() as u32,
            rebuilds: 0,
            answers: 0,
        }
    }

    /// The pair is seen together. What an operator retracted stays so.
    pub(crate) fn see(&mut self, pair: Pair, fact: Fact) {
        let known = self.evidence.get_mut(&pair).map(|stored| {
            stored.fact = stored.fact.and(fact);
            (stored.fact, stored.retracted)
        });
        match known {
            Some((_, true)) => {}
            Some((fact, false)) => self.arrive(pair, fact, true),
            None => self.arrive(pair, fact, false),
        }
    }

    pub(crate) fn retract(&mut self, pair: Pair) {
        let Some(stored) = self.evidence.get_mut(&pair).filter(|stored| !stored.retracted) else { return };
        stored.retracted = true;
        let fact = stored.fact;
        let (a, b) = (self.nodes[pair.0], self.nodes[pair.1]);
        let does = withdraw(&self.policy, &a, &b, fact, self.between(pair)).expect("kinds are known");
        let before = self.nodes.clone();
        self.count_neighbours(pair, false);
        self.contested.remove(&pair);
        self.answers += 1;
        if does == Withdraw::Rebuild {
            self.rebuild(pair, &before);
        }
    }

    pub(crate) fn restore(&mut self, pair: Pair) {
        if let Some(Stored { fact, .. }) = self.evidence.get(&pair).filter(|stored| stored.retracted) {
            self.arrive(pair, *fact, false);
        }
    }

    /// Every edge that is not retracted.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        self.active().map(|(pair, fact)| self.edge(pair, fact)).collect()
    }

    /// Asserts that what is kept is what deciding everything at once gives.
    pub(crate) fn assert_canonical(&self) {
        // All evidence is passed, so that neighbours can be counted.
        let nodes: Vec<Node> = self.nodes.iter().map(|node| Node { neighbours: 0, ..*node }).collect();
        let whole = decide(&self.policy, &nodes, &self.edges()).expect("sound facts");
        for (place, person) in self.person.iter().enumerate() {
            let together = |other: usize| self.person[other] == *person;
            let expected = |other: usize| whole.persons[other] == whole.persons[place];
            assert!((0..nodes.len()).all(|other| together(other) == expected(other)), "persons differ");
            let (kept, exact) = (&self.summaries[person], &whole.summaries[whole.persons[place] as usize]);
            assert_eq!((kept.size, &kept.counts), (exact.size, &exact.counts));
            assert!(kept.last_join >= exact.last_join, "the last join is a bound");
        }
        let pairs = self.active().map(|(pair, _)| pair).zip(&whole.verdicts);
        let expected: BTreeMap<Pair, Contested<i64>> = pairs
            .filter_map(|(pair, verdict)| match verdict {
                Verdict::Contested(contested) => Some((pair, *contested)),
                _ => None,
            })
            .collect();
        let why = |pair: Pair| {
            let contested = self.policy.contested(&self.nodes[pair.0], &self.nodes[pair.1], self.between(pair));
            (pair, contested.expect("what was contested is so for a reason"))
        };
        assert_eq!(self.contested.iter().map(|pair| why(*pair)).collect::<BTreeMap<_, _>>(), expected);
    }

    fn active(&self) -> impl Iterator<Item = (Pair, Fact)> + '_ {
        self.evidence.iter().filter(|(_, stored)| !stored.retracted).map(|(pair, stored)| (*pair, stored.fact))
    }

    fn edge(&self, pair: Pair, fact: Fact) -> Edge {
        Edge { a: self.nodes[pair.0].key, b: self.nodes[pair.1].key, fact }
    }

    fn between(&self, pair: Pair) -> Between<'_> {
        let (p, q) = (self.person[pair.0], self.person[pair.1]);
        if p == q { Between::One(&self.summaries[&p]) } else { Between::Two(&self.summaries[&p], &self.summaries[&q]) }
    }

    fn arrive(&mut self, pair: Pair, fact: Fact, repeat: bool) {
        let (a, b) = (self.nodes[pair.0], self.nodes[pair.1]);
        let arrival = Arrival { a: &a, b: &b, fact, repeat, between: self.between(pair) };
        let does = admit(&self.policy, &arrival).expect("kinds are known");
        let before = self.nodes.clone();
        self.evidence.insert(pair, Stored { fact, retracted: false });
        if !repeat {
            self.count_neighbours(pair, true);
        }
        self.answers += 1;
        match does {
            Admit::Join => self.join(pair, fact),
            Admit::Redundant => {}
            Admit::Contest(contested) => {
                self.contested.insert(pair);
                let between = self.between(pair);
                assert_eq!(self.policy.contested(&self.nodes[pair.0], &self.nodes[pair.1], between), Some(contested));
            }
            Admit::Rebuild => self.rebuild(pair, &before),
        }
    }

    fn count_neighbours(&mut self, (a, b): Pair, one_more: bool) {
        for (node, other) in [(a, b), (b, a)] {
            let of = |place: usize| *self.policy.kind(self.nodes[place].kind).expect("a known kind");
            if of(node).shareable && !of(other).on_shared {
                let neighbours = &mut self.nodes[node].neighbours;
                *neighbours = if one_more { *neighbours + 1 } else { *neighbours - 1 };
            }
        }
    }

    fn join(&mut self, pair: Pair, fact: Fact) {
        let (p, q) = (self.person[pair.0], self.person[pair.1]);
        let key = self.policy.key(&self.nodes[pair.0], &self.nodes[pair.1], fact);
        let taken_in = self.summaries.remove(&q).expect("a person");
        let kept = self.summaries.remove(&p).expect("a person");
        self.summaries.insert(p, kept.joined(taken_in, key));
        self.person.iter_mut().filter(|person| **person == q).for_each(|person| *person = p);
    }

    /// Loads the region around a pair and decides it anew.
    fn rebuild(&mut self, pair: Pair, before: &[Node]) {
        self.rebuilds += 1;
        let region: Vec<usize> = self.region(pair, before).into_iter().collect();
        let nodes: Vec<Node> = region.iter().map(|place| self.nodes[*place]).collect();
        let inside = |pair: &Pair| region.binary_search(&pair.0).is_ok() && region.binary_search(&pair.1).is_ok();
        let pairs: Vec<(Pair, Fact)> = self.active().filter(|(pair, _)| inside(pair)).collect();
        let edges: Vec<Edge> = pairs.iter().map(|(pair, fact)| self.edge(*pair, *fact)).collect();
        let decided = decide(&self.policy, &nodes, &edges).expect("sound facts");
        self.replace(&region, &pairs, decided);
    }

    fn replace(&mut self, region: &[usize], pairs: &[(Pair, Fact)], decided: Decided) {
        let gone: BTreeSet<u32> = region.iter().map(|place| self.person[*place]).collect();
        assert!(
            self.person.iter().enumerate().all(|(place, p)| !gone.contains(p) || region.contains(&place)),
            "a region holds its persons whole"
        );
        gone.iter().for_each(|person| drop(self.summaries.remove(person)));
        for (place, person) in region.iter().zip(&decided.persons) {
            self.person[*place] = self.next_person + person;
        }
        for (person, summary) in decided.summaries.into_iter().enumerate() {
            self.summaries.insert(self.next_person + person as u32, summary);
        }
        self.next_person += region.len() as u32;
        for ((pair, _), verdict) in pairs.iter().zip(&decided.verdicts) {
            match verdict {
                Verdict::Contested(_) => self.contested.insert(*pair),
                _ => self.contested.remove(pair),
            };
        }
    }

    /// What can be reached over edges that no shared account cuts, before or after the change.
    fn region(&self, pair: Pair, before: &[Node]) -> BTreeSet<usize> {
        let is_open = |nodes: &[Node], (a, b): Pair| self.policy.shared_end(&nodes[a], &nodes[b]).is_none();
        let mut region = BTreeSet::from([pair.0, pair.1]);
        let mut fresh = vec![pair.0, pair.1];
        while let Some(at) = fresh.pop() {
            for (pair, _) in self.active().filter(|(pair, _)| pair.0 == at || pair.1 == at) {
                let other = if pair.0 == at { pair.1 } else { pair.0 };
                if (is_open(before, pair) || is_open(&self.nodes, pair)) && region.insert(other) {
                    fresh.push(other);
                }
            }
        }
        region
    }
}
