//! Which people may be one, by what is known of them: the record that a person is compared by, how well two agree, and what
//! becomes of a pair that was found. Pure; the comparing itself is that of [`tallymark_matching`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tallymark_base::id::AccountId;
use tallymark_matching::{EvidenceSource, Field as Column, Found, Level, Pair, Record, normalise};
use utoipa::ToSchema;

/// The fields that are compared. Those of [`super::profile::KnownField`] come in their normal form, the others as text.
pub const FIELDS: [&str; 12] = [
    "name",
    "given_name",
    "surname",
    "birthday",
    "phone",
    "phone_tail",
    "email",
    "address",
    "city",
    "district",
    "province",
    "postcode",
];

/// With fewer of them filled a person is not compared: too little would be left to tell by.
pub const COLUMNS_MIN: usize = 2;

/// The record of a person by the values that count of [`FIELDS`]; `None` where fewer than [`COLUMNS_MIN`] say anything.
pub fn record(key: AccountId, values: &BTreeMap<String, String>) -> Option<Record> {
    let value = |field: &str| values.get(field).map(String::as_str).unwrap_or_default();
    let (given, surname) = match (value("given_name"), value("surname")) {
        ("", "") => divided(value("name")),
        (given, surname) => (given.to_owned(), surname.to_owned()),
    };
    let phone = if value("phone").is_empty() { value("phone_tail") } else { value("phone") };
    let place = place_of(value("address"), value("city"));
    let suburb = if place.city.is_empty() { value("district").to_owned() } else { place.city };
    let all = [
        (Column::GivenName, given),
        (Column::Surname, surname),
        (Column::DateOfBirth, value("birthday").to_owned()),
        (Column::Phone, phone.to_owned()),
        (Column::Email, value("email").to_owned()),
        (Column::StreetNumber, place.number),
        (Column::AddressLine1, place.line),
        (Column::Suburb, suburb),
        (Column::Postcode, value("postcode").to_owned()),
        (Column::State, value("province").to_owned()),
    ];
    let filled: Vec<_> = all.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    if filled.len() < COLUMNS_MIN {
        return None;
    }
    // Numbers of one length, so that the order of the keys is that of the accounts.
    let named = Record::new(format!("{:020}", tallymark_base::TypedId::raw(key)));
    Some(filled.into_iter().fold(named, |record, (field, value)| record.with(field, value)))
}

/// A full name as given name and surname. A Chinese one stays whole, since comparing divides it; of a masked one (`王*`) the
/// surname is left. In others the surname stands last, or first with a comma behind it.
fn divided(name: &str) -> (String, String) {
    let text = |text: &str| text.trim().to_owned();
    if let Some((known, _)) = name.split_once(['*', '＊', '某']) {
        return (String::new(), if is_chinese(known) { text(known) } else { String::new() });
    }
    if is_chinese(name) {
        return (text(name), String::new());
    }
    if let Some((surname, given)) = name.split_once(',') {
        return (text(given), text(surname));
    }
    match name.trim().rsplit_once(char::is_whitespace) {
        Some((given, surname)) => (text(given), text(surname)),
        None => (text(name), String::new()),
    }
}

/// Whether a text has Chinese characters.
fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
}

/// Where somebody lives.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// The number of the house.
    number: String,
    /// The address, of one that is not Chinese without the number.
    line: String,
    /// The city, that of the field first: people with an address in one may have only the field, and the other way round.
    city: String,
}

fn place_of(address: &str, city: &str) -> Place {
    let digits = |text: &str| -> String {
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect()
    };
    if is_chinese(address) {
        let parts = normalise::address(address);
        let city = if city.is_empty() { parts.city } else { city.to_owned() };
        return Place { number: digits(&parts.street), line: address.to_owned(), city };
    }
    let number = digits(address);
    let words = address.split_whitespace().filter(|word| word.trim_matches(',') != number);
    Place { line: words.collect::<Vec<_>>().join(" "), number, city: city.to_owned() }
}

/// How well a field of two people agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// It speaks against one person.
    Different,
    /// Little in common.
    Weak,
    /// Much in common.
    Similar,
    /// All but equal: one slip of the pen.
    Close,
    /// Another form of the same: a short form, an end of a telephone number, day and month exchanged.
    Variant,
    /// As much as is known agrees: an initial, the year of a birthday.
    Partial,
    /// Equal in its normal form.
    Exact,
    /// Names or address lines are exchanged.
    Exchanged,
}

impl Likeness {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::Weak => "weak",
            Self::Similar => "similar",
            Self::Close => "close",
            Self::Variant => "variant",
            Self::Partial => "partial",
            Self::Exact => "exact",
            Self::Exchanged => "exchanged",
        }
    }

    const fn of(level: Level) -> Option<Self> {
        match level {
            Level::Missing => None,
            Level::Different => Some(Self::Different),
            Level::Weak => Some(Self::Weak),
            Level::Similar => Some(Self::Similar),
            Level::Close => Some(Self::Close),
            Level::Variant => Some(Self::Variant),
            Level::Partial => Some(Self::Partial),
            Level::Exact => Some(Self::Exact),
        }
    }
}

