//! `tallymark pack`: how products are usually packed, and the company prefix of SSCCs.

use clap::{Args, Subcommand};
use tallymark_base::Act;
use tallymark_base::id::{PackProfileId, ProductId};
use tallymark_goods::{
    Association, CompanyPrefix, Faces, NewCompanyPrefix, NewPackProfile, PackProfile, SsccUse, pack_profiles,
};
use tallymark_store::audit::{self, Entry};

use crate::arguments::{Of, word};
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct PackGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: PackCommand,
}

#[derive(Debug, Subcommand)]
enum PackCommand {
    /// Make a profile: batches of the product can be ordered by it
    Add(Add),
    /// List the profiles of a product, by name
    List {
        /// The product
        #[arg(long)]
        product: ProductId,
    },
    /// Remove a profile; batches that were ordered by it stay as they are
    Remove {
        /// The profile
        profile: PackProfileId,
    },
    /// Say under which GS1 company prefix SSCCs are given out; without one, show it
    Prefix {
        /// 4 to 12 digits, as GS1 assigned them
        prefix: Option<String>,
        /// The extension digit
        #[arg(long, default_value_t = 0)]
        extension: u8,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// The product
    #[arg(long)]
    product: ProductId,
    /// Its name
    #[arg(long)]
    name: String,
    /// Items in a box; 0: there are no boxes
    #[arg(long, default_value_t = 0)]
    items_per_box: u32,
    /// Items in a case; 0: there are no cases
    #[arg(long, default_value_t = 0)]
    items_per_case: u32,
    /// Cases on a pallet; 0: there are no pallets
    #[arg(long, default_value_t = 0)]
    cases_per_pallet: u32,
    /// by-range where neighbours lie together as printed, on-line where the packing line scans what it packs
    #[arg(long, default_value = "by-range", value_parser = word::<Association>)]
    association: Association,
    /// outer, or outer-and-inner for a second code under the cap
    #[arg(long, default_value = "outer", value_parser = word::<Faces>)]
    faces: Faces,
    /// Which packs bear an SSCC: none, pallets or cases-and-pallets
    #[arg(long, default_value = "none", value_parser = word::<SsccUse>)]
    sscc: SsccUse,
}

impl PackGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let Self { of, command } = self;
        match command {
            PackCommand::Add(add) => {
                let made = made(installation, &of, add).await?;
                show(json, &made, |made| format!("{} {}", made.id, made.name))
            }
            PackCommand::List { product } => {
                let read = installation
                    .read(&of, async |tx, tenant, _| Ok(pack_profiles::of_product(tx, tenant.id, product).await?));
                show(json, &read.await?, |profiles| {
                    let rows: Vec<_> = profiles.iter().map(row).collect();
                    table(["ID", "NAME", "BOX", "CASE", "PALLET"], &rows, "no profiles")
                })
            }
            PackCommand::Remove { profile } => {
                let remove = installation.write(&of, async |tx, context, tenant| {
                    let before = pack_profiles::remove(tx, tenant, profile).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "pack_profile.removed", profile).before(&before);
                    audit::record(tx, context, entry).await?;
                    Ok(before)
                });
                show(json, &remove.await?, |before| format!("{} is removed", before.name))
            }
            PackCommand::Prefix { prefix, extension } => {
                let now = prefix_now(installation, &of, prefix, extension).await?;
                show(json, &now, |now| match now {
                    Some(now) => {
                        format!("{} {}: {} given out, {} left", now.extension, now.prefix, now.given, now.left)
                    }
                    None => "no company prefix; give one: tallymark pack prefix 6901234".to_owned(),
                })
            }
        }
    }
}

async fn made(installation: &Installation, of: &Of, add: Add) -> Result<PackProfile, Failure> {
    let Add { product, name, items_per_box, items_per_case, cases_per_pallet, association, faces, sscc } = add;
    let new = NewPackProfile { name, items_per_box, items_per_case, cases_per_pallet, association, faces, sscc };
    let add = installation.write(of, async |tx, context, tenant| {
        let made = pack_profiles::create(tx, tenant, &context.ids, &*context.clock, product, new).await?;
        let entry = Entry::new(Act::of_operator(tenant), "pack_profile.created", made.id).after(&made);
        audit::record(tx, context, entry).await?;
        Ok(made)
    });
    add.await
}

async fn prefix_now(
    installation: &Installation,
    of: &Of,
    prefix: Option<String>,
    extension: u8,
) -> Result<Option<CompanyPrefix>, Failure> {
    let Some(prefix) = prefix else {
        return installation
            .read(of, async |tx, tenant, _| Ok(pack_profiles::company_prefix(tx, tenant.id).await?))
            .await;
    };
    let new = NewCompanyPrefix { prefix, extension };
    let set = installation.write(of, async |tx, context, tenant| {
        let before = pack_profiles::company_prefix(tx, tenant).await?;
        let after = pack_profiles::set_company_prefix(tx, tenant, &*context.clock, &new).await?;
        let entry = Entry::new(Act::of_operator(tenant), "company_prefix.set", "company-prefix");
        audit::record(tx, context, entry.before(&before).after(&after)).await?;
        Ok(Some(after))
    });
    set.await
}

fn row(profile: &PackProfile) -> [String; 5] {
    [
        profile.id.to_string(),
        profile.name.clone(),
        profile.items_per_box.to_string(),
        profile.items_per_case.to_string(),
        profile.cases_per_pallet.to_string(),
    ]
}
