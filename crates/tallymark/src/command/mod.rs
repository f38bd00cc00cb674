//! The commands.

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tallymark_base::Entropy;
use tallymark_base::random::SystemEntropy;
use tallymark_partners::NewTenant;

use crate::installation::Installation;
use crate::print::{Failure, show};

/// One code on every item, one ID for every person, one ledger for every cent and point.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    installation: Installation,
    /// Print one line of JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Make a master key
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make and list brands
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Prove the books: recompute balances, budgets, stock and claims from the journal
    Verify,
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Print 64 random hexadecimal digits
    New,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Make a brand; prints its owner's API key once
    Create {
        /// The brand's name
        #[arg(long)]
        name: String,
        /// A host name that leads to its pages; may be given several times
        #[arg(long = "host", required = true)]
        hosts: Vec<String>,
        /// The zone in which its days begin
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
    },
}

impl Cli {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(&self.installation).await?,
            Command::Key(KeyCommand::New) => {
                let entropy: &dyn Entropy = &SystemEntropy;
                let digits: String = entropy.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
                println!("{digits}");
            }
            Command::Tenant(TenantCommand::Create { name, hosts, zone }) => {
                let opened = self.installation.open().await?;
                let made =
                    tallymark_server::tenants::create(&opened.context, NewTenant { name, hosts, zone }).await?;
                opened.close().await?;
                show(self.json, &made, |made| {
                    format!(
                        "{} is {} at {}\nAPI key of its owner, shown this once: {}",
                        made.name,
                        made.tenant,
                        made.hosts.join(", "),
                        made.key
                    )
                })?;
            }
            Command::Verify => return verify(&self.installation, self.json).await,
            Command::Openapi => {
                let text = tallymark_server::description().to_pretty_json();
                println!("{}", text.map_err(|error| Failure::system("cli.openapi", error))?);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn verify(installation: &Installation, json: bool) -> Result<ExitCode, Failure> {
    let store = installation.store().await?;
    let found = tallymark_scan::verify::discrepancies(&store).await?;
    store.close().await;
    show(json, &found, |found| {
        let count = match found.len() {
            1 => "1 discrepancy".to_owned(),
            count => format!("{count} discrepancies"),
        };
        found.iter().map(|line| format!("{line}\n")).collect::<String>() + &count
    })?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
