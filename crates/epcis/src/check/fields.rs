//! The fields of events and what may stand in them (the JSON schema of EPCIS 2.0).

use serde_json::Value;

use super::{Checker, shown, sort_of};
use crate::uri::is_uri;
use crate::vocabulary::Vocabulary;
use crate::{DEPTH_MAX, time};

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Context,
    /// A text that is looked at elsewhere.
    Name,
    Time,
    /// A moment that cannot lie ahead.
    Past,
    Offset,
    Uri,
    UriOrUris,
    /// Identifiers of objects; whether each stands there once.
    Epcs(bool),
    Action,
    Word(Vocabulary),
    Quantities,
    Place,
    Pairs(Pair),
    Persistent,
    Error,
    Sensors,
    Ilmd,
}

/// A list of things with a type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    name: &'static str,
    vocabulary: Vocabulary,
    is_type_needed: bool,
}

pub(super) struct Field(pub(super) &'static str, pub(super) Shape);

const TRANSACTIONS: Shape =
    Shape::Pairs(Pair { name: "bizTransaction", vocabulary: Vocabulary::BizTransaction, is_type_needed: false });
const SOURCES: Shape =
    Shape::Pairs(Pair { name: "source", vocabulary: Vocabulary::SourceDestination, is_type_needed: true });
const DESTINATIONS: Shape =
    Shape::Pairs(Pair { name: "destination", vocabulary: Vocabulary::SourceDestination, is_type_needed: true });

pub(super) const COMMON: [Field; 8] = [
    Field("@context", Shape::Context),
    Field("type", Shape::Name),
    Field("eventTime", Shape::Past),
    Field("recordTime", Shape::Time),
    Field("eventTimeZoneOffset", Shape::Offset),
    Field("eventID", Shape::Uri),
    Field("certificationInfo", Shape::UriOrUris),
    Field("errorDeclaration", Shape::Error),
];

/// The fields that all five types have, with those of one type before them.
macro_rules! fields {
    ($($own:expr),* $(,)?) => {[
        $($own,)*
        Field("bizStep", Shape::Word(Vocabulary::BizStep)),
        Field("disposition", Shape::Word(Vocabulary::Disposition)),
        Field("readPoint", Shape::Place),
        Field("bizLocation", Shape::Place),
        Field("bizTransactionList", TRANSACTIONS),
        Field("sourceList", SOURCES),
        Field("destinationList", DESTINATIONS),
        Field("sensorElementList", Shape::Sensors),
    ]};
}

pub(super) const OBJECT: [Field; 13] = fields![
    Field("epcList", Shape::Epcs(true)),
    Field("quantityList", Shape::Quantities),
    Field("action", Shape::Action),
    Field("persistentDisposition", Shape::Persistent),
    Field("ilmd", Shape::Ilmd),
];
pub(super) const CONTAINER: [Field; 12] = fields![
    Field("parentID", Shape::Uri),
    Field("childEPCs", Shape::Epcs(false)),
    Field("childQuantityList", Shape::Quantities),
    Field("action", Shape::Action),
];
pub(super) const TRANSACTION: [Field; 12] = fields![
    Field("parentID", Shape::Uri),
    Field("epcList", Shape::Epcs(false)),
    Field("quantityList", Shape::Quantities),
    Field("action", Shape::Action),
];
pub(super) const TRANSFORMATION: [Field; 15] = fields![
    Field("inputEPCList", Shape::Epcs(true)),
    Field("inputQuantityList", Shape::Quantities),
    Field("outputEPCList", Shape::Epcs(true)),
    Field("outputQuantityList", Shape::Quantities),
    Field("transformationID", Shape::Uri),
    Field("persistentDisposition", Shape::Persistent),
    Field("ilmd", Shape::Ilmd),
];

impl Checker {
    pub(super) fn offset(&mut self, value: &Value) {
        if let Some(text) = self.text(value)
            && !time::is_offset(text)
        {
            self.object_at(format!("{:?} is no zone, such as +08:00", shown(text)));
        }
    }

    pub(super) fn action(&mut self, value: &Value) {
        if let Some(text) = self.text(value)
            && !matches!(text, "OBSERVE" | "ADD" | "DELETE")
        {
            self.object_at(format!("{:?} is no action; there are ADD, OBSERVE and DELETE", shown(text)));
        }
    }

    pub(super) fn quantity(&mut self, value: &Value) {
        let Some(quantity) = self.object(value) else { return };
        self.needed(quantity, &["epcClass"]);
        for (name, value) in quantity {
            self.within(name, |checker| match name.as_str() {
                "epcClass" => checker.uri(value),
                "quantity" => {
                    checker.number(value);
                    if value.as_f64().is_some_and(|quantity| quantity < 0.0) {
                        checker.object_at("a quantity is not below zero");
                    }
                }
                "uom" => checker.unit(value),
                _ => checker.object_at("a quantity has epcClass, quantity and uom only"),
            });
        }
        if quantity.contains_key("uom") && !quantity.contains_key("quantity") {
            self.object_at("a unit of measure without a quantity says nothing");
        }
    }

    /// A code of UN/CEFACT Recommendation 20.
    fn unit(&mut self, value: &Value) {
        if let Some(text) = self.text(value)
            && !(matches!(text.len(), 2 | 3) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
        {
            self.object_at(format!("{:?} is no unit of measure, such as KGM", shown(text)));
        }
    }

    pub(super) fn place(&mut self, value: &Value) {
        let Some(place) = self.object(value) else { return };
        self.needed(place, &["id"]);
        for (name, value) in place {
            self.within(name, |checker| match name.as_str() {
                "id" => checker.uri(value),
                _ => checker.free(value, DEPTH_MAX),
            });
        }
    }

    pub(super) fn pair(&mut self, value: &Value, pair: Pair) {
        let Some(object) = self.object(value) else { return };
        self.needed(object, &[pair.name]);
        if pair.is_type_needed {
            self.needed(object, &["type"]);
        }
        for (name, value) in object {
            self.within(name, |checker| match name.as_str() {
                "type" => checker.word(value, pair.vocabulary),
                own if own == pair.name => checker.uri(value),
                _ => checker.object_at(format!("only type and {} stand here", pair.name)),
            });
        }
    }

    pub(super) fn persistent(&mut self, value: &Value) {
        let Some(object) = self.object(value) else { return };
        if !object.contains_key("set") && !object.contains_key("unset") {
            self.object_at("set or unset is missing");
        }
        for (name, value) in object {
            self.within(name, |checker| {
                if !matches!(name.as_str(), "set" | "unset") {
                    checker.object_at("only set and unset stand here");
                    return;
                }
                checker.each(value, |checker, word| checker.word(word, Vocabulary::Disposition));
                let words = value.as_array().map(Vec::as_slice).unwrap_or_default();
                if value.is_array() && words.is_empty() {
                    checker.object_at("at least one disposition is needed");
                }
                if words.iter().enumerate().any(|(at, word)| words[..at].contains(word)) {
                    checker.object_at("a disposition stands here twice");
                }
            });
        }
    }

    pub(super) fn error_declaration(&mut self, value: &Value) {
        let Some(object) = self.object(value) else { return };
        self.needed(object, &["declarationTime"]);
        for (name, value) in object {
            self.within(name, |checker| match name.as_str() {
                "declarationTime" => checker.past(value),
                "reason" => checker.word(value, Vocabulary::ErrorReason),
                "correctiveEventIDs" => checker.each(value, Self::uri),
                own => checker.extension(own, value),
            });
        }
    }

    pub(super) fn ilmd(&mut self, value: &Value) {
        for (name, value) in self.object(value).into_iter().flatten() {
            self.within(name, |checker| checker.extension(name, value));
        }
    }

    /// A field that the standard does not know.
    pub(super) fn extension(&mut self, name: &str, value: &Value) {
        if is_uri(name) {
            self.free(value, DEPTH_MAX);
        } else {
            self.object_at("no such field; a field of one's own is named with a namespace, as ex:field");
        }
    }

    pub(super) fn truth(&mut self, value: &Value) {
        if !value.is_boolean() {
            self.object_at(format!("true or false is needed here, not {}", sort_of(value)));
        }
    }
}
