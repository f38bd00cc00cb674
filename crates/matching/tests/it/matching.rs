//! The public interface: what it finds, explains, leaves out and refuses.

use proptest::prelude::*;
use tallymark_matching::{Config, Error, EvidenceSource, Field, Found, Level, Matcher, Record, Side};

use crate::town::{Chance, Town};

const TOWN: Town = Town { seed: 5, households: 60, copies_max: 5, harm: 1.0, contacts: true, chinese: false };

fn quick() -> Config {
    Config { random_pairs: 20_000, ..Config::default() }
}

fn person(key: &str, given: &str, surname: &str, born: &str) -> Record {
    let named = Record::new(key).with(Field::GivenName, given).with(Field::Surname, surname);
    named.with(Field::DateOfBirth, born)
}

/// The keys of each proposal's records, and each pair's weight.
fn keyed(found: &Found, records: &[Record]) -> Vec<(Vec<String>, Vec<f64>)> {
    let keys = |proposal: &tallymark_matching::Proposal| {
        proposal.members.iter().map(|member| records[member.index].key().to_owned()).collect()
    };
    let weights =
        |proposal: &tallymark_matching::Proposal| proposal.pairs.iter().map(|pair| pair.weight_bits).collect();
    found.proposals.iter().map(|proposal| (keys(proposal), weights(proposal))).collect()
}

fn levels(one: Record, two: Record) -> Vec<(String, Level)> {
    // So that the two are proposed whatever the level, they share a telephone and mail.
    let sure = |record: Record| record.with(Field::Phone, "13812345678").with(Field::Email, "one@mail.example");
    let found = Matcher::new(Config { probability_min: 1e-9, ..quick() })
        .dedupe(&[sure(one), sure(two), Record::new("other")])
        .expect("the records are good");
    let parts = found.explain(&found.proposals[0].pairs[0]).into_iter();
    parts
        .filter_map(
            |part| if let EvidenceSource::Field { name, level } = part.source { Some((name, level)) } else { None },
        )
        .collect()
}

fn level(field: Field, one: &str, two: &str) -> Level {
    let all = levels(Record::new("a").with(field, one), Record::new("b").with(field, two));
    all.into_iter().find(|(name, _)| name == field.name()).map_or(Level::Missing, |found| found.1)
}

#[test]
fn values_reach_the_level_that_a_reader_expects() {
    for (field, one, two, expected) in [
        (Field::Surname, "Smith", "SMITH", Level::Exact),
        (Field::Surname, "mccarthy", "mccarty", Level::Close),
        (Field::GivenName, "william", "bill", Level::Variant),
        (Field::GivenName, "alexandra", "alex", Level::Variant),
        (Field::GivenName, "john", "j", Level::Partial),
        (Field::GivenName, "john", "mary", Level::Different),
        (Field::GivenName, "小明", "小红", Level::Weak),
        (Field::DateOfBirth, "19560409", "1956-04-09", Level::Exact),
        (Field::DateOfBirth, "19560409", "19560904", Level::Variant),
        (Field::DateOfBirth, "19560409", "19560408", Level::Close),
        (Field::DateOfBirth, "19560409", "19560428", Level::Similar),
        (Field::DateOfBirth, "19560409", "1956", Level::Partial),
        (Field::DateOfBirth, "19560409", "19830721", Level::Different),
        (Field::StreetNumber, "12", "12号", Level::Exact),
        (Field::StreetNumber, "12", "21", Level::Close),
        (Field::StreetNumber, "7", "3", Level::Different),
        (Field::AddressLine1, "pridham street", "pridhamstreet", Level::Exact),
        (Field::AddressLine1, "pridham street", "pridhm street", Level::Close),
        (Field::AddressLine1, "pridham street", "pridham", Level::Variant),
        (Field::State, "广东省", "广东", Level::Exact),
        (Field::Postcode, "2119", "2191", Level::Close),
    ] {
        assert_eq!(level(field, one, two), expected, "{} {one} {two}", field.name());
        assert_eq!(level(field, two, one), expected, "{} {two} {one}", field.name());
    }
}

#[test]
fn names_that_are_exchanged_agree() {
    for (one, two) in [(("harley", "mccarthy"), ("mccarthy", "harley")), (("伟", "张"), ("张伟", ""))] {
        let all = levels(person("a", one.0, one.1, "19560409"), person("b", two.0, two.1, "19560409"));
        for name in ["given_name", "surname"] {
            assert!(all.contains(&(name.into(), Level::Exact)), "{all:?}");
        }
    }
}

#[test]
fn the_parts_of_an_explanation_add_up_to_the_weight() {
    let records: Vec<Record> = TOWN.records().into_iter().map(|each| each.0).collect();
    let found = Matcher::new(quick()).dedupe(&records).expect("the records are good");
    assert!(found.proposals.len() > 20);
    for pair in found.proposals.iter().flat_map(|proposal| &proposal.pairs).chain(&found.apart) {
        let sum: f64 = found.explain(pair).iter().map(|part| part.weight_bits).sum();
        assert!((sum - pair.weight_bits).abs() < 1e-6);
    }
}

