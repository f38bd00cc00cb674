//! What traits say of a person.

use serde_json::{Value, json};
use tallymark_intake::{Object, traits};

fn fields(traits: Value) -> Value {
    json!(traits::fields(&Object::parse(&traits.to_string()).unwrap()))
}

/// The trait names of Segment's specification of `identify`.
#[test]
fn the_reserved_traits_of_sdks_become_fields() {
    let told = fields(json!({
        "firstName": "Peter", "lastName": "Gibbons", "birthday": "1990-05-12", "gender": "male", "age": 36,
        "email": "peter@example.com", "phone": "13800138000", "id": "u-1", "plan": "premium", "logins": 5,
        "isMember": true, "description": null, "company": {"name": "Initech"}, "tags": ["a"],
        "address": {"street": "6th St", "city": "San Francisco", "state": "CA", "postalCode": "94103", "country": "USA"}
    }));
    let expected = json!({
        "name": "Peter Gibbons", "birthday": "1990-05-12", "gender": "male", "age": "36", "plan": "premium",
        "logins": "5", "isMember": "true", "city": "San Francisco",
        "address": "6th St, San Francisco, CA, 94103, USA"
    });
    assert_eq!(told, expected);
}

#[test]
fn spellings_of_one_field_are_one_field() {
    for name in ["birthday", "birth_date", "Date of Birth", "DOB", "生日"] {
        assert_eq!(fields(json!({name: "1990-05-12"})), json!({"birthday": "1990-05-12"}), "{name}");
    }
    assert_eq!(fields(json!({"first_name": "伟", "last_name": "王"})), json!({"name": "王伟"}));
    assert_eq!(fields(json!({"name": "王大伟", "first_name": "伟", "last_name": "王"})), json!({"name": "王大伟"}));
}

#[test]
fn what_identifies_is_no_field() {
    let told = fields(json!({
        "mobile": "13800138000", "openid": "o1", "appid": "wx1", "union_id": "u", "unionId": "u", "oaid": "x",
        "externalId": [{"type": "card", "value": "1"}], "member_card": "8", "taobao_ouid": "AAH", "taobao_seller_id": "2"
    }));
    // A word that is no identifier of ours is what the source says of the person.
    assert_eq!(told, json!({}));
}

#[test]
fn what_is_too_large_or_empty_stays_in_the_event() {
    assert_eq!(
        fields(json!({"note": "x".repeat(4_097), "blank": "  ", "emoji": "😀 مرحبا"})),
        json!({"emoji": "😀 مرحبا"})
    );
    let many: serde_json::Map<String, Value> = (0..500).map(|n| (format!("f{n:03}"), json!(n))).collect();
    assert_eq!(fields(Value::Object(many)).as_object().unwrap().len(), 200);
}
