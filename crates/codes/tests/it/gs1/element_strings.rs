//! Element strings in the two forms they are written in.

use tallymark_codes::gs1::{ElementStringError, bracketed, element_string, parse_bracketed, parse_element_string};

#[test]
fn an_element_string_reads_and_is_written_with_separators_where_lengths_are_open() {
    for (text, people) in [
        ("^0109506000134352", "(01)09506000134352"),
        ("^010950600013435210ABC123^17271231", "(01)09506000134352(10)ABC123(17)271231"),
        ("^0109506000134352172712311 0".replace(' ', "").as_str(), ""),
        ("^010950600013435221A(1", "(01)09506000134352(21)A\\(1"),
        (
            "^0095201234567891234502095201234567883725^10ABC123",
            "(00)952012345678912345(02)09520123456788(37)25(10)ABC123",
        ),
    ] {
        if people.is_empty() {
            assert!(parse_element_string(text).is_err(), "{text}");
            continue;
        }
        let elements = parse_element_string(text).expect(text);
        assert_eq!(element_string(&elements), text);
        assert_eq!(bracketed(&elements), people);
        assert_eq!(parse_bracketed(people).expect(people), elements);
    }
    // A reader sends the group separator for FNC1; one after a predefined length does no harm.
    let read = parse_element_string("\u{1d}0109506000134352\u{1d}10A\u{1d}").expect("as readers send it");
    assert_eq!(element_string(&read), "^010950600013435210A");
}

#[test]
fn a_wrong_element_string_is_told_what_is_wrong() {
    let refusal = |text: &str| parse_element_string(text).expect_err(text).to_string();
    assert_eq!(refusal("0109506000134352"), "an element string starts with \"^\"");
    assert_eq!(refusal("^"), "an element string has at least one element");
    assert_eq!(refusal("^8912"), "no application identifier of GS1 stands at \"8912\"");
    assert_eq!(refusal("^01095060001343"), "(01) GTIN: \"095060001343\" has 12 characters; it must have 14");
    assert_eq!(refusal("^10"), "(10) BATCH/LOT: \"\" has 0 characters; it must have 1 to 20");
    assert_eq!(parse_bracketed("01"), Err(ElementStringError::Start("(")));
    assert_eq!(parse_bracketed("(01"), Err(ElementStringError::Identifier("(01".to_owned())));
    assert_eq!(parse_element_string(&"^99A".repeat(65)), Err(ElementStringError::TooMany));
    let bytes = 8_193;
    assert_eq!(parse_element_string(&"^".repeat(bytes)), Err(ElementStringError::TooLong { bytes }));
}
