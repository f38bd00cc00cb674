//! One run: normalise, block, compare, learn, score, group.

use crate::blocking::{Blocks, mixed};
use crate::cluster::{EDGE_BITS_MIN, Edge, Group, Judge, groups};
use crate::config::{Config, RECORDS_MAX};
use crate::error::Error;
use crate::found::{Found, Member, Pair, Proposal, Report, Side, probability};
use crate::level::Pattern;
use crate::model::{Model, tally};
use crate::record::Record;
use crate::relation::Relation;
use crate::table::{Profile, Role, Table};

/// A pair is kept when, by the first guess, one person is at least this likely, in bits. Far below even odds: the guess is rough.
const KEPT_BITS_MIN: f64 = -10.0;

/// Finds records that may be one person's. It proposes and never joins.
#[derive(Clone, Debug)]
pub struct Matcher {
    config: Config,
}

/// A pair that is alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    one: u32,
    two: u32,
    pattern: Pattern,
}

impl Matcher {
    /// A matcher with these settings; they are checked when it is used.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Finds the people that one set holds more than once.
    pub fn dedupe(&self, records: &[Record]) -> Result<Found, Error> {
        self.run(records, None)
    }

    /// Finds the people that both sets hold. With [`Config::one_to_one`] a proposal is one record of each; without, it is as
    /// many as fit together, at least one of each.
    pub fn link(&self, left: &[Record], right: &[Record]) -> Result<Found, Error> {
        self.run(left, Some(right))
    }

    fn run(&self, left: &[Record], right: Option<&[Record]>) -> Result<Found, Error> {
        self.config.check()?;
        let given = left.len() + right.map_or(0, <[Record]>::len);
        if given > RECORDS_MAX {
            return Err(Error::TooManyRecords { given, max: RECORDS_MAX });
        }
        let table = Table::new(left, right)?;
        let mut model = Model::new(&table, &self.random_patterns(&table));
        let blocks = Blocks::new(&table, self.config.block_records_max);
        let (kept, pairs_compared) = self.kept(&table, &blocks, &model)?;
        let learning = model.learn(&tally(kept.iter().map(|pair| pair.pattern)), &table, self.config.rounds_max);
        let threshold = threshold_bits(self.config.probability_min);
        let scored = kept.iter().map(|pair| Edge {
            one: pair.one,
            two: pair.two,
            weight: model.weight(pair.pattern) - threshold,
        });
        let edges: Vec<Edge> = scored.filter(|edge| edge.weight > EDGE_BITS_MIN).collect();
        let likely: Vec<Edge> = edges.iter().copied().filter(|edge| edge.weight > 0.0).collect();
        let groups = if table.across && self.config.one_to_one {
            one_to_one(&likely)
        } else {
            groups(
                table.rows.len(),
                &edges,
                self.config.members_max,
                &Records { table: &table, model: &model, threshold },
            )
        };
        let proposals = groups.iter().filter_map(|group| proposal(&table, &model, group, threshold)).collect();
        let apart = apart(&table, &model, &groups, &likely);
        let shares =
            Relation::ALL.into_iter().map(|relation| (relation, model.shares[relation as usize] * table.pairs()));
        let report = Report {
            records: given,
            pairs_compared,
            pairs_kept: kept.len(),
            pairs_likely: likely.len(),
            learning,
            relations: shares.collect(),
            left_out: blocks.left_out,
        };
        let names = table.columns.iter().map(|column| column.name.clone()).collect();
        Ok(Found { proposals, apart, report, model, names })
    }

    /// The patterns of random pairs, the same for one seed; all pairs where there are no more of them.
    fn random_patterns(&self, table: &Table) -> Vec<Pattern> {
        let rows = table.rows.len();
        if table.pairs() <= self.config.random_pairs as f64 {
            let all = (0..rows).flat_map(|one| (one + 1..rows).map(move |two| (one, two)));
            let pairs = all.filter(|(one, two)| table.is_pair(*one, *two));
            return pairs.map(|(one, two)| table.compare(one, two)).collect();
        }
        let draw = |n: u64| (mixed(self.config.seed, n) % rows as u64) as usize;
        let pairs = (0..).map(|n| (draw(2 * n), draw(2 * n + 1)));
        let pairs = pairs.filter(|(one, two)| table.is_pair(*one, *two));
        pairs.take(self.config.random_pairs).map(|(one, two)| table.compare(one, two)).collect()
    }

