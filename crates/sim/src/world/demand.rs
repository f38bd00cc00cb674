//! How the weather moves demand: a cold or wet day keeps people at home, and one such day follows another.

use super::calendar;
use super::chance::{Chance, Topic};
use super::goods::{Kind, Product};
use super::places::PROVINCES;
use super::shape::Shape;

/// How much of a day's weather stays for the next: daily temperature anomalies correlate by about 0.7.
const PERSISTENCE: f64 = 0.7;
/// How much demand follows the weather: one standard deviation is 7 %.
const SENSITIVITY: f64 = 0.07;

/// Factors of demand by day and province.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    anomalies: Vec<[f64; PROVINCES.len()]>,
}

impl Demand {
    /// The weather of a world: for each province an autoregressive process of order 1 with variance 1.
    pub(super) fn of(shape: &Shape) -> Self {
        let mut anomalies: Vec<[f64; PROVINCES.len()]> = Vec::new();
        for day in 0..shape.days {
            let before = anomalies.last().copied();
            let own = std::array::from_fn(|province| {
                let mut chance = Chance::of(shape.seed, Topic::Weather, u64::from(day), province as u64);
                let news = chance.normal();
                before.map_or(news, |before| {
                    PERSISTENCE * before[province] + (1.0 - PERSISTENCE * PERSISTENCE).sqrt() * news
                })
            });
            anomalies.push(own);
        }
        Self { anomalies }
    }

    /// How much warmer than usual it is, in standard deviations.
    pub(super) fn anomaly(&self, day: u32, province: usize) -> f64 {
        self.anomalies[day as usize][province]
    }

    /// How much is bought, in comparison with a working day of usual weather.
    pub(super) fn factor(&self, shape: &Shape, day: u32, province: usize) -> f64 {
        calendar::demand(shape.day(day)) * (SENSITIVITY * self.anomaly(day, province)).exp()
    }

    /// How a product does against others on a day: the festival sells families' bottles, warm days water and soda.
    pub(super) fn taste(&self, shape: &Shape, product: &Product, day: u32, province: usize) -> f64 {
        let festive = if calendar::is_festive(shape.day(day)) { product.festive } else { 1.0 };
        let warmth = match product.kind {
            Kind::Water | Kind::Soda | Kind::Energy => 0.12,
            Kind::Tea | Kind::Juice => 0.0,
            Kind::Milk | Kind::Coffee => -0.10,
        };
        product.weight * festive * (warmth * self.anomaly(day, province)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_has_variance_one_and_remembers_the_day_before() {
        let demand = Demand::of(&Shape { days: 2_000, ..Shape::whole(5) });
        let (mut square, mut product, mut count) = (0.0, 0.0, 0.0);
        for province in 0..PROVINCES.len() {
            for day in 1..2_000 {
                let (today, before) = (demand.anomaly(day, province), demand.anomaly(day - 1, province));
                square += today * today;
                product += today * before;
                count += 1.0;
            }
        }
        // 62,000 days: standard errors below 0.01.
        assert!((square / count - 1.0).abs() < 0.04, "{}", square / count);
        assert!((product / count - PERSISTENCE).abs() < 0.04, "{}", product / count);
    }
}
