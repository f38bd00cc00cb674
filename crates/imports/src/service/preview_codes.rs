//! What an import of codes that were made elsewhere would do, without doing anything.

use serde::Serialize;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_goods::listing::{NewCodeList, wanted};
use tallymark_goods::rules::listing::Label;
use tallymark_store::{Context, Tx};
use tallymark_tables::{Format, Options, Row, Source};
use utoipa::ToSchema;

use super::preview::{First, left_out};
use crate::codes::{Assembler, Found, columns};
use crate::{CodesMapping, Error, Reject, propose};

/// Rows that are shown.
const SHOWN_MAX: usize = 20;

/// What a list of codes would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportCodesOutlook)]
pub struct CodesOutlook {
    /// The format of the file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<String>,
    /// The mapping that the rows were read by: the named one, else the proposed one.
    pub mapping: CodesMapping,
    /// Columns that the mapping leaves out.
    pub left_out: Vec<String>,
    /// Why the list cannot be imported like this; there are no rows then.
    pub mistake: Option<String>,
    /// What the first rows would be.
    pub rows: Vec<PreviewedRow>,
    /// Why the first rows could not be taken, and with them the list.
    pub rejects: Vec<Reject>,
}

/// What a row of a list would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportPreviewedCodes)]
pub struct PreviewedRow {
    /// Where it stands.
    pub line: u64,
    /// Its codes, and those of the packs that begin with it.
    pub codes: Vec<PreviewedCode>,
}

/// A code of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportPreviewedCode)]
pub struct PreviewedCode {
    /// On what it is printed.
    pub label: Label,
    /// Which one of them, from 0.
    pub serial: u64,
    /// What is read, without the link around it.
    pub code: String,
}

/// The first rows of a list, not yet understood.
pub struct LookedCodes {
    outlook: CodesOutlook,
    first: First,
}

impl LookedCodes {
    /// It, for a batch.
    pub fn of(mut self, batch: BatchId) -> Self {
        self.outlook.mapping.batch = Some(batch);
        self
    }
}

impl std::fmt::Debug for LookedCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LookedCodes({} rows, hidden)", self.first.rows.len())
    }
}

/// Reads the first rows of a list by a mapping, or by the proposed one. It blocks.
pub fn look_at_codes(source: &Source, options: &Options, mapping: Option<&CodesMapping>) -> Result<LookedCodes, Error> {
    let first = First::of(source, options, SHOWN_MAX)?;
    let mapping = mapping.cloned().unwrap_or_else(|| propose::codes(&first.header).0);
    let left_out = left_out(mapping.columns().map(|(_, column)| column), &first.header);
    let outlook = CodesOutlook {
        format: Format::of(source)?,
        columns: first.header.names().to_vec(),
        mistake: columns(&mapping, &first.header).err().map(|error| error.to_string()),
        left_out,
        rows: Vec::new(),
        rejects: Vec::new(),
        mapping,
    };
    Ok(LookedCodes { outlook, first })
}

/// What the first rows of a list would be, for the batch that its mapping names.
pub async fn preview_codes(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    looked: LookedCodes,
) -> Result<CodesOutlook, Error> {
    let LookedCodes { mut outlook, first } = looked;
    if outlook.mistake.is_some() {
        return Ok(outlook);
    }
    match assembler(tx, context, tenant, &outlook.mapping, &first).await {
        Ok(mut assembler) => {
            for row in &first.rows {
                match previewed(&mut assembler, row) {
                    Ok(row) => outlook.rows.push(row),
                    Err(reject) => outlook.rejects.push(reject),
                }
            }
        }
        Err(Error::Goods(error)) if !is_ours(&error) => outlook.mistake = Some(error.to_string()),
        Err(error) => return Err(error),
    }
    Ok(outlook)
}

async fn assembler(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    mapping: &CodesMapping,
    first: &First,
) -> Result<Assembler, Error> {
    let new = NewCodeList { batch: mapping.batch()?, labels: mapping.labels(), printed: mapping.printed()? };
    let wanted = wanted(tx, tenant, &context.master, &new).await?;
    Assembler::of(mapping, &first.header, &wanted, &Found::default())
}

/// Whether something is wrong with the server, or with what the caller may see.
fn is_ours(error: &tallymark_goods::Error) -> bool {
    use tallymark_base::{Fault as _, Kind};
    matches!(error.kind(), Kind::Internal | Kind::Unavailable | Kind::NotFound)
}

fn previewed(assembler: &mut Assembler, row: &Row) -> Result<PreviewedRow, Reject> {
    let codes = assembler.previewed(row)?.into_iter();
    let codes = codes.map(|(label, serial, code)| PreviewedCode { label, serial, code }).collect();
    Ok(PreviewedRow { line: row.line, codes })
}
