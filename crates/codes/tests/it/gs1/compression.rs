//! Compressed links, as GS1's Digital Link toolkit for JavaScript writes them: with combinations of identifiers and
//! without.

use tallymark_codes::gs1::{DigitalLinkError, DigitalLinkUri, Options};

/// What was compressed, at GS1's resolver, and the last part of the path that the toolkit made of it.
const COMPRESSED: &[(&str, &[&str])] = &[
    ("/01/09506000134352", &["ARFKk4XBoA"]),
    ("/01/09506000134352/21/12345", &["DBFKk4XBoAowOQ", "ARFKk4XBoEIKMDk"]),
    (
        "/01/09506000134352/10/ABC123/21/xyz-_9?17=271231",
        &["GhFKk4XBoI1XgkbNjln9_6hG_g", "ARFKk4XBoCCNV4JGLoRv5CzY5Z_f-g"],
    ),
    ("/01/09506000134352/22/2A", &["ChFKk4XBoIRU", "ARFKk4XBoESEVA"]),
    (
        "/01/09506000134352/10/deadbeef?17=201225&3103=000195&3922=0299",
        &["LRFKk4XBoAAYYgUb1bfd4uYkEnJEgJW", "ARFKk4XBoCBRvVt93i5iQSYgYAGGckSAlY"],
    ),
    ("/00/006141411234567890", &["AAFdGUuw5W0g"]),
    ("/414/9506000134352/254/32a%2Fb", &["nYpUnC4NCFZssK_E", "JUhWbLCvxIKRSpOFwaA"]),
    ("/253/1231231231232TEST5678901234567", &["JTEeqxmlAHFMRJPnrvz3TXbfjnrs"]),
    ("/255/9506000134352", &["JVilScLg0AA"]),
    ("/255/950600013435212345", &["JVilScLg0FGBy"]),
    ("/8003/09506000134352A1", &["gAMRSpOFwaCFQg"]),
    ("/8018/123456789012345675/8019/123", &["nBtptLpjDzSzHs", "gBgbabS6Yw80uAGTHs"]),
    ("/8010/9506000AB-1/8011/7", &["mmv3nTrTTQAH7UX", "gBBr9506000AB-1gBEX"]),
    ("/8006/095060001343520102/21/A", &["IUGoAGFRuJFMbb1m"]),
    (
        "/01/09506000134352?7003=2601012359&7007=260101260105&8008=26010112",
        &["DhFKk4XBoE2EJkO4A5_ALj-AmACDGcQAA", "ARFKk4XBoOAGTYQmQ7gDn8AuP4CYAIMZxAAA"],
    ),
    ("/8004/9506000ABC?99=a%28b%29", &["gARKlQYACryZgTCoxKQ"]),
];

#[test]
fn compressed_links_say_what_gs1s_toolkit_put_into_them() {
    for (plain, forms) in COMPRESSED {
        for form in *forms {
            let link = DigitalLinkUri::parse(&format!("https://dl.example/stem/{form}")).expect(form);
            assert_eq!(link.canonical(), format!("https://id.gs1.org{plain}"), "{form}");
            assert!(link.is_compressed());
            assert_eq!(link.stem(), "https://dl.example/stem");
        }
    }
}

#[test]
fn a_key_may_stand_uncompressed_before_the_rest() {
    let link = DigitalLinkUri::parse("https://dl.example/01/09506000134352/EEOrwXQjfw").expect("the toolkit's own");
    assert_eq!(link.canonical(), "https://id.gs1.org/01/09506000134352/10/ABC?17=271231");
    assert_eq!(link.stem(), "https://dl.example");
}

#[test]
fn what_is_none_of_gs1s_comes_along() {
    for form in ["DBFKk4XBoI1Xm9_gpNWCv1", "ARFKk4XBoEKNV5vf4KTVgr9Q"] {
        let link = DigitalLinkUri::parse(&format!("https://dl.example/{form}?from=poster")).expect(form);
        assert_eq!(link.others(), ["k1=v1", "from=poster"]);
        assert_eq!(link.at("https://b.example/"), "https://b.example/01/09506000134352/21/ABCDEF?k1=v1&from=poster");
    }
}

#[test]
fn a_damaged_or_unwanted_compressed_link_is_refused() {
    let whole = "GhFKk4XBoI1XgkbNjln9_6hG_g";
    for end in 1..whole.len() {
        let text = format!("https://dl.example/{}", &whole[..end]);
        assert!(DigitalLinkUri::parse(&text).is_err(), "{text}");
    }
    // The last bit of the GTIN's check digit.
    assert!(DigitalLinkUri::parse("https://dl.example/ARFKk4XBoQ").is_err());
    let strict = Options { has_compression: false, ..Options::default() };
    let refusal = DigitalLinkUri::parse_with("https://dl.example/ARFKk4XBoA", &strict);
    assert_eq!(refusal, Err(DigitalLinkError::NoKey("/ARFKk4XBoA".to_owned())));
    let refusal =
        DigitalLinkUri::parse("https://dl.example/01/09506000134352/foo").expect_err("a part that is nothing");
    assert!(matches!(refusal, DigitalLinkError::Compressed(_)), "{refusal}");
}
