//! `tallymark key`, `tallymark tenant` and `tallymark code-key`.

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::TenantId;
use tallymark_base::random::SystemEntropy;
use tallymark_base::{Act, Entropy, Timestamp};
use tallymark_partners::{NewTenant, Tenant, tenant};
use tallymark_server::simulation::Simulation;
use tallymark_server::tenants::{self, MadeTenant};
use tallymark_store::Context;
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Print 64 random hexadecimal digits
    New,
}

#[derive(Serialize)]
struct NewKey {
    key: String,
}

impl KeyCommand {
    pub(super) fn run(self, json: bool) -> Result<(), Failure> {
        let Self::New = self;
        let entropy: &dyn Entropy = &SystemEntropy;
        let key = entropy.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        show(json, &NewKey { key }, |made| made.key.clone())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Make a brand, and the database where there is none; prints its owner's API key once
    Create {
        /// The brand's name
        #[arg(long)]
        name: String,
        /// A host name that leads to its pages; may be given several times
        #[arg(long = "host", value_name = "HOST", required = true)]
        hosts: Vec<String>,
        /// The zone in which its days begin
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
        #[command(flatten)]
        simulated: Simulated,
    },
    /// List brands
    List,
}

impl TenantCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { name, hosts, zone, simulated } => {
                create(installation, json, NewTenant { name, hosts, zone }, simulated).await
            }
            Self::List => list(installation, json).await,
        }
    }
}

/// A brand of a simulation.
#[derive(Debug, Args)]
pub(super) struct Simulated {
    /// Make a new database that of a simulation with this seed (`tallymark serve --sim`); never for a real brand
    #[arg(long, value_name = "SEED", requires = "sim_start")]
    sim: Option<u64>,
    /// When the simulation begins
    #[arg(long, value_name = "TIME", requires = "sim")]
    sim_start: Option<Timestamp>,
}

async fn create(installation: &Installation, json: bool, new: NewTenant, simulated: Simulated) -> Result<(), Failure> {
    let opened = installation.open_or_new().await?;
    let made = make(&opened.context, new, simulated).await;
    opened.close().await;
    show(json, &made?, |made| {
        format!(
            "{} is {} at {}\nAPI key of its owner, shown this once: {}",
            made.name,
            made.tenant,
            made.hosts.join(", "),
            made.key
        )
    })
}

async fn make(context: &Context, new: NewTenant, simulated: Simulated) -> Result<MadeTenant, Failure> {
    match simulated.sim.zip(simulated.sim_start) {
        None => Ok(tenants::create(context, new).await?),
        Some((seed, start)) => {
            let simulation = Simulation::open(context, seed, 1).await?;
            Ok(simulation.create(context, new, start).await?)
        }
    }
}

async fn list(installation: &Installation, json: bool) -> Result<(), Failure> {
    let master = installation.master()?;
    let store = installation.store().await?;
    let mut tx = store.read().await?;
    let tenants = tenant::all(&mut tx, &master).await?;
    drop(tx);
    store.close().await;
    show(json, &tenants, |tenants| {
        let row = |tenant: &Tenant| {
            [tenant.id.to_string(), tenant.name.clone(), tenant.hosts.join(", "), tenant.zone.clone()]
        };
        let rows: Vec<_> = tenants.iter().map(row).collect();
        table(["ID", "NAME", "HOSTS", "ZONE"], &rows, "no tenants")
    })
}

#[derive(Debug, Args)]
pub(super) struct CodeKey {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: CodeKeyCommand,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum CodeKeyCommand {
    /// Mint batches ordered from now on under a new key; codes of the earlier ones stay readable
    Rotate,
}

#[derive(Serialize)]
struct Rotated {
    tenant: TenantId,
    epoch: u8,
}

impl CodeKey {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let CodeKeyCommand::Rotate = self.command;
        let rotate = installation.write(&self.of, async |tx, context, tenant| {
            let (master, entropy) = (&context.master, &*context.entropy);
            let epoch = tallymark_goods::keys::rotate(tx, tenant, master, entropy).await?;
            let made = Rotated { tenant, epoch: epoch.0 };
            let entry = Entry::new(Act::of_operator(tenant), "code_key.rotated", "code-key").after(&made);
            audit::record(tx, context, entry).await?;
            Ok(made)
        });
        show(json, &rotate.await?, |made| {
            format!("{} mints batches ordered from now on under code key {}", made.tenant, made.epoch)
        })
    }
}
