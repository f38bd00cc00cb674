//! A made-up town whose records are hard to match: households with one surname and address, fathers and sons of one name,
//! twins, common names, people who moved or married, several bad copies of each. Seeded; nothing in it is anybody's.

use tallymark_matching::{Field, Record};

/// What the town is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Town {
    /// Where chance begins.
    pub(crate) seed: u64,
    pub(crate) households: usize,
    /// How many copies of a person there may be; from one to this, fewer being likelier.
    pub(crate) copies_max: usize,
    /// How likely each kind of harm to a field is, 1 being already much.
    pub(crate) harm: f64,
    /// Whether records have telephones and mail.
    pub(crate) contacts: bool,
    /// Whether names and places are Chinese.
    pub(crate) chinese: bool,
}

/// A sequence of numbers from a seed (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn is(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64 / (1_u64 << 53) as f64) < probability
    }

    /// A number below `n`, small ones far likelier: about one in x.
    fn heavy(&mut self, n: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((n as f64 + 1.0).powf(unit) - 1.0) as usize
    }
}

const GIVEN: [&str; 96] = [
    "william",
    "james",
    "elizabeth",
    "margaret",
    "thomas",
    "michael",
    "john",
    "robert",
    "catherine",
    "sarah",
    "david",
    "emily",
    "richard",
    "jennifer",
    "daniel",
    "charlotte",
    "joshua",
    "jessica",
    "matthew",
    "olivia",
    "samuel",
    "rebecca",
    "benjamin",
    "patricia",
    "andrew",
    "susan",
    "joseph",
    "hannah",
    "edward",
    "amy",
    "christopher",
    "lucy",
    "anthony",
    "grace",
    "nicholas",
    "sophie",
    "alexander",
    "chloe",
    "peter",
    "ruby",
    "patrick",
    "mia",
    "george",
    "ella",
    "stephen",
    "zoe",
    "henry",
    "lily",
    "jack",
    "isabella",
    "oliver",
    "georgia",
    "lachlan",
    "caitlin",
    "ethan",
    "holly",
    "harry",
    "abigail",
    "noah",
    "jasmine",
    "liam",
    "victoria",
    "luke",
    "maddison",
    "jordan",
    "amelia",
    "connor",
    "bridget",
    "finn",
    "imogen",
    "hugo",
    "freya",
    "kyle",
    "tahlia",
    "jarrod",
    "brianna",
    "mitchell",
    "kirra",
    "dylan",
    "alana",
    "bailey",
    "erin",
    "hayden",
    "nicole",
    "flynn",
    "teagan",
    "toby",
    "lara",
    "xavier",
    "eliza",
    "declan",
    "gemma",
    "riley",
    "paige",
    "blake",
    "sienna",
];

const SHORT: [(&str, &[&str]); 24] = [
    ("william", &["bill", "will", "billy"]),
    ("james", &["jim", "jamie"]),
    ("elizabeth", &["liz", "beth", "betty"]),
    ("margaret", &["maggie", "peg", "meg"]),
    ("thomas", &["tom"]),
    ("michael", &["mike", "mick"]),
    ("john", &["jack"]),
    ("robert", &["bob", "rob"]),
    ("catherine", &["cathy", "kate"]),
    ("david", &["dave"]),
    ("richard", &["dick", "rick"]),
    ("jennifer", &["jenny", "jen"]),
    ("daniel", &["dan", "danny"]),
    ("joshua", &["josh"]),
    ("matthew", &["matt"]),
    ("samuel", &["sam"]),
    ("rebecca", &["becky", "bec"]),
    ("benjamin", &["ben"]),
    ("patricia", &["pat", "trish"]),
    ("andrew", &["andy", "drew"]),
    ("edward", &["ted", "ed"]),
    ("christopher", &["chris"]),
    ("alexander", &["alex", "sandy"]),
    ("nicholas", &["nick"]),
];

const STREET_WORDS: [&str; 5] = ["street", "road", "place", "avenue", "close"];
const STATES: [&str; 6] = ["nsw", "vic", "qld", "wa", "sa", "tas"];
const HAN_SURNAMES: &str =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈";
const HAN_GIVEN: &str =
    "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文丽国春梅海燕志新宇浩子轩梓涵雨欣佳怡俊晨思博雅琪";
const HAN_PLACES: &str = "东西南北中山江河湖海城阳安宁和平福泉龙凤白云青石金桥新华长春永康兴民光明";
const PROVINCES: [&str; 6] = ["广东", "江苏", "浙江", "四川", "湖北", "福建"];

#[derive(Clone)]
struct Home {
    number: String,
    street: String,
    estate: String,
    suburb: String,
    postcode: String,
    state: String,
}

#[derive(Clone)]
struct Person {
    given: String,
    surname: String,
    born: (usize, usize, usize),
    homes: Vec<Home>,
    phone: String,
    email: String,
    other_surname: Option<String>,
}

