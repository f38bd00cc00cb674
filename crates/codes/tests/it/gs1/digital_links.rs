//! Reading, writing and comparing links.

use tallymark_codes::gs1::{
    AssociationError, DigitalLinkError, DigitalLinkUri, Element, ElementError, Options, ValueError, check_associations,
};

fn read(text: &str) -> DigitalLinkUri {
    DigitalLinkUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> DigitalLinkError {
    DigitalLinkUri::parse(text).expect_err(text)
}

/// One value of every primary key, with all qualifiers it may have.
const KEYS: &[&str] = &[
    "/00/006141411234567890",
    "/01/09506000134352/22/2A/10/ABC/21/12345",
    "/01/09506000134352/235/TPX",
    "/253/9506000134352DOC",
    "/255/9506000134352123",
    "/401/9506000CONSIGNMENT",
    "/402/95060001343520000",
    "/414/9506000134352/254/EXT",
    "/414/9506000134352/7040/1A0B",
    "/415/9506000134352/8020/REF",
    "/417/9506000134352/7040/1A0B",
    "/8003/09506000134352A1",
    "/8004/9506000ASSET/7040/1A0B",
    "/8006/095060001343520102/22/A/10/B/21/C",
    "/8010/9506000PART-1/8011/7",
    "/8013/1987654Ad4X4bL5ttr2310c2K",
    "/8017/123456789012345675/8019/1",
    "/8018/123456789012345675/8019/1",
];

#[test]
fn every_key_reads_with_its_qualifiers_and_is_written_the_same() {
    for path in KEYS {
        let link = read(&format!("https://Brand.Example/some/stem{path}?99=x&from=poster"));
        assert_eq!(link.canonical(), format!("https://id.gs1.org{path}?99=x"));
        assert_eq!(link.stem(), "https://Brand.Example/some/stem");
        assert_eq!(link.others(), ["from=poster"]);
    }
}

#[test]
fn qualifiers_stand_in_the_order_of_the_standard_and_each_once() {
    for (path, ai) in [
        ("/01/09506000134352/10/A/22/B", "22"),
        ("/01/09506000134352/21/A/10/B", "10"),
        ("/01/09506000134352/21/A/21/B", "21"),
        ("/01/09506000134352/22/A/235/B", "235"),
        ("/01/09506000134352/17/271231", "17"),
        ("/00/006141411234567890/10/A", "10"),
        ("/414/9506000134352/254/A/7040/1A0B", "7040"),
    ] {
        match refusal(&format!("https://a{path}")) {
            DigitalLinkError::Sequence { ai: found, .. } => assert_eq!(found.as_str(), ai, "{path}"),
            other => panic!("{path}: {other}"),
        }
    }
    let error = refusal("https://a/01/09506000134352/10/A/22/B").to_string();
    assert_eq!(error, "/22/ cannot stand there; after /01/ may follow 22,10,21 or 235, in this order");
    let error = refusal("https://a/00/006141411234567890/10/A").to_string();
    assert_eq!(error, "/10/ cannot stand there; nothing may follow /00/");
}

#[test]
fn a_wrong_link_is_told_which_identifier_is_wrong_and_why() {
    for (text, expected) in [
        (
            "https://a/01/09506000134353",
            "(01) GTIN: \"09506000134353\" has the check digit 3, but 2 fits the digits before it; look for a typing error",
        ),
        ("https://a/01/9506000134352", "(01) GTIN: \"9506000134352\" has 13 characters; it must have 14"),
        ("https://a/01/0950600013435X", "(01) GTIN: \"0950600013435X\" has 'X'; only digits may stand there"),
        (
            "https://a/01/09506000134352?17=271331",
            "(17) USE BY or EXPIRY: \"271331\" has the month \"13\"; it must be 01 to 12",
        ),
        ("https://a/01/09506000134352/21/", "(21) SERIAL: \"\" has 0 characters; it must have 1 to 20"),
        ("https://a/01/09506000134352?21=A", "(21) cannot stand in the query of a link"),
        ("https://a/01/09506000134352?10=A", "(10) belongs into the path, after the key"),
        ("https://a/01/09506000134352?17=271231&17=271231", "(17) stands there twice"),
        ("https://a/01/09506000134352?1234=A", "1234= in the query is not an application identifier of GS1"),
        (
            "https://a/01/09506000134352/10/A%2",
            "the value \"A%2\" has a percent sign without two hexadecimal digits, or %00",
        ),
        ("ftp://a/01/09506000134352", "a link starts with https:// or http://, in upper or lower case"),
        ("https://u@a/01/09506000134352", "\"u@a\" is not a host"),
        ("https://a/01/0950600013435é", "'é' cannot stand in a link; percent-encode it"),
        (
            "https://a/product/7",
            "no GS1 key such as /01/GTIN stands in the path \"/product/7\", and its last part is not a compressed link",
        ),
    ] {
        assert_eq!(refusal(text).to_string(), expected, "{text}");
    }
    let bytes = 4_097;
    assert_eq!(refusal(&"/".repeat(bytes)), DigitalLinkError::TooLong { bytes });
    let many = (0..64).map(|at| format!("&p{at}=1")).collect::<String>();
    assert_eq!(refusal(&format!("https://a/01/09506000134352?{many}")), DigitalLinkError::TooMany);
    let long = Element::new("21", "A".repeat(21)).expect_err("too long");
    let reason = ValueError::Length { found: 21, min: 1, max: 20 };
    assert!(matches!(long, ElementError::Value { reason: found, .. } if found == reason));
}

#[test]
fn older_spellings_are_read_only_where_they_are_asked_for() {
    let strict = Options::default();
    let lenient = Options {
        has_zero_suppressed_gtins: true,
        has_convenience_alphas: true,
        has_semicolons: true,
        has_trailing_slash: true,
        ..Options::default()
    };
    for (text, canonical) in [
        ("https://a/gtin/09506000134352/cpv/2A/lot/A/ser/1", "/01/09506000134352/22/2A/10/A/21/1"),
        ("https://a/01/9506000134352", "/01/09506000134352"),
        ("https://a/01/02345673", "/01/00000002345673"),
        ("https://a/01/09506000134352/", "/01/09506000134352"),
        ("https://a/01/09506000134352?99=A;98=B", "/01/09506000134352?98=B&99=A"),
    ] {
        let link = DigitalLinkUri::parse_with(text, &lenient).expect(text);
        assert_eq!(link.canonical(), format!("https://id.gs1.org{canonical}"));
        let read = DigitalLinkUri::parse_with(text, &strict).map(|link| link.canonical());
        assert_ne!(read.ok(), Some(format!("https://id.gs1.org{canonical}")), "{text}");
    }
    let mut opened = strict;
    opened.has_trailing_slash = true;
    assert!(DigitalLinkUri::parse_target("/01/09506000134352/10/A/?17=271231", &opened).is_ok());
}

#[test]
fn a_link_tells_what_its_thing_is_one_of() {
    let link = read("https://a/01/09506000134352/22/2A/10/LOT/21/7?17=271231&x=1");
    let levels: Vec<String> =
        std::iter::successors(Some(link.clone()), DigitalLinkUri::broader).map(|level| level.canonical()).collect();
    assert_eq!(
        levels,
        [
            "https://id.gs1.org/01/09506000134352/22/2A/10/LOT/21/7?17=271231",
            "https://id.gs1.org/01/09506000134352/22/2A/10/LOT",
            "https://id.gs1.org/01/09506000134352/22/2A",
            "https://id.gs1.org/01/09506000134352",
        ]
    );
    assert_eq!(link.gtin().map(|gtin| gtin.as_u64()), Some(9_506_000_134_352));
    let class = |path: &str| read(&format!("https://a{path}")).class_level().map(|class| class.at(""));
    for (path, expected) in [
        ("/01/09506000134352/22/2A/10/LOT/21/7", Some("/01/09506000134352/22/2A/10/LOT")),
        ("/01/09506000134352/235/TPX", Some("/01/09506000134352")),
        ("/8006/095060001343520102/21/A", Some("/8006/095060001343520102")),
        ("/253/9506000134352DOC", Some("/253/9506000134352")),
        ("/8003/09506000134352A1", Some("/8003/09506000134352")),
        ("/8010/9506000PART-1/8011/7", Some("/8010/9506000PART-1")),
        ("/00/006141411234567890", None),
        ("/8004/9506000ASSET", None),
    ] {
        assert_eq!(class(path).as_deref(), expected, "{path}");
    }
}

/// The rules of the dictionary, for everything that marks one item.
#[test]
fn identifiers_need_and_exclude_each_other() {
    let elements = |list: &[(&str, &str)]| -> Vec<Element> {
        list.iter().map(|(ai, value)| Element::new(ai, *value).expect("a valid element")).collect()
    };
    let check = |list: &[(&str, &str)]| check_associations(&elements(list)).map_err(|error| error.to_string());
    let gtin = ("01", "09506000134352");
    let grai = ("8003", "09506000134352");
    for good in [
        &[gtin, ("10", "A"), ("21", "1"), ("17", "271231")][..],
        &[gtin, ("3922", "0299"), ("3103", "000195")],
        &[("02", "09506000134352"), ("37", "5"), ("00", "006141411234567890")],
        &[gtin, ("21", "1"), ("8030", "AAAA")],
        &[gtin, gtin],
    ] {
        assert_eq!(check(good), Ok(()), "{good:?}");
    }
    for (bad, expected) in [
        (&[("21", "1")][..], "(21) needs one of 01,03,8006 beside it"),
        (&[gtin, ("3922", "0299")], "(3922) needs one of 30,31nn,32nn,35nn,36nn beside it"),
        (
            &[gtin, ("37", "5"), ("00", "006141411234567890"), ("02", "09506000134352")],
            "(01) and (37) cannot mark the same item",
        ),
        (&[gtin, ("3103", "000195"), ("3102", "001950")], "(3103) and (3102) cannot mark the same item"),
        (&[gtin, ("01", "12312312312333")], "(01) stands there twice with different values"),
        (&[grai, ("8030", "AAAA")], "(8003) needs its serial part beside (8030), which signs a single thing"),
    ] {
        assert_eq!(check(bad), Err(expected.to_owned()), "{bad:?}");
    }
    let lone = check_associations(&elements(&[("21", "1")]));
    assert!(matches!(lone, Err(AssociationError::Missing { .. })));
}
