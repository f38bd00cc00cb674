//! One spelling for what is written in many ways: width, case, accents, punctuation, spaces, suffixes of places, dates.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::CHARS_MAX;

/// Traditional characters that are common in names and addresses with their simplified forms, ascending (Unihan,
/// kSimplifiedVariant). Those that stand for several simplified ones are left out.
const SIMPLIFIED: [(char, char); 131] = [
    ('偉', '伟'),
    ('傑', '杰'),
    ('別', '别'),
    ('劉', '刘'),
    ('勝', '胜'),
    ('區', '区'),
    ('吳', '吴'),
    ('呂', '吕'),
    ('單', '单'),
    ('嚴', '严'),
    ('國', '国'),
    ('園', '园'),
    ('夢', '梦'),
    ('婁', '娄'),
    ('嬌', '娇'),
    ('孫', '孙'),
    ('學', '学'),
    ('實', '实'),
    ('寧', '宁'),
    ('寶', '宝'),
    ('層', '层'),
    ('島', '岛'),
    ('嶺', '岭'),
    ('廣', '广'),
    ('張', '张'),
    ('強', '强'),
    ('愛', '爱'),
    ('慶', '庆'),
    ('時', '时'),
    ('曉', '晓'),
    ('書', '书'),
    ('東', '东'),
    ('棟', '栋'),
    ('楊', '杨'),
    ('業', '业'),
    ('榮', '荣'),
    ('樓', '楼'),
    ('橋', '桥'),
    ('權', '权'),
    ('歐', '欧'),
    ('溫', '温'),
    ('漢', '汉'),
    ('潔', '洁'),
    ('澤', '泽'),
    ('濟', '济'),
    ('濱', '滨'),
    ('瀋', '沈'),
    ('灣', '湾'),
    ('無', '无'),
    ('爾', '尔'),
    ('瓊', '琼'),
    ('盧', '卢'),
    ('穎', '颖'),
    ('競', '竞'),
    ('紅', '红'),
    ('純', '纯'),
    ('紹', '绍'),
    ('維', '维'),
    ('綺', '绮'),
    ('緒', '绪'),
    ('練', '练'),
    ('縣', '县'),
    ('羅', '罗'),
    ('義', '义'),
    ('聯', '联'),
    ('臺', '台'),
    ('興', '兴'),
    ('艷', '艳'),
    ('莊', '庄'),
    ('華', '华'),
    ('萬', '万'),
    ('葉', '叶'),
    ('蕭', '萧'),
    ('蘇', '苏'),
    ('蘭', '兰'),
    ('號', '号'),
    ('許', '许'),
    ('詩', '诗'),
    ('語', '语'),
    ('謝', '谢'),
    ('譚', '谭'),
    ('貴', '贵'),
    ('賀', '贺'),
    ('賈', '贾'),
    ('賢', '贤'),
    ('趙', '赵'),
    ('車', '车'),
    ('軍', '军'),
    ('輝', '辉'),
    ('連', '连'),
    ('進', '进'),
    ('遼', '辽'),
    ('鄉', '乡'),
    ('鄒', '邹'),
    ('鄧', '邓'),
    ('鄭', '郑'),
    ('銀', '银'),
    ('銘', '铭'),
    ('鋒', '锋'),
    ('鋼', '钢'),
    ('錢', '钱'),
    ('錫', '锡'),
    ('鍾', '钟'),
    ('鎮', '镇'),
    ('鐵', '铁'),
    ('長', '长'),
    ('門', '门'),
    ('開', '开'),
    ('閻', '阎'),
    ('關', '关'),
    ('陳', '陈'),
    ('陸', '陆'),
    ('陽', '阳'),
    ('雲', '云'),
    ('靜', '静'),
    ('韋', '韦'),
    ('韓', '韩'),
    ('顧', '顾'),
    ('飛', '飞'),
    ('馬', '马'),
    ('馮', '冯'),
    ('體', '体'),
    ('鳳', '凤'),
    ('鴻', '鸿'),
    ('鵬', '鹏'),
    ('麗', '丽'),
    ('黃', '黄'),
    ('齊', '齐'),
    ('齡', '龄'),
    ('龍', '龙'),
    ('龔', '龚'),
];

