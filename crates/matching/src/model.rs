//! How likely each level of agreement is, for pairs of each kind, learned without labels.
//!
//! The model is that of Fellegi and Sunter ("A Theory for Record Linkage", 1969) with more than two kinds of pairs, since the
//! fields are not independent among pairs of two people: a household shares an address and often a surname. A pair is of one
//! [`Relation`]; given the relation, fields agree independently. Every field has at most three distributions over its levels,
//! shared by the relations: `m` for what one person (or one place) has written twice, `u` for strangers, `h` for what a
//! household may share. `u` comes from counts of values and from random pairs; the others and the shares of the relations are
//! estimated by expectation and maximisation (Dempster, Laird, Rubin 1977) over the pairs that are alike.
//!
//! The shares are of all pairs, not only of those compared: a pair that no key finds counts as one of strangers.

use crate::compare::Kind;
use crate::level::{EXACT, LEVELS, Pattern};
use crate::table::{Column, Role, Table};

/// How the two records of a pair are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One person at one address.
    Same,
    /// One person at two addresses.
    Moved,
    /// Two people of one household.
    Household,
    /// Two people of one household and one name, such as father and son.
    Namesake,
    /// Two people of one household and one date of birth: twins, most often.
    Twin,
    /// Two people of one suburb.
    Neighbour,
    /// Two people with nothing in common but by chance.
    Stranger,
}

impl Relation {
    /// All relations; those of one person come first.
    pub const ALL: [Self; 7] =
        [Self::Same, Self::Moved, Self::Household, Self::Namesake, Self::Twin, Self::Neighbour, Self::Stranger];

    /// Whether both records are one person's.
    pub fn is_one_person(self) -> bool {
        matches!(self, Self::Same | Self::Moved)
    }
}

/// Which distribution a field has under a relation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// As one person or one place writes it twice.
    M,
    /// As a household may share it.
    H,
    /// As strangers of one suburb share it.
    N,
    /// As strangers agree by chance.
    U,
}

fn source(relation: Relation, role: Role) -> Source {
    use Relation::{Household, Moved, Namesake, Neighbour, Same, Stranger, Twin};
    match (relation, role) {
        (Same, _) => Source::M,
        (Moved | Stranger, Role::Street | Role::Area) => Source::U,
        (Moved, _) => Source::M,
        (Household | Namesake | Twin, Role::Street | Role::Area) => Source::M,
        (Namesake, Role::Given | Role::Surname) | (Twin, Role::Birth) => Source::M,
        (Household | Twin, Role::Surname) | (Household | Namesake | Twin, Role::Phone) => Source::H,
        (Neighbour, Role::Area) => Source::N,
        (Household | Namesake | Twin | Neighbour | Stranger, _) => Source::U,
    }
}

type Distribution = [f64; LEVELS];

/// The logarithms (base 2) of how much likelier a level is than among strangers.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    roles: Vec<Role>,
    m: Vec<Distribution>,
    h: Vec<Distribution>,
    n: Vec<Distribution>,
    u: Vec<Distribution>,
    /// How often one person's names, and address lines, are exchanged.
    crossed: [f64; 2],
    pub(crate) shares: [f64; Relation::ALL.len()],
    pairs: f64,
    weights: Weights,
}

#[derive(Clone, Debug, Default)]
struct Weights {
    m: Vec<Distribution>,
    h: Vec<Distribution>,
    n: Vec<Distribution>,
    crossed: [f64; 2],
    shares: [f64; Relation::ALL.len()],
}

/// What learning came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// How many rounds were made.
    pub rounds: usize,
    /// The largest change of a probability in the last round.
    pub change_last: f64,
    /// Whether that is below 0.001.
    pub converged: bool,
}

