//! The `@context` of a document: which namespaces its extensions have. Contexts of GS1 are known without asking the network;
//! others are kept and never fetched.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The context of EPCIS 2.0.
pub const STANDARD: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// Prefixes that the context of EPCIS declares.
const KNOWN: [(&str, &str); 8] = [
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("gs1", "https://gs1.org/voc/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];

/// What names mean in a document or an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    value: Value,
    prefixes: BTreeMap<String, String>,
}

impl Default for Context {
    fn default() -> Self {
        Self::of(&json!([STANDARD]))
    }
}

impl Context {
    /// Reads the value of `@context`.
    pub fn of(value: &Value) -> Self {
        let mut prefixes = BTreeMap::new();
        declare(value, &mut prefixes);
        Self { value: value.clone(), prefixes }
    }

    /// The same with what an event declares for itself.
    #[must_use]
    pub fn with(&self, own: &Value) -> Self {
        let mut context = self.clone();
        declare(own, &mut context.prefixes);
        context
    }

    /// The value of `@context`.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// Namespace and local name: (`https://ns.example.com/epcis/`, `myField`) of `example:myField`. A prefix that nobody
    /// declared is no prefix.
    pub fn split<'a>(&'a self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let (prefix, local) = name.split_once(':')?;
        let namespace = self.prefixes.get(prefix).map(String::as_str);
        let known = || KNOWN.iter().find(|(own, _)| *own == prefix).map(|(_, namespace)| *namespace);
        (!local.starts_with("//")).then_some(())?;
        namespace.or_else(known).map(|namespace| (namespace, local))
    }

    /// The whole URI of a compact one; another text as it is.
    pub fn expand(&self, text: &str) -> String {
        self.split(text).map_or_else(|| text.to_owned(), |(namespace, local)| format!("{namespace}{local}"))
    }

    /// The prefixes that the document declares itself.
    pub const fn prefixes(&self) -> &BTreeMap<String, String> {
        &self.prefixes
    }
}

fn declare(value: &Value, prefixes: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| declare(part, prefixes)),
        Value::Object(names) => {
            for (name, meaning) in names {
                let id = meaning.as_str().or_else(|| meaning.get("@id").and_then(Value::as_str));
                if let Some(id) = id.filter(|_| !name.starts_with('@')) {
                    prefixes.insert(name.clone(), id.to_owned());
                }
            }
        }
        _ => {}
    }
}
