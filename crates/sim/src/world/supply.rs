//! From the plant to the shelf: who is delivered when, what comes back, and which cases stray.

use super::chance::{Chance, Topic, Weighted};
use super::channel::Channel;
use super::goods::{CASES_PER_PALLET, ITEMS_PER_CASE, PRODUCTS};
use super::places::PROVINCES;
use super::shape::Shape;
use super::step::{Node, Step};
use super::stock::{Bottle, Cases, Plant, Shelf, Warehouse};
use super::story::weights;
use super::truth::Diverted;

/// A store is delivered every so many days.
const EVERY_DAYS: u32 = 5;
/// A delivery fills the shelf for so many days of usual demand.
const COVER_DAYS: f64 = 9.0;
/// Bottles that are taken for each one that is scanned: half of all people scan.
pub(super) const TAKEN_PER_SCAN: f64 = 2.0;
/// A lot is enough for so many days of the whole brand.
const LOT_DAYS: f64 = 10.0;
/// A store sends a case back now and then: the probability with each delivery.
const RETURN: f64 = 0.012;
/// The most units of one shipment.
const UNITS_MAX: usize = 900;

/// Shelves, warehouses and the plant.
#[derive(Debug)]
pub(super) struct Supply {
    plant: Plant,
    /// By dealer and product.
    warehouses: Vec<Vec<Warehouse>>,
    /// By store: the products on its shelves, by rank, with their shelves.
    shelves: Vec<Vec<(usize, Shelf)>>,
    /// Bottles a day that each store is expected to sell.
    expected: Vec<f64>,
    /// Bottles a day of the whole brand.
    total: f64,
    /// How many cases have strayed, and how many shall in all.
    strayed: u32,
    diverted: Vec<Diverted>,
}

impl Supply {
    /// Empty shelves.
    pub(super) fn new(shape: &Shape, channel: &Channel) -> Self {
        let total = f64::from(shape.people) * shape.bought_per_day * TAKEN_PER_SCAN;
        let people: f64 = PROVINCES.iter().map(|province| f64::from(province.population)).sum();
        let mut of_province = vec![0.0; PROVINCES.len()];
        for store in &channel.stores {
            of_province[store.province] += store.popularity;
        }
        let share = |store: &super::channel::Store| {
            let province = f64::from(PROVINCES[store.province].population) / people;
            total * province * store.popularity / of_province[store.province]
        };
        let expected: Vec<f64> = channel.stores.iter().map(share).collect();
        let shelves = (0..channel.stores.len()).map(|store| assortment(shape, store)).collect();
        let warehouses = vec![vec![Warehouse::default(); shape.products]; channel.dealers.len()];
        let plant = Plant::default();
        Self { plant, warehouses, shelves, expected, total, strayed: 0, diverted: Vec::new() }
    }

    /// What the plant has produced.
    pub(super) fn lots(&self) -> &[super::goods::Lot] {
        &self.plant.lots
    }

    /// Cases that strayed since this was asked last.
    pub(super) fn take_diverted(&mut self) -> Vec<Diverted> {
        std::mem::take(&mut self.diverted)
    }

    /// Somebody buys a bottle in a store and will scan it: of a product by taste, or of another where that is sold out.
    pub(super) fn buy(&mut self, store: usize, taste: impl Fn(usize) -> f64, chance: &mut Chance) -> Option<Bottle> {
        let shelves = &mut self.shelves[store];
        let weights = Weighted::new(shelves.iter().map(|(product, _)| taste(*product)));
        let first = weights.draw(chance);
        // Mean TAKEN_PER_SCAN - 1: a geometric count of those who take a bottle and do not scan.
        let mut unscanned = 0;
        while chance.happens(1.0 - 1.0 / TAKEN_PER_SCAN) && unscanned < 12 {
            unscanned += 1;
        }
        let count = shelves.len();
        (0..count).find_map(|step| shelves[(first + step) % count].1.buy(unscanned))
    }

    /// Everything that is needed on the first day.
    pub(super) fn first_deliveries(&mut self, shape: &Shape, channel: &Channel) -> Vec<Step> {
        let all: Vec<usize> = (0..channel.stores.len()).collect();
        self.deliver(None, &all, shape, channel)
    }

    /// A morning: stores whose day it is are delivered; some send a case back, and what came back is withdrawn.
    pub(super) fn morning(&mut self, day: u32, shape: &Shape, channel: &Channel) -> Vec<Step> {
        let own: Vec<usize> =
            (0..channel.stores.len()).filter(|store| (*store as u32 + day) % EVERY_DAYS == EVERY_DAYS - 1).collect();
        let mut steps = self.returns(day, &own, shape, channel);
        steps.extend(self.deliver(Some(day), &own, shape, channel));
        steps
    }

    fn returns(&mut self, day: u32, stores: &[usize], shape: &Shape, channel: &Channel) -> Vec<Step> {
        let mut steps = Vec::new();
        for store in stores {
            let mut chance = Chance::of(shape.seed, Topic::Return, u64::from(day), *store as u64);
            if !chance.happens(RETURN) {
                continue;
            }
            let shelves = &mut self.shelves[*store];
            let place = chance.below(shelves.len() as u64) as usize;
            if let Some(cases) = shelves[place].1.take_back() {
                let to = Node::Dealer(channel.stores[*store].dealer);
                steps.push(Step::Shipment { to, cases: vec![cases] });
                steps.push(Step::Voiding { cases, reason: "退货销毁 returned and destroyed" });
            }
        }
        steps
    }

