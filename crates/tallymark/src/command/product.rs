//! `tallymark product`.

use clap::{Args, Subcommand};
use tallymark_base::Act;
use tallymark_codes::Gtin;
use tallymark_goods::{NewProduct, product};
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct Product {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: ProductCommand,
}

#[derive(Debug, Subcommand)]
enum ProductCommand {
    /// Make a product known
    Add {
        /// GTIN-8, -12, -13 or -14 with its check digit
        #[arg(long)]
        gtin: Gtin,
        /// The brand's own number for it, unique in the tenant
        #[arg(long)]
        sku: String,
        /// Its name
        #[arg(long)]
        name: String,
    },
    /// List products, oldest first
    List,
}

impl Product {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self.command {
            ProductCommand::Add { gtin, sku, name } => {
                let add = installation.write(&self.of, async |tx, context, tenant| {
                    let new = NewProduct { gtin, sku, name };
                    let made = product::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "product.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &add.await?, |made| format!("{} is {} ({})", made.name, made.id, made.gtin))
            }
            ProductCommand::List => {
                let list = installation
                    .read(&self.of, async |tx, tenant, _| Ok(product::list(tx, tenant.id, None, i64::MAX).await?));
                show(json, &list.await?, |products| {
                    let row = |product: &tallymark_goods::Product| {
                        let id = product.id.to_string();
                        [id, product.gtin.to_string(), product.sku.clone(), product.name.clone()]
                    };
                    let rows: Vec<_> = products.iter().map(row).collect();
                    table(["ID", "GTIN", "SKU", "NAME"], &rows, "no products")
                })
            }
        }
    }
}
