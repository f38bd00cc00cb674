//! Reading one parameter by its name.

use super::{Comparison, Condition, Order, Own, Part, Query, QueryError, Scope, Time};
use crate::facts::{Listed, Term};
use crate::identifier::{self, Pattern};
use crate::vocabulary::Vocabulary;
use crate::{Context, time};

/// How many values one parameter takes.
const VALUES_MAX: usize = 1_000;
/// How many parameters a query has.
const CONDITIONS_MAX: usize = 100;

pub(super) fn refused(parameter: &str, reason: impl Into<String>) -> QueryError {
    QueryError { parameter: parameter.to_owned(), reason: reason.into() }
}

impl Query {
    pub(super) fn take(&mut self, name: &str, values: Vec<String>, context: &Context) -> Result<(), QueryError> {
        if values.len() > VALUES_MAX || self.conditions.len() >= CONDITIONS_MAX {
            return Err(refused(name, format!("at most {CONDITIONS_MAX} parameters of {VALUES_MAX} values are taken")));
        }
        match name {
            "orderBy" => {
                self.order = match one(name, &values)? {
                    "eventTime" => Order::EventTime,
                    "recordTime" => Order::RecordTime,
                    _ => return Err(refused(name, "events are ordered by eventTime or recordTime")),
                };
            }
            "orderDirection" => {
                self.is_ascending = match one(name, &values)? {
                    "ASC" => true,
                    "DESC" => false,
                    _ => return Err(refused(name, "ASC or DESC is needed")),
                };
            }
            "eventCountLimit" => self.event_count_limit = Some(count(name, &values)?),
            "maxEventCount" => self.max_event_count = Some(count(name, &values)?),
            _ => {
                if let Some(condition) = condition(name, values, context)? {
                    self.conditions.push(condition);
                }
            }
        }
        Ok(())
    }
}

/// The condition of a parameter; none where it says that it asks nothing.
fn condition(name: &str, values: Vec<String>, context: &Context) -> Result<Option<Condition>, QueryError> {
    let listed = |listed: Listed, values: Vec<String>| {
        let values = values.iter().map(|value| listed.compared(&context.expand(value)).into_owned()).collect();
        Condition::Listed(listed, values)
    };
    let words = |vocabulary: Vocabulary, values: Vec<String>| -> Vec<String> {
        values.iter().map(|value| vocabulary.bare(value).to_owned()).collect()
    };
    let patterns = |values: Vec<String>| values.iter().map(|value| Pattern::read(value)).collect();
    let names = |values: Vec<String>| values.iter().map(|value| identifier::name(value).into_owned()).collect();
    Ok(Some(match name {
        "eventType" => Condition::Listed(Listed::EventType, values),
        "EQ_action" => {
            if let Some(other) = values.iter().find(|value| !matches!(value.as_str(), "ADD" | "OBSERVE" | "DELETE")) {
                return Err(refused(name, format!("{other:?} is no action; there are ADD, OBSERVE and DELETE")));
            }
            Condition::Action(values)
        }
        "EQ_bizStep" => listed(Listed::BizStep, values),
        "EQ_disposition" => listed(Listed::Disposition, values),
        "EQ_readPoint" => listed(Listed::ReadPoint, values),
        "EQ_bizLocation" => listed(Listed::BizLocation, values),
        "WD_readPoint" => Condition::Within(Listed::ReadPoint, names(values)),
        "WD_bizLocation" => Condition::Within(Listed::BizLocation, names(values)),
        "EQ_persistentDisposition_set" => Condition::Persistent(true, words(Vocabulary::Disposition, values)),
        "EQ_persistentDisposition_unset" => Condition::Persistent(false, words(Vocabulary::Disposition, values)),
        "EQ_transformationID" => Condition::Term(Term::Transformation, None, names(values)),
        "EQ_eventID" => Condition::EventId(values),
        "EQ_correctiveEventID" => Condition::Term(Term::CorrectiveEvent, None, values),
        "EQ_errorReason" => Condition::ErrorReason(words(Vocabulary::ErrorReason, values)),
        "EXISTS_errorDeclaration" => return Ok(asked(&values).then_some(Condition::ExistsErrorDeclaration)),
        "EXISTS_sensorElementList" => return Ok(asked(&values).then_some(Condition::ExistsSensors)),
        "MATCH_epc" => Condition::Epc(Scope::Own, patterns(values)),
        "MATCH_parentID" => Condition::Epc(Scope::Parent, patterns(values)),
        "MATCH_inputEPC" => Condition::Epc(Scope::Input, patterns(values)),
        "MATCH_outputEPC" => Condition::Epc(Scope::Output, patterns(values)),
        "MATCH_anyEPC" => Condition::Epc(Scope::Any, patterns(values)),
        "MATCH_epcClass" => Condition::Class(Scope::Own, patterns(values)),
        "MATCH_inputEPCClass" => Condition::Class(Scope::Input, patterns(values)),
        "MATCH_outputEPCClass" => Condition::Class(Scope::Output, patterns(values)),
        "MATCH_anyEPCClass" => Condition::Class(Scope::Any, patterns(values)),
        _ => return compared(name, values, context).map(Some),
    }))
}

