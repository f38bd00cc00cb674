//! Properties that hold for every identity, and for no text at all.

use proptest::prelude::*;
use tallymark_codes::Link;
use tallymark_codes::gs1::{DigitalLinkUri, Element, Epc, Options, definitions, parse_bracketed, parse_element_string};

/// GS1's set 82.
const SET_82: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]";

fn value(characters: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("{SET_82}{{1,{characters}}}")).expect("a pattern")
}

/// Thirteen digits and the check digit, by a sum over the digits from the left.
fn gtin() -> impl Strategy<Value = String> {
    "[0-9]{13}".prop_map(|digits| {
        let weights = [3, 1].into_iter().cycle();
        let sum: u32 =
            digits.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).expect("a digit") * weight).sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    })
}

/// A product with any of its qualifiers and some attributes.
fn product() -> impl Strategy<Value = Vec<Element>> {
    let optional = |ai: &'static str, characters| {
        proptest::option::of(value(characters)).prop_map(move |value| value.map(|value| (ai, value)))
    };
    let parts = (
        gtin(),
        optional("22", 20),
        optional("10", 20),
        optional("21", 20),
        optional("240", 30),
        optional("99", 90),
        proptest::option::of("[0-9]{6}").prop_map(|value| value.map(|value| ("3103", value))),
    );
    parts.prop_map(|(gtin, variant, lot, serial, other, own, weight)| {
        let key = Element::new("01", gtin).expect("a GTIN");
        let rest = [variant, lot, serial, other, own, weight].into_iter().flatten();
        let rest = rest.map(|(ai, value)| Element::new(ai, value).expect("a valid value"));
        std::iter::once(key).chain(rest).collect()
    })
}

proptest! {
    #[test]
    fn an_identity_is_the_same_in_every_form(elements in product()) {
        let link = DigitalLinkUri::from_elements(elements.clone()).expect("a product");
        prop_assert_eq!(link.elements().cloned().collect::<Vec<_>>(), elements.clone());
        let again = DigitalLinkUri::parse(&link.canonical()).expect("its own canonical link");
        prop_assert_eq!(again.canonical(), link.canonical());
        let moved = DigitalLinkUri::parse(&link.at("HTTP://Q.EXAMPLE:8080/a/b")).expect("its own link");
        prop_assert_eq!(moved.element_string(), link.element_string());
        prop_assert_eq!(parse_element_string(&link.element_string()).expect("its own elements"), elements.clone());
        if !elements.iter().any(|element| element.value().ends_with('\\')) {
            prop_assert_eq!(parse_bracketed(&link.bracketed()).expect("its own elements"), elements);
        }
    }

    #[test]
    fn the_fast_reader_reads_what_the_strict_one_does(elements in product()) {
        let link = DigitalLinkUri::from_elements(elements).expect("a product");
        let Ok(Link::Digital(fast)) = Link::parse(&link.canonical()) else {
            panic!("{} is not read", link.canonical());
        };
        prop_assert_eq!(Some(fast.gtin), link.gtin());
        prop_assert_eq!(fast.variant.as_deref(), link.value("22"));
        prop_assert_eq!(fast.lot.as_deref(), link.value("10"));
        prop_assert_eq!(fast.serial.as_deref(), link.value("21"));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC*", tail in "[/%0-9A-Za-z?#:&=;_.*\\[\\]é-]{0,80}", at in 0..200usize) {
        let lenient = Options {
            has_zero_suppressed_gtins: true,
            has_convenience_alphas: true,
            has_unknown_attributes: true,
            has_semicolons: true,
            has_trailing_slash: true,
            has_compression: true,
        };
        for options in [&Options::default(), &lenient] {
            for text in [text.clone(), format!("https://a/{tail}"), format!("https://a/01/09506000134352{tail}")] {
                let _ = DigitalLinkUri::parse_with(&text, options);
                let _ = DigitalLinkUri::parse_target(&text, options);
            }
        }
        let _ = parse_element_string(&format!("^{text}"));
        let _ = parse_element_string(&format!("^0109506000134352{tail}"));
        let _ = parse_bracketed(&format!("(01)09506000134352({tail}"));
        let _ = Epc::parse(&format!("urn:epc:id:sgtin:{tail}"));
        let _ = Epc::parse(&format!("urn:epc:idpat:itip:{tail}"));
        let definition = &definitions()[at % definitions().len()];
        let _ = definition.check(&text);
        let _ = definition.check(&tail);
        for part in definition.components {
            for linter in part.linters {
                let _ = linter.check(&text);
                let _ = linter.check(&tail);
            }
        }
    }

    #[test]
    fn one_wrong_digit_of_a_gtin_is_noticed(gtin in gtin(), place in 0..14usize, other in 1..10u8) {
        let mut digits = gtin.into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + other) % 10;
        let text = String::from_utf8(digits).expect("digits");
        prop_assert!(DigitalLinkUri::parse(&format!("https://a/01/{text}")).is_err(), "{text}");
    }
}
