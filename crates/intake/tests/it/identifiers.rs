//! Which identifiers an event brings, and which it only seems to bring.

use tallymark_intake::identifier::Kind::{self, *};
use tallymark_intake::identifier::{Findings, Unusable, identifiers};

use tallymark_people::Identifier;

use crate::event;

/// The findings of an event of user `u` with these members beside.
fn findings(members: &str) -> Findings {
    let mut findings = identifiers(&event(&format!(r#"{{"type":"identify","userId":"u"{members}}}"#)), "main");
    findings.found.retain(|found| found.member != "userId");
    findings
}

fn found(members: &str) -> Vec<(Kind, String, Option<String>)> {
    let findings = findings(members);
    assert_eq!(findings.dropped, [], "{members}");
    findings.found.into_iter().map(|found| parts(&found.identifier)).collect()
}

/// Kind, value and what the value is valid in.
fn parts(identifier: &Identifier) -> (Kind, String, Option<String>) {
    match identifier.value().split_once(':').filter(|_| identifier.kind().is_scoped()) {
        Some((scope, value)) => (identifier.kind(), value.to_owned(), Some(scope.to_owned())),
        None => (identifier.kind(), identifier.value().to_owned(), None),
    }
}

fn dropped(members: &str) -> Unusable {
    let findings = findings(members);
    assert_eq!(findings.found, [], "{members}");
    let [dropped] = &findings.dropped[..] else { panic!("{members}: {findings:?}") };
    dropped.reason
}

fn one(kind: Kind, value: &str, scope: Option<&str>) -> Vec<(Kind, String, Option<String>)> {
    vec![(kind, value.to_owned(), scope.map(str::to_owned))]
}

#[test]
fn traits_are_known_in_any_spelling() {
    for name in ["phone", "Phone", "phone_number", "phoneNumber", "mobile"] {
        assert_eq!(found(&format!(r#","traits":{{"{name}":"(139) 1234-5670"}}"#)), one(Phone, "+8613912345670", None));
    }
    assert_eq!(found(r#","traits":{"phone":13912345670}"#), one(Phone, "+8613912345670", None));
    assert_eq!(found(r#","traits":{"phone":"+44 20 7946 0958"}"#), one(Phone, "+442079460958", None));
    assert_eq!(found(r#","traits":{"email":" A.B@Shop.CN "}"#), one(Email, "a.b@shop.cn", None));
    assert_eq!(found(r#","traits":{"memberCard":"vip-0042"}"#), one(Card, "VIP0042", None));
    assert_eq!(found(r#","traits":{"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL"}"#).len(), 1);
    assert_eq!(
        found(r#","traits":{"alipay_user_id":"2088102146225135"}"#),
        one(AlipayUserId, "2088102146225135", None)
    );
    let ouid = r#","traits":{"ouid":"AAHM90gYAAjcqSrFKsL4jtIj","seller_id":2200612345}"#;
    assert_eq!(found(ouid), one(TaobaoOuid, "AAHM90gYAAjcqSrFKsL4jtIj", Some("2200612345")));
    assert_eq!(found(r#","traits":{"omid":"Ab1+/=_-xyz"}"#), one(TaobaoOmid, "Ab1+/=_-xyz", None));
    let open_uid = r#","traits":{"taobaoOpenUid":"AAGM90gYAAjcqSrFKsJi7Izh","taobao_app_key":"12497914"}"#;
    assert_eq!(found(open_uid), one(TaobaoOpenUid, "AAGM90gYAAjcqSrFKsJi7Izh", Some("12497914")));
}

#[test]
fn an_openid_belongs_to_an_app() {
    let user = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
    let openid = one(WechatOpenid, user, Some("wxd930ea5d5a258f4f"));
    assert_eq!(found(&format!(r#","traits":{{"openid":"{user}","appid":"wxd930ea5d5a258f4f"}}"#)), openid);
    assert_eq!(found(&format!(r#","traits":{{"wechat_openid":"wxd930ea5d5a258f4f:{user}"}}"#)), openid);
    let external = |name: &str| {
        format!(r#","context":{{"{name}":[{{"type":"WeChat OpenID","id":"{user}","appId":"wxd930ea5d5a258f4f"}}]}}"#)
    };
    assert_eq!(found(&external("externalId")), openid);
    assert_eq!(found(&external("externalIds")), openid);
    assert_eq!(dropped(&format!(r#","traits":{{"openid":"{user}"}}"#)), Unusable::NoScope);
    assert_eq!(dropped(r#","traits":{"openid":"short","appid":"wxd930ea5d5a258f4f"}"#), Unusable::Malformed);
}

#[test]
fn an_identifier_that_stands_twice_is_found_once() {
    let twice = r#","traits":{"phone":"13912345670","externalIds":[{"type":"phone","id":"+8613912345670"}]},
        "context":{"externalId":[{"type":"mobile","id":"139 1234 5670"}]}"#;
    assert_eq!(found(twice), one(Phone, "+8613912345670", None));
}

#[test]
fn what_advertisers_know_a_device_by_is_never_an_identity() {
    assert_eq!(found(r#","context":{"device":{"advertisingId":"a1b2c3d4"},"advertisingId":"x"}"#), []);
    let same = r#","context":{"device":{"id":"A1B2-C3D4","advertisingId":"a1b2-c3d4"}}"#;
    assert_eq!(dropped(same), Unusable::AdvertisingId);
    for name in ["oaid", "IDFA", "gaid", "imei", "advertising_id"] {
        let external = format!(r#","context":{{"externalId":[{{"type":"{name}","id":"a1b2c3d4"}}]}}"#);
        assert_eq!(dropped(&external), Unusable::AdvertisingId, "{name}");
        assert_eq!(found(&format!(r#","traits":{{"{name}":"a1b2c3d4"}}"#)), [], "{name}");
    }
    let app = r#","context":{"device":{"id":"A1B2C3D4E5F60718"},"app":{"namespace":"com.example.shop"}}"#;
    assert_eq!(found(app), one(AppDevice, "a1b2c3d4e5f60718", Some("com.example.shop")));
}

#[test]
fn a_value_that_many_share_makes_no_person_of_them() {
    for (value, reason) in [
        ("null", Unusable::Placeholder),
        ("Undefined", Unusable::Placeholder),
        ("UNKNOWN", Unusable::Placeholder),
        ("-1", Unusable::Placeholder),
        ("[object Object]", Unusable::Placeholder),
        ("--", Unusable::Placeholder),
        ("0", Unusable::Zeros),
        ("00000000-0000-0000-0000-000000000000", Unusable::Zeros),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", Unusable::Repeated),
        ("11111111", Unusable::Repeated),
        ("9774D56D682E549C", Unusable::Shared),
    ] {
        assert_eq!(dropped(&format!(r#","anonymousId":"{value}""#)), reason, "{value}");
        assert_eq!(dropped(&format!(r#","context":{{"device":{{"id":"{value}"}}}}"#)), reason, "{value}");
    }
    // Numbers that a small system gives its users.
    for value in ["1", "7", "1111", "1000000", "o"] {
        assert_eq!(found(&format!(r#","anonymousId":"{value}""#)), one(AnonymousId, value, None));
    }
}

#[test]
fn phone_numbers_for_tests_and_forms_are_nobodys() {
    for (number, reason) in [
        ("13800138000", Unusable::Shared),
        ("+86 138-0013-8000", Unusable::Shared),
        ("13812345678", Unusable::Shared),
        // Reserved for fiction: NANPA's 555-0100 to 555-0199, Ofcom's 07700 900000 to 900999.
        ("+1 202 555 0146", Unusable::Shared),
        ("+44 7700 900123", Unusable::Shared),
        ("13800000000", Unusable::Repeated),
        ("13888888888", Unusable::Repeated),
        ("11111111111", Unusable::Repeated),
        ("12345678901", Unusable::Malformed),
        ("028-1234567", Unusable::Malformed),
        ("+86 12 3456", Unusable::Malformed),
    ] {
        assert_eq!(dropped(&format!(r#","traits":{{"phone":"{number}"}}"#)), reason, "{number}");
    }
    assert_eq!(found(r#","traits":{"phone":"+1 202 555 1234"}"#), one(Phone, "+12025551234", None));
}

#[test]
fn an_address_that_is_no_persons_is_dropped() {
    for (address, reason) in [
        ("li.lei", Unusable::Malformed),
        ("@shop.cn", Unusable::Malformed),
        ("li lei@shop.cn", Unusable::Malformed),
        ("li@localhost", Unusable::Malformed),
        ("a@b@shop.cn", Unusable::Malformed),
        ("noreply@shop.cn", Unusable::Shared),
        ("test@shop.cn", Unusable::Shared),
    ] {
        assert_eq!(dropped(&format!(r#","traits":{{"email":"{address}"}}"#)), reason, "{address}");
    }
}

#[test]
fn the_kinds_that_are_not_known_are_told_without_their_value() {
    let unknown = findings(r#","context":{"externalId":[{"type":"HubSpot-contacts","id":"hub-17"}]}"#);
    assert_eq!((unknown.dropped[0].kind, unknown.dropped[0].reason), (None, Unusable::UnknownKind));
    let printed = format!("{unknown:?} {:?}", findings(r#","traits":{"phone":"13912345670"}"#));
    assert!(!printed.contains("hub-17") && !printed.contains("139"), "{printed}");
}

#[test]
fn the_properties_of_an_event_name_nobody() {
    // The phone number of an order may be its receiver's.
    let order = r#"{"type":"track","event":"e","userId":"u","properties":{"phone":"13912345670","email":"a@b.cn"}}"#;
    let members: Vec<&str> = identifiers(&event(order), "main").found.iter().map(|found| found.member).collect();
    assert_eq!(members, ["userId"]);
}

#[test]
fn a_merge_names_all_its_identifiers() {
    let merge = r#"{"type":"merge","mergeProperties":[{"type":"email","value":"a@b.cn"},{"type":"mobile","value":"13912345670"},
        {"type":"user_id","value":7}]}"#;
    let kinds: Vec<Kind> =
        identifiers(&event(merge), "main").found.iter().map(|found| found.identifier.kind()).collect();
    assert_eq!(kinds, [Email, Phone, UserId]);
}
