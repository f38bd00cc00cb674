//! Queries over events (ISO/IEC 19987:2024, 8.2.7): the parameters of `SimpleEventQuery`, read from a query string or from the
//! JSON of a named query, and what each asks of an event.

mod matching;
mod parameter;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use crate::Context;
use crate::facts::{Listed, Term};
use crate::identifier::Pattern;

/// What an answer holds, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// By what the events are ordered.
    pub order: Order,
    /// Whether the lowest comes first.
    pub is_ascending: bool,
    /// Only the first of them.
    pub event_count_limit: Option<u64>,
    /// More than these are refused.
    pub max_event_count: Option<u64>,
}

/// By what events are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Nothing was said: as they were recorded.
    #[default]
    Unsaid,
    /// When they happened.
    EventTime,
    /// When they were recorded.
    RecordTime,
}

/// Which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// When it happened.
    Event,
    /// When it was recorded.
    Record,
    /// When it was declared wrong.
    Declaration,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// One of the values.
    Equal,
    /// Above.
    Greater,
    /// Not below.
    GreaterOrEqual,
    /// Below.
    Less,
    /// Not above.
    LessOrEqual,
}

/// Which objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that something happened to, or that are in the container.
    Own,
    /// The container.
    Parent,
    /// What was used up.
    Input,
    /// What was made.
    Output,
    /// All of these.
    Any,
}

/// Where a field of one's own lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// In the event.
    Event,
    /// In the master data.
    Ilmd,
    /// In the error declaration.
    ErrorDeclaration,
    /// In a sensor element.
    SensorElement,
    /// In the metadata of one.
    SensorMetadata,
    /// In a report of one.
    SensorReport,
    /// In the read point.
    ReadPoint,
    /// In the business location.
    BizLocation,
}

/// A field of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Where it lies.
    pub part: Part,
    /// Whether it may lie deeper.
    pub is_inner: bool,
    /// Its name, with the whole namespace where the query declares it.
    pub name: String,
}

/// What one parameter asks.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A word or place is one of these, as it is compared ([`Listed::compared`]).
    Listed(Listed, Vec<String>),
    /// A place is one of these, or lies within one.
    Within(Listed, Vec<String>),
    /// A moment lies there.
    Time(Time, Comparison, Timestamp),
    /// The action is one of these.
    Action(Vec<String>),
    /// A persistent disposition was set (or, with `false`, unset) to one of these.
    Persistent(bool, Vec<String>),
    /// The reason of the error declaration is one of these.
    ErrorReason(Vec<String>),
    /// The id is one of these.
    EventId(Vec<String>),
    /// A transaction, source … of a type (none: of any) is one of these.
    Term(Term, Option<String>, Vec<String>),
    /// An object matches one of these.
    Epc(Scope, Vec<Pattern>),
    /// A class with a quantity matches one of these.
    Class(Scope, Vec<Pattern>),
    /// A quantity compares.
    Quantity(Comparison, Vec<f64>),
    /// There is an error declaration.
    ExistsErrorDeclaration,
    /// There are sensor elements.
    ExistsSensors,
    /// A field of one's own is there.
    Exists(Own),
    /// A field of one's own compares.
    Field(Own, Comparison, Vec<String>),
    /// A field of a sensor's metadata or report compares; the unit of measure is this one.
    Sensor(String, Option<String>, Comparison, Vec<String>),
    /// A field of one's own has a member of one of these names.
    HasAttribute(String, Vec<String>),
    /// A member of a field of one's own is one of these.
    Attribute(String, String, Vec<String>),
}

/// A parameter that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {reason}")]
pub struct QueryError {
    /// Its name.
    pub parameter: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Query {
    /// Reads parameters of a query string. Several values of one stand apart by `|`, or the parameter stands there again.
    ///
    /// # Errors
    /// The first parameter that cannot be taken.
    pub fn of_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        context: &Context,
    ) -> Result<Self, QueryError> {
        let mut query = Self::default();
        let mut read: Vec<(&str, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            let values = value.split('|').map(str::to_owned);
            match read.iter_mut().find(|(own, _)| *own == name) {
                Some((_, list)) => list.extend(values),
                None => read.push((name, values.collect())),
            }
        }
        for (name, values) in read {
            query.take(name, values, context)?;
        }
        query.complete()
    }

    /// Reads the value of `query` of a named query.
    ///
    /// # Errors
    /// The first parameter that cannot be taken.
    pub fn of_json(parameters: &Map<String, Value>) -> Result<Self, QueryError> {
        let context = parameters.get("@context").map(Context::of).unwrap_or_default();
        let mut query = Self::default();
        for (name, value) in parameters.iter().filter(|(name, _)| *name != "@context") {
            let text = |value: &Value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(truth) => Some(truth.to_string()),
                Value::Null => Some(String::new()),
                _ => None,
            };
            let values: Option<Vec<String>> = match value {
                Value::Array(values) => values.iter().map(text).collect(),
                value => text(value).map(|text| vec![text]),
            };
            let values =
                values.ok_or_else(|| parameter::refused(name, "texts, numbers or lists of them are needed"))?;
            query.take(name, values, &context)?;
        }
        query.complete()
    }

    /// What holds only together.
    fn complete(self) -> Result<Self, QueryError> {
        if self.event_count_limit.is_some() && self.max_event_count.is_some() {
            return Err(parameter::refused("eventCountLimit", "it excludes maxEventCount: give one of them"));
        }
        if self.event_count_limit.is_some() && self.order == Order::Unsaid {
            return Err(parameter::refused("eventCountLimit", "it needs orderBy, which says what comes first"));
        }
        Ok(self)
    }
}
