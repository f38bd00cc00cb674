//! Who scans what on a day, and why: purchases, second looks, caps that others find, copies, made-up codes.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};

use super::calendar;
use super::chance::{Chance, Topic, Weighted};
use super::channel::{Channel, around, near};
use super::demand::Demand;
use super::goods::PRODUCTS;
use super::people::People;
use super::places::PROVINCES;
use super::shape::Shape;
use super::step::{Code, Look, Place, Scan, Why};
use super::stock::Bottle;
use super::story::moment;
use super::supply::Supply;
use super::truth::Cloned;

/// How often a purchase is followed or preceded by another scan of the same code.
const LOOK: f64 = 0.06;
const AGAIN: f64 = 0.09;
const OTHER: f64 = 0.03;
/// How often a member's phone number is shown again.
const PHONE_AGAIN: f64 = 0.1;
/// A person's second store.
const SECOND_STORE: f64 = 0.25;
/// A copied code goes on for so many days, each with so many scans on average.
const CLONE_DAYS: u32 = 6;
const CLONE_SCANS: f64 = 7.0;

/// What the days before left behind.
#[derive(Debug, Default)]
pub(super) struct Visits {
    /// Who has shown a phone number.
    joined: HashSet<u32>,
    consents: Vec<u32>,
    /// Copied codes, with the day on which the copies came into the world.
    clones: Vec<(Bottle, u32)>,
    cloned: Vec<Cloned>,
}

/// A purchase of the day, before it is a scan.
#[derive(Debug, Clone, Copy)]
struct Visit {
    at: Timestamp,
    person: u32,
    /// Which of the person's purchases of the day.
    number: u32,
}

impl Visits {
    /// People who joined the day before and agree to something.
    pub(super) fn take_consents(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.consents)
    }

    /// Codes that were copied since this was asked last.
    pub(super) fn take_cloned(&mut self) -> Vec<Cloned> {
        std::mem::take(&mut self.cloned)
    }

    /// The scans of a day, the earliest first.
    pub(super) fn day(
        &mut self,
        day: u32,
        shape: &Shape,
        channel: &Channel,
        people: &People,
        demand: &Demand,
        supply: &mut Supply,
    ) -> Vec<Scan> {
        let today = Day::of(day, shape, channel, people, demand);
        let mut joined_today = Vec::new();
        let mut scans = Vec::new();
        for visit in today.visits() {
            let mut chance =
                Chance::of(shape.seed, Topic::Visits, today.key(visit.person), u64::from(visit.number) + 1);
            let store = today.store_of(visit.person, &mut chance);
            let province = channel.stores[store].province;
            let taste = |product: usize| demand.taste(shape, &PRODUCTS[product], day, province);
            let Some(bottle) = supply.buy(store, taste, &mut chance) else { continue };
            let joins = people.get(visit.person).is_member && self.joined.insert(visit.person);
            if joins {
                joined_today.push(visit.person);
            }
            let with_phone = joins || chance.happens(PHONE_AGAIN);
            let bought = today.scan(visit, store, Code::Of(bottle), with_phone, Why::Bought, &mut chance);
            today.follow_up(&bought, &mut chance, &mut scans);
            scans.push(bought);
        }
        self.copies(&today, &mut scans);
        Self::inventions(&today, &mut scans);
        scans.sort_by_key(|scan| (scan.at, scan.person));
        joined_today.truncate(shape.consents_per_day);
        for scan in scans.iter_mut().filter(|scan| scan.shown.phone.is_some()) {
            scan.agrees = joined_today.contains(&scan.person);
        }
        self.consents = joined_today;
        scans
    }

    /// Codes that were copied, scanned far apart; and which of today's are copied from now on.
    fn copies(&mut self, today: &Day<'_>, scans: &mut Vec<Scan>) {
        let Day { day, shape, .. } = *today;
        let due = shape.clones * (day + 1) / shape.days.div_ceil(2);
        let missing = (due.min(shape.clones) as usize).saturating_sub(self.clones.len());
        let bought: Vec<&Scan> = scans.iter().filter(|scan| scan.why == Why::Bought).collect();
        let mut chance = Chance::of(shape.seed, Topic::Clone, u64::from(day), 0);
        let mut chosen = Vec::new();
        for _ in 0..missing.min(bought.len()) {
            let scan = bought[chance.below(bought.len() as u64) as usize];
            if let Code::Of(bottle) = scan.code
                && !self.clones.iter().chain(&chosen).any(|(copied, _)| *copied == bottle)
            {
                chosen.push((bottle, day));
            }
        }
        for (number, (bottle, since)) in self.clones.iter().enumerate() {
            if day > since + CLONE_DAYS {
                continue;
            }
            let mut chance = Chance::of(shape.seed, Topic::Clone, u64::from(day), number as u64 + 1);
            for number in 0..chance.poisson(CLONE_SCANS) {
                let visit = today.any_visit(number, &mut chance);
                let store = today.store_of(visit.person, &mut chance);
                scans.push(today.scan(visit, store, Code::Of(*bottle), false, Why::Cloned, &mut chance));
            }
        }
        self.cloned.extend(chosen.iter().map(|(bottle, _)| Cloned { lot: bottle.lot, serial: bottle.serial, day }));
        self.clones.extend(chosen);
    }

    /// Codes that nobody issued.
    fn inventions(today: &Day<'_>, scans: &mut Vec<Scan>) {
        let Day { day, shape, .. } = *today;
        let mut chance = Chance::of(shape.seed, Topic::Invented, u64::from(day), 0);
        for number in 0..chance.poisson(shape.invented_per_day) {
            let visit = today.any_visit(number, &mut chance);
            let store = today.store_of(visit.person, &mut chance);
            scans.push(today.scan(visit, store, Code::Invented(chance.bits()), false, Why::Invented, &mut chance));
        }
    }

    /// Looks at the consumer page, by phones that are known for nothing else.
    pub(super) fn page_looks(&self, day: u32, shape: &Shape, channel: &Channel, supply: &mut Supply) -> Vec<Look> {
        let mut looks = Vec::new();
        for number in 0..shape.page_looks_per_day {
            let mut chance = Chance::of(shape.seed, Topic::Visits, 1 << 62 | u64::from(day), u64::from(number));
            let store = chance.below(channel.stores.len() as u64) as usize;
            if let Some(bottle) = supply.buy(store, |product| PRODUCTS[product].weight, &mut chance) {
                let own = &channel.stores[store];
                looks.push(Look { bottle, store, position: near(own.adcode, 0.01, &mut chance) });
            }
        }
        looks
    }
}

