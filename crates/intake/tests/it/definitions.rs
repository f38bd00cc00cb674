//! Event types of tenants: what is a definition, and what it makes of properties.

use serde_json::{Value, json};
use tallymark_base::event::{Event as _, Registry};
use tallymark_intake::Object;
use tallymark_intake::definition::{Definition, Problem, Typed, check, custom};

tallymark_base::event! {
    /// An event type of the product.
    pub struct Known = "example.known", version 1, owner "example" {
        /// a number
        number: i64,
    }
}

fn definition(fields: Value) -> Definition {
    serde_json::from_value(json!({ "name": "Order Completed", "version": 1, "fields": fields })).unwrap()
}

fn order() -> Definition {
    definition(json!([
        { "name": "order_id", "type": "text", "personal": false, "required": true },
        { "name": "quantity", "type": "integer", "unit": "bottles", "personal": false },
        { "name": "total", "type": "decimal", "unit": "yuan", "personal": false },
        { "name": "is_gift", "type": "boolean", "personal": false },
        { "name": "paid_at", "type": "time", "personal": false },
        { "name": "receiver", "type": "text", "personal": true },
    ]))
}

fn checked(properties: Value) -> Result<Typed, Vec<Problem>> {
    check(&order(), &Object::parse(&properties.to_string()).unwrap())
}

fn value(object: &Object) -> Value {
    serde_json::from_str(object.as_str()).unwrap()
}

