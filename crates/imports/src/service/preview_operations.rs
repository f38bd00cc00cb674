//! What an import of operations would do, without doing anything.

use std::collections::BTreeMap;

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::id::{OrganisationId, ProductId, TenantId};
use tallymark_codes::Level;
use tallymark_goods::{Catalog, NewOperation, Unit};
use tallymark_partners::organisation;
use tallymark_store::{Context, Tx};
use tallymark_tables::{Format, Options, Source};
use tallymark_web::Subtree;
use utoipa::ToSchema;

use super::brand::Brand;
use super::preview::{First, left_out};
use super::preview_orders::shown;
use crate::members::Defaults;
use crate::operations::resolve::{Asked, What};
use crate::operations::{Assembler, Document};
use crate::{Error, FileOperation, OperationsMapping, Reject, propose};

/// Rows that are looked at: a document has many.
const ROWS_MAX: usize = 2_000;

/// What a file of operations would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportOperationsOutlook)]
pub struct OperationsOutlook {
    /// The format of the file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<String>,
    /// The mapping that the rows were read by: the named one, else the proposed one.
    pub mapping: OperationsMapping,
    /// Columns that the mapping leaves out.
    pub left_out: Vec<String>,
    /// Why the mapping cannot be used yet; there are no documents then.
    pub mistake: Option<String>,
    /// What the first rows would be. The last document may go on in rows that were not looked at.
    pub documents: Vec<PreviewedDocument>,
    /// What would be left out of the first rows. What only holders and packs tell is told when the file is imported.
    pub rejects: Vec<Reject>,
}

/// What a document of a file would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportPreviewedDocument)]
pub struct PreviewedDocument {
    /// The line of its first row.
    pub line: u64,
    /// Its number.
    pub number: String,
    /// What would be done.
    pub operation: FileOperation,
    /// Who would get or have the goods, or sell or destroy them.
    pub organisation: Option<OrganisationId>,
    /// The name of that organisation.
    pub organisation_name: Option<String>,
    /// Who would have to hold them.
    pub from: Option<OrganisationId>,
    /// The pack that codes would be put into.
    pub pack: Option<Unit>,
    /// When; when it is imported where it is null.
    pub at: Option<Timestamp>,
    /// How many rows it has, of those that were looked at.
    pub rows: u64,
    /// How many codes of what it names.
    pub goods: Vec<PreviewedGoods>,
}

/// Codes of a product and a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportPreviewedGoods)]
pub struct PreviewedGoods {
    /// The product.
    pub product: ProductId,
    /// What it is called.
    pub name: String,
    /// `item`, `box`, `case` or `pallet`.
    #[schema(value_type = String, pattern = "^(item|box|case|pallet)$")]
    pub level: Level,
    /// How many codes.
    pub codes: u64,
}

/// The first documents of a file, their codes not yet looked up.
pub struct LookedOperations {
    outlook: OperationsOutlook,
    documents: Vec<Document>,
}

impl std::fmt::Debug for LookedOperations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LookedOperations({} documents, hidden)", self.documents.len())
    }
}

/// Reads the first documents of a file by a mapping, or by the proposed one. It blocks.
pub fn look_at_operations(
    source: &Source,
    options: &Options,
    mapping: Option<&OperationsMapping>,
    defaults: &Defaults,
) -> Result<LookedOperations, Error> {
    let first = First::of(source, options, ROWS_MAX)?;
    let mapping = mapping.cloned().unwrap_or_else(|| propose::operations(&first.header).0);
    let left_out = left_out(mapping.columns(), &first.header);
    let columns = first.header.names().to_vec();
    let assembler = Assembler::of(&mapping, &first.header, defaults);
    let (mistake, documents, rejects) = shown(assembler, first)?;
    let format = Format::of(source)?;
    let outlook = OperationsOutlook { format, columns, mapping, left_out, mistake, documents: Vec::new(), rejects };
    Ok(LookedOperations { outlook, documents })
}

/// What the first documents of a file would be, for a caller who is limited to a part of the channel tree or to none.
pub async fn preview_operations(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    within: Option<&Subtree>,
    looked: LookedOperations,
) -> Result<OperationsOutlook, Error> {
    let LookedOperations { mut outlook, documents } = looked;
    let mut brand = Brand::renewed(None, tx, context, tenant).await?;
    brand.learn(tx, tenant, within, &documents).await?;
    let reader = brand.reader(tx, tenant, &documents).await?;
    let names = brand.names(&outlook.mapping, &reader);
    let (mut previewed, mut rejects) = (Vec::with_capacity(documents.len()), Vec::new());
    for document in &documents {
        match names.asked(document) {
            Ok(asked) => previewed.push(previewed_of(document, &asked, brand.catalog())),
            Err(refused) => rejects.extend(refused),
        }
    }
    for document in &mut previewed {
        let Some(id) = document.organisation else { continue };
        document.organisation_name = organisation::find(tx, tenant, id).await?.map(|found| found.name);
    }
    outlook.documents = previewed;
    outlook.rejects.extend(rejects);
    outlook.rejects.sort_by_key(|reject| reject.line);
    Ok(outlook)
}

fn previewed_of(document: &Document, asked: &Asked, catalog: &Catalog) -> PreviewedDocument {
    let mut counts: BTreeMap<(ProductId, Level), u64> = BTreeMap::new();
    for unit in asked.units() {
        let Some(batch) = catalog.batch(unit.batch) else { continue };
        *counts.entry((batch.product, unit.level)).or_default() += unit.serials().count();
    }
    let goods = counts.into_iter().map(|((product, level), codes)| {
        let name = catalog.product(product).map(|product| product.name.clone()).unwrap_or_default();
        PreviewedGoods { product, name, level, codes }
    });
    let (organisation, from) = match &asked.what {
        What::Operation(NewOperation::Ship { to, from, .. }) => (Some(*to), *from),
        What::Operation(operation) => (operation.organisation(), None),
        What::Return(_) => (None, None),
    };
    PreviewedDocument {
        line: document.line,
        number: document.number.clone(),
        operation: document.operation,
        organisation,
        organisation_name: None,
        from,
        pack: asked.pack(),
        at: asked.at,
        rows: document.rows,
        goods: goods.collect(),
    }
}
