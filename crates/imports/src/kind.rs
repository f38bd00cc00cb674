//! What the rows of a file are, and what its columns mean.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mapping::{ArticlesMapping, CodesMapping, OperationsMapping, OrdersMapping};
use crate::{Error, MembersMapping};

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportKind)]
pub enum Kind {
    /// Each row is a member.
    #[default]
    Members,
    /// Each row is a line of an order or of a return.
    Orders,
    /// Each row is something that is sold.
    Articles,
    /// Each row is a code, or a run of codes, with which something was done by a document.
    Operations,
    /// Each row is an item of a batch with codes that were made elsewhere.
    Codes,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Members, Self::Orders, Self::Articles, Self::Operations, Self::Codes];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Orders => "orders",
            Self::Articles => "articles",
            Self::Operations => "operations",
            Self::Codes => "codes",
        }
    }

    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What the columns of a file mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ImportFileMapping)]
pub enum FileMapping {
    /// Of a file of members.
    Members(MembersMapping),
    /// Of a file of orders.
    Orders(Box<OrdersMapping>),
    /// Of a file of articles.
    Articles(ArticlesMapping),
    /// Of a file of operations.
    Operations(Box<OperationsMapping>),
    /// Of a list of codes.
    Codes(CodesMapping),
}

impl FileMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(kind: Kind, text: &[u8]) -> Result<Self, Error> {
        Ok(match kind {
            Kind::Members => Self::Members(MembersMapping::parse(text)?),
            Kind::Orders => Self::Orders(Box::new(OrdersMapping::parse(text)?)),
            Kind::Articles => Self::Articles(ArticlesMapping::parse(text)?),
            Kind::Operations => Self::Operations(Box::new(OperationsMapping::parse(text)?)),
            Kind::Codes => Self::Codes(CodesMapping::parse(text)?),
        })
    }

    /// What the rows are.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Members(_) => Kind::Members,
            Self::Orders(_) => Kind::Orders,
            Self::Articles(_) => Kind::Articles,
            Self::Operations(_) => Kind::Operations,
            Self::Codes(_) => Kind::Codes,
        }
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Members(mapping) => mapping.check(),
            Self::Orders(mapping) => mapping.check(),
            Self::Articles(mapping) => mapping.check(),
            Self::Operations(mapping) => mapping.check(),
            Self::Codes(mapping) => mapping.check(),
        }
    }

    /// Who says what the file says, where the mapping names somebody.
    pub fn source(&self) -> Option<&String> {
        match self {
            Self::Members(mapping) => mapping.source.as_ref(),
            Self::Orders(mapping) => mapping.source.as_ref(),
            Self::Articles(mapping) => mapping.source.as_ref(),
            Self::Operations(mapping) => mapping.source.as_ref(),
            Self::Codes(mapping) => mapping.source.as_ref(),
        }
    }

    /// Its text, the same for equal mappings.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("a plain struct: it always serializes")
    }
}