/// Chinese surnames of two characters that are in common use.
const DOUBLE_SURNAMES: [&str; 15] = [
    "欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方", "司徒", "夏侯", "端木", "宇文",
    "长孙",
];

/// Chinese surnames of one character that are in common use.
const COMMON_SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈\
    姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤";

/// How a province, city or district may end, longest first: the ending says what kind of place it is, and is often left out.
const PLACE_SUFFIXES: [&str; 18] = [
    "维吾尔自治区",
    "特别行政区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "自治县",
    "街道",
    "地区",
    "省",
    "市",
    "区",
    "县",
    "镇",
    "乡",
    "盟",
    "旗",
    "州",
];

/// The endings that may stand inside a Chinese address.
const INNER_SUFFIXES: [char; 4] = ['省', '市', '区', '县'];

/// What makes such a character part of another word: an estate, a park, a supermarket.
const NO_PLACES_BEFORE: [char; 11] = ['小', '社', '园', '校', '景', '片', '厂', '矿', '超', '城', '住'];

/// Words of one text in one width and case, without accents and punctuation, the most usual Chinese characters in their
/// simplified form, one space between words and none beside Chinese characters; at most [`CHARS_MAX`] characters.
pub fn folded(text: &str) -> String {
    let mut all = String::new();
    let mut gap = false;
    let mut length = 0;
    for character in text.nfkd().filter(|c| !is_combining_mark(*c)).nfc().flat_map(char::to_lowercase) {
        // Apostrophes join (o'brien), everything else that is no letter or digit parts words.
        if matches!(character, '\'' | '’' | '‘' | '`' | 'ʼ') {
            continue;
        }
        if !character.is_alphanumeric() {
            gap = true;
            continue;
        }
        let character = if is_han(character) { simplified(character) } else { character };
        let beside_han = is_han(character) || all.chars().next_back().is_some_and(is_han);
        let spaced = gap && !all.is_empty() && !beside_han;
        if length + 1 + usize::from(spaced) > CHARS_MAX {
            break;
        }
        if spaced {
            all.push(' ');
        }
        all.push(character);
        length += 1 + usize::from(spaced);
        gap = false;
    }
    all
}

fn simplified(character: char) -> char {
    SIMPLIFIED.binary_search_by_key(&character, |(from, _)| *from).map_or(character, |place| SIMPLIFIED[place].1)
}

/// Whether the character is a Chinese one.
pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// A folded text without its spaces: a space is the character that is most easily lost or added.
pub(crate) fn joined(text: &str) -> String {
    folded(text).replace(' ', "")
}

/// A place without the word for what kind of place it is: `广东省` and `广东` are one, and so are `新疆维吾尔自治区` and `新疆`.
pub fn place(text: &str) -> String {
    let all = joined(text);
    for suffix in PLACE_SUFFIXES {
        if let Some(stem) = all.strip_suffix(suffix)
            && stem.chars().count() >= 2
            && stem.chars().all(is_han)
        {
            return stem.to_owned();
        }
    }
    all
}

/// A Chinese address in its parts; of any other address only the street.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The province, without the word for it; empty where the line does not name one.
    pub province: String,
    /// The city (`市`), without the word for it; empty where the line does not name one.
    pub city: String,
    /// The district or county, or else the city, without the word for it.
    pub district: String,
    /// What follows.
    pub street: String,
}

