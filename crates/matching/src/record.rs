//! What a caller hands in: records with optional fields of text, just as they were written down.

use std::collections::BTreeMap;

/// A field with a meaning of its own. Values are text as found; normalising is this crate's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name a person is called by. A Chinese full name in this field alone is split into surname and given name.
    GivenName,
    /// The family name.
    Surname,
    /// The number of the house.
    StreetNumber,
    /// The street, or the whole address where it is not divided.
    AddressLine1,
    /// What else the address has: building, estate, flat.
    AddressLine2,
    /// Suburb, town or district.
    Suburb,
    /// The postal code.
    Postcode,
    /// State, province or region.
    State,
    /// Date of birth: `19560409`, `1956-04-09`, `9/4/1956` (day first), `1956年4月9日`, or a year alone.
    DateOfBirth,
    /// A telephone number, or its last digits (four or more).
    Phone,
    /// An address of electronic mail.
    Email,
}

impl Field {
    /// All fields, in the order in which they are explained.
    pub const ALL: [Self; 11] = [
        Self::GivenName,
        Self::Surname,
        Self::StreetNumber,
        Self::AddressLine1,
        Self::AddressLine2,
        Self::Suburb,
        Self::Postcode,
        Self::State,
        Self::DateOfBirth,
        Self::Phone,
        Self::Email,
    ];

    /// The field's name as a column: `given_name`, `address_line_1` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::Surname => "surname",
            Self::StreetNumber => "street_number",
            Self::AddressLine1 => "address_line_1",
            Self::AddressLine2 => "address_line_2",
            Self::Suburb => "suburb",
            Self::Postcode => "postcode",
            Self::State => "state",
            Self::DateOfBirth => "date_of_birth",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// One person as one source knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    key: String,
    values: [Option<String>; Field::ALL.len()],
    extra: BTreeMap<String, String>,
}

impl Record {
    /// An empty record. `key` names it within its set and decides ties, so that the order of records does not matter.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), values: Default::default(), extra: BTreeMap::new() }
    }

    /// The same record with `value` in `field`. A value that normalises to nothing counts as missing.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<String>) -> Self {
        self.values[field as usize] = Some(value.into());
        self
    }

    /// The same record with a value that no [`Field`] stands for, such as a membership number, under a name of the caller's.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// The record's name within its set.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value of `field` as it was given.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.values[field as usize].as_deref()
    }

    /// The values under names of the caller's, by name.
    pub fn extra(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
