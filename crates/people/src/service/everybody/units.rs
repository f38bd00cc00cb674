//! What differs between two sets of persons, in pieces that have nothing to do with each other.

use tallymark_identity::Persons;

/// Accounts in groups, ascending, each group the smallest that holds every account of each of its persons, before and
/// after, and one of `starts`. Takes a byte for each account.
pub(super) fn units<'a>(
    before: &'a Persons,
    after: &'a Persons,
    starts: impl Iterator<Item = u32> + 'a,
) -> impl Iterator<Item = Vec<u32>> + 'a {
    let mut seen = vec![false; before.nodes()];
    starts.filter_map(move |start| {
        let mut unit = Vec::new();
        let mut add = |account: u32, unit: &mut Vec<u32>| {
            if !std::mem::replace(&mut seen[account as usize], true) {
                unit.push(account);
            }
        };
        add(start, &mut unit);
        let mut next = 0;
        while let Some(account) = unit.get(next).copied() {
            next += 1;
            for persons in [before, after] {
                let name = persons.person_of(account);
                add(name, &mut unit);
                // The account that a person is named by adds the others, once.
                if name == account {
                    persons.members(account).for_each(|member| add(member, &mut unit));
                }
            }
        }
        unit.sort_unstable();
        Some(unit).filter(|unit| !unit.is_empty())
    })
}
