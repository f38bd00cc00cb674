//! The tests that GS1's syntax engine has for reading Digital Links.
//!
//! Each was taken under some setting of the engine, which its file does not say; the engine's source does. Every setting
//! is stated here, so that no vector passes by trying all.

use tallymark_codes::gs1::{DigitalLinkUri, Options};

/// The settings of the vectors that were not taken under the engine's defaults, by URI and verdict.
fn options_of(uri: &str, is_valid: bool) -> Options {
    let strict = Options::default();
    match (uri, is_valid) {
        // `permitConvenienceAlphas`.
        ("https://a/gtin/12312312312333/ser/ABC123", true) | ("https://a/zzz/12312312312333", false) => {
            Options { has_convenience_alphas: true, ..strict }
        }
        // `permitZeroSuppressedGTINinDLuris`. The same links were also taken without, and refused.
        (
            "https://a/01/2112345678900"
            | "https://a/01/416000336108"
            | "https://a/8004/9520614141234567?01=2112345678900"
            | "https://brand.example.com/01/9520123456788"
            | "https://brand.example.com/some-extra/pathinfo/01/9520123456788"
            | "https://example.com/01/9520123456788?3103=000195&3922=0299&17=201225"
            | "https://id.gs1.org/01/9520123456788?3103=000195&3922=0299&17=201225"
            | "https://id.gs1.org/01/9520123456788?17=201225&3103=000195&3922=0299",
            true,
        ) => Options { has_zero_suppressed_gtins: true, ..strict },
        // `permitUnknownAIs` without the check that unknown ones are no attributes. Refused twice before: with neither,
        // and with the first alone, which for a link comes to the same.
        ("https://example.com/01/09520123456788?99=XYZ&89=ABC123", true) => {
            Options { has_unknown_attributes: true, ..strict }
        }
        _ => strict,
    }
}

#[test]
fn every_digital_link_of_gs1s_engine_reads_as_the_engine_reads_it() {
    let Some(text) = super::shared("gs1-digital-link/parse-vectors.json") else { return };
    let vectors: serde_json::Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let vectors = vectors.as_array().expect("a list");
    let mut wrong = Vec::new();
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().expect("a text");
        let is_valid = vector["ok"].as_bool().expect("a truth value");
        let read = DigitalLinkUri::parse_with(text("uri"), &options_of(text("uri"), is_valid));
        let elements = read.map(|link| link.element_string());
        if elements.as_deref().ok() != is_valid.then(|| text("ai")) {
            wrong.push((text("uri"), elements));
        }
    }
    println!("link_vectors = {}, link_vectors_wrong = {}", vectors.len(), wrong.len());
    assert_eq!(vectors.len(), 59);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Further tests of the engine that the file leaves out, all under its defaults.
#[test]
fn links_that_the_engines_own_source_tests_read_alike() {
    let read = |uri: &str| DigitalLinkUri::parse(uri).map(|link| link.element_string()).ok();
    for (uri, elements) in [
        ("HTTP://a/00/006141411234567890", "^00006141411234567890"),
        ("HTTPS://a/00/006141411234567890", "^00006141411234567890"),
        ("https://xn--fsq.xn--0zwm56d/01/12312312312333", "^0112312312312333"),
        ("https://a:65535/01/12312312312333", "^0112312312312333"),
        ("https://3232235777/01/12312312312333", "^0112312312312333"),
        ("https://a/more/stem/00/006141411234567890", "^00006141411234567890"),
        ("https://a/01/12312312312333/235/TEST", "^0112312312312333235TEST"),
        ("https://a/253/1231231231232", "^2531231231231232"),
        (
            "https://id.gs1.org/00/952012345678912345?02=09520123456788&37=25&10=ABC123",
            "^0095201234567891234502095201234567883725^10ABC123",
        ),
        ("https://id.gs1.org/414/9520123456788/254/32a%2Fb", "^414952012345678825432a/b"),
        ("https://id.gs1.org/01/09520123456788/235/XYZ?10=ABC123", "^0109520123456788235XYZ^10ABC123"),
        ("https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426", "^010952012345678810ABC1^2112345^17180426"),
    ] {
        assert_eq!(read(uri).as_deref(), Some(elements), "{uri}");
    }
    for uri in [
        "http://a",
        "http://a/",
        "http://a/b",
        "http://a/b/",
        "HtTp://a/b/00/006141411234567890",
        "https://00/006141411234567890",
        "https://[fe80::1%25lo]/01/12312312312333",
        "https://a/01/12312312312333<bad",
        "https://a/01/12312312312333^bad",
        "https://a/01/02345673",
        "https://a/01/12312312312333?99=",
        "https://example.com/01/09520123456788?10=ABC123",
        "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&01=09520123456788",
        "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&10=ABC123",
        "https://example.com/01/09520123456788/89/ABC123?99=XYZ",
        "https://a/01//12312312312333",
        "https://a/01/12312312312333?99=ABC%00DEF",
    ] {
        assert_eq!(read(uri), None, "{uri}");
    }
}
