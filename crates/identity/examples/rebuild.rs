//! Rebuilds a made-up graph of everybody: `rebuild [edges] [threads]`, by default 5,000,000 edges and 2 threads. Prints
//! the time of each part (of the clock, and of the processor over all threads, which other programs on the machine do not
//! lengthen), edges a second of the clock, and the largest memory the process ever had; first what one region costs, last
//! what another policy would change.
//!
//! Accounts are numbered at random, as they are when the identifiers of a person turn up over years, so that no cache
//! helps. There are five accounts for seven edges: a person has a phone, two openids, a device and a card. One edge in forty leads
//! to another person (a second phone, a card that is lent, a device in the family) and one device in 2,000 is the tablet
//! of a shop.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use tallymark_identity::{Comparison, Edge, Fact, Keys, Kind, KindPolicy, Loader, Node, Policy, Rule, decide};

const SEED: u64 = 2_026;
/// Accounts of a person.
const PARTS: u64 = 5;
/// Edges of a person: seven for five accounts.
const LINKS: [(u64, u64); 7] = [(0, 1), (0, 3), (1, 3), (0, 2), (2, 3), (0, 4), (1, 4)];
/// Edges whose keys are looked up together.
const BLOCK: usize = 1_024;
const YEARS_3_US: u64 = 3 * 365 * 86_400 * 1_000_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let edges: u64 = arguments.next().map_or(Ok(5_000_000), |text| text.parse())?;
    let threads: NonZeroUsize =
        arguments.next().map_or(Ok(NonZeroUsize::MIN.saturating_add(1)), |text| text.parse())?;
    let world = World::of(edges);
    region(&policy(2)?)?;

    let (ends, made_up) = timed(|| world.make_up());
    println!("check of the keys: {:x}", ends?);
    let (loaded, load) = timed(|| world.load());
    let (mut graph, keys) = loaded?;
    let (edges, nodes) = (graph.edges(), graph.nodes());
    println!("{edges} edges between {nodes} accounts, {threads} threads");
    rate("making up as many keys", edges, &made_up);
    rate("the same, and loading by key", edges, &load);
    let two_phones = policy(2)?;
    let (ordered, order) = timed(|| graph.order(&two_phones, threads));
    let ordered = ordered?;
    let (persons, join) = timed(|| ordered.join());
    rate("ordering", edges, &order);
    rate("joining", edges, &join);
    let both = Took { clock: order.clock + join.clock, processor: order.processor + join.processor };
    rate("rebuild", edges, &both);
    println!("peak memory of loading and rebuilding: {}", peak()?);

    let (contested, told) = timed(|| graph.outcomes(&persons).filter(|outcome| outcome.contested.is_some()).count());
    rate("telling why edges are contested", edges, &told);
    println!("{} persons, {contested} contested edges, first account {:?}", persons.iter().count(), keys.first());

    let one_phone = policy(1)?;
    let (after, other) = timed(|| graph.rebuild(&one_phone, threads));
    let after = after?;
    rate("rebuild for another policy", edges, &other);
    let (difference, compared) = timed(|| Comparison::of(&persons, &after).difference());
    rate("comparing both", nodes, &compared);
    println!("one phone a person instead of two: {difference:?}");
    println!("peak memory with both: {}", peak()?);
    Ok(())
}

fn policy(phones: u32) -> Result<Policy, Failure> {
    let limited = |priority, limit| KindPolicy { priority, per_person: Some(limit), ..KindPolicy::default() };
    let openid = KindPolicy { scoped: true, ..limited(1, 1) };
    let device = KindPolicy { priority: 3, shareable: true, ..KindPolicy::default() };
    let kinds = [(Kind::new(0)?, limited(0, phones)), (Kind::new(1)?, openid), (Kind::new(2)?, limited(2, 4))];
    let device = (Kind::new(3)?, device);
    Ok(Policy::new(&[kinds[0], kinds[1], kinds[2], device], 20, 1_024)?)
}

/// Persons and their accounts by arithmetic: nothing of it is held in memory.
struct World {
    persons: u64,
    nodes: u64,
    edges: u64,
    /// Coprime to `nodes`, and its inverse: account number = place times `stride`.
    stride: u64,
    inverse: u64,
}

impl World {
    fn of(edges: u64) -> Self {
        let persons = edges.div_ceil(LINKS.len() as u64).max(1);
        let nodes = persons * PARTS;
        let first = (nodes as f64 * 0.618) as u64 | 1;
        let (stride, inverse) = (first..).find_map(|stride| Some((stride, inverse(stride, nodes)?))).unwrap_or((1, 1));
        Self { persons, nodes, edges, stride, inverse }
    }

    /// The account number of a part of a person.
    fn number(&self, person: u64, part: u64) -> u64 {
        times(person * PARTS + part, self.stride, self.nodes)
    }

    /// Numbers of accounts as a database gives them: rising, but not dense.
    fn key(number: u64) -> i64 {
        (number * 4_096 + random(number, 1) % 4_096) as i64 + (1 << 50)
    }