impl Town {
    /// The records in a random order, each with the number of its person.
    pub(crate) fn records(&self) -> Vec<(Record, usize)> {
        let mut chance = Chance::new(self.seed);
        let mut all = Vec::new();
        let mut people = 0;
        for _ in 0..self.households {
            for person in self.household(&mut chance) {
                let copies = 1 + chance.below(self.copies_max).min(chance.below(self.copies_max));
                all.extend((0..copies).map(|_| (self.copy(&person, &mut chance), people)));
                people += 1;
            }
        }
        for i in (1..all.len()).rev() {
            all.swap(i, chance.below(i + 1));
        }
        let record = |(i, (fields, person)): (usize, (Vec<(Field, String)>, usize))| {
            let named = Record::new(format!("r{i:07}"));
            (fields.into_iter().fold(named, |record, (field, value)| record.with(field, value)), person)
        };
        all.into_iter().enumerate().map(record).collect()
    }

    fn household(&self, chance: &mut Chance) -> Vec<Person> {
        let home = self.home(chance);
        let surname = self.surname(chance);
        let landline = phone(chance);
        let mut people: Vec<Person> = Vec::new();
        let year = 1935 + chance.below(45);
        let size = 1 + chance.below(3) + chance.below(3);
        for i in 0..size {
            let mut born = (
                if i < 2 { year + chance.below(8) } else { year + 22 + chance.below(16) },
                1 + chance.below(12),
                1 + chance.below(28),
            );
            let mut given = self.given(chance);
            if i == 2 && chance.is(0.15) {
                given = people[0].given.clone();
            } else if i > 2 && chance.is(0.08) {
                born = people[2].born;
            }
            if people.iter().skip(1).any(|other| other.given == given) {
                given = self.given(chance);
            }
            let own = i == 1 && chance.is(0.2);
            let surname = if own { self.surname(chance) } else { surname.clone() };
            let mut homes = vec![home.clone()];
            if chance.is(0.15) {
                homes.push(self.home(chance));
            }
            let phone = if chance.is(0.4) { landline.clone() } else { phone(chance) };
            let email = format!("{}{}@mail{}.com", roman(&given), chance.below(1000), chance.below(6));
            let other_surname = (i == 1 && chance.is(0.1)).then(|| self.surname(chance));
            people.push(Person { given, surname, born, homes, phone, email, other_surname });
        }
        people
    }

    fn given(&self, chance: &mut Chance) -> String {
        if !self.chinese {
            return GIVEN[chance.heavy(GIVEN.len())].to_owned();
        }
        let length = if chance.is(0.25) { 1 } else { 2 };
        (0..length).map(|_| character(HAN_GIVEN, chance)).collect()
    }

    fn surname(&self, chance: &mut Chance) -> String {
        if self.chinese { character(HAN_SURNAMES, chance).to_string() } else { word(chance.heavy(1500), 7) }
    }

    fn home(&self, chance: &mut Chance) -> Home {
        let suburb = chance.heavy(150);
        let street = chance.heavy(900);
        let number = (1 + chance.heavy(180)).to_string();
        let estate = if chance.is(0.4) { word(chance.heavy(400), 31) } else { String::new() };
        let state = suburb % 6;
        if self.chinese {
            let place =
                |n: usize| -> String { [n % 37, (n / 37 + n * 5) % 37].map(|i| nth(HAN_PLACES, i)).iter().collect() };
            let province = PROVINCES[state];
            let suburb_name = place(suburb);
            let line = format!("{province}省{}市{suburb_name}区{}路{number}号", place(suburb / 5 + 11), place(street));
            let estate = if estate.is_empty() {
                estate
            } else {
                format!("{}{}小区{}栋", place(street + 7), place(number.len()), 1 + chance.below(20))
            };
            return Home {
                number,
                street: line,
                estate,
                suburb: format!("{suburb_name}区"),
                postcode: format!("{}", 510_000 + suburb * 10),
                state: format!("{province}省"),
            };
        }
        Home {
            number,
            street: format!("{} {}", word(street, 13), STREET_WORDS[street % 5]),
            estate,
            suburb: word(suburb, 19),
            postcode: (2000 + suburb * 7).to_string(),
            state: STATES[state].to_owned(),
        }
    }

