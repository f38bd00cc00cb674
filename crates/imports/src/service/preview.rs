//! What an import of a file would do, without doing anything.

use std::ops::ControlFlow;

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_people::rules::mask::{Sight, shown, shown_identifier};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_tables::{Format, Header, Options, Row, Sink, Source, read};
use utoipa::ToSchema;

use crate::members::{Defaults, Member, Plan, mapped};
use crate::{Error, MembersMapping, Reject, propose};

/// Rows that are shown.
const SHOWN_MAX: usize = 20;

/// What a file would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportOutlook)]
pub struct Outlook {
    /// The format of the file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<String>,
    /// The mapping that the rows were read by: the named one, else the proposed one.
    pub mapping: MembersMapping,
    /// Columns that the mapping leaves out.
    pub left_out: Vec<String>,
    /// Why the mapping cannot be used yet; there are no rows then.
    pub mistake: Option<String>,
    /// What the first rows would be, personal values masked.
    pub rows: Vec<Previewed>,
    /// What would be left out of the first rows.
    pub rejects: Vec<Reject>,
}

/// What a row would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Previewed {
    /// Where it stands.
    pub line: u64,
    /// By what the person would be known.
    pub identifiers: Vec<PreviewedIdentifier>,
    /// What would be known.
    pub profile: Vec<PreviewedValue>,
    /// What would be allowed or taken back.
    pub consents: Vec<PreviewedConsent>,
    /// Since when.
    pub at: Timestamp,
}

/// An identifier of a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedIdentifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its value, masked.
    pub value: Option<String>,
}

impl PreviewedIdentifier {
    pub(super) fn of(own: &Identifier) -> Self {
        Self { kind: own.kind(), value: shown_identifier(Sight::Masked, own.kind(), own.value()) }
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedValue {
    /// The field.
    pub field: String,
    /// Its value, masked.
    pub value: Option<String>,
}

/// A consent of a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedConsent {
    /// For what.
    pub purpose: String,
    /// Through what.
    pub channel: String,
    /// Whether it is given.
    pub given: bool,
}

/// What the first rows of a file would be by a mapping, or by the proposed one. It blocks.
pub fn preview(
    source: &Source,
    options: &Options,
    mapping: Option<&MembersMapping>,
    defaults: &Defaults,
) -> Result<Outlook, Error> {
    let first = First::of(source, options, SHOWN_MAX)?;
    let mapping = mapping.cloned().unwrap_or_else(|| propose::members(&first.header).0);
    let identifiers = mapping.identifiers.iter().map(|own| &own.column);
    let profile = mapping.profile.iter().map(|own| &own.column);
    let consents = mapping.consents.iter().map(|own| &own.column);
    let time = mapping.time.iter().filter_map(|own| own.column.as_ref());
    let left_out = left_out(identifiers.chain(profile).chain(consents).chain(time), &first.header);
    let mut outlook = Outlook {
        format: Format::of(source)?,
        columns: first.header.names().to_vec(),
        left_out,
        mistake: None,
        rows: Vec::new(),
        rejects: Vec::new(),
        mapping,
    };
    match Plan::new(&outlook.mapping, &first.header, defaults) {
        Err(error) => outlook.mistake = Some(error.to_string()),
        Ok(plan) => {
            for row in &first.rows {
                let member = mapped(&plan, row, &mut outlook.rejects);
                outlook.rows.extend(member.map(|member| previewed(&plan, &outlook.mapping, &member)));
            }
        }
    }
    Ok(outlook)
}

/// The columns that a mapping does not name.
pub(super) fn left_out<'m>(named: impl Iterator<Item = &'m String>, header: &Header) -> Vec<String> {
    let named: Vec<usize> = named.filter_map(|column| header.place(column).ok()).collect();
    let names = header.names().iter().enumerate();
    names.filter(|(place, name)| !name.is_empty() && !named.contains(place)).map(|(_, name)| name.clone()).collect()
}

fn previewed(plan: &Plan, mapping: &MembersMapping, member: &Member) -> Previewed {
    let identifiers = member.identifiers.iter().map(PreviewedIdentifier::of);
    let profile = member.values.iter().map(|(field, value)| {
        let field = &plan.fields[*field].name;
        let normal = tallymark_people::rules::profile::normal(field, value, member.at);
        PreviewedValue { field: field.clone(), value: shown(Sight::Masked, field, &normal.unwrap_or_default()) }
    });
    let consents = member.consents.iter().map(|allowed| {
        let column = &mapping.consents[allowed.column];
        PreviewedConsent { purpose: column.purpose.clone(), channel: column.channel.clone(), given: allowed.given }
    });
    Previewed {
        line: member.line,
        identifiers: identifiers.collect(),
        profile: profile.collect(),
        consents: consents.collect(),
        at: member.at,
    }
}

/// The header and the first rows of a file.
pub(super) struct First {
    pub(super) header: Header,
    pub(super) rows: Vec<Row>,
    max: usize,
}

impl First {
    pub(super) fn of(source: &Source, options: &Options, max: usize) -> Result<Self, Error> {
        let mut first = Self { header: Header::default(), rows: Vec::new(), max };
        read(source, options, &mut first)?;
        Ok(first)
    }
}

impl Sink for First {
    fn header(&mut self, header: &Header) -> ControlFlow<()> {
        self.header = header.clone();
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self.rows.push(row);
        if self.rows.len() < self.max { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}