/// Divides an address line. In a Chinese one, province, city and district end with a word for what they are (`广东省深圳市南山区科技路`);
/// what stands before the last of these words says where the street is, and what follows which street it is.
pub fn address(text: &str) -> Address {
    let line: Vec<char> = joined(text).chars().collect();
    let mut parts = Address::default();
    let mut start = 0;
    for (i, character) in line.iter().enumerate() {
        let ends = INNER_SUFFIXES.contains(character)
            && i >= start + 2
            && line[start..i].iter().all(|c| is_han(*c))
            && !NO_PLACES_BEFORE.contains(&line[i - 1]);
        if !ends {
            continue;
        }
        let name: String = line[start..i].iter().collect();
        match character {
            '省' => parts.province = name,
            // A city may lie in a city (`苏州市昆山市`): the first is the one that others name as well.
            '市' if parts.city.is_empty() => {
                parts.city.clone_from(&name);
                parts.district = name;
            }
            _ => parts.district = name,
        }
        start = i + 1;
    }
    parts.street = line[start..].iter().collect();
    parts
}

/// The street without the names of places that stand before it, when the record names them in fields of their own.
pub(crate) fn without_places<'s>(mut street: &'s str, places: &[&str]) -> &'s str {
    if street.chars().next().is_some_and(is_han) {
        for place in places.iter().filter(|place| !place.is_empty()) {
            street = street.strip_prefix(place).filter(|rest| !rest.is_empty()).unwrap_or(street);
        }
    }
    street
}

/// The number of a house: no spaces, no leading zeros, no word for number.
pub(crate) fn number(text: &str) -> String {
    let all = joined(text);
    let stem = all.trim_start_matches("no").trim_end_matches(['号', '室', '弄']);
    stem.trim_start_matches('0').to_owned()
}

/// A given name and a surname. A Chinese full name that stands in one field alone is split: two characters for a surname that
/// is known to have two, otherwise one. A name of two characters is split only after a common surname, since it may as well
/// be a given name.
pub fn names(given: &str, surname: &str) -> (String, String) {
    let (given, surname) = (joined(given), joined(surname));
    let whole = match (given.is_empty(), surname.is_empty()) {
        (false, true) => &given,
        (true, false) => &surname,
        _ => return (given, surname),
    };
    let characters: Vec<char> = whole.chars().collect();
    let beginning = if DOUBLE_SURNAMES.iter().any(|double| whole.starts_with(double)) { 2 } else { 1 };
    let full = characters.len() > 2 || characters.first().is_some_and(|first| COMMON_SURNAMES.contains(*first));
    if !full || characters.len() <= beginning || !characters.iter().all(|c| is_han(*c)) {
        return (given, surname);
    }
    (characters[beginning..].iter().collect(), characters[..beginning].iter().collect())
}

/// The digits of a telephone number without the prefix of China or zeros that lead out of a country or a town.
pub(crate) fn phone(text: &str) -> String {
    let digits: String = text.nfkc().filter(char::is_ascii_digit).take(CHARS_MAX).collect();
    let short = digits.trim_start_matches('0');
    match short.strip_prefix("86") {
        Some(rest) if rest.len() == 11 => rest.to_owned(),
        _ => short.to_owned(),
    }
}

/// An address of mail in one width and case.
pub(crate) fn email(text: &str) -> String {
    let all = text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace());
    all.take(CHARS_MAX).collect()
}

/// A date as `yyyymmdd`, or a year as `yyyy`. Four digits at the end of three parts are the year, and the day comes first.
/// Digits that are no date stay (`19561932`, or one digit too many or too few): a wrong digit leaves the others right. `None`
/// when nothing can be read.
pub fn date(text: &str) -> Option<String> {
    let plain: String = text.nfkc().collect();
    let parts: Vec<&str> = plain.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let padded = |year: &str, month: &str, day: &str| {
        (month.len() <= 2 && day.len() <= 2).then(|| format!("{year}{month:0>2}{day:0>2}"))
    };
    match parts[..] {
        [whole] if matches!(whole.len(), 4 | 7..=9) => Some(whole.to_owned()),
        [year, month, day, ..] if year.len() == 4 => padded(year, month, day),
        [day, month, year, ..] if year.len() == 4 => padded(year, month, day),
        [year, _] if year.len() == 4 => Some(year.to_owned()),
        _ => None,
    }
}