/// Below this change of every probability in a round, learning has converged.
const CHANGE_MAX: f64 = 0.001;
/// With how many pairs of strangers the first guess of their agreement counts.
const CHANCE_PAIRS: f64 = 500.0;
/// With how many pairs of one person the first guess of a distribution counts.
const GUESS_PAIRS: f64 = 20.0;
/// Every level is at least this likely among strangers.
const U_MIN: f64 = 1e-7;
/// Namesakes, and twins, are at most this part of the pairs within households: what looks like them beyond that, or where there
/// are no households, is one person with a wrong date or name.
const RARE_MAX: f64 = 0.03;
/// In which part of the records a field must be filled for a relation to rest on it.
const FILLED_MIN: f64 = 0.2;
/// How often neighbours are counted anew; the share settles in a few rounds.
const NEIGHBOUR_ROUNDS: usize = 20;
/// Agreement on a value among strangers is at least this part of the agreement among all.
const STRANGERS_MIN: f64 = 1.0 / 16.0;

/// The first guess of how one person's value is written twice: the levels from different to exact.
fn guess(kind: Kind) -> [f64; 7] {
    match kind {
        Kind::Name => [0.05, 0.01, 0.02, 0.06, 0.03, 0.01, 0.82],
        Kind::Text => [0.05, 0.01, 0.02, 0.10, 0.02, 0.0, 0.80],
        Kind::Code => [0.05, 0.0, 0.02, 0.06, 0.02, 0.0, 0.85],
        Kind::Date => [0.02, 0.01, 0.02, 0.05, 0.01, 0.01, 0.88],
        Kind::Phone => [0.15, 0.0, 0.01, 0.03, 0.02, 0.0, 0.79],
        Kind::Email => [0.15, 0.02, 0.02, 0.04, 0.0, 0.0, 0.77],
    }
}

/// A guess over [`LEVELS`], agreement being spread over the values as they are among records.
fn spread(levels: &[f64; 7], shares: &Distribution) -> Distribution {
    let mut all = [0.0; LEVELS];
    all[1..=6].copy_from_slice(&levels[..6]);
    for level in usize::from(EXACT)..LEVELS {
        all[level] = levels[6] * shares[level];
    }
    all
}

impl Model {
    /// A first guess: `u` from the values of `table` and from the patterns of random pairs, the rest from experience.
    pub(crate) fn new(table: &Table, random: &[Pattern]) -> Self {
        let mut model = Self {
            roles: table.columns.iter().map(|column| column.role).collect(),
            m: Vec::new(),
            h: Vec::new(),
            n: Vec::new(),
            u: Vec::new(),
            crossed: [0.01, 0.01],
            shares: [0.0; Relation::ALL.len()],
            pairs: table.pairs().max(1.0),
            weights: Weights::default(),
        };
        for (i, column) in table.columns.iter().enumerate() {
            let u = chance(i, column, random);
            let m = spread(&guess(column.kind), &column.shares);
            let h = std::array::from_fn(|level| 0.6 * m[level] + 0.4 * u[level]);
            model.u.push(u);
            model.m.push(m);
            model.n.push(neighbours(&m, &column.agreeing));
            model.h.push(h);
        }
        let rows = table.rows.len() as f64;
        let expected = [0.2, 0.02, 0.2, 0.002, 0.002].map(|per_record| (per_record * rows / model.pairs).min(0.15));
        model.shares[..5].copy_from_slice(&expected);
        model.shares[Relation::Neighbour as usize] = 0.01;
        let filled = |role| table.columns.iter().filter(|c| c.role == role).map(|c| c.filled).fold(0.0, f64::max);
        // Without dates of birth nothing tells two people of one name and address from one person.
        if filled(Role::Birth) < FILLED_MIN {
            model.shares[Relation::Namesake as usize] = 0.0;
        }
        if filled(Role::Given) < FILLED_MIN {
            model.shares[Relation::Twin as usize] = 0.0;
        }
        model.settle();
        model.find_neighbours(random);
        model
    }

    /// Gives the rest of all pairs to strangers.
    fn settle(&mut self) {
        let (stranger, related) = self.shares.split_last_mut().expect("there are relations");
        *stranger = (1.0 - related.iter().sum::<f64>()).max(0.01);
        self.weigh();
    }

