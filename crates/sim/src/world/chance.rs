//! Chance of the world: each question has a stream of its own, so that no answer depends on which others were asked.

use crate::random::nth;

/// What is drawn. The numbers are part of the world: a changed one makes another world of the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Dealer = 1,
    Store = 2,
    Assortment = 3,
    Person = 4,
    Weather = 5,
    Visits = 6,
    Clone = 7,
    Invented = 8,
    Diversion = 9,
    Return = 10,
    Events = 11,
    Identifier = 12,
}

/// A stream of chance (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Chance {
    seed: u64,
    taken: u64,
}

impl Chance {
    /// The stream of one question: about the `a`-th thing, at `b`.
    pub(super) const fn of(seed: u64, topic: Topic, a: u64, b: u64) -> Self {
        Self { seed: nth(nth(nth(seed, topic as u64), a), b), taken: 0 }
    }

    /// 64 even bits.
    pub(super) const fn bits(&mut self) -> u64 {
        self.taken += 1;
        nth(self.seed, self.taken)
    }

    /// From 0 up to 1, which it never is.
    pub(super) const fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`, which is not 0. The bias is below bound / 2⁶⁴.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    /// Whether something of this probability happens.
    pub(super) const fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// The standard normal distribution (Box and Muller, 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// The gamma distribution of this shape with mean 1 (Marsaglia and Tsang, 2000; below 1 by their boost).
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        let boost = if shape < 1.0 { (1.0 - self.unit()).powf(1.0 / shape) } else { 1.0 };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return boost * d * v / shape;
            }
        }
    }

    /// The Poisson distribution (Knuth's product of evens), for means of some dozens at most.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

/// Things with weights, to draw from.
#[derive(Debug, Clone)]
pub(super) struct Weighted {
    sums: Vec<f64>,
}

impl Weighted {
    /// Over weights that are not negative, of which one at least is above 0.
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let add = |weight: f64| {
            sum += weight;
            sum
        };
        Self { sums: weights.into_iter().map(add).collect() }
    }

    /// The place of one of them.
    pub(super) fn draw(&self, chance: &mut Chance) -> usize {
        let at = chance.unit() * self.sums.last().copied().unwrap_or(0.0);
        self.sums.partition_point(|sum| *sum <= at).min(self.sums.len().saturating_sub(1))
    }
}

/// `total` things shared out by weights, as whole numbers: largest remainders (Hamilton's method), of equal ones the first.
pub(super) fn shares(total: usize, weights: &[f64], least: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let free = total.saturating_sub(least * weights.len());
    let exact: Vec<f64> = weights.iter().map(|weight| free as f64 * weight / sum).collect();
    let mut given: Vec<usize> = exact.iter().map(|share| share.floor() as usize + least).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()).then(a.cmp(b)));
    let left = total.saturating_sub(given.iter().sum());
    for place in order.into_iter().cycle().take(left) {
        given[place] += 1;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(draw: impl Fn(&mut Chance) -> f64) -> (f64, f64) {
        let mut chance = Chance::of(1, Topic::Person, 2, 3);
        let drawn: Vec<f64> = (0..200_000).map(|_| draw(&mut chance)).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        (mean, variance)
    }

    #[test]
    fn distributions_have_the_mean_and_variance_of_the_textbook() {
        for (name, (mean, variance), expected) in [
            ("even", sample(Chance::unit), (0.5, 1.0 / 12.0)),
            ("normal", sample(Chance::normal), (0.0, 1.0)),
            ("gamma 0.6", sample(|chance| chance.gamma(0.6)), (1.0, 1.0 / 0.6)),
            ("gamma 3", sample(|chance| chance.gamma(3.0)), (1.0, 1.0 / 3.0)),
            ("poisson", sample(|chance| f64::from(chance.poisson(2.5))), (2.5, 2.5)),
        ] {
            // Five standard errors of the mean and of the variance of 200,000 draws, and more for the skew of a gamma.
            assert!((mean - expected.0).abs() < 0.02, "{name}: mean {mean}");
            assert!((variance / expected.1 - 1.0).abs() < 0.05, "{name}: variance {variance}");
        }
    }

    #[test]
    fn shares_are_those_of_largest_remainders() {
        // Hamilton's own example in most textbooks: 10 seats, votes 47, 16, 15.8, 12, 6.1, 3.1 of 100.
        assert_eq!(shares(10, &[47.0, 16.0, 15.8, 12.0, 6.1, 3.1], 0), [5, 2, 1, 1, 1, 0]);
        assert_eq!(shares(5, &[1.0, 0.0, 0.0], 1), [3, 1, 1]);
    }

    #[test]
    fn weights_are_drawn_as_often_as_they_say() {
        let weighted = Weighted::new([1.0, 0.0, 3.0]);
        let mut chance = Chance::of(1, Topic::Store, 0, 0);
        let mut counts = [0_u32; 3];
        for _ in 0..40_000 {
            counts[weighted.draw(&mut chance)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((f64::from(counts[2]) / 30_000.0 - 1.0).abs() < 0.03, "{counts:?}");
    }
}
