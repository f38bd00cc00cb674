//! Where people live and where stores are.

use tallymark_base::geography::{Adcode, Level, division, divisions};

/// A province: its number in GB/T 2260, and its people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Province {
    pub(super) number: u32,
    pub(super) population: u32,
}

/// The 31 provinces with their people of 1 November 2020: National Bureau of Statistics of China, Communiqué of the
/// Seventh National Population Census (No. 3), table 3-1. Servicemen are counted for no province.
pub(super) const PROVINCES: [Province; 31] = [
    of(11, 21_893_095),
    of(12, 13_866_009),
    of(13, 74_610_235),
    of(14, 34_915_616),
    of(15, 24_049_155),
    of(21, 42_591_407),
    of(22, 24_073_453),
    of(23, 31_850_088),
    of(31, 24_870_895),
    of(32, 84_748_016),
    of(33, 64_567_588),
    of(34, 61_027_171),
    of(35, 41_540_086),
    of(36, 45_188_635),
    of(37, 101_527_453),
    of(41, 99_365_519),
    of(42, 57_752_557),
    of(43, 66_444_864),
    of(44, 126_012_510),
    of(45, 50_126_804),
    of(46, 10_081_232),
    of(50, 32_054_159),
    of(51, 83_674_866),
    of(52, 38_562_148),
    of(53, 47_209_277),
    of(54, 3_648_100),
    of(61, 39_528_999),
    of(62, 25_019_831),
    of(63, 5_923_957),
    of(64, 7_202_654),
    of(65, 25_852_345),
];

/// The sales regions that Chinese consumer goods firms mostly use, with the numbers of their provinces.
pub(super) const REGIONS: [(&str, &[u32]); 7] = [
    ("华北大区", &[11, 12, 13, 14, 15]),
    ("东北大区", &[21, 22, 23]),
    ("华东大区", &[31, 32, 33, 34, 37]),
    ("华南大区", &[35, 44, 45, 46]),
    ("华中大区", &[36, 41, 42, 43]),
    ("西南大区", &[50, 51, 52, 53, 54]),
    ("西北大区", &[61, 62, 63, 64, 65]),
];

const fn of(number: u32, population: u32) -> Province {
    Province { number, population }
}

impl Province {
    /// Its code.
    pub(super) const fn adcode(self) -> u32 {
        self.number * 10_000
    }
}

/// A prefecture: its code, its province as a place in [`PROVINCES`], its share of the people, its counties.
#[derive(Debug, Clone)]
pub(super) struct Prefecture {
    pub(super) adcode: u32,
    pub(super) province: usize,
    pub(super) weight: f64,
    pub(super) counties: Vec<u32>,
}

/// Every prefecture that has counties, by code. Of a province's people the first, which is its capital, has most: a
/// prefecture's share goes with the inverse of the root of its place.
pub(super) fn prefectures() -> Vec<Prefecture> {
    let mut found: Vec<Prefecture> = Vec::new();
    for county in divisions().iter().filter(|division| division.adcode.level() == Level::County) {
        let adcode = county.adcode.prefecture().as_u32();
        let Some(province) = PROVINCES.iter().position(|own| own.number == adcode / 10_000) else { continue };
        // Islands that nobody sells drinks on.
        if county.name_zh.ends_with("群岛")
            || county.name_zh == "西沙区"
            || county.name_zh == "南沙区" && adcode == 460_300
        {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.adcode == adcode => last.counties.push(county.adcode.as_u32()),
            _ => {
                found.push(Prefecture { adcode, province, weight: 0.0, counties: vec![county.adcode.as_u32()] });
            }
        }
    }
    for (number, province) in PROVINCES.iter().enumerate() {
        let own: Vec<usize> = (0..found.len()).filter(|place| found[*place].province == number).collect();
        let share = |rank: usize| 1.0 / ((rank + 1) as f64).sqrt();
        let sum: f64 = (0..own.len()).map(share).sum();
        for (rank, place) in own.into_iter().enumerate() {
            found[place].weight = f64::from(province.population) * share(rank) / sum;
        }
    }
    found
}

/// The seat of a county, in degrees north and east.
pub(super) fn seat(adcode: u32) -> (f64, f64) {
    let place = Adcode::try_from(adcode).ok().and_then(division);
    place.map_or((0.0, 0.0), |division| (division.lat, division.lon))
}

/// The own name of a division, without what it is: 杭州 of 杭州市.
pub(super) fn short_name(adcode: u32) -> &'static str {
    let found = Adcode::try_from(adcode).ok().and_then(division);
    let name = found.map_or("", |division| division.name_zh);
    let short = ["自治州", "地区", "市", "盟", "区", "县"].into_iter().find_map(|end| name.strip_suffix(end));
    short.filter(|short| short.chars().count() >= 2).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provinces_add_up_to_what_the_census_says() {
        // 1,411,778,724 people in the communiqué's first line, of which 2,000,000 servicemen.
        let sum: u64 = PROVINCES.iter().map(|province| u64::from(province.population)).sum();
        assert_eq!(sum, 1_411_778_724 - 2_000_000);
        let mut regional: Vec<u32> = REGIONS.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        regional.sort_unstable();
        assert_eq!(regional, PROVINCES.map(|province| province.number));
    }

    #[test]
    fn every_province_has_prefectures_that_hold_its_people() {
        let all = prefectures();
        for (number, province) in PROVINCES.iter().enumerate() {
            let own: f64 = all.iter().filter(|place| place.province == number).map(|place| place.weight).sum();
            assert!((own - f64::from(province.population)).abs() < 1.0, "{}", province.number);
        }
        assert!(all.iter().all(|place| place.counties.iter().all(|county| seat(*county) != (0.0, 0.0))));
        assert_eq!((short_name(330_100), short_name(330_106)), ("杭州", "西湖"));
    }
}
