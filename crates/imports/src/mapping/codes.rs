//! What the columns of a list of codes mean.

use serde::{Deserialize, Serialize};
use tallymark_base::id::BatchId;
use tallymark_goods::rules::listing::{Label, Labels, Printed};
use utoipa::ToSchema;

use super::{check, parsed};
use crate::Error;

/// What the columns of a list of codes that were made elsewhere mean: each row is an item of a batch, in the sequence of its serials. At
/// least one column is named. Below `box`, `case` and `pallet` stands the pack that the item lies in; a cell may be empty where that is
/// the pack of the row above. Of a batch that is packed on the line these columns only hold labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportCodesMapping)]
pub struct CodesMapping {
    /// The draft that the list fills. It is said with each file; a mapping that is kept for many files leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// The column of the codes on the outside of items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The column of the codes inside, under the cap or a scratch layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<String>,
    /// The column of the codes of boxes.
    #[serde(default, rename = "box", skip_serializing_if = "Option::is_none")]
    pub boxes: Option<String>,
    /// The column of the codes of cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The column of the codes of pallets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pallet: Option<String>,
    /// The link that codes are printed in, with `{code}` where the code stands: `https://q.example.com/v?c={code}`. Left out where they are
    /// printed as they are, in a GS1 Digital Link, or in the links of our scan page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Who made the codes, where an import names no other source: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl CodesMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mapping: Self = parsed(text)?;
        mapping.check()?;
        Ok(mapping)
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        if self.columns().next().is_none() {
            return Err(check::wrong("item", "name the column of the codes of items, or that of another label"));
        }
        for (label, column) in self.columns() {
            check::named(column, name_of(label))?;
        }
        self.printed()?;
        check::source(self.source.as_deref())
    }

    /// The labels that it names, with their columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Label, &String)> {
        let of = [&self.item, &self.inner, &self.boxes, &self.case, &self.pallet];
        Label::ALL.into_iter().zip(of).filter_map(|(label, column)| Some((label, column.as_ref()?)))
    }

    /// Which codes the list has.
    pub fn labels(&self) -> Labels {
        self.columns().map(|(label, _)| label).collect()
    }

    /// In what they are printed.
    pub fn printed(&self) -> Result<Printed, Error> {
        let link = self.link.as_deref().map(Printed::parse).transpose();
        Ok(link.map_err(|error| check::wrong("link", error.to_string()))?.unwrap_or_default())
    }

    /// The batch, where it is said.
    pub(crate) fn batch(&self) -> Result<BatchId, Error> {
        self.batch.ok_or_else(|| check::wrong("batch", "say which draft of a batch the list is for"))
    }
}

/// What a mapping calls a label.
pub(crate) const fn name_of(label: Label) -> &'static str {
    match label {
        Label::Item => "item",
        Label::Inner => "inner",
        Label::Box => "box",
        Label::Case => "case",
        Label::Pallet => "pallet",
    }
}
