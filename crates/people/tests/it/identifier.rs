//! Reading identifiers.

use tallymark_base::{Fault as _, Kind};
use tallymark_people::IdentifierKind::{Card, Device, Phone, WechatOpenid};
use tallymark_people::{GivenIdentifier, Identifier, IdentifierKind};

use crate::world::{device, phone, world};

const OPENID: &str = "wxd930ea5d5a258f4f:oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

#[test]
fn an_identifier_is_read_to_one_form() {
    let cases = [
        (Phone, "13800138000", "+8613800138000"),
        (Phone, " 138 0013 8000 ", "+8613800138000"),
        (Phone, "138-0013-8000", "+8613800138000"),
        (Phone, "+8613800138000", "+8613800138000"),
        (Phone, "008613800138000", "+8613800138000"),
        (Phone, "8613800138000", "+8613800138000"),
        (Phone, "19912345678", "+8619912345678"),
        (Phone, "+852 9123 4567", "+85291234567"),
        (Phone, "+1 415 555 2671", "+14155552671"),
        (Device, "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        (WechatOpenid, OPENID, OPENID),
        (Card, "vip-0042", "VIP0042"),
        (Card, "6225 8812 3456 7890", "6225881234567890"),
    ];
    for (kind, text, value) in cases {
        let read = Identifier::parse(kind, text).unwrap();
        assert_eq!((read.kind(), read.value()), (kind, value), "{text}");
        assert_eq!(Identifier::parse(kind, value).unwrap(), read);
    }
}

#[test]
fn a_text_that_is_no_identifier_is_refused_by_a_code_that_does_not_repeat_it() {
    let cases: [(IdentifierKind, &str, &[&str]); 4] = [
        (
            Phone,
            "people.phone_malformed",
            &[
                "",
                "1391234567",
                "139123456789",
                "12912345678",
                "23912345678",
                "1391234567x",
                "+86 1391234567",
                "+8612800138000",
                "+12345",
                "+1234567890123456",
                "+0123456789",
                "１３８００１３８０００",
                "138\u{0}0013800",
            ],
        ),
        (Device, "people.device_malformed", &["", "0123", "g123456789abcdef0123456789abcdef"]),
        (
            WechatOpenid,
            "people.wechat_openid_malformed",
            &[
                "",
                "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
                "wx1:short",
                ":oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
                "wxd930ea5d5a258f4f:oUpF8uMu AJO_M2pxb1Q9",
            ],
        ),
        (Card, "people.card_malformed", &["", "123", "000011112222333344445555666677778", "卡号1234", "a\u{0}bcd"]),
    ];
    for (kind, code, texts) in cases {
        for text in texts {
            let refused = Identifier::parse(kind, text).unwrap_err();
            assert_eq!((refused.code(), refused.kind()), (code, Kind::Invalid), "{text:?}");
            assert!(text.len() < 5 || !refused.to_string().contains(text), "{refused}");
        }
        let long = "1".repeat(10_000);
        assert_eq!(Identifier::parse(kind, &long).unwrap_err().code(), code);
    }
}

#[test]
fn numbers_and_names_of_kinds_stay_as_they_are() {
    let kinds = [(Device, 1, "device"), (Phone, 2, "phone"), (WechatOpenid, 3, "wechat_openid"), (Card, 4, "card")];
    for (kind, number, name) in kinds {
        assert_eq!((kind.number(), kind.name()), (number, name));
        assert_eq!(IdentifierKind::from_number(i64::from(number)), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    let numbers: Vec<u8> = IdentifierKind::ALL.iter().map(|kind| kind.number()).collect();
    assert_eq!(numbers, (1..=14).collect::<Vec<u8>>());
    assert_eq!(IdentifierKind::from_number(15), None);
}

#[test]
fn a_request_names_kind_and_value_and_is_not_printed() {
    let given: GivenIdentifier = serde_json::from_str(r#"{"kind": "phone", "value": "13800138000"}"#).unwrap();
    assert!(!format!("{given:?}").contains("138"));
    let read = Identifier::try_from(given).unwrap();
    assert_eq!(read, Identifier::parse(Phone, "13800138000").unwrap());
    assert!(!format!("{read:?}").contains("138"));
    assert!(serde_json::from_str::<GivenIdentifier>(r#"{"kind": "phone", "value": "1", "x": 1}"#).is_err());
}

#[test]
fn a_blind_index_is_the_published_hash() {
    // Computed with Python's hmac: key = HMAC(secret, "people.blind.v1"), index = HMAC(key, kind ‖ value)[..16].
    let keys = world(3).keys;
    let phone = Identifier::parse(Phone, "13800138000").unwrap();
    assert_eq!(u128::from_be_bytes(keys.blind_index(&phone)), 0x742a_9ee5_8f39_7e6c_3930_3cd6_49a7_8bdb);
    let device = Identifier::parse(Device, "0123456789abcdef0123456789abcdef").unwrap();
    assert_eq!(u128::from_be_bytes(keys.blind_index(&device)), 0x98d9_d5da_aa43_4c57_24c2_5f00_8b99_91a0);
}

#[test]
fn tenants_and_kinds_have_blind_indexes_of_their_own() {
    assert_ne!(world(1).keys.blind_index(&phone(1)), world(2).keys.blind_index(&phone(1)));
    let digits = "0123456789abcdef0123456789abcdef";
    let card = Identifier::parse(Card, &digits.to_uppercase()).unwrap();
    assert_ne!(world(1).keys.blind_index(&card), world(1).keys.blind_index(&device(0x0123_4567_89ab_cdef)));
}
