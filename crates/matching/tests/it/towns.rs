//! How well people of made-up towns are told apart: households, fathers and sons of one name, twins, many bad copies.

use tallymark_matching::{Config, Found, Matcher};

use crate::quality::Quality;
use crate::town::Town;

const HARD: Town = Town { seed: 21, households: 350, copies_max: 6, harm: 1.0, contacts: false, chinese: false };

fn matched(town: Town) -> (Found, Vec<usize>) {
    let (records, people): (Vec<_>, Vec<_>) = town.records().into_iter().unzip();
    let config = Config { random_pairs: 100_000, ..Config::default() };
    (Matcher::new(config).dedupe(&records).expect("the records are good"), people)
}

#[test]
fn people_of_one_household_are_told_apart() {
    let towns = [
        (Town { harm: 0.5, ..HARD }, 0.95),
        (HARD, 0.90),
        (Town { contacts: true, ..HARD }, 0.94),
        (Town { chinese: true, ..HARD }, 0.85),
        (Town { harm: 1.7, ..HARD }, 0.80),
    ];
    for (town, least) in towns {
        let (found, people) = matched(town);
        let (groups, components) = (Quality::of_proposals(&found, &people), Quality::of_components(&found, &people));
        assert!(groups.f1() >= least, "{town:?}: {groups}");
        assert!(groups.precision() >= 0.90, "{town:?}: {groups}");
        assert!(groups.f1() > components.f1(), "{town:?}: {groups}, and components {components}");
    }
}

#[test]
fn a_probability_is_about_as_often_right_as_it_says() {
    let (found, people) = matched(HARD);
    let mut bins = [(0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.0)].map(|bounds| (bounds, 0_u32, 0_u32, 0.0));
    for pair in found.proposals.iter().flat_map(|proposal| &proposal.pairs).chain(&found.apart) {
        let probability = pair.probability();
        for (bounds, all, right, sum) in &mut bins {
            if bounds.0 < probability && probability <= bounds.1 {
                *all += 1;
                *right += u32::from(people[pair.members[0].index] == people[pair.members[1].index]);
                *sum += probability;
            }
        }
    }
    for (bounds, all, right, sum) in bins {
        let (said, is) = (sum / f64::from(all), f64::from(right) / f64::from(all));
        assert!((said - is).abs() < 0.12, "{bounds:?}: said {said:.3}, is {is:.3} of {all}");
    }
}
