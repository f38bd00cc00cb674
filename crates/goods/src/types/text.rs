//! Values of `codes` in JSON: by their written form, so that what a request says and what an answer shows is what is
//! printed on goods.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use tallymark_codes::CodeLength;

pub(crate) fn shown<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

pub(crate) fn length<S: Serializer>(length: &CodeLength, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(length.characters() as u64)
}

pub(crate) fn parsed_length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CodeLength, D::Error> {
    CodeLength::new(u64::deserialize(deserializer)?).map_err(D::Error::custom)
}