/// What becomes of one property beside a good `order_id`.
fn one(name: &str, sent: &str) -> Option<Value> {
    let properties = Object::parse(&format!(r#"{{"order_id":"O-9","{name}":{sent}}}"#)).unwrap();
    let public = check(&order(), &properties).ok()?.public;
    Some(value(&public)[name].clone())
}

fn refused(definition: &Definition) -> &'static str {
    let product = Registry::of(&[EVENTS]);
    assert_eq!(product.iter().next().unwrap().name, Known::TYPE.name);
    definition.validate(&product).unwrap_err().code()
}

#[test]
fn a_definition_that_can_be_used_is_valid_and_written_as_it_was_read() {
    let product = Registry::of(&[EVENTS]);
    assert_eq!(order().validate(&product), Ok(()));
    assert_eq!(serde_json::from_value::<Definition>(serde_json::to_value(order()).unwrap()).unwrap(), order());
    _ = Known { number: 1 };
}

#[test]
fn what_is_wrong_with_a_definition_is_told() {
    let field = |name: &str| json!({ "name": name, "type": "integer", "personal": false });
    let named = |name: &str| Definition { name: name.to_owned(), ..order() };
    for name in ["", " Order", "a\nb", &"x".repeat(129)] {
        assert_eq!(refused(&named(name)), "definition.name", "{name:?}");
    }
    assert_eq!(refused(&named("example.known")), "definition.taken");
    assert_eq!(refused(&Definition { version: 0, ..order() }), "definition.version");
    assert_eq!(refused(&definition(json!([]))), "definition.fields");
    let many: Vec<Value> = (0..101).map(|number| field(&format!("f{number}"))).collect();
    assert_eq!(refused(&definition(json!(many))), "definition.fields");
    for name in ["", "1a", "a b", "a-b", "数量", &"x".repeat(65)] {
        assert_eq!(refused(&definition(json!([field(name)]))), "definition.field_name", "{name:?}");
    }
    assert_eq!(refused(&definition(json!([field("total"), field("Total")]))), "definition.field_twice");
    let unit = |field_type: &str, unit: &str| {
        definition(json!([{ "name": "a", "type": field_type, "unit": unit, "personal": false }]))
    };
    for (field_type, text) in [("text", "yuan"), ("integer", ""), ("integer", " m"), ("decimal", &"x".repeat(33))] {
        assert_eq!(refused(&unit(field_type, text)), "definition.unit", "{field_type} {text:?}");
    }
    // Somebody has to decide whether a field is personal.
    let undecided = json!({ "name": "a", "version": 1, "fields": [{ "name": "a", "type": "text" }] });
    assert!(serde_json::from_value::<Definition>(undecided).is_err());
}

#[test]
fn what_is_not_declared_or_declared_personal_is_personal() {
    let typed = checked(json!({
        "order_id": "O-9", "quantity": "3", "total": 18.50, "is_gift": false, "paid_at": "2026-03-01T16:30:00+08:00",
        "receiver": "李雷", "phone": "13912345670", "products": [{ "sku": "S1", "note": null }], "coupon": null,
    }));
    let typed = typed.unwrap();
    let public = json!({
        "order_id": "O-9", "quantity": 3, "total": "18.5", "is_gift": false, "paid_at": "2026-03-01T08:30:00Z",
    });
    assert_eq!(value(&typed.public), public);
    let personal = json!({ "receiver": "李雷", "phone": "13912345670", "products": [{ "sku": "S1", "note": null }] });
    assert_eq!(value(&typed.personal), personal);
}

#[test]
fn every_problem_is_told_without_the_value() {
    let problems = checked(json!({ "quantity": "many", "total": {}, "receiver": 1.5, "is_gift": 1 })).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected = [
        "the property \"order_id\" is missing",
        "the property \"quantity\" is no integer",
        "the property \"total\" is no decimal",
        "the property \"is_gift\" is no boolean",
    ];
    assert_eq!(told, expected);
    assert_eq!(checked(json!({ "order_id": null })).unwrap_err().len(), 1, "null means absent");
}

#[test]
fn values_come_in_the_one_form_of_their_type() {
    let cases = [
        ("quantity", "3", Some(json!(3))),
        ("quantity", "-9223372036854775808", Some(json!(i64::MIN))),
        ("quantity", "9223372036854775808", None),
        ("quantity", "3.0", Some(json!(3))),
        ("quantity", "3e2", Some(json!(300))),
        ("quantity", "3.5", None),
        ("quantity", "\" 3 \"", Some(json!(3))),
        ("quantity", "true", None),
        ("quantity", "[3]", None),
        ("order_id", "17", Some(json!("17"))),
        ("order_id", "\" 17\"", Some(json!(" 17"))),
        ("order_id", "true", None),
        ("is_gift", "\"True\"", Some(json!(true))),
        ("is_gift", "\"yes\"", None),
        ("paid_at", "1772353740123", Some(json!("2026-03-01T08:29:00.123Z"))),
        ("paid_at", "\"soon\"", None),
    ];
    for (name, sent, expected) in cases {
        let sent_alone = if name == "order_id" { None } else { Some(one(name, sent)) };
        let became = sent_alone.unwrap_or_else(|| {
            let properties = Object::parse(&format!(r#"{{"order_id":{sent}}}"#)).unwrap();
            check(&order(), &properties).ok().map(|typed| value(&typed.public)[name].clone())
        });
        assert_eq!(became, expected, "{name} {sent}");
    }
}

#[test]
fn a_decimal_keeps_every_digit() {
    let cases = [
        ("18.50", Some("18.5")),
        ("1.85e1", Some("18.5")),
        ("-0.10", Some("-0.1")),
        ("0", Some("0")),
        ("-0.0", Some("0")),
        ("1e3", Some("1000")),
        ("1E-9", Some("0.000000001")),
        ("1e-10", None),
        ("999999999999999999.999999999", Some("999999999999999999.999999999")),
        ("1000000000000000000", None),
        ("1e17", Some("100000000000000000")),
        ("1e18", None),
        ("0.0000000010", Some("0.000000001")),
        ("0e999999999999", Some("0")),
        ("1e99999999999999999999", None),
        ("\"12.30\"", Some("12.3")),
        ("\"0012\"", Some("12")),
        ("\"1,200\"", None),
        ("\".5\"", None),
        ("\"\"", None),
    ];
    for (sent, expected) in cases {
        assert_eq!(one("total", sent), expected.map(|text| json!(text)), "{sent}");
    }
}

#[test]
fn of_an_event_that_nobody_defined_everything_is_personal() {
    let properties = Object::parse(r#"{"a":1}"#).unwrap();
    let typed = custom(&properties);
    assert_eq!((typed.public.as_str(), typed.personal.as_str()), ("{}", r#"{"a":1}"#));
    assert_eq!(custom(&Object::default()).personal.as_str(), "{}");
}