#[test]
fn the_weakest_pair_is_the_one_with_the_least_weight() {
    let records: Vec<Record> = TOWN.records().into_iter().map(|each| each.0).collect();
    let found = Matcher::new(quick()).dedupe(&records).expect("the records are good");
    for proposal in &found.proposals {
        let least = proposal.pairs.iter().map(|pair| pair.weight_bits).fold(f64::INFINITY, f64::min);
        assert_eq!(proposal.pairs[proposal.weakest].weight_bits, least);
        assert!(proposal.probability >= 0.5);
    }
}

#[test]
fn linking_one_to_one_gives_each_record_one_counterpart_at_most() {
    let records = TOWN.records();
    let (left, right): (Vec<_>, Vec<_>) =
        records.into_iter().map(|each| each.0).enumerate().partition(|(i, _)| i % 2 == 0);
    let [left, right] = [left, right].map(|side| side.into_iter().map(|each| each.1).collect::<Vec<_>>());
    for one_to_one in [true, false] {
        let found = Matcher::new(Config { one_to_one, ..quick() }).link(&left, &right).expect("the records are good");
        assert!(!found.proposals.is_empty());
        let mut seen = std::collections::BTreeSet::new();
        for proposal in &found.proposals {
            assert!(!one_to_one || proposal.members.len() == 2);
            assert!(proposal.members.iter().all(|member| seen.insert(*member)), "in two proposals");
            let across =
                |pair: &tallymark_matching::Pair| pair.members.map(|member| member.side) == [Side::Left, Side::Right];
            assert!(!proposal.pairs.is_empty() && proposal.pairs.iter().all(across));
        }
    }
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    let empty = Record::new("empty");
    let one = person("a", "harley", "mccarthy", "19080419");
    for records in
        [vec![], vec![one.clone()], vec![empty.clone(), one.clone()], vec![empty.clone(), Record::new("too")]]
    {
        assert!(Matcher::new(quick()).dedupe(&records).expect("the records are good").proposals.is_empty());
    }
    let twins = [one.clone(), person("b", "harley", "mccarthy", "19080419")];
    for (left, right) in [(&twins[..], &[][..]), (&[], &twins)] {
        assert!(Matcher::new(quick()).link(left, right).expect("the records are good").proposals.is_empty());
    }
}

#[test]
fn blocks_that_are_too_large_are_told() {
    // One date of birth for all, and nothing else that would divide them.
    let records: Vec<Record> =
        (0..40).map(|i| Record::new(format!("{i:02}")).with(Field::DateOfBirth, "19000101")).collect();
    let found =
        Matcher::new(Config { block_records_max: 30, ..quick() }).dedupe(&records).expect("the records are good");
    let told = found.report.left_out.iter().find(|each| each.key == "date of birth").expect("the block is told");
    assert_eq!((told.blocks, told.records, told.records_largest), (1, 40, 40));
}

#[test]
fn what_cannot_be_matched_is_refused() {
    let one = person("a", "harley", "mccarthy", "19080419");
    let refusal = |config: Config, records: &[Record]| Matcher::new(config).dedupe(records).map(|_| ()).unwrap_err();
    assert_eq!(refusal(quick(), &[one.clone(), one.clone()]), Error::KeyTwice { key: "a".into() });
    let extras = (0..5).fold(Record::new("b"), |record, i| record.with_extra(format!("extra {i}"), "x"));
    assert_eq!(refusal(quick(), &[extras]), Error::ExtraFields { given: 5, max: 4 });
    for config in [
        Config { probability_min: 1.0, ..quick() },
        Config { probability_min: f64::NAN, ..quick() },
        Config { members_max: 1, ..quick() },
        Config { threads: 0, ..quick() },
    ] {
        assert!(matches!(refusal(config, &[]), Error::Setting { .. }));
    }
    let same: Vec<Record> = (0..40).map(|i| person(&format!("{i:02}"), "harley", "mccarthy", "19080419")).collect();
    assert_eq!(refusal(Config { pairs_max: 1, ..quick() }, &same), Error::TooManyPairs { max: 1 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn neither_the_order_of_records_nor_the_number_of_threads_matters(seed in any::<u64>(), threads in 1_usize..5) {
        let mut records: Vec<Record> = TOWN.records().into_iter().map(|each| each.0).collect();
        let expected = keyed(&Matcher::new(quick()).dedupe(&records).expect("the records are good"), &records);
        let mut chance = Chance::new(seed);
        for i in (1..records.len()).rev() {
            records.swap(i, chance.below(i + 1));
        }
        let found = Matcher::new(Config { threads, ..quick() }).dedupe(&records).expect("the records are good");
        prop_assert_eq!(keyed(&found, &records), expected);
    }

    #[test]
    fn any_text_can_be_matched(values in prop::collection::vec(prop::collection::vec("\\PC{0,30}", 11), 0..12)) {
        let records: Vec<Record> = values.into_iter().enumerate().map(|(i, row)| {
            let named = Record::new(i.to_string());
            Field::ALL.into_iter().zip(row).fold(named, |record, (field, value)| record.with(field, value))
        }).collect();
        prop_assert!(Matcher::new(quick()).dedupe(&records).is_ok());
    }

    #[test]
    fn dates_of_any_digits_can_be_matched(dates in prop::collection::vec("[0-9]{0,10}", 2..30)) {
        let records: Vec<Record> = dates.iter().enumerate().map(|(i, date)| person(&i.to_string(), "harley", "mccarthy", date)).collect();
        prop_assert!(Matcher::new(quick()).dedupe(&records).is_ok());
    }
}
