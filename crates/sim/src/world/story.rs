//! The story of a world: a pure function of its shape, told step by step, a day at a time.
//!
//! The evening before the first day the brand is set up: products, the channel, lots, first deliveries. Each day has its
//! work in the early morning (production, pallets to dealers, cases to stores, returns, campaigns that begin or end) and
//! its scans around the clock.

use std::collections::VecDeque;

use jiff::civil::{Date, time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::channel::Channel;
use super::demand::Demand;
use super::events;
use super::goods::PRODUCTS;
use super::offers::{OFFERS, applies};
use super::people::People;
use super::shape::Shape;
use super::step::{Node, Numbered, Scan, Step};
use super::supply::Supply;
use super::truth::Truth;
use super::visits::Visits;

/// Scans of a delivery.
const DELIVERY_MAX: usize = 256;
/// Between two requests at least, so that each has moments of its own for its ids.
const STEP: SignedDuration = SignedDuration::from_millis(20);
/// Hours from UTC to the brand's zone: China has one, and no summer time.
const CHINA_HOURS: i8 = 8;

/// A world being told.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) shape: Shape,
    pub(super) channel: Channel,
    pub(super) people: People,
    pub(super) demand: Demand,
    pub(super) supply: Supply,
    visits: Visits,
    /// What is told next.
    ready: VecDeque<Numbered>,
    /// The day that is told after that; `None` before the evening on which the brand is set up.
    day: Option<u32>,
    /// The number and moment of the last step that is ready.
    number: u64,
    at: Timestamp,
    pub(super) truth: Truth,
}

impl Story {
    /// The story of a world.
    pub(super) fn new(shape: Shape) -> Self {
        let channel = Channel::of(&shape);
        let people = People::of(&shape);
        let demand = Demand::of(&shape);
        let supply = Supply::new(&shape, &channel);
        let visits = Visits::default();
        Self {
            shape,
            channel,
            people,
            demand,
            supply,
            visits,
            ready: VecDeque::new(),
            day: None,
            number: 1,
            at: begins(&shape),
            truth: Truth::default(),
        }
    }

    /// What is true of the steps told since this was asked last.
    pub(super) fn take_truth(&mut self) -> Truth {
        std::mem::take(&mut self.truth)
    }

    /// Adds a step that takes place at `at`, or right after the one before it.
    fn tell(&mut self, at: Timestamp, step: Step) {
        let at = at.max(self.at + STEP);
        let number = self.number;
        self.number += step.numbers();
        // The second number of a page has a moment of its own.
        self.at = if step.numbers() > 1 { at + STEP } else { at };
        self.truth.of_step(number, at, &step);
        self.ready.push_back(Numbered { number, at, step });
    }

    /// The evening before.
    fn set_up(&mut self) {
        let begin = begins(&self.shape);
        self.tell(begin, Step::ConsentText);
        for product in 0..self.shape.products {
            self.tell(begin, Step::Product(product));
        }
        self.tell(begin, Step::Organisation(Node::Brand));
        let regions = super::places::REGIONS.len();
        let nodes = (0..regions).map(Node::Region);
        let nodes = nodes.chain((0..self.channel.dealers.len()).map(Node::Dealer));
        let nodes: Vec<Node> = nodes.chain((0..self.channel.stores.len()).map(Node::Store)).collect();
        for node in nodes {
            self.tell(begin, Step::Organisation(node));
        }
        self.tell(begin, Step::Rebate(0));
        self.tell(begin, Step::RebateStatus(0));
        for step in self.supply.first_deliveries(&self.shape, &self.channel) {
            self.tell(begin, step);
        }
        self.offers(begin, None);
    }

    /// Campaigns that begin or end on a day; before the first day those that run already.
    fn offers(&mut self, at: Timestamp, day: Option<Date>) {
        for (campaign, offer) in OFFERS.iter().enumerate() {
            if !applies(offer, self.shape.products) {
                continue;
            }
            let starts = date_of(offer.window.0);
            let (first, last) = (self.shape.day(0), self.shape.day(self.shape.days - 1));
            // It is made the morning before its first day.
            let made_on = starts.yesterday().unwrap_or(starts);
            let is_made = day.map_or(made_on < first && date_of(offer.window.1) > first, |day| made_on == day);
            if is_made && starts <= last {
                self.tell(at, Step::Campaign(campaign));
                self.tell(at, Step::CampaignStatus { campaign, status: "running" });
            }
            if offer.stopped.map(date_of) == day && day.is_some() && made_on.max(first) < last {
                self.tell(at, Step::CampaignStatus { campaign, status: "ended" });
            }
        }
    }

    /// A day: what was scanned in the night, the morning's work, what was scanned after.
    fn play(&mut self, day: u32) {
        let date = self.shape.day(day);
        let agreed = self.visits.take_consents();
        let mut scans = self.visits.day(day, &self.shape, &self.channel, &self.people, &self.demand, &mut self.supply);
        let morning = moment(date, time(5, 0, 0, 0));
        let night = scans.iter().take_while(|scan| scan.at < morning).count();
        let rest = scans.split_off(night);
        self.deliver(scans);
        self.offers(morning, Some(date));
        for step in self.supply.morning(day, &self.shape, &self.channel) {
            self.tell(morning, step);
        }
        for person in agreed {
            self.tell(morning, Step::Consent { person });
        }
        for look in self.visits.page_looks(day, &self.shape, &self.channel, &mut self.supply) {
            self.tell(morning, Step::Page { look });
        }
        for (at, body) in events::deliveries(day, &self.shape, &self.people, morning) {
            self.tell(at, Step::Events(body));
        }
        self.deliver(rest);
        let diverted = self.supply.take_diverted();
        self.truth.diverted.extend(diverted);
        let cloned = self.visits.take_cloned();
        self.truth.cloned.extend(cloned);
    }

    /// Scans in deliveries; each arrives with its last scan.
    fn deliver(&mut self, scans: Vec<Scan>) {
        let mut scans = VecDeque::from(scans);
        while !scans.is_empty() {
            let delivery: Vec<Scan> = scans.drain(..scans.len().min(DELIVERY_MAX)).collect();
            let at = delivery.last().map_or(self.at, |scan| scan.at);
            self.tell(at, Step::Scans(delivery));
        }
    }
}

impl Iterator for Story {
    type Item = Numbered;

    fn next(&mut self) -> Option<Numbered> {
        while self.ready.is_empty() {
            match self.day {
                None => {
                    self.set_up();
                    self.day = Some(0);
                }
                Some(day) if day < self.shape.days => {
                    self.play(day);
                    self.day = Some(day + 1);
                }
                Some(_) => return None,
            }
        }
        self.ready.pop_front()
    }
}

/// When the world begins: eight in the evening before its first day.
pub(super) fn begins(shape: &Shape) -> Timestamp {
    let eve = shape.first_day.yesterday().unwrap_or(shape.first_day);
    moment(eve, time(20, 0, 0, 0))
}

/// The brand's zone.
const fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(CHINA_HOURS))
}

/// The day of a moment by the brand's clock.
pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}

/// A moment by the brand's clock.
pub(super) fn moment(day: Date, time: jiff::civil::Time) -> Timestamp {
    day.to_datetime(time).to_zoned(zone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// The day at the head of a written moment.
fn date_of(text: &str) -> Date {
    text.get(..10).and_then(|day| day.parse().ok()).unwrap_or(Date::MIN)
}

/// How well each product of a world sells in all, for planning.
pub(super) fn weights(products: usize) -> Vec<f64> {
    PRODUCTS[..products].iter().map(|product| product.weight).collect()
}
