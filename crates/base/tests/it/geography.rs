//! Promises of `geography`. Expected codes are those of the Ministry of Civil Affairs' list; positions are those of
//! well-known places; distances come from the haversine formula over the shipped tables, read here a second time.

use std::sync::LazyLock;

use proptest::prelude::*;
use tallymark_base::geography::{Adcode, AdcodeError, Language, Level, division, divisions, name_path, nearest_county};

fn code(text: &str) -> Adcode {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn nearest(latitude: f64, longitude: f64) -> Option<String> {
    nearest_county(latitude, longitude).map(|adcode| adcode.to_string())
}

#[test]
fn a_code_contains_itself_and_what_lies_in_it_and_nothing_else() {
    for (outer, inner, expected) in [
        ("100000", "330106", true),
        ("100000", "100000", true),
        ("330000", "330000", true),
        ("330000", "330106", true),
        ("330100", "330106", true),
        ("330106", "330106", true),
        ("330106", "330100", false),
        ("330100", "330000", false),
        ("330000", "100000", false),
        ("330100", "330206", false),
        ("330000", "340106", false),
        ("429000", "429004", true),
        ("420000", "429004", true),
        ("441900", "441900", true),
    ] {
        assert_eq!(code(outer).contains(code(inner)), expected, "{outer} contains {inner}");
    }
}

#[test]
fn a_code_tells_its_level_and_the_codes_above_it() {
    let west_lake = code("330106");
    assert_eq!(west_lake.prefecture(), code("330100"));
    assert_eq!(west_lake.province(), code("330000"));
    assert_eq!(west_lake.level(), Level::County);
    assert_eq!(west_lake.prefecture().level(), Level::Prefecture);
    assert_eq!(west_lake.province().level(), Level::Province);
    assert_eq!(Adcode::CHINA.level(), Level::Country);
}

#[test]
fn a_code_is_a_json_string_of_six_digits() {
    assert_eq!(serde_json::to_string(&code("330106")).unwrap(), "\"330106\"");
    assert_eq!(serde_json::from_str::<Adcode>("\"330106\"").unwrap(), code("330106"));
    assert!(serde_json::from_str::<Adcode>("330106").is_err());
}

#[test]
fn what_is_not_six_digits_from_100000_on_is_refused_with_the_value() {
    for text in ["", "33010", "3301060", "+33010", "33010a", "３３０１０６", " 330106"] {
        assert_eq!(text.parse::<Adcode>(), Err(AdcodeError::NotSixDigits(text.to_owned())));
    }
    assert_eq!("099999".parse::<Adcode>(), Err(AdcodeError::OutOfRange(99_999)));
    assert_eq!(Adcode::try_from(1_000_000), Err(AdcodeError::OutOfRange(1_000_000)));
    assert!(AdcodeError::NotSixDigits("x".to_owned()).to_string().contains("\"x\""));
}

#[test]
fn the_table_is_sorted_without_duplicates_complete_upwards_and_inside_china() {
    assert!(divisions().is_sorted_by(|a, b| a.adcode < b.adcode));
    let provinces = divisions().iter().filter(|division| division.adcode.level() == Level::Province);
    assert_eq!(provinces.count(), 34);
    for row in divisions() {
        assert!(division(row.adcode.province()).is_some(), "{row:?}");
        assert!(division(row.adcode.prefecture()).is_some(), "{row:?}");
        // From the Nansha islands to Mohe, from Kashgar to Fuyuan.
        assert!((3.0..54.0).contains(&row.lat) && (73.0..136.0).contains(&row.lon), "{row:?}");
    }
}

#[test]
fn a_name_path_reads_as_in_an_address() {
    for (text, zh, en) in [
        ("100000", "中国", "China"),
        ("330000", "浙江省", "Zhejiang"),
        ("330100", "浙江省杭州市", "Zhejiang"),
        ("330106", "浙江省杭州市西湖区", "Zhejiang"),
        ("110101", "北京市东城区", "Beijing"),
        ("500233", "重庆市忠县", "Chongqing"),
        ("429004", "湖北省仙桃市", "Hubei"),
        ("659001", "新疆维吾尔自治区石河子市", "Xinjiang"),
        ("441900", "广东省东莞市", "Guangdong"),
        ("810000", "香港特别行政区", "Hong Kong"),
    ] {
        assert_eq!(name_path(code(text), Language::Chinese).as_deref(), Some(zh));
        assert_eq!(name_path(code(text), Language::English).as_deref(), Some(en));
    }
    // 下城区 was merged into 拱墅区 in 2021.
    assert_eq!(name_path(code("330103"), Language::Chinese), None);
    assert_eq!(division(code("330103")), None);
}

#[test]
fn every_province_has_an_english_name() {
    for row in divisions() {
        assert!(name_path(row.adcode, Language::English).is_some(), "{row:?}");
    }
}

#[test]
fn well_known_places_are_in_their_county() {
    for (place, latitude, longitude, expected) in [
        ("West Lake, Hangzhou", 30.25, 120.13, "330106"),
        // Tian'anmen stands on the line between Dongcheng and Xicheng; by the table Dongcheng's seat is nearer.
        ("Tian'anmen, Beijing", 39.9087, 116.3975, "110101"),
        ("the Bund, Shanghai", 31.2397, 121.4900, "310101"),
        ("Potala, Lhasa", 29.6578, 91.1170, "540102"),
        ("Id Kah mosque, Kashgar", 39.4726, 75.9846, "653101"),
        ("Mohe", 52.97, 122.53, "232701"),
        ("Xiantao, governed by the province", 30.37, 113.45, "429004"),
        ("Shihezi, governed by the region", 44.3054, 86.0780, "659001"),
        ("Wuzhishan, governed by the province", 18.7752, 109.5170, "469001"),
        ("Dongguan, without districts", 23.02, 113.75, "441900"),
        ("Humen town, Dongguan, nearer to Nansha's seat than to the city's", 22.815, 113.673, "441900"),
        ("Zhongshan, without districts", 22.517, 113.39, "442000"),
        ("Danzhou, without districts", 19.52, 109.58, "460400"),
        ("Jiayuguan, without districts", 39.80, 98.27, "620200"),
        ("Sheung Shui, Hong Kong", 22.507, 114.128, "810000"),
        ("ruins of St Paul's, Macau", 22.1975, 113.5409, "820000"),
        ("Kaohsiung, Taiwan", 22.62, 120.30, "710000"),
        ("Yongxing island, Xisha", 16.834, 112.338, "460302"),
    ] {
        assert_eq!(nearest(latitude, longitude).as_deref(), Some(expected), "{place}");
    }
}

#[test]
fn far_from_china_there_is_no_county() {
    for (place, latitude, longitude) in [
        ("Tokyo", 35.68, 139.76),
        ("Seoul", 37.57, 126.98),
        ("Manila", 14.60, 120.98),
        ("Delhi", 28.61, 77.21),
        ("the Pacific", 20.0, 150.0),
        ("where a phone without a fix says it is", 0.0, 0.0),
        ("the south pole", -90.0, 0.0),
        ("the date line", 0.0, -180.0),
    ] {
        assert_eq!(nearest(latitude, longitude), None, "{place}");
    }
}

#[test]
fn an_impossible_position_has_no_county() {
    for (latitude, longitude) in
        [(f64::NAN, 120.0), (30.0, f64::NAN), (f64::INFINITY, 120.0), (90.1, 120.0), (30.0, 180.1), (120.13, 30.25)]
    {
        assert_eq!(nearest(latitude, longitude), None, "{latitude}, {longitude}");
    }
}

/// Great-circle distance in kilometres by the haversine formula, mean Earth radius 6371.0088 km.
fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half_lat = (b.0 - a.0).to_radians() / 2.0;
    let half_lon = (b.1 - a.1).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + a.0.to_radians().cos() * b.0.to_radians().cos() * half_lon.sin().powi(2);
    2.0 * 6371.0088 * h.sqrt().asin()
}