/// How well one field agrees, and what that says. No value is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// The field: `given_name`, `surname`, `date_of_birth`, `phone`, `email`, `street_number`, `address_line_1`, `suburb` (a
    /// city or district), `postcode`, `state`.
    pub field: String,
    /// How well it agrees.
    pub likeness: Likeness,
    /// What it adds to the logarithm (base 2) of the odds that both are one person; below zero it speaks against.
    pub weight_bits: f64,
}

/// Two people that may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The oldest account of the one; the smaller number.
    pub a: AccountId,
    /// That of the other.
    pub b: AccountId,
    /// How probable it is that they are one, by the pair itself and by the group that it is found in: the smaller of both.
    pub probability: f64,
    /// How well they agree, field by field; fields that one of them lacks are left out.
    pub agreement: Vec<Agreement>,
}

/// A pair as a key: the smaller number first.
pub type PairKey = (AccountId, AccountId);

impl Candidate {
    /// Its pair.
    pub const fn key(&self) -> PairKey {
        (self.a, self.b)
    }
}

/// The groups that comparing found, each with all of its pairs, the most probable first. `accounts` names the records.
pub fn groups(found: &Found, accounts: &[AccountId]) -> Vec<Vec<Candidate>> {
    let candidate = |pair: &Pair, group: f64| {
        let [one, two] = pair.members.map(|member| accounts[member.index]);
        Candidate {
            a: one.min(two),
            b: one.max(two),
            probability: pair.probability().min(group),
            agreement: agreement(found, pair),
        }
    };
    let mut all: Vec<Vec<Candidate>> = found
        .proposals
        .iter()
        .map(|group| group.pairs.iter().map(|pair| candidate(pair, group.probability)).collect())
        .collect();
    let best = |group: &Vec<Candidate>| group.iter().map(|pair| pair.probability).fold(0.0, f64::max);
    all.sort_by(|a, b| best(b).total_cmp(&best(a)).then_with(|| a[0].key().cmp(&b[0].key())));
    all
}

fn agreement(found: &Found, pair: &Pair) -> Vec<Agreement> {
    let told = found.explain(pair).into_iter().filter_map(|part| {
        let (field, likeness) = match part.source {
            EvidenceSource::Field { name, level } => (name, Likeness::of(level)?),
            EvidenceSource::Exchanged { name } => (name, Likeness::Exchanged),
            EvidenceSource::Prior | EvidenceSource::Together { .. } => return None,
        };
        Some(Agreement { field, likeness, weight_bits: (part.weight_bits * 10.0).round() / 10.0 })
    });
    told.collect()
}

/// The pairs of a group that are proposed: the most probable ones by which it hangs together, one fewer than it has people.
/// Two people that somebody said are two (`apart`) are never brought together, by no chain of pairs either.
pub fn tree(group: &[Candidate], apart: &BTreeSet<PairKey>) -> Vec<Candidate> {
    let mut pairs: Vec<&Candidate> = group.iter().collect();
    pairs.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.key().cmp(&b.key())));
    let mut parts: Vec<BTreeSet<AccountId>> = Vec::new();
    let mut kept = Vec::new();
    for pair in pairs {
        let mut take = |account| match parts.iter().position(|part| part.contains(&account)) {
            Some(place) => parts.swap_remove(place),
            None => BTreeSet::from([account]),
        };
        let one = take(pair.a);
        if one.contains(&pair.b) {
            parts.push(one);
            continue;
        }
        let two = take(pair.b);
        let is_apart = one.iter().any(|x| two.iter().any(|y| apart.contains(&(*x.min(y), *x.max(y)))));
        if is_apart {
            parts.extend([one, two]);
        } else {
            parts.push(one.into_iter().chain(two).collect());
            kept.push(pair.clone());
        }
    }
    kept.sort_by_key(|pair| Reverse(pair.key()));
    kept.reverse();
    kept
}

/// How far a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Waits for somebody to decide.
    Open,
    /// Both were joined.
    Accepted,
    /// Somebody said that they are two; taking a joining back says so as well.
    Refused,
    /// There is nothing to decide any more: they became one otherwise, one of them was erased, or the latest search does not
    /// find them alike.
    Stale,
}

impl ProposalState {
    const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Refused, Self::Stale];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Stale => "stale",
        }
    }

    /// The stored number.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Accepted => 1,
            Self::Refused => 2,
            Self::Stale => 3,
        }
    }

    /// That of a stored number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

impl std::str::FromStr for ProposalState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.name() == text);
        found.ok_or_else(|| "a state is open, accepted, refused or stale".to_owned())
    }
}

/// What is known of a pair that is found again.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// How far it is.
    pub state: ProposalState,
    /// Its probability; of a refused one that which was refused.
    pub probability: f64,
    /// How well the two agreed then.
    pub agreement: &'a [Agreement],
}

/// What becomes of a pair that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It is proposed for the first time.
    New,
    /// It is open, and says what it says by now.
    Again,
    /// It is proposed anew.
    Reopened,
    /// It was decided, and stays so.
    Decided,
}

