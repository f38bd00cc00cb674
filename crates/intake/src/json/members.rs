//! Members of an object by name, as the texts that were sent.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// A name that borrows from the text where it holds no escape.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A struct of members that are looked for.
pub(crate) trait Members<'a>: Default {
    /// Where the member of this name goes; none for a name that is not looked for.
    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a RawValue>>;
}

/// Declares such a struct: `field: "name"`, or `field: "name" | "other spelling"`.
macro_rules! members {
    ($(#[$meta:meta])* struct $type:ident { $($field:ident: $($name:literal)|+),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Default)]
        pub(crate) struct $type<'a> {$(
            pub(crate) $field: Option<&'a ::serde_json::value::RawValue>,
        )+}

        impl<'a> $crate::json::members::Members<'a> for $type<'a> {
            fn slot(&mut self, name: &str) -> Option<&mut Option<&'a ::serde_json::value::RawValue>> {
                match name {
                    $($($name)|+ => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use members;

/// The members of the object that `text` is. Fails where it is none.
pub(crate) fn read<'a, M: Members<'a>>(text: &'a str) -> serde_json::Result<M> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Reader(PhantomData))?;
    deserializer.end()?;
    Ok(members)
}

/// The members of an object; no members where there is none.
pub(crate) fn read_or_none<'a, M: Members<'a>>(raw: Option<&'a RawValue>) -> M {
    raw.and_then(|raw| read(raw.get()).ok()).unwrap_or_default()
}

/// The value, unless it is `null`.
pub(crate) fn present(raw: &RawValue) -> Option<&RawValue> {
    (raw.get() != "null").then_some(raw)
}

struct Reader<M>(PhantomData<M>);

impl<'de, M: Members<'de>> Visitor<'de> for Reader<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let mut members = M::default();
        while let Some(Name(name)) = map.next_key()? {
            match members.slot(&name) {
                Some(slot) => *slot = present(map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(members)
    }
}

/// All members of an object by name.
pub(crate) type All<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// All members of the object that `text` is. Fails where it is none.
pub(crate) fn all(text: &str) -> serde_json::Result<All<'_>> {
    struct AllReader;
    impl<'de> Visitor<'de> for AllReader {
        type Value = All<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<All<'de>, A::Error> {
            let mut members = All::new();
            while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                match present(value) {
                    Some(value) => _ = members.insert(name, value),
                    None => _ = members.remove(&name),
                }
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(AllReader)
}

/// The members of both objects; of equal names the value of `over` counts.
pub(crate) fn overlay(base: &RawValue, over: &RawValue) -> serde_json::Result<Box<RawValue>> {
    let mut members = all(base.get())?;
    members.extend(all(over.get())?);
    write(&members)
}

/// The object that these members make.
pub(crate) fn write<N: Serialize + Ord, V: Serialize>(members: &BTreeMap<N, V>) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(members).map_err(serde_json::Error::custom)
}
