//! A mapping and the header of a file, put together.

use jiff::tz::TimeZone;
use tallymark_base::Timestamp;
use tallymark_people::IdentifierKind;
use tallymark_tables::{Header, TimeFormat, moment};

use crate::{Error, MembersMapping};

/// What a mapping leaves open.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Who says what the file says.
    pub source: String,
    /// The zone of the brand.
    pub zone: TimeZone,
    /// When the import began: the time of what has none, and of what says a later one.
    pub at: Timestamp,
}

/// Where in a row is what.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) identifiers: Vec<IdentifierPlan>,
    /// The fields of the profile, with the names of their columns.
    pub fields: Vec<FieldPlan>,
    pub(super) consents: Vec<ConsentPlan>,
    pub(super) time: Option<(usize, String)>,
    pub(super) format: TimeFormat,
    pub(super) zone: TimeZone,
    /// The time of a row that has none.
    pub(super) otherwise: Timestamp,
    /// The latest time that is believed.
    pub(super) latest: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct IdentifierPlan {
    pub(super) place: usize,
    pub(super) column: String,
    pub(super) kind: IdentifierKind,
    pub(super) scope: Option<String>,
}

/// A field and where it stands.
#[derive(Debug, Clone)]
pub struct FieldPlan {
    /// The place of its column.
    pub place: usize,
    /// The name of its column.
    pub column: String,
    /// The name of the field.
    pub name: String,
}

#[derive(Debug, Clone)]
pub(super) struct ConsentPlan {
    pub(super) place: usize,
    pub(super) column: String,
    pub(super) yes: Vec<String>,
    pub(super) no: Vec<String>,
    pub(super) identifier: Option<IdentifierKind>,
}

impl Plan {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub fn new(mapping: &MembersMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        mapping.check()?;
        let zone = match &mapping.zone {
            None => defaults.zone.clone(),
            Some(name) => TimeZone::get(name)
                .map_err(|error| Error::Mapping { at: "zone".to_owned(), reason: error.to_string() })?,
        };
        let mut identifiers = Vec::with_capacity(mapping.identifiers.len());
        for own in &mapping.identifiers {
            let of_source = || (own.kind == IdentifierKind::UserId).then(|| defaults.source.clone());
            let scope = own.scope.clone().or_else(of_source);
            let place = header.place(&own.column)?;
            identifiers.push(IdentifierPlan { place, column: own.column.clone(), kind: own.kind, scope });
        }
        let mut fields = Vec::with_capacity(mapping.profile.len());
        for own in &mapping.profile {
            let (column, name) = (own.column.clone(), own.field.clone());
            fields.push(FieldPlan { place: header.place(&own.column)?, column, name });
        }
        let lower = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect();
        let mut consents = Vec::with_capacity(mapping.consents.len());
        for own in &mapping.consents {
            consents.push(ConsentPlan {
                place: header.place(&own.column)?,
                column: own.column.clone(),
                yes: lower(&own.yes),
                no: lower(&own.no),
                identifier: own.identifier,
            });
        }
        let time = mapping.time.clone().unwrap_or_default();
        let constant = time.constant.as_deref().and_then(|text| moment(text, time.format, &zone));
        let column = time.column.map(|column| header.place(&column).map(|place| (place, column))).transpose()?;
        Ok(Self {
            identifiers,
            fields,
            consents,
            time: column,
            format: time.format,
            zone,
            otherwise: constant.unwrap_or(defaults.at).min(defaults.at),
            latest: defaults.at,
        })
    }
}