/// A parameter that compares: `EQ_`, `GT_`, `GE_`, `LT_`, `LE_`, `EXISTS_`, `HASATTR_`.
fn compared(name: &str, values: Vec<String>, context: &Context) -> Result<Condition, QueryError> {
    let unknown = || refused(name, "there is no such parameter");
    let (sort, field) = name.split_once('_').ok_or_else(unknown)?;
    let comparison = match sort {
        "EQ" => Comparison::Equal,
        "GT" => Comparison::Greater,
        "GE" => Comparison::GreaterOrEqual,
        "LT" => Comparison::Less,
        "LE" => Comparison::LessOrEqual,
        "EXISTS" => return own(field, context).map(Condition::Exists).ok_or_else(unknown),
        "HASATTR" => return Ok(Condition::HasAttribute(context.expand(field), values)),
        _ => return Err(unknown()),
    };
    let moment = match field {
        "eventTime" => Some(Time::Event),
        "recordTime" => Some(Time::Record),
        "errorDeclarationTime" | "errorDeclaration_Time" => Some(Time::Declaration),
        _ => None,
    };
    if let Some(moment) = moment {
        let text = one(name, &values)?;
        // In a query string a plus that was not escaped is a blank.
        let at = time::read(&text.replace(' ', "+"));
        let at = at.ok_or_else(|| refused(name, format!("{text:?} is no time with a zone")))?;
        return Ok(Condition::Time(moment, comparison, at.at));
    }
    if field == "quantity" {
        let numbers = values.iter().map(|value| number(name, value)).collect::<Result<_, _>>()?;
        return Ok(Condition::Quantity(comparison, numbers));
    }
    if comparison == Comparison::Equal {
        if let Some(rest) = field.strip_prefix("ATTR_") {
            let (field, attribute) = rest.rsplit_once('_').ok_or_else(unknown)?;
            return Ok(Condition::Attribute(context.expand(field), attribute.to_owned(), values));
        }
        for (term, prefix, vocabulary) in [
            (Term::BizTransaction, "bizTransaction", Vocabulary::BizTransaction),
            (Term::Source, "source", Vocabulary::SourceDestination),
            (Term::Destination, "destination", Vocabulary::SourceDestination),
        ] {
            let names = || values.iter().map(|value| identifier::name(value).into_owned()).collect();
            match field.strip_prefix(prefix) {
                Some("") => return Ok(Condition::Term(term, None, names())),
                Some(rest) if rest.starts_with('_') => {
                    let sort = context.expand(&rest[1..]);
                    return Ok(Condition::Term(term, Some(vocabulary.bare(&sort).to_owned()), names()));
                }
                _ => {}
            }
        }
    }
    if let Some((sensor, unit, is_number)) = sensor(field) {
        if is_number {
            for value in &values {
                number(name, value)?;
            }
        }
        return Ok(Condition::Sensor(sensor, unit, comparison, values));
    }
    match own(field, context) {
        Some(own) => Ok(Condition::Field(own, comparison, values)),
        None => Err(unknown()),
    }
}

/// A field of sensors, its unit of measure, and whether it holds numbers.
fn sensor(field: &str) -> Option<(String, Option<String>, bool)> {
    const TEXTS: [&str; 16] = [
        "type",
        "exception",
        "component",
        "deviceID",
        "deviceMetadata",
        "rawData",
        "dataProcessingMethod",
        "bizRules",
        "microorganism",
        "chemicalSubstance",
        "coordinateReferenceSystem",
        "stringValue",
        "booleanValue",
        "hexBinaryValue",
        "uriValue",
        "uom",
    ];
    const NUMBERS: [&str; 7] = ["value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "percRank"];
    if TEXTS.contains(&field) || matches!(field, "time" | "startTime" | "endTime") {
        return Some((field.to_owned(), None, false));
    }
    let (name, unit) = field.split_once('_').map_or((field, None), |(name, unit)| (name, Some(unit.to_owned())));
    NUMBERS.contains(&name).then(|| (name.to_owned(), unit, true))
}

/// A field of one's own: its name has a namespace.
fn own(field: &str, context: &Context) -> Option<Own> {
    let (is_inner, rest) = field.strip_prefix("INNER_").map_or((false, field), |rest| (true, rest));
    const PARTS: [(&str, Part); 7] = [
        ("ILMD_", Part::Ilmd),
        ("ERROR_DECLARATION_", Part::ErrorDeclaration),
        ("SENSORELEMENT_", Part::SensorElement),
        ("SENSORMETADATA_", Part::SensorMetadata),
        ("SENSORREPORT_", Part::SensorReport),
        ("readPoint_", Part::ReadPoint),
        ("bizLocation_", Part::BizLocation),
    ];
    let found = PARTS.into_iter().find_map(|(prefix, part)| rest.strip_prefix(prefix).map(|name| (part, name)));
    let (part, name) = found.unwrap_or((Part::Event, rest));
    name.contains(':').then(|| Own { part, is_inner, name: context.expand(name) })
}

fn one<'a>(name: &str, values: &'a [String]) -> Result<&'a str, QueryError> {
    match values {
        [value] => Ok(value),
        _ => Err(refused(name, "one value is needed")),
    }
}

fn count(name: &str, values: &[String]) -> Result<u64, QueryError> {
    one(name, values)?.parse().map_err(|_| refused(name, "a whole number is needed"))
}

fn number(name: &str, value: &str) -> Result<f64, QueryError> {
    let number: Option<f64> = value.parse().ok();
    number.filter(|number| number.is_finite()).ok_or_else(|| refused(name, format!("{value:?} is no number")))
}

/// Whether an `EXISTS_` parameter asks for anything.
fn asked(values: &[String]) -> bool {
    !values.iter().any(|value| value == "false")
}
