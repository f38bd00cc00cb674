//! A mapping of a list of codes from the names of columns that printing houses and makers of caps write.

use tallymark_tables::Header;

use super::bare;
use super::operations::CODES;
use crate::mapping::CodesMapping;

/// What the columns of a list seem to mean.
pub(crate) fn codes(header: &Header) -> (CodesMapping, Vec<String>) {
    let mut mapping = CodesMapping::default();
    let mut left_out = Vec::new();
    for column in header.names().iter().filter(|name| !name.is_empty()).cloned() {
        let bare = bare(&column);
        let knows = |names: &[&str]| names.contains(&bare.as_str());
        let [items, boxes, cases, any, pallets] = CODES;
        let slot = if knows(&INNER) {
            &mut mapping.inner
        } else if knows(items) || knows(any) || knows(&OUTER) {
            &mut mapping.item
        } else if knows(boxes) {
            &mut mapping.boxes
        } else if knows(cases) {
            &mut mapping.case
        } else if knows(pallets) {
            &mut mapping.pallet
        } else {
            left_out.push(column);
            continue;
        };
        match slot {
            None => *slot = Some(column),
            Some(_) => left_out.push(column),
        }
    }
    // A file of one column can mean nothing else.
    let is_meant = mapping.columns().next().is_some();
    if let ([only], false) = (header.names(), is_meant) {
        mapping.item = Some(only.clone());
        left_out.clear();
    }
    (mapping, left_out)
}

/// Codes outside.
const OUTER: [&str; 10] = ["外码", "明码", "瓶身码", "二维码", "数码", "链接", "网址", "qrcode", "url", "link"];

/// Codes inside.
const INNER: [&str; 11] =
    ["内码", "盖内码", "暗码", "刮刮码", "防伪码", "兑奖码", "验证码", "inner", "scratchcode", "cap", "capcode"];
