//! What the consumer page says, in both languages.

use tallymark_base::geography::Language;
use tallymark_scan::types::Verdict;

/// A sentence in the reader's language.
pub(crate) const fn say(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

/// The language a reader prefers: a stated one, else the first of Accept-Language that we speak, else Chinese.
pub(crate) fn preferred(stated: Option<&str>, accept_language: Option<&str>) -> Language {
    let tags = stated.into_iter().chain(accept_language.unwrap_or("").split(','));
    for tag in tags {
        let tag = tag.trim().to_ascii_lowercase();
        if tag.starts_with("zh") {
            return Language::Chinese;
        }
        if tag.starts_with("en") {
            return Language::English;
        }
    }
    // Someone whose language we do not speak reads English rather than Chinese, but a phone that says nothing is
    // most likely in the brand's home market.
    if accept_language.is_some_and(|tags| !tags.trim().is_empty()) { Language::English } else { Language::Chinese }
}

/// Headline and sentence of a verdict.
pub(crate) fn verdict(language: Language, verdict: Verdict, first: bool) -> (&'static str, &'static str) {
    match (verdict, first) {
        (Verdict::Genuine, true) => (
            say(language, "正品", "Genuine"),
            say(language, "您是第一位查询此码的人。", "You are the first to check this code."),
        ),
        (Verdict::Genuine, false) => (
            say(language, "正品，但已被查询过", "Genuine, but checked before"),
            say(
                language,
                "如果您刚刚才打开包装，请核对首次查询的时间和地点。",
                "If you have only just opened the pack, compare the first check below.",
            ),
        ),
        (Verdict::NotActive, _) => (
            say(language, "此码尚未启用", "This code is not active yet"),
            say(
                language,
                "品牌方尚未开售这件商品，请联系您购买的门店。",
                "The brand has not put this item on sale yet. Ask the store you bought it from.",
            ),
        ),
        (Verdict::Void, _) => (
            say(language, "此码已作废", "This code was withdrawn"),
            say(
                language,
                "请不要使用该商品，并联系您购买的门店。",
                "Please do not use the item, and contact the store you bought it from.",
            ),
        ),
        (Verdict::Recalled, _) => (
            say(language, "品牌方正在召回此商品", "The brand recalls this item"),
            say(language, "请暂停使用，并按以下说明处理。", "Please do not use it, and do as it says below."),
        ),
        (Verdict::Unknown, _) => (
            say(language, "查不到此码", "We do not know this code"),
            say(
                language,
                "它不是本品牌的码，可能是仿冒品，也可能是输错了。",
                "It is not a code of this brand: a copy, or a typing mistake.",
            ),
        ),
        (Verdict::Suspicious, _) => (
            say(language, "请当心：查询次数过多", "Careful: checked too often"),
            say(
                language,
                "码可能被复制。请对照首次查询信息，并联系您购买的门店。",
                "The code may have been copied. Compare the first check and contact the store you bought it from.",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phone_chooses_the_language_and_the_reader_overrules_it() {
        assert_eq!(preferred(None, Some("zh-CN,zh;q=0.9,en;q=0.8")), Language::Chinese);
        assert_eq!(preferred(None, Some("en-GB,en;q=0.9,zh;q=0.8")), Language::English);
        assert_eq!(preferred(None, Some("fr-FR,en;q=0.5")), Language::English);
        assert_eq!(preferred(None, Some("ja-JP")), Language::English);
        assert_eq!(preferred(None, None), Language::Chinese);
        assert_eq!(preferred(Some("en"), Some("zh-CN")), Language::English);
    }
}
