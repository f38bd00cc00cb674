//! The channel tree: brand, regions, dealers with the prefectures they may sell in, stores.

use tallymark_base::geography::nearest_county;

use super::chance::{Chance, Topic, Weighted, shares};
use super::names;
use super::places::{PROVINCES, Prefecture, REGIONS, prefectures, seat};
use super::shape::Shape;

/// A dealer.
#[derive(Debug, Clone)]
pub(super) struct Dealer {
    pub(super) region: usize,
    pub(super) name: String,
    /// Prefectures, by code.
    pub(super) territory: Vec<u32>,
}

/// A store.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) dealer: usize,
    /// A place in [`PROVINCES`].
    pub(super) province: usize,
    pub(super) name: String,
    /// Its county.
    pub(super) adcode: u32,
    /// Degrees north and east.
    pub(super) position: (f64, f64),
    /// How many come, in comparison with others of its province.
    pub(super) popularity: f64,
}

/// The whole tree.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) dealers: Vec<Dealer>,
    pub(super) stores: Vec<Store>,
    /// The stores of each province, to draw one; `None` where there is none.
    pub(super) by_province: Vec<Option<(Vec<usize>, Weighted)>>,
}

impl Channel {
    /// The tree of a world.
    pub(super) fn of(shape: &Shape) -> Self {
        let prefectures = prefectures();
        let dealers = dealers(shape, &prefectures);
        let stores = stores(shape, &prefectures, &dealers);
        let of_province = |number: usize| {
            let own: Vec<usize> = (0..stores.len()).filter(|store| stores[*store].province == number).collect();
            let weights = Weighted::new(own.iter().map(|store| stores[*store].popularity));
            (!own.is_empty()).then_some((own, weights))
        };
        let by_province = (0..PROVINCES.len()).map(of_province).collect();
        Self { dealers, stores, by_province }
    }

    /// A store of a province, or of a neighbour in the table where it has none: the more popular, the likelier.
    pub(super) fn store_in(&self, province: usize, chance: &mut Chance) -> usize {
        let around = (0..PROVINCES.len()).flat_map(|step| [province.checked_sub(step), Some(province + step)]);
        let mut with_stores = around.flatten().filter_map(|number| self.by_province.get(number)?.as_ref());
        with_stores.next().map_or(0, |(own, weights)| own[weights.draw(chance)])
    }
}

/// Dealers by the people of their region, one at least; each has neighbouring prefectures with about as many people.
fn dealers(shape: &Shape, prefectures: &[Prefecture]) -> Vec<Dealer> {
    let region_of = |prefecture: &Prefecture| {
        let number = PROVINCES[prefecture.province].number;
        REGIONS.iter().position(|(_, numbers)| numbers.contains(&number)).unwrap_or(0)
    };
    let mut weights = [0.0; REGIONS.len()];
    for prefecture in prefectures {
        weights[region_of(prefecture)] += prefecture.weight;
    }
    let mut dealers = Vec::with_capacity(shape.dealers);
    for (region, count) in shares(shape.dealers.max(REGIONS.len()), &weights, 1).into_iter().enumerate() {
        let (first, mut sum) = (dealers.len(), 0.0);
        for prefecture in prefectures.iter().filter(|prefecture| region_of(prefecture) == region) {
            let place = ((sum + prefecture.weight / 2.0) / weights[region] * count as f64) as usize;
            sum += prefecture.weight;
            if dealers.len() <= first + place && dealers.len() < first + count {
                let mut chance = Chance::of(shape.seed, Topic::Dealer, dealers.len() as u64, 0);
                let name = names::dealer(prefecture.adcode, &mut chance);
                dealers.push(Dealer { region, name, territory: Vec::new() });
            }
            if let Some(dealer) = dealers.last_mut() {
                dealer.territory.push(prefecture.adcode);
            }
        }
    }
    dealers
}

/// Stores by the people of their province; within it by those of prefectures; popular ones are few (Zipf).
fn stores(shape: &Shape, prefectures: &[Prefecture], dealers: &[Dealer]) -> Vec<Store> {
    let people: Vec<f64> = PROVINCES.iter().map(|province| f64::from(province.population)).collect();
    let mut stores = Vec::with_capacity(shape.stores);
    for (province, count) in shares(shape.stores, &people, 0).into_iter().enumerate() {
        let own: Vec<&Prefecture> = prefectures.iter().filter(|place| place.province == province).collect();
        let weights = Weighted::new(own.iter().map(|place| place.weight));
        for rank in 0..count {
            let mut chance = Chance::of(shape.seed, Topic::Store, stores.len() as u64, 0);
            let prefecture = own[weights.draw(&mut chance)];
            let adcode = prefecture.counties[chance.below(prefecture.counties.len() as u64) as usize];
            let dealer = dealers.iter().position(|dealer| dealer.territory.contains(&prefecture.adcode)).unwrap_or(0);
            stores.push(Store {
                dealer,
                province,
                name: names::store(adcode, &mut chance),
                adcode,
                position: near(adcode, 0.02, &mut chance),
                popularity: ((rank + 1) as f64).powf(-0.8),
            });
        }
    }
    stores
}

/// A position within about `reach` degrees of a county's seat that lies in no other county.
pub(super) fn near(adcode: u32, reach: f64, chance: &mut Chance) -> (f64, f64) {
    let (lat, lon) = seat(adcode);
    let moved = around((lat, lon), reach, chance);
    let is_there = nearest_county(moved.0, moved.1).is_some_and(|county| county.as_u32() == adcode);
    if is_there { moved } else { (lat, lon) }
}

/// A position within about `reach` degrees of another. Five digits are a metre.
pub(super) fn around((lat, lon): (f64, f64), reach: f64, chance: &mut Chance) -> (f64, f64) {
    let mut shift = || (chance.unit() * 2.0 - 1.0) * reach;
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    (round(lat + shift()), round(lon + shift()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::geography::Adcode;

    #[test]
    fn every_prefecture_has_one_dealer_and_every_store_lies_in_its_dealers_territory() {
        for shape in [Shape::whole(1), Shape::slice(1), Shape::tiny(1)] {
            let channel = Channel::of(&shape);
            assert_eq!((channel.dealers.len(), channel.stores.len()), (shape.dealers, shape.stores));
            let mut held: Vec<u32> = channel.dealers.iter().flat_map(|dealer| dealer.territory.clone()).collect();
            held.sort_unstable();
            assert_eq!(held, prefectures().iter().map(|place| place.adcode).collect::<Vec<_>>());
            for store in &channel.stores {
                let county = Adcode::try_from(store.adcode).unwrap();
                let prefecture = county.prefecture().as_u32();
                assert!(channel.dealers[store.dealer].territory.contains(&prefecture), "{store:?}");
            }
        }
    }

    #[test]
    fn stores_are_where_people_are() {
        let channel = Channel::of(&Shape::whole(3));
        let people: u64 = PROVINCES.iter().map(|province| u64::from(province.population)).sum();
        for (number, province) in PROVINCES.iter().enumerate() {
            let own = channel.stores.iter().filter(|store| store.province == number).count() as f64;
            let exact = f64::from(province.population) / people as f64 * channel.stores.len() as f64;
            assert!((own - exact).abs() < 1.0, "{}: {own} stores for {exact:.2}", province.number);
        }
    }
}