    fn load(&self) -> Result<(tallymark_identity::Graph, Vec<i64>), Failure> {
        let mut keys = Keys::with_capacity(self.nodes as usize);
        let mut loader = Loader::with_capacity(self.nodes as usize, self.edges as usize);
        for number in 0..self.nodes {
            let place = times(number, self.inverse, self.nodes);
            let (person, part) = (place / PARTS, place % PARTS);
            let (kind, scope) = match part {
                0 => (0, 0),
                // Two of eight apps.
                1 | 2 => (1, 1 + (random(person, 2) + part * 3) % 8),
                3 => (3, 0),
                _ => (2, 0),
            };
            keys.insert(Self::key(number))?;
            loader.node(Kind::new(kind)?, scope as u32, random(place, 3))?;
        }
        let (mut block, mut facts, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for first in (0..self.edges).step_by(BLOCK) {
            block.clear();
            facts.clear();
            for edge in first..(first + BLOCK as u64).min(self.edges) {
                let (keys, fact) = self.edge(edge)?;
                block.extend(keys);
                facts.push(fact);
            }
            keys.indexes_of(&block, &mut indexes);
            for (ends, fact) in indexes.as_chunks::<2>().0.iter().zip(&facts) {
                let [a, b] = ends.map(|index| index.ok_or("an account that was loaded"));
                loader.edge(a?, b?, *fact)?;
            }
        }
        Ok((loader.finish(), keys.into_keys()))
    }

    /// Makes up every edge and loads none, to know how much of the time of loading that is.
    fn make_up(&self) -> Result<i64, Failure> {
        let nodes = (0..self.nodes).map(|number| times(number, self.inverse, self.nodes) as i64 ^ Self::key(number));
        let sum = nodes.fold(0_i64, i64::wrapping_add);
        (0..self.edges).try_fold(sum, |sum, edge| {
            let ([a, b], fact) = self.edge(edge)?;
            Ok(sum.wrapping_add(a ^ b.rotate_left(9) ^ fact.first_seen))
        })
    }

    /// The keys of an edge, and what is known of it.
    fn edge(&self, edge: u64) -> Result<([i64; 2], Fact), Failure> {
        let (a, b) = self.ends(edge);
        let first_seen = 1_700_000_000_000_000 + (random(edge, 4) % YEARS_3_US) as i64;
        let rule = Rule::new(1 + (random(edge, 5) % 3) as u8)?;
        Ok(([a, b].map(Self::key), Fact { rule, first_seen }))
    }

    /// The account numbers of an edge.
    fn ends(&self, edge: u64) -> (u64, u64) {
        let (person, link) = (edge / LINKS.len() as u64, LINKS[(edge % LINKS.len() as u64) as usize]);
        let chance = random(edge, 6);
        let other = if chance.is_multiple_of(40) { (chance >> 8) % self.persons } else { person };
        let mut ends = (self.number(person, link.0), self.number(other, link.1));
        // One phone in fifty is used with the tablet of a shop instead of a device of its own.
        if link == (0, 3) && chance % 50 == 1 {
            ends.1 = self.number((chance >> 8) % self.persons / 2_000 * 2_000, 3);
        }
        ends
    }
}

fn times(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

/// The inverse of a number by the extended Euclidean algorithm; `None` if there is none.
fn inverse(number: u64, modulus: u64) -> Option<u64> {
    let (mut rest, mut next_rest) = (i128::from(modulus), i128::from(number % modulus));
    let (mut factor, mut next_factor) = (0_i128, 1_i128);
    while next_rest != 0 {
        let quotient = rest / next_rest;
        (rest, next_rest) = (next_rest, rest - quotient * next_rest);
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    (rest == 1).then(|| factor.rem_euclid(i128::from(modulus)) as u64)
}

/// The number of a stream at a place: SplitMix64 (Steele, Lea, Flood 2014) begun there.
fn random(place: u64, stream: u64) -> u64 {
    let mut state = (SEED ^ stream << 56).wrapping_add(place.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ state >> 31
}

/// The time of a region of 1,000 accounts and 2,000 edges, the median of 51 rounds.
fn region(policy: &Policy) -> Result<(), Failure> {
    let kinds = [0, 1, 2, 3, 3];
    let mut nodes = Vec::new();
    for key in 0..1_000_u64 {
        let kind = Kind::new(kinds[(key % 5) as usize])?;
        let scope = (random(key, 7) % 8) as u32;
        nodes.push(Node { key: key as i64, kind, scope, stable: random(key, 8), neighbours: 0 });
    }
    let mut edges = Vec::new();
    for step in 0..2_000_u64 {
        let (a, b) = (step % 1_000, (step % 1_000 + 1 + step / 1_000 + random(step % 1_000, 9) % 5) % 1_000);
        let fact = Fact { rule: Rule::new(2)?, first_seen: (random(step, 10) % YEARS_3_US) as i64 };
        edges.push(Edge { a: a as i64, b: b as i64, fact });
    }
    edges.sort_by_key(|edge| (edge.a.min(edge.b), edge.a.max(edge.b)));
    edges.dedup_by_key(|edge| (edge.a.min(edge.b), edge.a.max(edge.b)));
    let mut rounds = Vec::new();
    for _ in 0..51 {
        let (decided, time) = timed(|| decide(policy, &nodes, &edges));
        decided?;
        rounds.push(time.clock);
    }
    rounds.sort_unstable();
    println!("a region of {} accounts and {} edges: {:?}", nodes.len(), edges.len(), rounds[rounds.len() / 2]);
    Ok(())
}

/// How long something took.
struct Took {
    clock: Duration,
    processor: Duration,
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch needs the real clock")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, Took) {
    let (start, used) = (Instant::now(), processor_time());
    let result = run();
    (result, Took { clock: start.elapsed(), processor: processor_time().saturating_sub(used) })
}

/// What this process used of the processors so far, as Linux tells it in hundredths of a second; zero where it does not.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system time are the 12th and 13th after the name of the program, which is in parentheses.
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|part| part.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn rate(name: &str, count: usize, took: &Took) {
    let (clock, processor) = (took.clock.as_secs_f64(), took.processor.as_secs_f64());
    println!("{name}: {clock:.2} s ({processor:.2} s of processors), {:.2} million/s", count as f64 / clock / 1e6);
}

/// The largest resident set of this process so far, as Linux tells it.
fn peak() -> Result<String, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?.trim().parse()?;
    Ok(format!("{:.3} GiB", kib as f64 / f64::from(1 << 20)))
}
