//! Links: what we print, what phones send back, and what GS1 expects of a Digital Link.

use std::collections::HashMap;
use std::path::Path;

use proptest::prelude::*;
use tallymark_codes::{CodeText, DigitalLink, Gtin, GtinError, Host, Link, LinkError, MalformedCode};

const CODE: &str = "0123456789ABCDEF";

fn code() -> CodeText {
    CODE.parse().expect("a well-formed code")
}

fn digital(text: &str) -> DigitalLink {
    match Link::parse(text) {
        Ok(Link::Digital(link)) => link,
        other => panic!("{text} read as {other:?}"),
    }
}

#[test]
fn what_is_printed_reads_back() {
    let host = Host::parse("Q.Example.com:8443").expect("a host");
    let short = host.short_link(&code());
    assert_eq!(short, "HTTPS://Q.EXAMPLE.COM:8443/C/0123456789ABCDEF");
    assert_eq!(Link::parse(&short), Ok(Link::Code(code())));

    let gtin = Gtin::parse("09506000134352").expect("published by GS1");
    let link = host.digital_link(gtin, &code());
    assert_eq!(link, "https://q.example.com:8443/01/09506000134352/21/0123456789ABCDEF");
    assert_eq!((digital(&link).gtin, digital(&link).code()), (gtin, Some(code())));
}

#[test]
fn careless_short_links_read_as_the_same_code() {
    for text in [
        "https://q.example.com/c/0123456789abcdef",
        "http://Q.EXAMPLE.COM/C/0123-4567-89AB-CDEF",
        "https://q.example.com/C/0123456789ABCDEF/",
        "https://q.example.com/C/0123456789ABCDEF?from=wechat&isappinstalled=0#top",
        "https://q.example.com/C/0123%204567%2089AB%20CDEF",
        "https://q.example.com/C/%3o123456789ABCDEF".replace("%3o", "%30").as_str(),
        "/c/oi23456789abcdef",
    ] {
        assert_eq!(Link::parse(text), Ok(Link::Code(code())), "{text}");
    }
}

#[test]
fn a_digital_link_keeps_its_qualifiers() {
    let link = digital("https://a.example/stem/01/09506000134352/22/2A/10/LOT%2F7/21/A+b%2d1?17=271231");
    assert_eq!(link.variant.as_deref(), Some("2A"));
    assert_eq!(link.lot.as_deref(), Some("LOT/7"));
    assert_eq!(link.serial.as_deref(), Some("A+b-1"));
    assert_eq!(link.code(), None);
    // A value that looks like the key of a product is still a value.
    assert_eq!(digital("/01/09506000134352/21/01").serial.as_deref(), Some("01"));
}

#[test]
fn a_wrong_link_is_told_which_part_is_wrong() {
    let refusal = |text: &str| Link::parse(text).expect_err(text);
    assert_eq!(refusal("ftp://q.example.com/C/X"), LinkError::Scheme("ftp".to_owned()));
    assert_eq!(refusal("0123456789ABCDEF"), LinkError::Scheme(CODE.to_owned()));
    let disguised = "https://brand.example@evil.example/C/0123456789ABCDEF";
    assert_eq!(refusal(disguised), LinkError::Host("brand.example@evil.example".to_owned()));
    assert_eq!(refusal("https://a/x"), LinkError::Path("/x".to_owned()));
    assert_eq!(refusal("https://a"), LinkError::Path(String::new()));
    assert_eq!(refusal("/C/123"), LinkError::Code(MalformedCode::Length { characters: 3 }));
    assert_eq!(refusal("/C/%4"), LinkError::Percent("%4".to_owned()));
    assert_eq!(refusal("/C/%é0"), LinkError::Percent("%é0".to_owned()));
    assert_eq!(refusal("/01/123"), LinkError::Gtin(GtinError::Length(3)));
    let wrong_order = "/01/09506000134352/21/A/10/B";
    assert_eq!(refusal(wrong_order), LinkError::Qualifier("10".to_owned()));
    let empty = LinkError::Value { key: "21", value: String::new() };
    assert_eq!(refusal("/01/09506000134352/21/"), empty);
    let long = "A".repeat(21);
    let too_long = LinkError::Value { key: "21", value: long.clone() };
    assert_eq!(refusal(&format!("/01/09506000134352/21/{long}")), too_long);
    let bytes = 1025;
    assert_eq!(refusal(&"/".repeat(bytes)), LinkError::TooLong { bytes });
}

#[test]
fn only_a_host_name_with_an_optional_port_is_a_host() {
    for host in ["q.example.com", "192.168.1.20:8080", "a", "a.", "xn--fiqs8s.example"] {
        assert!(Host::parse(host).is_ok(), "{host}");
    }
    for text in ["", ".", "a/b", "a b", "a:", "a:x", "a:70000", "a@b", "品牌.example", ":80", "a:+1"] {
        assert!(Host::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_parsing_panic(text in "\\PC*", tail in "[/%0-9A-Fa-fCc?#:\\[\\]é]*") {
        let _ = Link::parse(&text);
        let _ = Link::parse(&format!("https://a/01/09506000134352{tail}"));
        let _ = Link::parse(&format!("/C/{tail}"));
    }
}

/// The element string GS1 expects, as far as the path of our kind of link says it.
fn element_string(link: &DigitalLink) -> String {
    let mut elements = format!("^01{}", link.gtin);
    for (key, value) in [("22", &link.variant), ("10", &link.lot), ("21", &link.serial)] {
        if let Some(value) = value {
            // A variable-length element ends at a separator; a GTIN needs none.
            let separator = if elements.len() > "^01".len() + 14 { "^" } else { "" };
            elements.push_str(&format!("{separator}{key}{value}"));
        }
    }
    elements
}

/// The tests of GS1's syntax engine that concern `/01/GTIN…` or no link at all. Left out are links
/// that the engine takes or refuses depending on its options, and those refused for their query,
/// which we do not read.
#[test]
fn gs1s_own_digital_links_read_as_gs1_reads_them() {
    let Some(folder) = std::env::var_os("TALLYMARK_SHARED_DATA") else {
        println!("skipped: TALLYMARK_SHARED_DATA is not set");
        return;
    };
    let file = Path::new(&folder).join("gs1-digital-link/parse-vectors.json");
    let text = std::fs::read_to_string(file).expect("the shared data holds the vectors");
    let vectors: serde_json::Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let vectors: Vec<(&str, bool, &str)> = vectors
        .as_array()
        .expect("a list")
        .iter()
        .map(|vector| {
            let text = |key: &str| vector[key].as_str().expect("a text");
            (text("uri"), vector["ok"].as_bool().expect("a truth value"), text("ai"))
        })
        .collect();
    let mut verdicts: HashMap<&str, Vec<bool>> = HashMap::new();
    for (uri, valid, _) in &vectors {
        verdicts.entry(uri).or_default().push(*valid);
    }
    let (mut read, mut refused) = (0, 0);
    for (uri, valid, elements) in vectors {
        let unanimous = verdicts[uri].iter().all(|verdict| *verdict == valid);
        if valid && uri.contains("/01/") && unanimous {
            let ours = element_string(&digital(uri));
            let queried = uri.contains('?');
            assert!(elements == ours || queried && elements.starts_with(&ours), "{uri}: {ours}");
            read += 1;
        } else if !valid && unanimous && !uri.contains('?') {
            assert!(Link::parse(uri).is_err(), "{uri} must be refused");
            refused += 1;
        }
    }
    println!("{read} links of GS1 read, {refused} refused");
    assert!(read > 0 && refused > 0);
}
