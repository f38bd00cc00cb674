//! The table against the dictionary it was taken from, identifier by identifier.

use std::collections::BTreeMap;

use tallymark_codes::gs1::{Ai, CharacterSet, Component, Definition, Linter, definitions};

/// What a definition says, in the words of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    flags: String,
    components: String,
    requires: Vec<String>,
    excludes: Vec<String>,
    key: Option<String>,
}

fn identifiers(first: &str, last: &str) -> impl Iterator<Item = String> {
    let width = first.len();
    let number = |text: &str| text.parse::<u32>().expect("digits");
    (number(first)..=number(last)).map(move |ai| format!("{ai:0width$}"))
}

fn dictionary(text: &str) -> BTreeMap<String, (Line, String)> {
    let mut lines = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
        let (body, title) = line.split_once('#').unwrap_or((line, ""));
        let mut words = body.split_whitespace().peekable();
        let range = words.next().expect("an identifier");
        let flags = words.next_if(|word| word.chars().all(|flag| "*?".contains(flag))).unwrap_or_default();
        let words: Vec<&str> = words.collect();
        let is_attribute = |word: &&&str| word.contains('=') || **word == "dlpkey";
        let with = |name: &str| -> Vec<String> {
            words.iter().filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned).collect()
        };
        let components: Vec<&str> = words.iter().filter(|word| !is_attribute(word)).copied().collect();
        let bare_key = words.contains(&"dlpkey").then(String::new);
        let line = Line {
            flags: flags.to_owned(),
            components: components.join(" "),
            requires: with("req"),
            excludes: with("ex"),
            key: with("dlpkey").pop().or(bare_key),
        };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        for ai in identifiers(first, last) {
            lines.insert(ai, (line.clone(), title.trim().to_owned()));
        }
    }
    lines
}

fn line(definition: &Definition) -> Line {
    let flag = |holds: bool, flag: &str| if holds { flag.to_owned() } else { String::new() };
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Line {
        flags: flag(definition.is_fixed, "*") + &flag(definition.is_attribute, "?"),
        components: definition.components.iter().map(component).collect::<Vec<_>>().join(" "),
        requires: words(definition.requires),
        excludes: words(definition.excludes),
        key: definition.key.map(str::to_owned),
    }
}

fn component(part: &Component) -> String {
    let set = match part.set {
        CharacterSet::Numeric => "N",
        CharacterSet::Set82 => "X",
        CharacterSet::Set39 => "Y",
        CharacterSet::Base64Url => "Z",
    };
    let dots = if part.min == part.max { "" } else { ".." };
    let form = format!("{set}{dots}{}", part.max);
    let form = if part.is_optional { format!("[{form}]") } else { form };
    part.linters.iter().fold(form, |text, linter| format!("{text},{}", name(*linter)))
}

fn name(linter: Linter) -> &'static str {
    match linter {
        Linter::CheckDigit => "csum",
        Linter::CheckPair => "csumalpha",
        Linter::CompanyPrefix => "gcppos1",
        Linter::CompanyPrefixSecond => "gcppos2",
        Linter::Date => "yymmdd",
        Linter::DateOrMonth => "yymmd0",
        Linter::LongDate => "yyyymmdd",
        Linter::Hour => "hh",
        Linter::Minute => "mi",
        Linter::Second => "ss",
        Linter::HourMinute => "hhmi",
        Linter::CountryNumber => "iso3166",
        Linter::CountryNumberOr999 => "iso3166999",
        Linter::CountryLetters => "iso3166alpha2",
        Linter::Currency => "iso4217",
        Linter::Sex => "iso5218",
        Linter::PercentEncoding => "pcenc",
        Linter::Latitude => "latitude",
        Linter::Longitude => "longitude",
        Linter::YesNo => "yesno",
        Linter::Hyphen => "hyphen",
        Linter::ImporterIndex => "importeridx",
        Linter::PackageType => "packagetype",
        Linter::MediaType => "mediatype",
        Linter::PositionInSequence => "posinseqslash",
        Linter::NonZero => "nonzero",
        Linter::Zero => "zero",
        Linter::Winding => "winding",
        Linter::PieceOfTotal => "pieceoftotal",
        Linter::Iban => "iban",
        Linter::NoLeadingZero => "nozeroprefix",
        Linter::NonDigit => "hasnondigit",
        Linter::Coupon => "couponcode",
        Linter::CouponOffer => "couponposoffer",
        Linter::Base64Filling => "in no line: part of the character set Z",
    }
}

#[test]
fn the_table_says_what_gs1s_dictionary_says() {
    let Some(text) = super::shared("gs1-digital-link/gs1-syntax-dictionary.txt") else { return };
    let expected = dictionary(&text);
    let ours: Vec<String> =
        definitions().iter().flat_map(|definition| identifiers(definition.first(), definition.last())).collect();
    assert!(ours.is_sorted());
    assert_eq!(ours, expected.keys().cloned().collect::<Vec<_>>());
    for (ai, (expected, title)) in expected {
        let definition = Ai::parse(&ai).and_then(Ai::definition).expect("in the table");
        assert_eq!(line(definition), expected, "{ai}");
        assert!(title.starts_with(definition.title) && title.is_empty() == definition.title.is_empty(), "{ai}");
    }
}

#[test]
fn no_identifier_is_the_beginning_of_another_and_unknown_ones_are_not_found() {
    for definition in definitions() {
        for ai in identifiers(definition.first(), definition.last()) {
            for end in 2..ai.len() {
                assert!(Ai::parse(&ai[..end]).and_then(Ai::definition).is_none(), "{ai}");
            }
        }
    }
    for text in ["89", "3106", "3199", "04", "100", "9999", "8007 "] {
        assert!(Ai::parse(text).and_then(Ai::definition).is_none(), "{text}");
    }
    for text in ["", "1", "12345", "0a", "０１"] {
        assert!(Ai::parse(text).is_none(), "{text}");
    }
}