    /// Fills the shelves of stores, in the order of their numbers.
    fn deliver(&mut self, day: Option<u32>, stores: &[usize], shape: &Shape, channel: &Channel) -> Vec<Step> {
        let mut steps = Vec::new();
        for store in stores {
            let dealer = channel.stores[*store].dealer;
            let mut cases = Vec::new();
            for place in 0..self.shelves[*store].len() {
                let product = self.shelves[*store][place].0;
                let count = self.missing(*store, place);
                if count > 0 {
                    self.stock_dealer(dealer, product, count, shape, &mut steps);
                    for taken in self.warehouses[dealer][product].take(count) {
                        let kept = self.divert(day, *store, taken, shape, channel);
                        self.shelf_of(kept, product).put(taken);
                        cases.push(taken);
                    }
                }
            }
            while !cases.is_empty() {
                let some = cases.drain(..cases.len().min(UNITS_MAX)).collect();
                steps.push(Step::Shipment { to: Node::Store(*store), cases: some });
            }
        }
        steps
    }

    /// The shelf of a product in a store; cases that strayed make one where there is none.
    fn shelf_of(&mut self, store: usize, product: usize) -> &mut Shelf {
        let shelves = &mut self.shelves[store];
        let place = shelves.iter().position(|(own, _)| *own == product).unwrap_or_else(|| {
            shelves.push((product, Shelf::default()));
            shelves.len() - 1
        });
        &mut shelves[place].1
    }

    /// Cases that a shelf lacks: a full one lasts until the next delivery and somewhat longer.
    fn missing(&self, store: usize, place: usize) -> u64 {
        let shelves = &self.shelves[store];
        let weights: f64 = shelves.iter().map(|(product, _)| PRODUCTS[*product].weight).sum();
        let (product, shelf) = &shelves[place];
        let wanted = self.expected[store] * PRODUCTS[*product].weight / weights * COVER_DAYS;
        let missing = (wanted - shelf.count() as f64).max(0.0) / ITEMS_PER_CASE as f64;
        if shelf.count() == 0 { (missing.ceil() as u64).max(1) } else { missing.floor() as u64 }
    }

    /// Lets the plant send pallets to a dealer who has too few cases.
    fn stock_dealer(&mut self, dealer: usize, product: usize, count: u64, shape: &Shape, steps: &mut Vec<Step>) {
        let has = self.warehouses[dealer][product].count();
        if has >= count {
            return;
        }
        let pallets = (count - has).div_ceil(CASES_PER_PALLET);
        let all: f64 = weights(shape.products).iter().sum();
        let per_day = self.total * PRODUCTS[product].weight / all / (ITEMS_PER_CASE * CASES_PER_PALLET) as f64;
        let lot_pallets = (per_day * LOT_DAYS).ceil() as u64 + self.warehouses.len() as u64 / 2;
        let number = self.plant.lots.len();
        let name = || format!("L26{:02}{number:04}", product + 1);
        let taken = self.plant.pallets(product, pallets, lot_pallets, name);
        if taken.is_new {
            steps.push(Step::Lot(taken.lot));
            steps.push(Step::Activation(taken.lot));
        }
        steps.push(Step::Pallets { to: dealer, lot: taken.lot, first: taken.first, last: taken.last });
        self.warehouses[dealer][product].put(taken.cases());
    }

    /// The store on whose shelf cases land: now and then one of another region, whatever the papers say.
    fn divert(&mut self, day: Option<u32>, store: usize, cases: Cases, shape: &Shape, channel: &Channel) -> usize {
        let Some(day) = day else { return store };
        let mut chance = Chance::of(shape.seed, Topic::Diversion, cases.lot as u64, cases.first);
        // Spread over the days; who is left is diverted as soon as there is something to divert.
        let due = f64::from(shape.diversions) * f64::from(day + 1) / f64::from(shape.days);
        if f64::from(self.strayed) >= due || !chance.happens(0.3) {
            return store;
        }
        let region = |store: usize| channel.dealers[channel.stores[store].dealer].region;
        let elsewhere: Vec<usize> = (0..channel.stores.len()).filter(|other| region(*other) != region(store)).collect();
        if elsewhere.is_empty() {
            return store;
        }
        let weights = Weighted::new(elsewhere.iter().map(|other| channel.stores[*other].popularity));
        let sold_at = elsewhere[weights.draw(&mut chance)];
        self.strayed += cases.count() as u32;
        let lot = self.plant.lots[cases.lot].name.clone();
        self.diverted.push(Diverted { lot, first: cases.first, last: cases.last, shipped_to: store, sold_at });
        sold_at
    }
}

/// The products that a store has: the important ones likelier than others, more of them in popular stores.
fn assortment(shape: &Shape, store: usize) -> Vec<(usize, Shelf)> {
    let mut chance = Chance::of(shape.seed, Topic::Assortment, store as u64, 0);
    let count = (5 + chance.below(6) as usize).min(shape.products);
    let mut left = weights(shape.products);
    let mut chosen: Vec<usize> = (0..count)
        .map(|_| {
            let product = Weighted::new(left.iter().copied()).draw(&mut chance);
            left[product] = 0.0;
            product
        })
        .collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|product| (product, Shelf::default())).collect()
}
