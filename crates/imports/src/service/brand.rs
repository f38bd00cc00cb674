//! By what the texts of files are understood: the brand's codes and its channel tree, in memory as long as nothing of them changes.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{OrganisationId, TenantId};
use tallymark_goods::{Catalog, CodeReader, catalog};
use tallymark_partners::organisation;
use tallymark_store::{Context, Tx, revision};
use tallymark_web::Subtree;

use crate::Error;
use crate::mapping::OperationsMapping;
use crate::operations::Document;
use crate::operations::resolve::Names;

/// Texts of organisations that are kept in memory.
const TEXTS_MAX: usize = 10_000;

/// What is known of a brand.
pub(super) struct Brand {
    revision: i64,
    catalog: Catalog,
    /// The organisations that each text may mean.
    organisations: HashMap<String, Vec<OrganisationId>>,
}

impl Brand {
    /// What is known, read again where something was changed since.
    pub(super) async fn renewed(
        known: Option<Self>,
        tx: &mut Tx,
        context: &Context,
        tenant: TenantId,
    ) -> Result<Self, Error> {
        let revisions = revision::current(tx, &[tenant.raw()]).await?;
        let revision = revisions.get(&tenant.raw()).copied().unwrap_or_default();
        match known {
            Some(known) if known.revision == revision => Ok(known),
            _ => {
                let catalog = catalog(tx, tenant, &context.master).await?;
                Ok(Self { revision, catalog, organisations: HashMap::new() })
            }
        }
    }

    /// Looks up the organisations that documents name, of those within a part of the channel tree.
    pub(super) async fn learn(
        &mut self,
        tx: &mut Tx,
        tenant: TenantId,
        within: Option<&Subtree>,
        documents: &[Document],
    ) -> Result<(), Error> {
        if self.organisations.len() > TEXTS_MAX {
            self.organisations.clear();
        }
        let mut texts: Vec<String> = Vec::new();
        for text in said(documents) {
            if self.organisations.contains_key(text) {
                continue;
            }
            let mut found = Vec::new();
            if let Ok(id) = text.parse::<OrganisationId>() {
                found.extend(organisation::is_seen(tx, tenant, within, id).await?.then_some(id));
            } else {
                texts.push(text.to_owned());
            }
            self.organisations.insert(text.to_owned(), found);
        }
        self.organisations.extend(organisation::called(tx, tenant, within, &texts).await?);
        Ok(())
    }

    /// By what documents are understood.
    pub(super) const fn names<'a>(&'a self, mapping: &'a OperationsMapping, reader: &'a CodeReader<'a>) -> Names<'a> {
        Names { reader, organisations: &self.organisations, mapping }
    }

    /// What reads the codes of documents.
    pub(super) async fn reader(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        documents: &[Document],
    ) -> Result<CodeReader<'_>, Error> {
        let texts = codes(documents);
        Ok(tallymark_goods::reader(tx, tenant, &self.catalog, texts.into_iter()).await?)
    }

    /// The codes of the brand.
    pub(super) const fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

/// How documents name goods.
fn codes(documents: &[Document]) -> Vec<&str> {
    let mut codes = Vec::new();
    for document in documents {
        codes.extend(document.pack.as_ref().map(|pack| pack.text.as_str()));
        for label in &document.labels {
            codes.push(label.first.as_str());
            codes.extend(label.last.as_deref());
        }
    }
    codes
}

/// How documents call organisations.
fn said(documents: &[Document]) -> Vec<&str> {
    let mut said = Vec::new();
    for document in documents {
        said.extend(document.organisation.iter().chain(&document.from).map(|said| said.text.as_str()));
    }
    said
}

/// The part of the channel tree to which something is limited.
pub(super) async fn part(tx: &mut Tx, tenant: TenantId, top: Option<OrganisationId>) -> Result<Option<Subtree>, Error> {
    let Some(top) = top else { return Ok(None) };
    let part = organisation::subtree_of(tx, tenant, top).await?;
    part.map(Some).ok_or_else(|| Error::Internal(format!("there is no organisation {top}")))
}
