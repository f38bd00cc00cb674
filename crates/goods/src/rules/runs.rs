//! Runs: ranges of serials that never overlap, each with what holds for it, in rising order. Activations, voids and
//! custody are all kept so; their number grows with what was done, not with the number of items.

use crate::Serials;

/// A range with what holds for it.
pub type Run<T> = (Serials, T);

/// The first run that shares a serial with `range`. Binary search.
pub fn overlapping<T>(runs: &[Run<T>], range: Serials) -> Option<&Run<T>> {
    let place = runs.partition_point(|(held, _)| held.last < range.first);
    runs.get(place).filter(|(held, _)| held.overlaps(range))
}

/// The first of the runs that together hold all of `range`; none when a serial lies in no run.
pub fn covering<T>(runs: &[Run<T>], range: Serials) -> Option<&Run<T>> {
    let place = runs.partition_point(|(held, _)| held.last < range.first);
    let mut next = range.first;
    for (held, _) in &runs[place..] {
        if held.first > next || next > range.last {
            break;
        }
        next = held.last + 1;
    }
    runs.get(place).filter(|_| next > range.last)
}

/// The parts of `range` that lie in no run.
pub fn gaps<T>(runs: &[Run<T>], range: Serials) -> Vec<Serials> {
    let place = runs.partition_point(|(held, _)| held.last < range.first);
    let mut free = Vec::new();
    let mut next = range.first;
    for (held, _) in runs[place..].iter().take_while(|(held, _)| held.first <= range.last) {
        if next < held.first {
            free.push(Serials::new(next, held.first - 1));
        }
        next = held.last + 1;
    }
    if next <= range.last {
        free.push(Serials::new(next, range.last));
    }
    free
}

/// The union of ranges: sorted, and those that touch or overlap made one.
pub fn merged(mut ranges: Vec<Serials>) -> Vec<Serials> {
    ranges.sort_unstable();
    let mut union: Vec<Serials> = Vec::new();
    for range in ranges {
        match union.last_mut() {
            Some(held) if range.first <= held.last.saturating_add(1) => held.last = held.last.max(range.last),
            _ => union.push(range),
        }
    }
    union
}

/// What stays of `runs` when `taken` (rising, without overlaps) is cut out of them.
pub fn without<T: Copy>(runs: &[Run<T>], taken: &[Serials]) -> Vec<Run<T>> {
    let cuts: Vec<Run<()>> = taken.iter().map(|range| (*range, ())).collect();
    runs.iter().flat_map(|(held, value)| gaps(&cuts, *held).into_iter().map(|part| (part, *value))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERIALS: u64 = 40;

    fn range() -> impl Strategy<Value = Serials> {
        (0..SERIALS, 0..SERIALS).prop_map(|(a, b)| Serials::new(a.min(b), a.max(b)))
    }

    /// One flag a serial: the plain model.
    fn flags(ranges: &[Serials]) -> Vec<bool> {
        (0..SERIALS).map(|serial| ranges.iter().any(|range| range.contains(serial))).collect()
    }

    fn is_rising_and_apart(ranges: &[Serials]) -> bool {
        ranges.iter().all(|range| range.first <= range.last)
            && ranges.windows(2).all(|pair| pair[0].last + 1 < pair[1].first)
    }

    proptest! {
        #[test]
        fn ranges_do_what_flags_for_each_serial_do(
            held in prop::collection::vec(range(), 0..8),
            taken in prop::collection::vec(range(), 0..8),
            asked in range(),
        ) {
            let union = merged(held.clone());
            prop_assert!(is_rising_and_apart(&union));
            prop_assert_eq!(flags(&union), flags(&held));

            let runs: Vec<Run<()>> = union.iter().map(|range| (*range, ())).collect();
            let free = gaps(&runs, asked);
            let flagged = flags(&held);
            let expected: Vec<bool> = (0..SERIALS).map(|s| asked.contains(s) && !flagged[s as usize]).collect();
            prop_assert!(is_rising_and_apart(&free));
            prop_assert_eq!(flags(&free), expected);
            let first = (0..SERIALS).find(|s| asked.contains(*s) && flagged[*s as usize]);
            prop_assert_eq!(overlapping(&runs, asked).map(|(held, ())| held.first.max(asked.first)), first);

            let all = (0..SERIALS).all(|s| !asked.contains(s) || flagged[s as usize]);
            prop_assert_eq!(covering(&runs, asked).map(|(held, ())| held.contains(asked.first)), all.then_some(true));

            let left: Vec<Serials> = without(&runs, &merged(taken.clone())).iter().map(|(range, ())| *range).collect();
            let taken = flags(&taken);
            let expected: Vec<bool> = (0..SERIALS as usize).map(|s| flagged[s] && !taken[s]).collect();
            prop_assert!(is_rising_and_apart(&left));
            prop_assert_eq!(flags(&left), expected);
        }
    }
}
