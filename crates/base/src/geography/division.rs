//! The table of divisions, `data/adcode.tsv`, and their names.

use std::sync::LazyLock;

use super::{Adcode, Level};

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Division {
    /// Its GB/T 2260 code.
    pub adcode: Adcode,
    /// Its own Chinese name, without those above it: 西湖区.
    pub name_zh: &'static str,
    /// Latitude of its seat in degrees, within a few kilometres. A group without a seat has its province's.
    pub lat: f64,
    /// Longitude of its seat in degrees.
    pub lon: f64,
}

/// The language of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

/// Every division from province to county, by ascending code.
pub fn divisions() -> &'static [Division] {
    &DIVISIONS
}

/// The division with this code; `None` when the table has none, as for the country and for abolished codes.
pub fn division(adcode: Adcode) -> Option<&'static Division> {
    let row = DIVISIONS.binary_search_by_key(&adcode, |division| division.adcode).ok()?;
    DIVISIONS.get(row)
}

/// The name as it stands in an address, from the province down: 浙江省杭州市西湖区, 重庆市忠县, 湖北省仙桃市.
///
/// In English only the province is named, "Zhejiang", whatever the level: there is no table of the English names below.
/// `None` when the table does not have the code.
pub fn name_path(adcode: Adcode, language: Language) -> Option<String> {
    if adcode == Adcode::CHINA {
        return Some(if language == Language::Chinese { "中国" } else { "China" }.to_owned());
    }
    let own = division(adcode)?;
    match language {
        Language::English => province_name_en(adcode).map(str::to_owned),
        Language::Chinese => {
            let mut path = division(adcode.province())?.name_zh.to_owned();
            if adcode.level() == Level::County {
                let prefecture = division(adcode.prefecture())?;
                // An address leaves out the groups that only hold counties together.
                if !GROUPS.contains(&prefecture.name_zh) {
                    path.push_str(prefecture.name_zh);
                }
            }
            if adcode.level() != Level::Province {
                path.push_str(own.name_zh);
            }
            Some(path)
        }
    }
}

/// Names of second-level rows that are no place of their own (GB/T 2260).
const GROUPS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

static DIVISIONS: LazyLock<Vec<Division>> = LazyLock::new(|| {
    rows(include_str!("../../data/adcode.tsv"))
        .map(|[adcode, name_zh, lat, lon]| Division {
            adcode: adcode.parse().expect("the shipped table has six-digit codes"),
            name_zh,
            lat: lat.parse().expect("the shipped table has latitudes"),
            lon: lon.parse().expect("the shipped table has longitudes"),
        })
        .collect()
});

/// The rows of a shipped table of four tab-separated columns, comments left out.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.split('\t');
        std::array::from_fn(|_| columns.next().expect("a shipped table has four columns"))
    })
}

/// The English name of the code's province, as the government's English sites spell it.
fn province_name_en(adcode: Adcode) -> Option<&'static str> {
    Some(match adcode.province().as_u32() / 10_000 {
        11 => "Beijing",
        12 => "Tianjin",
        13 => "Hebei",
        14 => "Shanxi",
        15 => "Inner Mongolia",
        21 => "Liaoning",
        22 => "Jilin",
        23 => "Heilongjiang",
        31 => "Shanghai",
        32 => "Jiangsu",
        33 => "Zhejiang",
        34 => "Anhui",
        35 => "Fujian",
        36 => "Jiangxi",
        37 => "Shandong",
        41 => "Henan",
        42 => "Hubei",
        43 => "Hunan",
        44 => "Guangdong",
        45 => "Guangxi",
        46 => "Hainan",
        50 => "Chongqing",
        51 => "Sichuan",
        52 => "Guizhou",
        53 => "Yunnan",
        54 => "Xizang",
        61 => "Shaanxi",
        62 => "Gansu",
        63 => "Qinghai",
        64 => "Ningxia",
        65 => "Xinjiang",
        71 => "Taiwan",
        81 => "Hong Kong",
        82 => "Macao",
        _ => return None,
    })
}
