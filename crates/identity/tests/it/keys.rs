//! Keys and their indexes, against the standard library's map.

use std::collections::HashMap;

use proptest::prelude::*;
use tallymark_identity::Keys;

proptest! {
    #[test]
    fn every_key_has_one_index_in_the_order_of_insertion(
        capacity in 0_usize..40,
        given in prop::collection::vec(prop_oneof![-20_i64..20, any::<i64>()], 0..200),
        asked in prop::collection::vec(-30_i64..30, 20),
    ) {
        let mut keys = Keys::with_capacity(capacity);
        let mut model: HashMap<i64, u32> = HashMap::new();
        let mut order = Vec::new();
        for key in given {
            let next = model.len() as u32;
            let expected = *model.entry(key).or_insert_with(|| { order.push(key); next });
            prop_assert_eq!(keys.insert(key), Ok(expected));
        }
        let all: Vec<i64> = asked.into_iter().chain(order.iter().copied()).collect();
        let expected: Vec<Option<u32>> = all.iter().map(|key| model.get(key).copied()).collect();
        prop_assert_eq!(all.iter().map(|key| keys.index_of(*key)).collect::<Vec<_>>(), expected.clone());
        let mut indexes = vec![Some(7)];
        keys.indexes_of(&all, &mut indexes);
        prop_assert_eq!(indexes, expected);
        prop_assert_eq!(keys.into_keys(), order);
    }
}

#[test]
fn no_key_is_found_among_none() {
    assert_eq!(Keys::default().index_of(7), None);
}