    /// How many strangers live in one suburb, from random pairs; and how strangers agree by chance who do not.
    fn find_neighbours(&mut self, random: &[Pattern]) {
        let patterns = tally(random.iter().map(|pattern| self.area_of(*pattern)));
        let neighbour = Relation::Neighbour as usize;
        let all = self.u.clone();
        for _ in 0..NEIGHBOUR_ROUNDS {
            let mut count = 0.0;
            for (pattern, times) in &patterns {
                let logs = self.relations(*pattern);
                count += (logs[neighbour] - sum_of_powers(&logs[neighbour..])).exp2() * times;
            }
            self.shares[neighbour] = count / random.len().max(1) as f64;
            for (column, u) in self.u.iter_mut().enumerate().filter(|(column, _)| self.roles[*column] == Role::Area) {
                for level in 2..LEVELS {
                    let shared = self.shares[neighbour] * self.n[column][level];
                    u[level] = (all[column][level] - shared).max(all[column][level] * STRANGERS_MIN);
                }
            }
            self.settle();
        }
    }

    /// What a pattern says about the area alone.
    fn area_of(&self, pattern: Pattern) -> Pattern {
        let mut area = Pattern::default();
        for (column, _) in self.roles.iter().enumerate().filter(|(_, role)| **role == Role::Area) {
            area.set(column, pattern.level(column));
        }
        area
    }

    fn weigh(&mut self) {
        let log = |over: &[Distribution]| {
            let each = over.iter().zip(&self.u);
            each.map(|(a, u)| std::array::from_fn(|level| ratio(a[level], u[level]))).collect()
        };
        self.weights =
            Weights { m: log(&self.m), h: log(&self.h), n: log(&self.n), crossed: self.crossed.map(f64::log2), shares: self.shares.map(f64::log2) };
    }

    /// For each relation the logarithm (base 2) of its share times how much likelier the pattern is than among strangers.
    pub(crate) fn relations(&self, pattern: Pattern) -> [f64; Relation::ALL.len()] {
        let mut sums = self.weights.shares;
        for (column, role) in self.roles.iter().enumerate() {
            let level = usize::from(pattern.level(column));
            if level == 0 {
                continue;
            }
            for (relation, sum) in Relation::ALL.into_iter().zip(&mut sums) {
                *sum += match source(relation, *role) {
                    Source::M => self.weights.m[column][level],
                    Source::H => self.weights.h[column][level],
                    Source::N => self.weights.n[column][level],
                    Source::U => 0.0,
                };
            }
        }
        if pattern.names_crossed() {
            for relation in [Relation::Same, Relation::Moved, Relation::Namesake] {
                sums[relation as usize] += self.weights.crossed[0];
            }
        }
        if pattern.lines_crossed() {
            for relation in [Relation::Same, Relation::Household, Relation::Namesake, Relation::Twin] {
                sums[relation as usize] += self.weights.crossed[1];
            }
        }
        sums
    }

    /// The logarithm (base 2) of the odds that a pair with this pattern is one person.
    pub(crate) fn weight(&self, pattern: Pattern) -> f64 {
        let all = self.relations(pattern);
        sum_of_powers(&all[..2]) - sum_of_powers(&all[2..])
    }

    /// How much likelier, in bits, any relation that is worth learning from is than strangers.
    pub(crate) fn likeness(&self, pattern: Pattern) -> f64 {
        let all = self.relations(pattern);
        sum_of_powers(&all[..5]) - all[Relation::Stranger as usize]
    }

    /// What one field adds to the evidence for one person, in bits.
    pub(crate) fn field_weight(&self, column: usize, level: u8) -> f64 {
        if level == 0 { 0.0 } else { self.weights.m[column][usize::from(level)] }
    }

    /// What names, or address lines, that agree crosswise take from the evidence, in bits.
    pub(crate) fn crossed_weight(&self, lines: bool) -> f64 {
        self.weights.crossed[usize::from(lines)]
    }