/// A day with everything that a visit depends on.
#[derive(Debug, Clone, Copy)]
struct Day<'a> {
    day: u32,
    date: jiff::civil::Date,
    midnight: Timestamp,
    shape: &'a Shape,
    channel: &'a Channel,
    people: &'a People,
    demand: &'a Demand,
}

impl<'a> Day<'a> {
    fn of(day: u32, shape: &'a Shape, channel: &'a Channel, people: &'a People, demand: &'a Demand) -> Self {
        let date = shape.day(day);
        Self { day, date, midnight: moment(date, time(0, 0, 0, 0)), shape, channel, people, demand }
    }

    /// Names a person on this day, for chance.
    fn key(&self, person: u32) -> u64 {
        u64::from(self.day) << 32 | u64::from(person)
    }

    /// Every purchase of the day: a Poisson count for each person, at hours as the day has them.
    fn visits(&self) -> Vec<Visit> {
        let hours = Weighted::new(calendar::hours(self.date));
        let is_travel = calendar::is_travel(self.date);
        let factors: Vec<f64> =
            (0..PROVINCES.len()).map(|province| self.demand.factor(self.shape, self.day, province)).collect();
        let mut visits = Vec::new();
        for (number, person) in self.people.all().iter().enumerate() {
            let place = person.hometown.filter(|_| is_travel).unwrap_or(person.province);
            let mean = f64::from(person.rate) * self.shape.bought_per_day * factors[usize::from(place)];
            let mut chance = Chance::of(self.shape.seed, Topic::Visits, self.key(number as u32), 0);
            for count in 0..chance.poisson(mean.min(30.0)) {
                let second = hours.draw(&mut chance) as i64 * 3_600 + chance.below(3_600) as i64;
                let at = self.after_midnight(second * 1_000 + chance.below(1_000) as i64);
                visits.push(Visit { at, person: number as u32, number: count });
            }
        }
        visits.sort_by_key(|visit| (visit.at, visit.person));
        visits
    }

    /// Somebody, some time.
    fn any_visit(&self, number: u32, chance: &mut Chance) -> Visit {
        let person = chance.below(self.people.all().len() as u64) as u32;
        let at = self.after_midnight(chance.below(86_400_000) as i64);
        Visit { at, person, number }
    }

    fn after_midnight(&self, ms: i64) -> Timestamp {
        self.midnight + SignedDuration::from_millis(ms)
    }

    /// Where somebody buys today: at the one of two stores near home, or at one of the hometown.
    fn store_of(&self, number: u32, chance: &mut Chance) -> usize {
        let person = self.people.get(number);
        let away = person.hometown.filter(|_| calendar::is_travel(self.date));
        let which = u64::from(chance.happens(SECOND_STORE));
        let place = away.unwrap_or(person.province);
        let mut own =
            Chance::of(self.shape.seed, Topic::Person, u64::from(number), 1 + which + 2 * u64::from(away.is_some()));
        self.channel.store_in(usize::from(place), &mut own)
    }

    fn scan(&self, visit: Visit, store: usize, code: Code, with_phone: bool, why: Why, chance: &mut Chance) -> Scan {
        let at_store = &self.channel.stores[store];
        let place = match chance.below(100) {
            0..55 => {
                let (latitude, longitude) = around(at_store.position, 0.004, chance);
                Place::Position(latitude, longitude)
            }
            55..85 => Place::County(at_store.adcode),
            _ => Place::Untold,
        };
        let shown = self.people.shown(visit.person, self.day, with_phone);
        let address = Ipv4Addr::new(198, 18, at_store.province as u8, (visit.person % 250) as u8);
        Scan { at: visit.at, person: visit.person, shown, code, place, address, claim: true, why, store, agrees: false }
    }

    /// What comes before and after a purchase with the same code, on the same day.
    fn follow_up(&self, bought: &Scan, chance: &mut Chance, scans: &mut Vec<Scan>) {
        let midnight = self.after_midnight(86_400_000 - 1);
        let later = |seconds: u64| (bought.at + SignedDuration::from_secs(seconds as i64)).min(midnight);
        if chance.happens(LOOK) {
            let at = (bought.at - SignedDuration::from_secs(5 + chance.below(40) as i64)).max(self.midnight);
            scans.push(Scan { at, claim: false, why: Why::Look, ..bought.clone() });
        }
        if chance.happens(AGAIN) {
            scans.push(Scan { at: later(20 + chance.below(7_200)), why: Why::Again, ..bought.clone() });
        }
        if chance.happens(OTHER) {
            let finder = self.any_visit(0, chance).person;
            let shown = self.people.shown(finder, self.day, false);
            let at = later(600 + chance.below(20_000));
            scans.push(Scan { at, person: finder, shown, why: Why::Other, ..bought.clone() });
        }
    }
}
