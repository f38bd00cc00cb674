//! EPC URNs. Each element string was put together by hand from its URN: company prefix and reference, the indicator or
//! extension digit in front, the check digit at its place.

use tallymark_codes::gs1::{DigitalLinkUri, Epc, EpcError};

const PAIRS: &[(&str, &str)] = &[
    ("urn:epc:id:sgtin:0614141.112345.400", "(01)10614141123459(21)400"),
    ("urn:epc:id:sgtin:0614141.112345.32a%2Fb", "(01)10614141123459(21)32a/b"),
    ("urn:epc:id:sscc:0614141.1234567890", "(00)106141412345678908"),
    ("urn:epc:id:sgln:0614141.12345.400", "(414)0614141123452(254)400"),
    ("urn:epc:id:sgln:0614141.12345.0", "(414)0614141123452"),
    ("urn:epc:id:grai:0614141.12345.400", "(8003)00614141123452400"),
    ("urn:epc:id:giai:0614141.12345400", "(8004)061414112345400"),
    ("urn:epc:id:gsrn:0614141.1234567890", "(8018)061414112345678902"),
    ("urn:epc:id:gsrnp:0614141.1234567890", "(8017)061414112345678902"),
    ("urn:epc:id:gdti:0614141.12345.400", "(253)0614141123452400"),
    ("urn:epc:id:cpi:0614141.123ABC.123456789", "(8010)0614141123ABC(8011)123456789"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "(255)401234567890104711"),
    ("urn:epc:id:ginc:0614141.xyz3311cba", "(401)0614141xyz3311cba"),
    ("urn:epc:id:gsin:0614141.123456789", "(402)06141411234567890"),
    ("urn:epc:id:itip:4012345.012345.01.02.987", "(8006)040123451234560102(21)987"),
    ("urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7'SDB", "(01)01234567894560(235)51qIgY)<&Jp3*j7'SDB"),
    ("urn:epc:id:pgln:1234567.89012", "(417)1234567890128"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "(01)04012345123456(10)998877"),
    ("urn:epc:idpat:sgtin:4012345.012345.*", "(01)04012345123456"),
    ("urn:epc:idpat:grai:0614141.12345.*", "(8003)00614141123452"),
    ("urn:epc:idpat:itip:4012345.012345.01.02.*", "(8006)040123451234560102"),
];

#[test]
fn a_urn_names_the_key_that_its_parts_make() {
    for (urn, elements) in PAIRS {
        let epc = Epc::parse(urn).unwrap_or_else(|error| panic!("{urn}: {error}"));
        assert_eq!(epc.link().bracketed(), *elements, "{urn}");
        assert_eq!(epc.is_class(), !urn.starts_with("urn:epc:id:"), "{urn}");
        let elsewhere = DigitalLinkUri::parse(&epc.link().at("https://brand.example/x")).expect("its own link");
        assert!(epc.names(&elsewhere));
    }
    let epc = Epc::parse("urn:epc:id:sgtin:0614141.112345.400").expect("a URN");
    assert_eq!(epc.company_prefix(), "0614141");
    let other = DigitalLinkUri::parse("https://brand.example/01/10614141123459/21/401").expect("a link");
    assert!(!epc.names(&other));
}

#[test]
fn a_wrong_urn_is_told_what_is_wrong() {
    let refusal = |urn: &str| Epc::parse(urn).expect_err(urn);
    for urn in ["", "urn:epc:", "urn:epc:id:sgtin", "urn:epc:tag:sgtin-96:3.0614141.812345.6789", "https://a"] {
        assert_eq!(refusal(urn), EpcError::Start, "{urn}");
    }
    assert_eq!(refusal("urn:epc:id:gid:1.2.3"), EpcError::Scheme("gid".to_owned()));
    assert_eq!(refusal("urn:epc:class:sgtin:0614141.112345.1"), EpcError::Scheme("sgtin".to_owned()));
    let digits = EpcError::Digits { expected: 13, found: 12 };
    assert_eq!(refusal("urn:epc:id:sgtin:0614141.11234.400"), digits);
    assert_eq!(refusal("urn:epc:id:sgtin:0614.A.400"), EpcError::Digits { expected: 13, found: 4 });
    assert_eq!(refusal("urn:epc:id:sgtin:x.112345.400"), EpcError::CompanyPrefix("x".to_owned()));
    let parts = |scheme: &str, expected| EpcError::Parts { scheme: scheme.to_owned(), expected };
    assert_eq!(refusal("urn:epc:id:sgtin:0614141.112345"), parts("sgtin", 3));
    assert_eq!(refusal("urn:epc:id:sgtin:0614141.112345.*"), parts("sgtin", 3));
    assert_eq!(refusal("urn:epc:idpat:sgtin:0614141.112345.1"), parts("sgtin", 3));
    assert_eq!(refusal("urn:epc:idpat:sgtin:0614141.*.*"), parts("sgtin", 3));
    assert_eq!(refusal("urn:epc:idpat:sscc:0614141.*"), parts("sscc", 2));
    assert!(matches!(refusal("urn:epc:id:sgtin:0614141.112345.a b"), EpcError::Element(_)));
    assert!(matches!(refusal("urn:epc:id:sgtin:0614141.112345.a%2"), EpcError::Percent(_)));
    assert!(matches!(refusal(&format!("urn:epc:id:{}", "x".repeat(600))), EpcError::TooLong { bytes: 611 }));
}
