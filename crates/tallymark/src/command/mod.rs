//! The commands: one file for each group.

mod audit;
mod backup;
mod balance;
mod batch;
mod campaign;
mod consent;
mod doctor;
mod explain;
mod export;
mod goods;
mod help;
mod identity;
mod import;
mod intake;
mod labels;
mod lake;
mod link;
mod mint;
mod order;
mod organisation;
mod pack;
mod package;
mod person;
mod points_rule;
mod portrait;
mod privacy;
mod product;
mod proposals;
mod provider;
mod query;
mod rebate;
mod recall;
mod report;
mod restore;
mod scan;
mod serve;
mod ship;
mod tenant;
mod trace;
mod user;
mod verify;
mod webhook;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::arguments::COMMON;
use crate::installation::Installation;
use crate::print::{Failure, say};

/// One code on every item, one ID for every person, one ledger for every cent and point.
#[derive(Debug, Parser)]
#[command(name = "tallymark", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Print one line of JSON instead of text
    #[arg(long, global = true, display_order = COMMON)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Make a master key
    #[command(subcommand)]
    Key(tenant::KeyCommand),
    /// Make and list brands
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Make a new generation of a brand's code key
    CodeKey(tenant::CodeKey),
    /// Make products known, list them
    Product(product::Product),
    /// Build the channel tree, show it
    Organisation(organisation::Organisation),
    /// Invite people who work for the brand, say what they may do
    User(user::UserGroup),
    /// Say where GS1 keys lead, read any spelling of one
    Link(link::LinkGroup),
    /// Say how products are usually packed, and the company prefix of SSCCs
    Pack(pack::PackGroup),
    /// Order codes for a product and lot, list orders
    Batch(batch::BatchGroup),
    /// Write the codes of a batch to a file
    Mint(mint::Mint),
    /// Hand codes of a batch to a printing house as an encrypted file
    Package(package::PackageGroup),
    /// Draw the codes of a batch as labels: PDF, SVG or PNG
    Labels(labels::Labels),
    /// Make items live
    Activate(batch::Activate),
    /// Withdraw items
    Void(batch::Void),
    /// Hand cases or pallets to an organisation
    Ship(ship::Ship),
    /// Pack, unpack, open, receive, give back and relabel goods
    Goods(goods::GoodsGroup),
    /// Call goods back, say who has them
    Recall(recall::RecallGroup),
    /// Make, show and steer campaigns
    Campaign(campaign::CampaignGroup),
    /// Make, show and steer rebate rules for stores
    Rebate(rebate::Rebate),
    /// Make, show and steer the rules by which orders earn points
    PointsRule(points_rule::PointsRuleGroup),
    /// List orders and returns, show one
    Order(order::OrderGroup),
    /// Scan a code: is it genuine, and what does it win
    Scan(scan::ScanCommand),
    /// Say why a scan was decided as it was, and decide it again
    Explain(explain::ExplainCommand),
    /// Tell all that is known of a code, and who held it
    Trace(trace::Trace),
    /// Find a person by an identifier and what they own; search for people who may be one
    Person(person::PersonCommand),
    /// Say why accounts are one person, join and part people, decide all anew
    Identity(identity::IdentityGroup),
    /// Show what is known of a person, export it, erase it
    Privacy(privacy::PrivacyGroup),
    /// Name what event SDKs send, look at what could not be read
    Intake(intake::IntakeGroup),
    /// Record what people allow and take back, publish the texts they are shown
    Consent(consent::ConsentGroup),
    /// Bring in members, orders and articles from files: CSV, XLSX or Parquet
    Import(import::Import),
    /// Write a list, a report or an answer of the lake to a file: XLSX or CSV
    Export(export::Export),
    /// Show an account of the ledger
    Balance(balance::BalanceCommand),
    /// Show who changed what
    Audit(audit::Audit),
    /// Set, list and test a brand's account at WeChat and who sends its messages
    Provider(provider::Provider),
    /// Tell addresses outside what happens
    Webhook(webhook::WebhookGroup),
    /// Count scans, rewards, costs and people by day, region, product or campaign
    Report(report::ReportCommand),
    /// Ask the lake by SQL
    Query(query::QueryCommand),
    /// Show the state of the lake, write what waits, set it back
    #[command(subcommand)]
    Lake(lake::LakeCommand),
    /// Print the catalogue of events (JSON)
    Events,
    /// Prove the books: recompute balances, budgets, stock and claims from the journal
    Verify,
    /// Look at the installation and say in plain words what is wrong
    Doctor(doctor::Doctor),
    /// Copy the whole database into a folder while it is used, its keys apart
    Backup(backup::Backup),
    /// Bring a backup back into an empty database
    Restore(restore::Restore),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
}

