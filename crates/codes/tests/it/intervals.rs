//! Intervals against a plain list.

use proptest::prelude::*;
use tallymark_codes::{CodeIndex, IndexRange, Intervals};

fn index(number: u64) -> CodeIndex {
    CodeIndex::new(number).expect("below 2^40")
}

fn range(first: u64, last: u64) -> IndexRange {
    IndexRange::new(index(first), index(last)).expect("in order")
}

proptest! {
    #[test]
    fn intervals_answer_like_a_list_searched_from_end_to_end(
        offers in prop::collection::vec((0..300_u64, 1..20_u64), 0..40),
    ) {
        let mut intervals = Intervals::new();
        let mut list: Vec<(IndexRange, usize)> = Vec::new();
        for (number, (first, count)) in offers.into_iter().enumerate() {
            let offered = range(first, first + count - 1);
            let held = list
                .iter()
                .map(|(held, _)| *held)
                .filter(|held| held.first() <= offered.last() && offered.first() <= held.last())
                .min_by_key(|held| held.first());
            match intervals.insert(offered, number) {
                Ok(()) => {
                    prop_assert_eq!(held, None);
                    list.push((offered, number));
                }
                Err(error) => {
                    prop_assert_eq!(Some(error.held), held);
                    prop_assert_eq!(error.offered, offered);
                }
            }
        }
        for number in 0..330 {
            let number = index(number);
            let expected =
                list.iter().find(|(held, _)| held.first() <= number && number <= held.last());
            prop_assert_eq!(intervals.get(number), expected.map(|(held, value)| (*held, value)));
        }
        list.sort_by_key(|(held, _)| held.first());
        prop_assert_eq!(intervals.len(), list.len());
        let held: Vec<_> = intervals.iter().map(|(range, value)| (range, *value)).collect();
        prop_assert_eq!(held, list);
    }
}

#[test]
fn an_overlap_names_both_ranges() {
    let mut batches = Intervals::new();
    batches.insert(range(100, 199), "lot A").expect("the map is empty");
    let error = batches.insert(range(150, 250), "lot B").expect_err("150 to 199 are taken");
    assert_eq!((error.held, error.offered), (range(100, 199), range(150, 250)));
    assert_eq!(error.to_string(), "range 150..=250 overlaps range 100..=199, which is taken; start after 199");
    assert_eq!(batches.get(index(199)), Some((range(100, 199), &"lot A")));
    assert_eq!(batches.get(index(200)), None);
    batches.insert(range(200, 250), "lot B").expect("the next index is free");
}
