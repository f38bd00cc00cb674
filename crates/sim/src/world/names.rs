//! Names such as dealers and stores have; none is meant to be a real one's.

use super::chance::Chance;
use super::places::short_name;

const LUCKY: [&str; 28] = [
    "恒丰", "鑫源", "永盛", "华泰", "隆兴", "德润", "嘉禾", "瑞和", "金穗", "泰和", "宏远", "顺达", "百盛", "万通",
    "广聚", "福满", "同心", "三江", "惠民", "新天", "长青", "乐家", "旺角", "晨光", "向阳", "锦程", "四季", "吉祥",
];
const DEALERS: [&str; 4] = ["商贸有限公司", "饮品经营部", "食品贸易有限公司", "供应链有限公司"];
const STORES: [&str; 8] = ["便利店", "超市", "烟酒店", "食品店", "生活超市", "小卖部", "副食店", "生鲜店"];

/// The name of a dealer in a prefecture.
pub(super) fn dealer(prefecture: u32, chance: &mut Chance) -> String {
    let place = short_name(prefecture);
    // Groups of counties are no name.
    let place = if place.contains("辖") || place == "县" { short_name(prefecture / 10_000 * 10_000) } else { place };
    format!("{place}{}{}", pick(&LUCKY, chance), pick(&DEALERS, chance))
}

/// The name of a store in a county.
pub(super) fn store(county: u32, chance: &mut Chance) -> String {
    format!("{}{}{}", short_name(county), pick(&LUCKY, chance), pick(&STORES, chance))
}

fn pick(names: &[&'static str], chance: &mut Chance) -> &'static str {
    names[chance.below(names.len() as u64) as usize]
}