impl Cli {
    /// Reads the command line. `--help` and `--version` are answered here and end the process.
    pub(crate) fn read() -> Result<Self, Failure> {
        let matches = help::grouped(Self::command()).try_get_matches();
        matches.and_then(|matches| Self::from_arg_matches(&matches)).map_err(help::refusal)
    }

    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let (installation, json) = (&self.installation, self.json);
        match self.command {
            Command::Serve(command) => command.run(installation).await?,
            Command::Key(command) => command.run(json)?,
            Command::Tenant(command) => command.run(installation, json).await?,
            Command::CodeKey(command) => command.run(installation, json).await?,
            Command::Product(command) => command.run(installation, json).await?,
            Command::Link(command) => command.run(installation, json).await?,
            Command::Organisation(command) => command.run(installation, json).await?,
            Command::User(command) => command.run(installation, json).await?,
            Command::Batch(command) => command.run(installation, json).await?,
            Command::Mint(command) => command.run(installation, json).await?,
            Command::Pack(command) => command.run(installation, json).await?,
            Command::Package(command) => command.run(installation, json).await?,
            Command::Labels(command) => command.run(installation, json).await?,
            Command::Activate(command) => command.run(installation, json).await?,
            Command::Void(command) => command.run(installation, json).await?,
            Command::Ship(command) => command.run(installation, json).await?,
            Command::Goods(command) => command.run(installation, json).await?,
            Command::Recall(command) => command.run(installation, json).await?,
            Command::Campaign(command) => command.run(installation, json).await?,
            Command::Rebate(command) => command.run(installation, json).await?,
            Command::PointsRule(command) => command.run(installation, json).await?,
            Command::Order(command) => command.run(installation, json).await?,
            Command::Scan(command) => command.run(installation, json).await?,
            Command::Explain(command) => command.run(installation, json).await?,
            Command::Trace(command) => command.run(installation, json).await?,
            Command::Person(command) => command.run(installation, json).await?,
            Command::Identity(command) => command.run(installation, json).await?,
            Command::Privacy(command) => command.run(installation, json).await?,
            Command::Intake(command) => command.run(installation, json).await?,
            Command::Consent(command) => command.run(installation, json).await?,
            Command::Import(command) => command.run(installation, json).await?,
            Command::Export(command) => command.run(installation, json).await?,
            Command::Balance(command) => command.run(installation, json).await?,
            Command::Audit(command) => command.run(installation, json).await?,
            Command::Provider(command) => command.run(installation, json).await?,
            Command::Webhook(command) => command.run(installation, json).await?,
            Command::Report(command) => command.run(installation, json).await?,
            Command::Query(command) => command.run(installation, json).await?,
            Command::Lake(command) => command.run(installation, json).await?,
            Command::Events => query::events()?,
            Command::Doctor(command) => return command.run(installation, json).await,
            Command::Backup(command) => command.run(installation, json).await?,
            Command::Restore(command) => command.run(installation, json).await?,
            Command::Verify => return verify::run(installation, json).await,
            Command::Openapi => {
                say(&format!("{:#}", tallymark_server::description_json()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