    /// One copy of a person, harmed.
    fn copy(&self, person: &Person, chance: &mut Chance) -> Vec<(Field, String)> {
        let harm = self.harm;
        let home = &person.homes[chance.below(person.homes.len())];
        let mut given = person.given.clone();
        let mut surname = person.surname.clone();
        if let Some((_, short)) = SHORT.iter().find(|(name, _)| *name == given)
            && chance.is(0.25 * harm)
        {
            given = short[chance.below(short.len())].to_owned();
        } else if chance.is(0.04 * harm) {
            given = given.chars().take(1).collect();
        }
        if let Some(other) = &person.other_surname
            && chance.is(0.5)
        {
            surname.clone_from(other);
        }
        let date = self.date(person, chance);
        let mut fields = vec![
            (Field::GivenName, given),
            (Field::Surname, surname),
            (Field::StreetNumber, home.number.clone()),
            (Field::AddressLine1, home.street.clone()),
            (Field::AddressLine2, home.estate.clone()),
            (Field::Suburb, home.suburb.clone()),
            (Field::Postcode, home.postcode.clone()),
            (Field::State, home.state.clone()),
            (Field::DateOfBirth, date),
        ];
        if self.contacts {
            let number = if chance.is(0.12 * harm) { phone(chance) } else { person.phone.clone() };
            fields.push((Field::Phone, if chance.is(0.1) { number[number.len() - 4..].to_owned() } else { number }));
            fields.push((Field::Email, person.email.clone()));
        }
        if chance.is(0.04 * harm) {
            let first = std::mem::take(&mut fields[0].1);
            fields[0].1 = std::mem::replace(&mut fields[1].1, first);
        }
        if chance.is(0.03 * harm) {
            let first = std::mem::take(&mut fields[3].1);
            fields[3].1 = std::mem::replace(&mut fields[4].1, first);
        }
        self.spoil(&mut fields, chance);
        fields.retain(|(_, value)| !value.is_empty());
        fields
    }

    /// The date of birth as one copy has it.
    fn date(&self, person: &Person, chance: &mut Chance) -> String {
        let (year, month, day) = person.born;
        let harm = self.harm;
        match chance.below(100) {
            n if n < (4.0 * harm) as usize => format!("{year}{day:02}{month:02}"),
            n if n < (8.0 * harm) as usize => format!("{}{month:02}{day:02}", year + 1 - 2 * chance.below(2)),
            n if n < (9.0 * harm) as usize => format!("{year}0101"),
            n if n < (10.0 * harm) as usize => {
                format!("{}{:02}{:02}", 1930 + chance.below(70), 1 + chance.below(12), 1 + chance.below(28))
            }
            _ => format!("{year}{month:02}{day:02}"),
        }
    }

    /// Leaves fields out and mistypes others.
    fn spoil(&self, fields: &mut [(Field, String)], chance: &mut Chance) {
        let harm = self.harm;
        for (field, value) in fields {
            let absent = match field {
                Field::Email => 0.5,
                Field::Phone => 0.3,
                Field::GivenName | Field::Surname => 0.03,
                _ => 0.08,
            };
            if chance.is(absent * harm) {
                value.clear();
            } else if chance.is(0.13 * harm) {
                *value = mistyped(value, chance);
                if chance.is(0.3 * harm) {
                    *value = mistyped(value, chance);
                }
            }
        }
    }
}

/// One character dropped, doubled, replaced or exchanged with the next; digits stay digits.
fn mistyped(value: &str, chance: &mut Chance) -> String {
    let mut all: Vec<char> = value.chars().collect();
    if all.is_empty() {
        return String::new();
    }
    let at = chance.below(all.len());
    let other = match all[at] {
        c if c.is_ascii_digit() => char::from(b'0' + chance.below(10) as u8),
        c if c.is_ascii() => char::from(b'a' + chance.below(26) as u8),
        _ => character(HAN_GIVEN, chance),
    };
    match chance.below(4) {
        0 if all.len() > 2 => drop(all.remove(at)),
        1 => all.insert(at, other),
        2 if at + 1 < all.len() => all.swap(at, at + 1),
        _ => all[at] = other,
    }
    all.into_iter().collect()
}

fn phone(chance: &mut Chance) -> String {
    format!("1{:010}", chance.next() % 10_000_000_000)
}

fn nth(all: &str, n: usize) -> char {
    all.chars().nth(n % all.chars().count()).unwrap_or('一')
}

fn character(all: &str, chance: &mut Chance) -> char {
    nth(all, chance.heavy(all.chars().count()))
}

fn roman(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii() { c } else { char::from(b'a' + (u32::from(c) % 26) as u8) }).collect()
}

/// The made-up word of a number: two to four syllables.
fn word(n: usize, kind: u64) -> String {
    const FIRST: [&str; 24] = [
        "b", "br", "c", "d", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t", "th", "v", "w",
        "wh", "sh", "fl",
    ];
    const SECOND: [&str; 14] = ["a", "e", "i", "o", "u", "ar", "er", "on", "an", "el", "in", "ou", "ey", "al"];
    let mut chance = Chance::new(n as u64 * 1_000 + kind);
    let syllables = 2 + chance.below(2);
    (0..syllables).map(|_| format!("{}{}", FIRST[chance.below(24)], SECOND[chance.below(14)])).collect()
}
