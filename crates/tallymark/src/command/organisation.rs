//! `tallymark organisation`.

use std::collections::HashMap;

use clap::{Args, Subcommand};
use tallymark_base::Act;
use tallymark_base::geography::Adcode;
use tallymark_base::id::OrganisationId;
use tallymark_partners::{NewOrganisation, Organisation as Node, OrganisationKind, organisation};
use tallymark_store::audit::{self, Entry};

use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct Organisation {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: OrganisationCommand,
}

#[derive(Debug, Subcommand)]
enum OrganisationCommand {
    /// Add an organisation to the tree
    Add(Add),
    /// Show the tree
    List,
}

#[derive(Debug, Args)]
struct Add {
    /// brand, region, dealer or store
    #[arg(long, value_parser = word::<OrganisationKind>)]
    kind: OrganisationKind,
    /// Its name
    #[arg(long)]
    name: String,
    /// The brand's own code for it, unique in the tenant
    #[arg(long)]
    code: String,
    /// The organisation above it; a brand has none
    #[arg(long, value_name = "ORGANISATION")]
    parent: Option<OrganisationId>,
    /// Where it is: GB/T 2260, six digits
    #[arg(long)]
    adcode: Option<Adcode>,
    /// Where it may sell, separated by commas; where its parent may, if left out
    #[arg(long, value_name = "ADCODES", value_delimiter = ',')]
    territory: Vec<Adcode>,
}

impl Organisation {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self.command {
            OrganisationCommand::Add(Add { kind, name, code, parent, adcode, territory }) => {
                let add = installation.write(&self.of, async |tx, context, tenant| {
                    let new = NewOrganisation { parent, kind, name, code, adcode, territory };
                    let made = organisation::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "organisation.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &add.await?, |made| format!("{} {} is {}", made.kind.name(), made.name, made.id))
            }
            OrganisationCommand::List => {
                let list =
                    installation.read(&self.of, async |tx, tenant, _| Ok(organisation::list(tx, tenant.id).await?));
                show(json, &list.await?, |nodes| tree(nodes))
            }
        }
    }
}

/// Every node below its parent, indented by how deep it lies. Parents stand before their children in `nodes`.
fn tree(nodes: &[Node]) -> String {
    let mut depths: HashMap<OrganisationId, usize> = HashMap::new();
    let mut rows = Vec::with_capacity(nodes.len());
    for node in nodes {
        let depth = node.parent.and_then(|parent| depths.get(&parent)).map_or(0, |above| above + 1);
        depths.insert(node.id, depth);
        let places: Vec<String> = node.territory.iter().map(ToString::to_string).collect();
        rows.push([
            format!("{}{}", "  ".repeat(depth), node.name),
            node.kind.name().to_owned(),
            node.code.clone(),
            node.id.to_string(),
            node.adcode.map_or_else(String::new, |place| place.to_string()),
            places.join(" "),
        ]);
    }
    table(["NAME", "KIND", "CODE", "ID", "PLACE", "TERRITORY"], &rows, "no organisations")
}