    /// Learns from patterns and how often each occurs, in `rounds` rounds at most.
    pub(crate) fn learn(&mut self, patterns: &[(Pattern, f64)], table: &Table, rounds: usize) -> Learning {
        let first = self.clone();
        let mut learning = Learning { rounds: 0, change_last: 0.0, converged: false };
        while learning.rounds < rounds && !learning.converged {
            let counts = self.expect(patterns);
            let before = (self.m.clone(), self.shares);
            self.maximise(&counts, &first, table);
            self.weigh();
            learning.rounds += 1;
            let moved = before.0.iter().flatten().zip(self.m.iter().flatten()).map(|(a, b)| (a - b).abs());
            let shifted = before.1.iter().zip(&self.shares).map(|(a, b)| (a - b).abs() / a.max(*b).max(f64::MIN_POSITIVE));
            learning.change_last = moved.chain(shifted).fold(0.0, f64::max);
            learning.converged = learning.change_last < CHANGE_MAX;
        }
        learning
    }

    fn expect(&self, patterns: &[(Pattern, f64)]) -> Counts {
        let columns = self.roles.len();
        let mut counts =
            Counts { relations: [0.0; 7], m: vec![[0.0; LEVELS]; columns], h: vec![[0.0; LEVELS]; columns], crossed: [[0.0; 2]; 2] };
        for (pattern, times) in patterns {
            let logs = self.relations(*pattern);
            let all = sum_of_powers(&logs);
            let chances = logs.map(|log| (log - all).exp2() * times);
            for (sum, chance) in counts.relations.iter_mut().zip(chances) {
                *sum += chance;
            }
            for (column, role) in self.roles.iter().enumerate() {
                let level = usize::from(pattern.level(column));
                if level == 0 {
                    continue;
                }
                for (relation, chance) in Relation::ALL.into_iter().zip(chances) {
                    match source(relation, *role) {
                        Source::M => counts.m[column][level] += chance,
                        Source::H => counts.h[column][level] += chance,
                        Source::N | Source::U => {}
                    }
                }
            }
            counts.crossed[0][usize::from(pattern.names_crossed())] += chances[0] + chances[1];
            counts.crossed[1][usize::from(pattern.lines_crossed())] += chances[0];
        }
        counts
    }

    fn maximise(&mut self, counts: &Counts, first: &Self, table: &Table) {
        let household = counts.relations[Relation::Household as usize];
        for relation in [Relation::Same, Relation::Moved, Relation::Household, Relation::Namesake, Relation::Twin] {
            let count = match relation {
                Relation::Namesake | Relation::Twin => counts.relations[relation as usize].min(household * RARE_MAX),
                _ => counts.relations[relation as usize] + 0.5,
            };
            let share = &mut self.shares[relation as usize];
            *share = if *share > 0.0 { (count / self.pairs).max(f64::MIN_POSITIVE) } else { 0.0 };
        }
        for (column, values) in table.columns.iter().enumerate() {
            self.m[column] = estimate(&counts.m[column], &first.m[column], &values.shares);
            self.h[column] = estimate(&counts.h[column], &first.h[column], &values.shares);
            for level in usize::from(EXACT)..LEVELS {
                let all = first.u[column][level];
                if values.role == Role::Area {
                    continue;
                }
                let alike = counts.m[column][level] / (self.pairs * values.filled * values.filled).max(1.0);
                self.u[column][level] = (all - alike).max(all * STRANGERS_MIN).max(U_MIN * values.shares[level]);
            }
        }
        self.shares[6] = 1.0 - self.shares[..6].iter().sum::<f64>();
        for (rate, [straight, crossed]) in self.crossed.iter_mut().zip(counts.crossed) {
            *rate = (crossed + 0.01 * GUESS_PAIRS) / (straight + crossed + GUESS_PAIRS);
        }
    }
}

/// What a round expects: how many pairs of each relation, and how they reach each level.
struct Counts {
    relations: [f64; 7],
    m: Vec<Distribution>,
    h: Vec<Distribution>,
    crossed: [[f64; 2]; 2],
}

