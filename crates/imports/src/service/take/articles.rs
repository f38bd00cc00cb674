//! Articles are kept under their codes.

use tallymark_orders::{Article, put_articles};
use tallymark_store::Tx;

use super::super::batch::{Surroundings, Take, Taken};
use crate::Error;

/// Takes articles.
pub(in crate::service) struct Articles;

impl Take for Articles {
    type Unit = Article;

    async fn take(&mut self, tx: &mut Tx, at: Surroundings<'_>, units: &[Article], _: &mut Taken) -> Result<(), Error> {
        Ok(put_articles(tx, at.context, at.owner.id, units).await?)
    }
}
