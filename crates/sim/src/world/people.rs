//! The people: where they live, how much they drink, and by what they are known.

use std::fmt::Write as _;

use super::chance::{Chance, Topic, Weighted};
use super::places::PROVINCES;
use super::shape::Shape;
use crate::random::nth;

/// How unequal people are: the shape of the gamma distribution that their rates come from, so that purchases are counted by
/// a negative binomial (Ehrenberg, The Pattern of Consumer Purchases, 1959, finds shapes below 1 for most goods).
pub(super) const GAMMA_SHAPE: f64 = 0.6;
/// The account of the brand's mini-program, as WeChat would name it.
const WECHAT_APP: &str = "wx5a1e20260201c0de";

/// What a person is from the beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Person {
    /// A place in [`PROVINCES`].
    pub(super) province: u8,
    /// Where the family is, where that is elsewhere: there the festival is spent.
    pub(super) hometown: Option<u8>,
    /// How much they buy, in comparison with others; 1 on average.
    pub(super) rate: f32,
    /// Scans by WeChat, which tells who they are there.
    pub(super) has_wechat: bool,
    /// Gives a phone number when scanning for the first time.
    pub(super) is_member: bool,
    /// Uses the brand's app.
    pub(super) has_app: bool,
    /// Scans with a tablet that two people share.
    pub(super) shares_device: bool,
    /// The day from which on there is another phone.
    pub(super) changes_device: Option<u32>,
}

impl Person {
    fn of(shape: &Shape, number: u32, provinces: &Weighted) -> Self {
        let mut chance = Chance::of(shape.seed, Topic::Person, u64::from(number), 0);
        let province = provinces.draw(&mut chance) as u8;
        let hometown = chance.happens(0.22).then(|| provinces.draw(&mut chance) as u8);
        let rate = chance.gamma(GAMMA_SHAPE) as f32;
        let has_wechat = chance.happens(0.55);
        let is_member = chance.happens(0.3);
        let has_app = chance.happens(0.12);
        let shares_device = chance.happens(0.03);
        let half = u64::from(shape.days / 2).max(1);
        let day = shape.days / 4 + chance.below(half) as u32;
        let changes_device = chance.happens(0.08).then_some(day);
        Self { province, hometown, rate, has_wechat, is_member, has_app, shares_device, changes_device }
    }
}

/// Everybody.
#[derive(Debug, Clone)]
pub(super) struct People {
    seed: u64,
    all: Vec<Person>,
}

impl People {
    /// The people of a world, by the census's shares of the provinces.
    pub(super) fn of(shape: &Shape) -> Self {
        let provinces = Weighted::new(PROVINCES.iter().map(|province| f64::from(province.population)));
        let all = (0..shape.people).map(|number| Person::of(shape, number, &provinces)).collect();
        Self { seed: shape.seed, all }
    }

    pub(super) fn all(&self) -> &[Person] {
        &self.all
    }

    pub(super) fn get(&self, number: u32) -> Person {
        self.all[number as usize]
    }

    /// What a person shows on a day. A phone is shown where `with_phone` says so and there is a number to show.
    pub(super) fn shown(&self, number: u32, day: u32, with_phone: bool) -> Shown {
        let person = self.get(number);
        // Neighbours in number share a tablet: the even one's.
        let owner = if person.shares_device { number & !1 } else { number };
        let is_second = !person.shares_device && person.changes_device.is_some_and(|from| day >= from);
        Shown {
            device: self.device(owner, is_second),
            openid: person.has_wechat.then(|| self.openid(number)),
            phone: (with_phone && person.is_member).then(|| self.phone(number)),
        }
    }

    /// The id of a device: 32 hexadecimal digits.
    pub(super) fn device(&self, number: u32, is_second: bool) -> String {
        let at = u64::from(number) * 2 + u64::from(is_second);
        format!("{:016x}{:016x}", self.random(1, at), self.random(2, at))
    }

    /// The openid of a person.
    pub(super) fn openid(&self, number: u32) -> String {
        let mut text = format!("{WECHAT_APP}:o");
        for part in 3..5 {
            write!(text, "{:013x}", self.random(part, u64::from(number)) >> 12).ok();
        }
        text
    }

    /// The phone number of a person. Numbers that begin with 163 are given to nobody: China's numbering plan leaves 160,
    /// 161, 163, 164, 168 and 169 unused.
    pub(super) fn phone(&self, number: u32) -> String {
        // A step that shares no factor with the modulus meets every number once. The 9 in the middle keeps runs and repeated
        // digits away, which nobody has.
        let number = (u64::from(number) * 6_180_341 + self.random(5, 0) % 9_999_999) % 9_999_999;
        format!("163{:03}9{:04}", number / 10_000, number % 10_000)
    }

    /// What the brand's app calls a person.
    pub(super) fn user_id(number: u32) -> String {
        format!("u{:07}", number + 1)
    }

    fn random(&self, part: u64, at: u64) -> u64 {
        nth(nth(nth(self.seed, Topic::Identifier as u64), part), at)
    }
}

/// By what somebody is known in one scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) device: String,
    pub(super) openid: Option<String>,
    pub(super) phone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn people_live_where_the_census_found_them() {
        let people = People::of(&Shape { people: 100_000, ..Shape::whole(11) });
        let total: f64 = PROVINCES.iter().map(|province| f64::from(province.population)).sum();
        let mut chi_square = 0.0;
        for (number, province) in PROVINCES.iter().enumerate() {
            let found = people.all().iter().filter(|person| usize::from(person.province) == number).count() as f64;
            let expected = f64::from(province.population) / total * 100_000.0;
            chi_square += (found - expected).powi(2) / expected;
        }
        // The 99.9 % quantile of chi-square with 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
        assert!(chi_square < 59.703, "{chi_square}");
    }

    #[test]
    fn rates_are_gamma_with_mean_one() {
        let people = People::of(&Shape { people: 100_000, ..Shape::whole(12) });
        let rates = || people.all().iter().map(|person| f64::from(person.rate));
        let mean = rates().sum::<f64>() / 100_000.0;
        let variance = rates().map(|rate| (rate - mean).powi(2)).sum::<f64>() / 100_000.0;
        assert!((mean - 1.0).abs() < 0.02 && (variance * GAMMA_SHAPE - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn identifiers_are_valid_and_nobody_has_anothers() {
        use tallymark_people::{Identifier, IdentifierKind};
        let people = People::of(&Shape { people: 5_000, ..Shape::whole(13) });
        let mut seen = BTreeSet::new();
        for number in 0..5_000 {
            for (kind, value) in [
                (IdentifierKind::Device, people.device(number, false)),
                (IdentifierKind::Device, people.device(number, true)),
                (IdentifierKind::WechatOpenid, people.openid(number)),
                (IdentifierKind::Phone, people.phone(number)),
            ] {
                assert!(Identifier::parse(kind, &value).is_ok(), "{value}");
                assert!(seen.insert(value));
            }
        }
    }
}