/// What becomes of a pair that is found, by what is known of it.
pub fn finding(candidate: &Candidate, known: Option<Known<'_>>) -> Finding {
    match known {
        None => Finding::New,
        Some(Known { state: ProposalState::Open, .. }) => Finding::Again,
        Some(Known { state: ProposalState::Stale, .. }) => Finding::Reopened,
        Some(Known { state: ProposalState::Accepted, .. }) => Finding::Decided,
        Some(refused) if is_stronger(candidate, &refused) => Finding::Reopened,
        Some(_) => Finding::Decided,
    }
}

/// Whether a pair that was refused says more than it did then: its fields agree otherwise, and the whole is more probable. A
/// probability alone moves with everybody else's records, and would bring every refusal back sooner or later.
pub fn is_stronger(candidate: &Candidate, refused: &Known<'_>) -> bool {
    let levels = |all: &[Agreement]| -> BTreeSet<(String, Likeness)> {
        all.iter().map(|one| (one.field.clone(), one.likeness)).collect()
    };
    candidate.probability > refused.probability && levels(&candidate.agreement) != levels(refused.agreement)
}

#[cfg(test)]
mod tests {
    use tallymark_base::TypedId as _;

    use super::*;

    fn account(number: i64) -> AccountId {
        AccountId::from_raw(number)
    }

    fn pair(a: i64, b: i64, probability: f64) -> Candidate {
        Candidate { a: account(a), b: account(b), probability, agreement: Vec::new() }
    }

    fn keys(pairs: &[Candidate]) -> Vec<(i64, i64)> {
        pairs.iter().map(|pair| (pair.a.raw(), pair.b.raw())).collect()
    }

    #[test]
    fn a_name_is_divided_as_it_is_written() {
        let text = |(given, surname): (&str, &str)| (given.to_owned(), surname.to_owned());
        for (name, parts) in [
            ("王伟", ("王伟", "")),
            ("欧阳 娜娜", ("欧阳 娜娜", "")),
            ("王*", ("", "王")),
            ("王某某", ("", "王")),
            ("J*** S", ("", "")),
            ("Mary Ann Smith", ("Mary Ann", "Smith")),
            ("Smith, Mary Ann", ("Mary Ann", "Smith")),
            ("Cher", ("Cher", "")),
        ] {
            assert_eq!(divided(name), text(parts), "{name}");
        }
    }

    #[test]
    fn the_city_of_an_address_is_compared_with_a_city_that_stands_alone() {
        let place = |address, city| {
            let Place { number, line, city } = place_of(address, city);
            (number, line, city)
        };
        let text = |text: &str| text.to_owned();
        let line = "广东省深圳市南山区科技路12号3栋";
        assert_eq!(place(line, ""), (text("12"), text(line), text("深圳")));
        assert_eq!(place("科技路12号", "深圳市"), (text("12"), text("科技路12号"), text("深圳市")));
        assert_eq!(place("12 Main Street", "Perth"), (text("12"), text("Main Street"), text("Perth")));
    }

    #[test]
    fn of_a_group_the_strongest_pairs_are_proposed_and_nobody_who_was_parted() {
        let group = [pair(1, 2, 0.9), pair(1, 3, 0.99), pair(2, 3, 0.95), pair(3, 4, 0.6), pair(1, 4, 0.5)];
        assert_eq!(keys(&tree(&group, &BTreeSet::new())), [(1, 3), (2, 3), (3, 4)]);
        // 1 and 2 are two people: 3 is one of them at most, and it is the more probable one.
        let apart = BTreeSet::from([(account(1), account(2))]);
        assert_eq!(keys(&tree(&group, &apart)), [(1, 3), (3, 4)]);
    }

    #[test]
    fn a_refused_pair_comes_back_only_with_other_and_stronger_evidence() {
        let agreement = |likeness| vec![Agreement { field: "surname".to_owned(), likeness, weight_bits: 1.0 }];
        let (then, now) = (agreement(Likeness::Close), agreement(Likeness::Exact));
        let known = |state| Some(Known { state, probability: 0.8, agreement: &then });
        let found = |probability, agreement: &[Agreement]| Candidate {
            agreement: agreement.to_vec(),
            ..pair(1, 2, probability)
        };
        let refused = known(ProposalState::Refused);
        assert_eq!(finding(&found(0.9, &now), refused), Finding::Reopened);
        assert_eq!(finding(&found(0.9, &then), refused), Finding::Decided, "only others' records changed");
        assert_eq!(finding(&found(0.7, &now), refused), Finding::Decided);
        assert_eq!(finding(&found(0.9, &now), None), Finding::New);
        assert_eq!(finding(&found(0.9, &now), known(ProposalState::Open)), Finding::Again);
        assert_eq!(finding(&found(0.9, &now), known(ProposalState::Stale)), Finding::Reopened);
        assert_eq!(finding(&found(0.9, &now), known(ProposalState::Accepted)), Finding::Decided);
    }
}
