//! Learning: what was put into the records comes out, without labels.

use tallymark_matching::{Config, EvidenceSource, Field, Found, Level, Matcher, Record, Relation};

use crate::town::Chance;

const PEOPLE: usize = 2_000;
const GIVEN_NAMES: usize = 50;
const SURNAMES: usize = 500;

/// Eight letters that no other number's word resembles.
fn word(number: usize) -> String {
    let mut chance = Chance::new(number as u64);
    (0..8).map(|_| char::from(b'a' + chance.below(26) as u8)).collect()
}

/// Everybody twice; the second time the given name is another one in 10 of 100 cases and the surname in 5.
fn found() -> Found {
    let mut chance = Chance::new(3);
    let mut records = Vec::new();
    for person in 0..PEOPLE {
        let (given, surname) = (chance.below(GIVEN_NAMES), chance.below(SURNAMES));
        let born = format!("{}{:02}{:02}", 1930 + chance.below(70), 1 + chance.below(12), 1 + chance.below(28));
        for copy in 0..2 {
            let given = if copy == 1 && chance.is(0.10) { chance.below(GIVEN_NAMES) } else { given };
            let surname = if copy == 1 && chance.is(0.05) { chance.below(SURNAMES) } else { surname };
            let record = Record::new(format!("{person}-{copy}"))
                .with(Field::GivenName, word(given))
                .with(Field::Surname, word(1_000 + surname))
                .with(Field::DateOfBirth, &born);
            records.push(record);
        }
    }
    Matcher::new(Config { random_pairs: 100_000, ..Config::default() }).dedupe(&records).expect("the records are good")
}

/// The mean weight of a field over the pairs in which it reaches a level.
fn weight(found: &Found, field: &str, level: Level) -> f64 {
    let pairs = found.proposals.iter().flat_map(|proposal| &proposal.pairs);
    let evidence = pairs.flat_map(|pair| found.explain(pair));
    let is = EvidenceSource::Field { name: field.into(), level };
    let weights: Vec<f64> = evidence.filter(|each| each.source == is).map(|each| each.weight_bits).collect();
    weights.iter().sum::<f64>() / weights.len() as f64
}

#[test]
fn weights_are_those_of_the_errors_and_values_put_in() {
    let found = found();
    assert!(found.report.learning.converged, "{:?}", found.report);
    // By hand: log2 (m / u). Two strangers have one given name once in 50, one surname once in 500. A copy has the right given
    // name in 90 % of cases, and by chance in a fiftieth of the rest.
    let (given_m, given_u) = (0.90 + 0.10 / 50.0, 1.0 / 50.0);
    let (surname_m, surname_u) = (0.95 + 0.05 / 500.0, 1.0 / 500.0);
    for (field, level, expected) in [
        ("given_name", Level::Exact, f64::log2(given_m / given_u)),
        ("given_name", Level::Different, f64::log2((1.0 - given_m) / (1.0 - given_u))),
        ("surname", Level::Exact, f64::log2(surname_m / surname_u)),
        ("surname", Level::Different, f64::log2((1.0 - surname_m) / (1.0 - surname_u))),
    ] {
        let learned = weight(&found, field, level);
        assert!((learned - expected).abs() < 0.35, "{field} {level:?}: {learned:.2}, not {expected:.2}");
    }
}

#[test]
fn the_number_of_pairs_of_one_person_is_estimated() {
    let found = found();
    let of =
        |wanted: Relation| found.report.relations.iter().find(|(each, _)| *each == wanted).map_or(0.0, |each| each.1);
    let expected = of(Relation::Same) + of(Relation::Moved);
    assert!((expected - PEOPLE as f64).abs() < 0.03 * PEOPLE as f64, "{expected}");
}
