//! What the traits of an event say of the person, as fields of a profile.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tallymark_people::profile::{FIELDS_MAX, VALUE_BYTES_MAX};

use crate::identifier::{bare, is_identifying};
use crate::{Object, json};

/// The fields of a person that traits tell, by name, each once: at most [`FIELDS_MAX`].
///
/// Names that many systems use in one spelling or another (`birthday`, `date_of_birth`, `DOB`) become the field that has a
/// normal form. What identifies (a phone number, an openid) is an identifier and no field. Only texts, numbers and truth
/// values are fields; an address that is an object becomes one text and its city. Whatever is no field stays in the event.
pub fn fields(traits: &Object) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let members = traits.members();
    let mut names = Names::default();
    for (name, value) in &members {
        let bare = bare(name);
        match bare.as_str() {
            "firstname" | "givenname" => names.given = json::word(Some(value)),
            "lastname" | "familyname" | "surname" => names.family = json::word(Some(value)),
            "address" if value.get().starts_with('{') => address(value, &mut fields),
            _ if is_identifying(name) => {}
            _ => {
                if let Some(text) = scalar(value) {
                    fields.insert(field(&bare).map_or_else(|| name.trim().to_owned(), str::to_owned), text);
                }
            }
        }
        if fields.len() >= FIELDS_MAX {
            break;
        }
    }
    if let Some(name) = names.whole() {
        fields.entry("name".to_owned()).or_insert(name);
    }
    fields
}

/// The field with a normal form that is meant by a name without case and separators.
fn field(bare: &str) -> Option<&'static str> {
    Some(match bare {
        "name" | "fullname" | "realname" | "姓名" => "name",
        "birthday" | "birthdate" | "dateofbirth" | "dob" | "生日" => "birthday",
        "gender" | "sex" | "性别" => "gender",
        "city" | "城市" => "city",
        "address" | "地址" => "address",
        _ => return None,
    })
}

/// A name in two parts.
#[derive(Default)]
struct Names {
    given: Option<String>,
    family: Option<String>,
}

impl Names {
    /// Both in the order in which they are spoken: a name in Han characters begins with the family.
    fn whole(self) -> Option<String> {
        let is_han =
            |text: &str| text.chars().all(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}'));
        match (self.given, self.family) {
            (Some(given), Some(family)) if is_han(&given) && is_han(&family) => Some(format!("{family}{given}")),
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (one, other) => one.or(other),
        }
    }
}

/// The address that an object of Segment's shape is: street, city, state, postal code and country.
fn address(value: &RawValue, fields: &mut BTreeMap<String, String>) {
    let Some(parts) = Object::parse(value.get()) else { return };
    let members = parts.members();
    let part =
        |wanted: &str| members.iter().find(|(name, _)| bare(name) == wanted).and_then(|(_, value)| scalar(value));
    if let Some(city) = part("city") {
        fields.entry("city".to_owned()).or_insert(city);
    }
    let told: Vec<String> = ["street", "city", "state", "postalcode", "country"].into_iter().filter_map(part).collect();
    if !told.is_empty() {
        fields.insert("address".to_owned(), told.join(", "));
    }
}

/// The text of a text, number or truth value that is not too long to be kept.
fn scalar(value: &RawValue) -> Option<String> {
    let raw = value.get();
    let text = match raw.as_bytes().first() {
        Some(b'"') => json::text(value)?,
        Some(b'{' | b'[') | None => return None,
        _ => Cow::Borrowed(raw),
    };
    (text.len() <= VALUE_BYTES_MAX && !text.trim().is_empty()).then(|| text.into_owned())
}
