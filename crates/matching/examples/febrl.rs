//! How well the sets of FEBRL are matched: `febrl dataset3.csv` finds duplicates in one, `febrl dataset4a.csv dataset4b.csv`
//! links two. The truth is in the column `rec_id` (`rec-7-org`, `rec-7-dup-0`); `soc_sec_id` is not looked at.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use tallymark_matching::{Config, Field, Found, Matcher, Member, Record, Side};

/// The columns that are read, by the names they may have.
const COLUMNS: [(&str, Field); 11] = [
    ("given_name", Field::GivenName),
    ("surname", Field::Surname),
    ("street_number", Field::StreetNumber),
    ("address_1", Field::AddressLine1),
    ("address_2", Field::AddressLine2),
    ("suburb", Field::Suburb),
    ("postcode", Field::Postcode),
    ("state", Field::State),
    ("date_of_birth", Field::DateOfBirth),
    ("phone", Field::Phone),
    ("email", Field::Email),
];

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    match &paths[..] {
        [one] => report(&read(one)?, None),
        [left, right] => report(&read(left)?, Some(&read(right)?)),
        _ => Err("give the path of one set to find duplicates, or of two to link".into()),
    }
}

/// Reads lines of values between commas; no value holds a comma.
fn read(path: &str) -> Result<Vec<Record>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines().map(|line| line.split(',').map(str::trim));
    let header: Vec<&str> = lines.next().ok_or("the file is empty")?.collect();
    let key = header.iter().position(|name| *name == "rec_id").ok_or("there is no column rec_id")?;
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

/// The number between the first two dashes is the person's.
fn person(record: &Record) -> &str {
    record.key().split('-').nth(1).unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "a stopwatch needs the real clock")]
fn report(left: &[Record], right: Option<&[Record]>) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let matcher = Matcher::new(Config { one_to_one: true, ..Config::default() });
    let found = match right {
        None => matcher.dedupe(left)?,
        Some(right) => matcher.link(left, right)?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let of = |member: &Member| match member.side {
        Side::Left => &left[member.index],
        Side::Right => &right.unwrap_or_default()[member.index],
    };
    let mut copies: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (set, records) in [left, right.unwrap_or_default()].into_iter().enumerate() {
        for record in records {
            copies.entry(person(record)).or_default()[set] += 1;
        }
    }
    let true_pairs: u64 = copies.values().map(|[l, r]| if right.is_some() { l * r } else { l * (l - 1) / 2 }).sum();
    let pairs = || found.proposals.iter().flat_map(|proposal| &proposal.pairs);
    let proposed = pairs().count() as u64;
    let right_pairs =
        pairs().filter(|pair| person(of(&pair.members[0])) == person(of(&pair.members[1]))).count() as u64;
    let (precision, recall) = (right_pairs as f64 / proposed as f64, right_pairs as f64 / true_pairs as f64);
    println!("{}", shown(&found));
    println!(
        "F1 {:.4}  precision {precision:.4}  recall {recall:.4}  ({right_pairs} of {true_pairs} pairs, {} wrong), {seconds:.2} s",
        2.0 * precision * recall / (precision + recall),
        proposed - right_pairs,
    );
    Ok(())
}

fn shown(found: &Found) -> String {
    let report = &found.report;
    format!(
        "{} records, {} pairs compared, {} kept, {} likely; {} rounds, converged: {}; {:?}; {} keys left blocks out",
        report.records,
        report.pairs_compared,
        report.pairs_kept,
        report.pairs_likely,
        report.learning.rounds,
        report.learning.converged,
        report.relations.iter().map(|(relation, pairs)| format!("{relation:?} {pairs:.0}")).collect::<Vec<_>>(),
        report.left_out.len(),
    )
}
