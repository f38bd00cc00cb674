//! What an event type declares is what its values are written as.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tallymark_base::event;
use tallymark_base::event::schema::{Entry, json_schema};
use tallymark_base::event::{Envelope, Event, FieldType, FieldValue, Personal, Registry, Word};
use tallymark_base::geography::Adcode;
use tallymark_base::id::PersonId;
use tallymark_base::{Timestamp, TypedId};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Colour {
    DeepRed,
    Green,
}

event! {
    /// Something of every kind.
    /// In two lines.
    pub struct Everything = "probe.everything", version 3, owner "base" {
        /// who
        person: Option<PersonId> [pseudonym],
        /// colour
        colour: Word<Colour>,
        /// free text
        text: String,
        /// pieces
        pieces: i64 [unit "pieces"],
        /// cost
        cost_fen: i64 [fen],
        /// whether
        is_true: bool,
        /// when
        seen_at: Option<Timestamp>,
        /// where
        place: Option<Adcode>,
    }
}

fn everything() -> Everything {
    Everything {
        person: Some(PersonId::from_raw(1)),
        colour: Word(Colour::DeepRed),
        text: "茶".into(),
        pieces: -1,
        cost_fen: 2,
        is_true: true,
        seen_at: Some(Timestamp(1)),
        place: Some(Adcode::CHINA),
    }
}

/// What JSON calls the kind of a value, with an example's pattern where the text has a form.
fn fits(field_type: FieldType, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match field_type {
        FieldType::Id(prefix) => text.len() == 17 && text.starts_with(prefix),
        FieldType::Word(words) => words().contains(&text),
        FieldType::Text => value.is_string(),
        FieldType::Int | FieldType::Fen | FieldType::Points => value.is_i64(),
        FieldType::Bool => value.is_boolean(),
        FieldType::Timestamp => text.ends_with('Z') && text.contains('T'),
        FieldType::Adcode => text.len() == 6 && text.parse::<u32>().is_ok(),
    }
}

fn written<T: FieldValue>(value: &T) {
    let json = serde_json::to_value(value).unwrap();
    assert!(fits(T::SHAPE.field_type, &json), "{json} is no {}", T::SHAPE.field_type.name());
}

#[test]
fn every_kind_of_value_is_written_as_its_type_says() {
    written(&"x".to_owned());
    written(&true);
    written(&i64::MIN);
    written(&7_u64);
    written(&7_u32);
    written(&Timestamp(1));
    written(&Adcode::CHINA);
    written(&PersonId::from_raw(i64::MAX));
    written(&Word(Colour::Green));
    assert_eq!(serde_json::to_value(None::<i64>).unwrap(), Value::Null);
    const { assert!(<Option<i64>>::SHAPE.is_nullable && !i64::SHAPE.is_nullable) };
}

#[test]
fn the_fields_of_an_event_are_those_that_serde_writes_in_their_order() {
    let text = serde_json::to_string(&everything()).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let mut from = 0;
    for field in Everything::TYPE.fields {
        let at = text[from..].find(&format!("\"{}\":", field.name)).expect(field.name);
        from += at;
        assert!(fits(field.field_type, &written[field.name]), "{} in {text}", field.name);
    }
    assert_eq!(written.as_object().unwrap().len(), Everything::TYPE.fields.len());
}

#[test]
fn a_declaration_says_what_its_documentation_says() {
    let declared = Everything::TYPE;
    assert_eq!(declared.description, "Something of every kind. In two lines.");
    assert_eq!(declared.table(), "probe_everything_v3");
    assert_eq!(declared.fields[0].personal, Personal::Pseudonym);
    assert_eq!(declared.fields[0].field_type, FieldType::Id("per"));
    assert_eq!(declared.fields[1].field_type.words(), ["deep_red", "green"]);
    assert_eq!((declared.fields[3].unit, declared.fields[4].unit), ("pieces", "fen"));
}

#[test]
fn the_json_schema_names_types_nulls_units_and_refuses_other_fields() {
    let schema = json_schema(&Everything::TYPE);
    let data = &schema["properties"]["data"];
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(data["additionalProperties"], false);
    assert_eq!(data["properties"]["person"]["type"], json!(["string", "null"]));
    assert_eq!(data["properties"]["person"]["x-personal"], "pseudonym");
    assert_eq!(data["properties"]["colour"]["enum"], json!(["deep_red", "green"]));
    assert_eq!(data["properties"]["cost_fen"]["x-unit"], "fen");
    assert_eq!(data["required"].as_array().unwrap().len(), Everything::TYPE.fields.len());
}

#[test]
fn a_registry_finds_a_type_by_name_and_version_and_by_table() {
    let registry = Registry::of(&[EVENTS]);
    assert!(registry.get("probe.everything", 3).is_some());
    assert!(registry.get("probe.everything", 2).is_none());
    assert!(registry.get("probe.everything", -1).is_none());
    assert!(registry.by_table("probe_everything_v3").is_some());
    assert_eq!(Entry::all(&registry).len(), 1);
}

#[test]
#[should_panic(expected = "declared twice")]
fn a_type_is_declared_once() {
    Registry::of(&[EVENTS, EVENTS]);
}

#[test]
fn an_envelope_is_one_line_of_json() {
    let line = serde_json::to_string(&Envelope { id: 5, tenant: 7, at: Timestamp(0), data: &everything() }).unwrap();
    assert!(line.starts_with(r#"{"id":5,"tenant":7,"at":"1970-01-01T00:00:00Z","data":{"person":"per_0000000000001""#));
    assert!(!line.contains('\n'));
}
