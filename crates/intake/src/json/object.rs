//! A JSON object that is kept as text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::RawValue;

use super::{members, mend};

/// A JSON object as it was sent, read one level at a time. What it holds may be personal: it is not printed.
#[derive(Clone, Default)]
pub struct Object(Option<Box<RawValue>>);

impl Object {
    /// The object that `text` is; none where it is something else or no JSON.
    pub fn parse(text: &str) -> Option<Self> {
        let text = mend::escapes(text);
        let raw: &RawValue = serde_json::from_str(&text).ok()?;
        raw.get().starts_with('{').then(|| Self::of(raw))
    }

    /// Keeps the text of `raw`, which is an object.
    pub(crate) fn of(raw: &RawValue) -> Self {
        Self::owned(raw.to_owned())
    }

    /// Keeps `raw`, which is an object.
    pub(crate) fn owned(raw: Box<RawValue>) -> Self {
        Self((raw.get() != "{}").then_some(raw))
    }

    /// Whether it was absent or has no members.
    pub fn is_empty(&self) -> bool {
        self.members().is_empty()
    }

    /// Its JSON: `{}` where it was absent.
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or("{}", |raw| raw.get())
    }

    /// Its members by name, each as JSON. Members that are `null` are left out; of equal names the last counts.
    pub fn members(&self) -> BTreeMap<Cow<'_, str>, &RawValue> {
        // What was read as an object once is read again without fail.
        self.0.as_ref().and_then(|raw| members::all(raw.get()).ok()).unwrap_or_default()
    }

    pub(crate) fn raw(&self) -> Option<&RawValue> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} bytes, hidden)", self.as_str().len())
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Object {}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.raw() {
            Some(raw) => raw.serialize(serializer),
            None => serializer.collect_map(std::iter::empty::<((), ())>()),
        }
    }
}
