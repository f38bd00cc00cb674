//! How likely each level of agreement is, for pairs of each kind, learned without labels.
//!
//! The model is that of Fellegi and Sunter ("A Theory for Record Linkage", 1969) with more than two kinds of pairs, since fields
//! are not independent among pairs of two people: a household shares an address and often a surname. A pair is of one
//! [`Relation`]; given the relation, fields agree independently. A field has at most four distributions over its levels, shared
//! by the relations: `m` for what one person, or one place, has written twice, `h` for what a household may share, `n` for what
//! neighbours share, `u` for strangers. `u` and `n` come from counts of values and from random pairs; `m`, `h` and the shares
//! of the relations are estimated by expectation and maximisation (Dempster, Laird, Rubin 1977) over the pairs that are alike.
//!
//! The shares are of all pairs, not only of those compared: a pair that no key finds counts as one of strangers.

use crate::level::{EXACT, LEVELS, Pattern};
use crate::prior::{Distribution, U_MIN, chance, guess, neighbours, spread};
use crate::relation::{LEARNED, ONE_PERSON, RELATIONS, Relation, Source, source};
use crate::table::{Role, Table};

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
    pub(crate) shares: [f64; RELATIONS],
    pairs: f64,
    weights: Weights,
}

#[derive(Clone, Debug, Default)]
struct Weights {
    m: Vec<Distribution>,
    h: Vec<Distribution>,
    n: Vec<Distribution>,
    crossed: [f64; 2],
    shares: [f64; RELATIONS],
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
/// With how many pairs of one person the first guess of a distribution counts.
const GUESS_PAIRS: f64 = 20.0;
/// Namesakes, and twins, are at most this part of the pairs within households: what looks like them beyond that, or where there
/// are no households, is one person with a wrong date or name.
const RARE_MAX: f64 = 0.03;
/// In which part of the records a field must be filled for a relation to rest on it.
const FILLED_MIN: f64 = 0.2;
/// How often neighbours are counted anew; the share settles in a few rounds.
const NEIGHBOUR_ROUNDS: usize = 20;
/// Agreement on a value among strangers is at least this part of the agreement among all.
const STRANGERS_MIN: f64 = 1.0 / 16.0;

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
            shares: [0.0; RELATIONS],
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
        model.shares[..LEARNED].copy_from_slice(&expected);
        model.shares[Relation::Neighbour as usize] = 0.01;
        model.leave_out(table);
        model.settle();
        model.find_neighbours(random);
        model
    }

    /// Leaves out the relations that nothing in the table can tell from others.
    fn leave_out(&mut self, table: &Table) {
        use Relation::{Household, Moved, Namesake, Neighbour, Twin};
        let lacks = |role| table.columns.iter().all(|column| column.role != role || column.filled < FILLED_MIN);
        let no_area = lacks(Role::Area);
        let no_place = no_area && lacks(Role::Street);
        let rules: [(bool, &[Relation]); 5] = [
            (no_area, &[Neighbour]),
            (no_place, &[Moved]),
            (no_place && lacks(Role::Phone), &[Household, Namesake, Twin]),
            // Without dates of birth two people of one name and address look like one, and without names so do twins.
            (lacks(Role::Birth), &[Namesake]),
            (lacks(Role::Given), &[Twin]),
        ];
        for relation in rules.iter().filter(|(lacking, _)| *lacking).flat_map(|(_, relations)| *relations) {
            self.shares[*relation as usize] = 0.0;
        }
    }

    /// Gives the rest of all pairs to strangers.
    fn settle(&mut self) {
        let stranger = Relation::Stranger as usize;
        self.shares[stranger] = (1.0 - self.shares[..stranger].iter().sum::<f64>()).max(0.01);
        self.weigh();
    }

    /// How many strangers live in one suburb, from random pairs; and how strangers agree by chance who do not.
    fn find_neighbours(&mut self, random: &[Pattern]) {
        let patterns = tally(random.iter().map(|pattern| self.area_of(*pattern)));
        let neighbour = Relation::Neighbour as usize;
        if self.shares[neighbour] == 0.0 {
            return;
        }
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
        self.weights = Weights {
            m: log(&self.m),
            h: log(&self.h),
            n: log(&self.n),
            crossed: self.crossed.map(f64::log2),
            shares: self.shares.map(f64::log2),
        };
    }

    /// For each relation the logarithm (base 2) of its share times how much likelier the pattern is than among strangers.
    pub(crate) fn relations(&self, pattern: Pattern) -> [f64; RELATIONS] {
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
        sum_of_powers(&all[..ONE_PERSON]) - sum_of_powers(&all[ONE_PERSON..])
    }

    /// How much likelier, in bits, any relation that is worth learning from is than strangers.
    pub(crate) fn likeness(&self, pattern: Pattern) -> f64 {
        let all = self.relations(pattern);
        sum_of_powers(&all[..LEARNED]) - all[Relation::Stranger as usize]
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
            self.settle();
            learning.rounds += 1;
            let moved = before.0.iter().flatten().zip(self.m.iter().flatten()).map(|(a, b)| (a - b).abs());
            // A share is compared in parts of itself, one pair being the least that counts.
            let part = |(a, b): (&f64, &f64)| (a - b).abs() / a.max(*b).max(1.0 / self.pairs);
            let shifted = before.1.iter().zip(&self.shares).map(part);
            learning.change_last = moved.chain(shifted).fold(0.0, f64::max);
            learning.converged = learning.change_last < CHANGE_MAX;
        }
        learning
    }

    fn expect(&self, patterns: &[(Pattern, f64)]) -> Counts {
        let columns = self.roles.len();
        let mut counts = Counts {
            relations: [0.0; RELATIONS],
            m: vec![[0.0; LEVELS]; columns],
            h: vec![[0.0; LEVELS]; columns],
            crossed: [[0.0; 2]; 2],
        };
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
        for relation in Relation::ALL.into_iter().take(LEARNED) {
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
        for (rate, [straight, crossed]) in self.crossed.iter_mut().zip(counts.crossed) {
            *rate = (crossed + 0.01 * GUESS_PAIRS) / (straight + crossed + GUESS_PAIRS);
        }
    }
}

/// What a round expects: how many pairs of each relation, and how they reach each level.
struct Counts {
    relations: [f64; RELATIONS],
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

/// How often each pattern occurs.
pub(crate) fn tally(patterns: impl Iterator<Item = Pattern>) -> Vec<(Pattern, f64)> {
    let mut all: Vec<Pattern> = patterns.collect();
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as f64)).collect()
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
