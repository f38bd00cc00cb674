//! A declaration as JSON Schema (draft 2020-12), and as one entry of the catalogue.
//!
//! The schema describes the whole envelope, as a line of the outbox or a webhook carries it.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{EventType, Field, FieldType, Registry};

/// The dialect that the schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// What an RFC 3339 moment in UTC looks like; `format` alone is a remark and refuses nothing.
const MOMENT: &str = r"^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$";

/// One event type, as catalogues show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventEntry)]
pub struct Entry {
    /// Dotted name.
    pub name: &'static str,
    /// Its version.
    pub version: u16,
    /// The crate that emits it.
    pub owner: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Its table in the lake.
    pub table: String,
    /// Its fields.
    pub fields: Vec<EntryField>,
    /// The JSON Schema of the envelope with this event in it.
    pub schema: Value,
}

/// One field, as catalogues show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventField)]
pub struct EntryField {
    /// Name in the JSON, and of the column.
    pub name: &'static str,
    /// `id`, `word`, `text`, `int`, `fen`, `points`, `bool`, `timestamp` or `adcode`.
    #[serde(rename = "type")]
    pub field_type: &'static str,
    /// The three letters before the underscore, where it is an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<&'static str>,
    /// The words, where it is one.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub words: &'static [&'static str],
    /// Whether it may be null.
    pub nullable: bool,
    /// What a number counts; empty where it counts nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub unit: &'static str,
    /// `none` or `pseudonym`.
    pub personal: super::Personal,
    /// What it means.
    pub meaning: &'static str,
}

impl Entry {
    /// The entry of a declaration.
    pub fn of(event_type: &EventType) -> Self {
        Self {
            name: event_type.name,
            version: event_type.version,
            owner: event_type.owner,
            description: event_type.description,
            table: event_type.table(),
            fields: event_type.fields.iter().map(EntryField::of).collect(),
            schema: json_schema(event_type),
        }
    }

    /// The entries of every declaration, by name, then version.
    pub fn all(registry: &Registry) -> Vec<Self> {
        registry.iter().map(Self::of).collect()
    }
}

impl EntryField {
    fn of(field: &Field) -> Self {
        let prefix = if let FieldType::Id(prefix) = field.field_type { Some(prefix) } else { None };
        Self {
            name: field.name,
            field_type: field.field_type.name(),
            prefix,
            words: field.field_type.words(),
            nullable: field.is_nullable,
            unit: field.unit,
            personal: field.personal,
            meaning: field.meaning,
        }
    }
}

/// The JSON Schema of an envelope with an event of this type in it.
pub fn json_schema(event_type: &EventType) -> Value {
    let fields: Map<String, Value> =
        event_type.fields.iter().map(|field| (field.name.to_owned(), field_schema(field))).collect();
    let names: Vec<&str> = event_type.fields.iter().map(|field| field.name).collect();
    json!({
        "$schema": DIALECT,
        "title": format!("{} version {}", event_type.name, event_type.version),
        "description": event_type.description,
        "type": "object",
        "properties": {
            "id": { "type": "integer", "description": "unique for ever: drop what you have seen" },
            "tenant": { "type": "integer", "description": "whose event it is" },
            "at": { "type": "string", "format": "date-time", "pattern": MOMENT, "description": "when it happened" },
            "data": { "type": "object", "properties": fields, "required": names, "additionalProperties": false },
        },
        "required": ["id", "tenant", "at", "data"],
        "additionalProperties": false,
    })
}

fn field_schema(field: &Field) -> Value {
    let mut schema = match field.field_type {
        FieldType::Id(prefix) => json!({
            "type": "string", "pattern": format!("^{prefix}_[0-9A-HJKMNP-TV-Z]{{13}}$")
        }),
        FieldType::Word(words) => json!({ "type": "string", "enum": words() }),
        FieldType::Text => json!({ "type": "string" }),
        FieldType::Int | FieldType::Fen | FieldType::Points => {
            json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX })
        }
        FieldType::Bool => json!({ "type": "boolean" }),
        FieldType::Timestamp => json!({ "type": "string", "format": "date-time", "pattern": MOMENT }),
        FieldType::Adcode => json!({ "type": "string", "pattern": "^[1-9][0-9]{5}$" }),
    };
    if field.is_nullable {
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
    }
    schema["description"] = field.meaning.into();
    if !field.unit.is_empty() {
        schema["x-unit"] = field.unit.into();
    }
    if field.personal != super::Personal::None {
        schema["x-personal"] = json!(field.personal);
    }
    schema
}
