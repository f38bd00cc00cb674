//! One spelling for what is written in many ways.

use proptest::prelude::*;
use tallymark_matching::normalise::{address, date, folded, names, place};

#[test]
fn width_case_accents_and_punctuation_make_no_difference() {
    for (one, two) in [
        ("ＡＢＣ　１２", "abc 12"),
        ("Zoë  O'Brien-Smith", "zoe obrien smith"),
        ("Müller", "muller"),
        ("张　伟", "张伟"),
        ("ﾃﾞｰﾀ", "データ"),
    ] {
        assert_eq!(folded(one), folded(two));
    }
}

#[test]
fn the_word_for_a_kind_of_place_makes_no_difference() {
    for (one, two) in [
        ("广东省", "广东"),
        ("深圳市", "深圳"),
        ("新疆维吾尔自治区", "新疆"),
        ("香港特别行政区", "香港"),
        ("南山区", "南山"),
        ("New South Wales", "new south wales"),
    ] {
        assert_eq!(place(one), place(two));
    }
    // Without the word nothing would be left to tell by.
    assert_eq!(place("城区"), "城区");
}

#[test]
fn a_chinese_address_is_divided_after_its_last_place() {
    let parts = address("广东省深圳市南山区科技路1号");
    assert_eq!((&*parts.province, &*parts.city, &*parts.district), ("广东", "深圳", "南山"));
    assert_eq!(parts.street, "科技路1号");
    let estate = address("阳光小区3栋");
    assert_eq!((&*estate.district, &*estate.street), ("", "阳光小区3栋"));
    assert_eq!(address("12 Main Street").street, "12mainstreet");
}

#[test]
fn one_chinese_name_is_one_however_it_is_written() {
    for (written, given, surname) in [
        ("王伟", "伟", "王"),
        ("王 伟", "伟", "王"),
        ("王　偉", "伟", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("歐陽 娜娜", "娜娜", "欧阳"),
        ("司马·相如", "相如", "司马"),
        ("李小明", "小明", "李"),
    ] {
        assert_eq!(names(written, ""), (given.to_owned(), surname.to_owned()), "{written}");
    }
    // A given name alone stays one: 娜娜 begins with no surname.
    assert_eq!(names("娜娜", ""), ("娜娜".to_owned(), String::new()));
    assert_eq!(names("娜娜", "歐陽"), ("娜娜".to_owned(), "欧阳".to_owned()));
}

#[test]
fn traditional_and_simplified_characters_are_one() {
    for (one, two) in [("臺北", "台北"), ("廣東省", "广东"), ("東區", "东区"), ("澳門特別行政區", "澳门")]
    {
        assert_eq!(place(one), place(two));
    }
    assert_eq!(address("廣東省廣州市天河區體育路8號").street, address("广东省广州市天河区體育路8号").street);
}

#[test]
fn dates_are_read_in_the_usual_forms() {
    for text in ["19560409", "1956-04-09", "1956/4/9", "9/4/1956", "9.4.1956", "1956年4月9日", "１９５６－０４－０９"]
    {
        assert_eq!(date(text).as_deref(), Some("19560409"), "{text}");
    }
    assert_eq!(date("1956").as_deref(), Some("1956"));
    assert_eq!(date("19561932").as_deref(), Some("19561932"), "a wrong digit leaves the others right");
    assert_eq!(date("unknown"), None);
    assert_eq!(date("9/4/56"), None, "a year of two digits may be of two centuries");
}

proptest! {
    #[test]
    fn folding_is_done_once(text in "\\PC{0,40}") {
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn any_text_can_be_normalised(text in "\\PC{0,80}") {
        address(&text);
        place(&text);
        date(&text);
    }
}