/// A distribution from counts and a first guess; agreement is spread over the values as they are among records, so that how
/// rare a value is does not change how well one person repeats it.
fn estimate(counts: &Distribution, first: &Distribution, shares: &Distribution) -> Distribution {
    let exact = usize::from(EXACT);
    let total: f64 = counts.iter().sum::<f64>() + GUESS_PAIRS;
    let guessed: f64 = first.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let part = |counted: f64, guess: f64| (counted + GUESS_PAIRS * guess / guessed) / total;
    let mut all: Distribution = std::array::from_fn(|level| part(counts[level], first[level]));
    let equal = part(counts[exact..].iter().sum(), first[exact..].iter().sum());
    for level in exact..LEVELS {
        all[level] = equal * shares[level];
    }
    all
}

/// How neighbours agree on a column of their area: as well as one person, and the oftener the more people live there.
fn neighbours(m: &Distribution, agreeing: &Distribution) -> Distribution {
    let exact = usize::from(EXACT);
    let equal: f64 = m[exact..].iter().sum();
    let all: f64 = agreeing[exact..].iter().sum::<f64>().max(f64::MIN_POSITIVE);
    std::array::from_fn(|level| if level < exact { m[level] } else { equal * agreeing[level] / all })
}

/// How often each pattern occurs.
pub(crate) fn tally(patterns: impl Iterator<Item = Pattern>) -> Vec<(Pattern, f64)> {
    let mut all: Vec<Pattern> = patterns.collect();
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as f64)).collect()
}

/// How strangers agree on a column: exactly as its values are spread, less than exactly as random pairs do; and, where there
/// are few pairs, as experience says.
fn chance(index: usize, column: &Column, random: &[Pattern]) -> Distribution {
    let mut counts = [0.0; LEVELS];
    for pattern in random {
        counts[usize::from(pattern.level(index))] += 1.0;
    }
    let compared: f64 = counts[1..].iter().sum();
    let first = spread(&strangers(column), &column.shares);
    let mut all: Distribution =
        std::array::from_fn(|level| (counts[level] + CHANCE_PAIRS * first[level]) / (compared + CHANCE_PAIRS));
    for level in usize::from(EXACT)..LEVELS {
        let agreeing = column.agreeing[level] * column.compared + CHANCE_PAIRS * first[level];
        all[level] = agreeing / (column.compared + CHANCE_PAIRS);
    }
    let rest = all[2..].iter().sum::<f64>();
    (all[0], all[1]) = (0.0, (1.0 - rest).max(0.01));
    all.map(|share| share.max(U_MIN))
}

/// The first guess of how strangers' values agree: the levels from different to exact.
fn strangers(column: &Column) -> [f64; 7] {
    match (column.kind, column.role) {
        (_, Role::Area) => [0.92, 0.01, 0.01, 0.01, 0.005, 0.0, 0.05],
        (Kind::Name, _) => [0.95, 0.02, 0.005, 0.002, 0.003, 0.001, 0.01],
        (Kind::Text, _) => [0.94, 0.05, 0.005, 0.0005, 0.002, 0.0, 0.002],
        (Kind::Code, _) => [0.94, 0.0, 0.02, 0.02, 0.01, 0.0, 0.01],
        (Kind::Date, _) => [0.97, 0.02, 0.006, 0.001, 0.0001, 0.001, 0.0001],
        (Kind::Phone | Kind::Email, _) => [0.998, 0.0005, 0.0005, 0.0001, 0.0002, 0.0, 0.0001],
    }
}

fn ratio(m: f64, u: f64) -> f64 {
    if m <= 0.0 { 0.0 } else { (m / u.max(f64::MIN_POSITIVE)).log2() }
}

/// The logarithm (base 2) of a sum of numbers given by theirs.
fn sum_of_powers(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + logs.iter().map(|log| (log - largest).exp2()).sum::<f64>().log2()
}