    /// Compares the pairs of all blocks and keeps those that are alike, in the order of rows; and tells how many were compared.
    fn kept(&self, table: &Table, blocks: &Blocks, model: &Model) -> Result<(Vec<Kept>, u64), Error> {
        let threads = self.config.threads;
        let share = |thread: usize| {
            let mut kept = Vec::new();
            let mut compared = 0;
            for block in (thread..blocks.len()).step_by(threads) {
                if kept.len() > self.config.pairs_max {
                    break;
                }
                blocks.visit(block, |one, two| {
                    if !table.is_pair(one as usize, two as usize) {
                        return;
                    }
                    compared += 1;
                    let pattern = table.compare(one as usize, two as usize);
                    if model.likeness(pattern) >= KEPT_BITS_MIN {
                        kept.push(Kept { one, two, pattern });
                    }
                });
            }
            (kept, compared)
        };
        let parts: Vec<(Vec<Kept>, u64)> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
            running
                .into_iter()
                .map(|each| each.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let compared = parts.iter().map(|part| part.1).sum();
        let mut kept = parts.into_iter().flat_map(|part| part.0).collect::<Vec<_>>();
        if kept.len() > self.config.pairs_max {
            return Err(Error::TooManyPairs { max: self.config.pairs_max });
        }
        kept.sort_unstable();
        Ok((kept, compared))
    }
}

/// Weighs records and what groups of them say together.
struct Records<'r> {
    table: &'r Table,
    model: &'r Model,
    threshold: f64,
}

impl Judge for Records<'_> {
    type Profile = Profile;

    fn pair(&self, one: u32, two: u32) -> f64 {
        self.model.weight(self.table.compare(one as usize, two as usize)) - self.threshold
    }

    fn profile(&self, members: &[u32]) -> Profile {
        self.table.profile(members)
    }

    fn profiles(&self, one: &Profile, two: &Profile) -> f64 {
        self.model.weight(self.table.compare_rows(&one.row, &two.row)) - self.threshold
    }

    /// A pair of records may differ since one of them is wrong; that two records are wrong in the same way is as much evidence
    /// again. So what speaks against one person in a lasting field counts once more for each further record that both groups
    /// have for their value.
    fn contradiction(&self, one: &Profile, two: &Profile) -> f64 {
        let lasting = |role| matches!(role, Role::Given | Role::Birth | Role::Own);
        let pattern = self.table.compare_rows(&one.row, &two.row);
        let columns = self.table.columns.iter().enumerate().filter(|(_, column)| lasting(column.role));
        let each = columns.map(|(i, _)| {
            let again = one.support[i].min(two.support[i]).clamp(1, SUPPORT_MAX) - 1;
            f64::from(again) * self.model.field_weight(i, pattern.level(i)).min(0.0)
        });
        each.sum()
    }
}

/// More records than this with one value are no further evidence: copies are often copied.
const SUPPORT_MAX: u8 = 3;

fn threshold_bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

/// The best pairs first, each record once; of equal pairs that of the smaller rows.
fn one_to_one(likely: &[Edge]) -> Vec<Group> {
    let mut edges = likely.to_vec();
    edges.sort_by(|a, b| b.weight.total_cmp(&a.weight).then((a.one, a.two).cmp(&(b.one, b.two))));
    let mut taken = std::collections::HashSet::new();
    let mut all = Vec::new();
    for edge in edges {
        if !taken.contains(&edge.one) && !taken.contains(&edge.two) {
            taken.extend([edge.one, edge.two]);
            all.push(Group { members: vec![edge.one, edge.two], cohesion: edge.weight });
        }
    }
    all.sort_unstable_by(|a, b| a.members.cmp(&b.members));
    all
}

/// The likely pairs that no group holds.
fn apart(table: &Table, model: &Model, groups: &[Group], likely: &[Edge]) -> Vec<Pair> {
    let mut group_of = vec![0_u32; table.rows.len()];
    for (number, group) in groups.iter().enumerate() {
        for row in &group.members {
            group_of[*row as usize] = number as u32 + 1;
        }
    }
    let of = |row: u32| group_of[row as usize];
    let outside = likely.iter().filter(|edge| of(edge.one) == 0 || of(edge.one) != of(edge.two));
    outside.map(|edge| pair(table, model, edge.one, edge.two)).collect()
}

fn pair(table: &Table, model: &Model, one: u32, two: u32) -> Pair {
    let member = |row: u32| member(table, row);
    let pattern = table.compare(one as usize, two as usize);
    Pair { members: [member(one), member(two)], weight_bits: model.weight(pattern), pattern }
}

fn member(table: &Table, row: u32) -> Member {
    let (second, index) = table.origins[row as usize];
    Member { side: if second { Side::Right } else { Side::Left }, index }
}

fn proposal(table: &Table, model: &Model, group: &Group, threshold: f64) -> Option<Proposal> {
    let mut pairs = Vec::new();
    for (i, one) in group.members.iter().enumerate() {
        for two in &group.members[i + 1..] {
            if table.is_pair(*one as usize, *two as usize) {
                pairs.push(pair(table, model, *one, *two));
            }
        }
    }
    let weakest = pairs.iter().enumerate().min_by(|a, b| a.1.weight_bits.total_cmp(&b.1.weight_bits))?.0;
    let members = group.members.iter().map(|row| member(table, *row)).collect();
    Some(Proposal { members, pairs, weakest, probability: probability(group.cohesion + threshold) })
}
