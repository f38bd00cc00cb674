//! Looking at files before anything is imported.

use tallymark_base::Timestamp;
use tallymark_imports::members::Defaults;
use tallymark_imports::{FileMapping, Kind, Outlook, preview, propose, trial};
use tallymark_people::IdentifierKind;
use tallymark_tables::{Format, Options, Source, shape};

use crate::world::{mapping, members, written};

fn defaults() -> Defaults {
    let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    Defaults { source: "crm".to_owned(), zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(), at }
}

fn looked(text: &str) -> Outlook {
    let source = Source::Bytes(text.as_bytes().to_vec().into());
    preview(&source, &Options::default(), None, &defaults()).unwrap()
}

#[test]
fn a_mapping_is_proposed_from_the_names_that_exports_have() {
    let outlook = looked(
        "会员卡号,Mobile,OpenID,UnionID,姓名,生日,邮箱,注册时间,积分,\nVIP001,13912345670,oabcdefghijklmnop,,李小龙,1990-05-12,,,7,\n",
    );
    let kinds: Vec<(&str, IdentifierKind)> =
        outlook.mapping.identifiers.iter().map(|own| (own.column.as_str(), own.kind)).collect();
    let expected = [
        ("Mobile", IdentifierKind::Phone),
        ("UnionID", IdentifierKind::WechatUnionid),
        ("OpenID", IdentifierKind::WechatOpenid),
        ("会员卡号", IdentifierKind::Card),
        ("邮箱", IdentifierKind::Email),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(outlook.left_out, ["积分"]);
    let mistake = outlook.mistake.unwrap();
    assert!(mistake.starts_with("mapping, at identifiers[2].scope: write the appid"), "{mistake}");
    assert_eq!(outlook.rows, [], "nobody can know of which app these openids are");
}

#[test]
fn what_is_shown_of_a_file_is_masked() {
    let outlook = looked("手机号,姓名,生日,地址\n13912345670,李小龙,1990-05-12,广东省深圳市南山区1号\n12,,tomorrow,\n");
    assert_eq!((outlook.format, outlook.mistake), (Format::Csv, None));
    assert_eq!(outlook.rows.len(), 1);
    let text = serde_json::to_string(&outlook.rows).unwrap();
    assert!(text.contains("139****5670") && text.contains("李**") && text.contains("\"1990\""), "{text}");
    for secret in ["13912345670", "李小龙", "05-12", "南山"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let codes: Vec<(u64, &str)> = outlook.rejects.iter().map(|one| (one.line, one.code.as_str())).collect();
    assert_eq!(codes, [(3, "malformed_identifier"), (3, "no_identifier")]);
}

#[test]
fn a_workbook_is_looked_at_like_text() {
    let outlook = preview(&written("openpyxl.xlsx"), &Options::default(), None, &defaults());
    let outlook = outlook.unwrap();
    assert_eq!((outlook.format, outlook.rows.len()), (Format::Xlsx, 1));
    assert_eq!(outlook.rows[0].identifiers[0].value.as_deref(), Some("139****5670"));
    let codes: Vec<&str> = outlook.rejects.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["beyond_header", "malformed_time"], "a time alone is no moment");
    assert_eq!(outlook.rows[0].at.to_string(), "2024-02-29T00:30:05Z");
    assert_eq!(outlook.left_out, ["余额", "会员", "支付宝", "备注"]);
    let FileMapping::Members(members) = members() else { panic!("it is of members") };
    let error = preview(&written("openpyxl.xlsx"), &Options::default(), Some(&members), &defaults()).unwrap();
    assert!(error.mistake.unwrap().starts_with("there is no column \"卡号\""));
}

#[test]
fn nothing_is_proposed_of_names_that_say_nothing() {
    let source = Source::Bytes(b"a,b\n1,2\n".to_vec().into());
    let proposal = propose(Kind::Members, &shape(&source, &Options::default()).unwrap().header);
    let FileMapping::Members(mapping) = proposal.mapping else { panic!("it is of members") };
    assert_eq!(
        (mapping.identifiers.len(), proposal.left_out.as_slice()),
        (0, ["a", "b"].map(str::to_owned).as_slice())
    );
}

#[test]
fn a_trial_tells_what_an_import_would_leave_out() {
    let source = Source::Bytes(crate::world::file(2_100).into_bytes().into());
    let told = trial(&source, &Options::default(), &members(), &defaults(), None).unwrap();
    assert_eq!((told.rows, told.accepted, told.rejects, told.kept.len()), (2_100, 2_058, 126, 126));
    let other = mapping(r#"{"identifiers": [{"column": "电话", "kind": "phone"}]}"#);
    let error = trial(&source, &Options::default(), &other, &defaults(), None).unwrap_err();
    assert!(error.to_string().starts_with("there is no column"), "{error}");
}