/// Every position that stands for a lowest-level division, from the files.
static SEATS: LazyLock<Vec<(String, (f64, f64))>> = LazyLock::new(|| {
    fn fields(table: &str) -> Vec<Vec<&str>> {
        table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect()
    }
    let whole = ["441900", "442000", "460400", "620200", "710000", "810000", "820000"];
    let table = fields(include_str!("../../data/adcode.tsv"));
    let towns = fields(include_str!("../../data/towns.tsv"));
    let of_table = table
        .iter()
        .filter(|row| !row[0].ends_with("00") || whole.contains(&row[0]))
        .map(|row| (row[0], row[2], row[3]));
    of_table
        .chain(towns.iter().map(|row| (row[0], row[1], row[2])))
        .map(|(adcode, lat, lon)| (adcode.to_owned(), (lat.parse().unwrap(), lon.parse().unwrap())))
        .collect()
});

proptest! {
    #[test]
    fn the_nearest_county_is_the_one_a_search_of_the_whole_table_finds(
        latitude in 0.0..60.0_f64,
        longitude in 68.0..142.0_f64,
    ) {
        let place = (latitude, longitude);
        let mut by_distance: Vec<_> =
            SEATS.iter().map(|(adcode, seat)| (haversine_km(place, *seat), adcode)).collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (distance_km, expected) = &by_distance[0];
        // A metre's doubt at the limit and between two seats is left to the arithmetic.
        prop_assume!((distance_km - 300.0).abs() > 0.001 && by_distance[1].0 - distance_km > 0.001);
        let expected = (*distance_km < 300.0).then(|| (*expected).clone());
        prop_assert_eq!(nearest(latitude, longitude), expected);
    }

    #[test]
    fn a_code_survives_its_text(number in 100_000_u32..=999_999) {
        let adcode = Adcode::try_from(number).unwrap();
        prop_assert_eq!(adcode.to_string().parse::<Adcode>().unwrap(), adcode);
        prop_assert!(adcode.province().contains(adcode) && adcode.prefecture().contains(adcode));
    }
}
