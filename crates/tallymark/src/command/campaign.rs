//! `tallymark campaign`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use tallymark_base::id::{CampaignId, PrizeId, TenantId};
use tallymark_base::{Act, Money, Unit};
use tallymark_campaigns::{Campaign, Error, NewCampaign, Prize, Reward, Status};
use tallymark_ledger::{AccountKey, Balance};
use tallymark_store::Tx;
use tallymark_store::audit::{self, Entry};

use crate::arguments::Of;
use crate::file::read_json;
use crate::installation::Installation;
use crate::print::{Failure, list, show, table};

#[derive(Debug, Args)]
pub(super) struct CampaignGroup {
    #[command(flatten)]
    of: Of,
    #[command(subcommand)]
    command: CampaignCommand,
}

#[derive(Debug, Subcommand)]
enum CampaignCommand {
    /// Make a campaign as a draft and fund it
    Create {
        /// The campaign as JSON, as the API takes it; - for stdin
        #[arg(long)]
        file: PathBuf,
    },
    /// Set the terms of a draft anew
    Change {
        /// The campaign
        campaign: CampaignId,
        /// All of its terms as JSON, as for a new one; - for stdin
        #[arg(long)]
        file: PathBuf,
        /// The version that was seen, as `campaign show --json` gives it: another one is refused
        #[arg(long)]
        version: u32,
    },
    /// List campaigns, oldest first
    List,
    /// Show a campaign with what is left of its budget and stock
    Show {
        /// The campaign
        campaign: CampaignId,
    },
    /// Let scans win; also after a pause
    Start {
        /// The campaign
        campaign: CampaignId,
    },
    /// Let no scan win for a while
    Pause {
        /// The campaign
        campaign: CampaignId,
    },
    /// End it for good
    End {
        /// The campaign
        campaign: CampaignId,
    },
}

impl CampaignGroup {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let of = self.of;
        match self.command {
            CampaignCommand::Create { file } => {
                let new: NewCampaign = read_json(&file)?;
                let create = installation.write(&of, async |tx, context, tenant| {
                    let made = tallymark_campaigns::create(tx, tenant, &context.ids, &*context.clock, new).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "campaign.created", made.id).after(&made);
                    audit::record(tx, context, entry).await?;
                    Ok(made)
                });
                show(json, &create.await?, |made| {
                    format!("{} is {}, a draft; let it run: tallymark campaign start {}", made.name, made.id, made.id)
                })
            }
            CampaignCommand::Change { campaign, file, version } => {
                let terms: NewCampaign = read_json(&file)?;
                let change = installation.write(&of, async |tx, context, tenant| {
                    let (ids, clock) = (&context.ids, &*context.clock);
                    let seen = (campaign, version);
                    let (before, after) = tallymark_campaigns::change(tx, tenant, ids, clock, seen, terms).await?;
                    let entry = Entry::new(Act::of_operator(tenant), "campaign.changed", campaign);
                    audit::record(tx, context, entry.before(&before).after(&after)).await?;
                    Ok(after)
                });
                show(json, &change.await?, |own| format!("{} has new terms, version {}", own.name, own.version))
            }
            CampaignCommand::List => {
                let list =
                    installation.read(&of, async |tx, tenant, _| Ok(tallymark_campaigns::list(tx, tenant.id).await?));
                show(json, &list.await?, |campaigns| {
                    let rows: Vec<_> = campaigns.iter().map(row).collect();
                    table(["ID", "NAME", "STATUS", "STARTS", "ENDS"], &rows, "no campaigns")
                })
            }
            CampaignCommand::Show { campaign } => {
                let find = installation.read(&of, async |tx, tenant, _| Shown::find(tx, tenant.id, campaign).await);
                show(json, &find.await?, Shown::lines)
            }
            CampaignCommand::Start { campaign } => set(installation, json, &of, campaign, Status::Running).await,
            CampaignCommand::Pause { campaign } => set(installation, json, &of, campaign, Status::Paused).await,
            CampaignCommand::End { campaign } => set(installation, json, &of, campaign, Status::Ended).await,
        }
    }
}

async fn set(
    installation: &Installation,
    json: bool,
    of: &Of,
    campaign: CampaignId,
    status: Status,
) -> Result<(), Failure> {
    let set = installation.write(of, async |tx, context, tenant| {
        let before = tallymark_campaigns::find(tx, tenant, campaign).await?.map(|own| StatusOf { status: own.status });
        let changed = tallymark_campaigns::set_status(tx, tenant, (campaign, None), status).await?;
        let entry = Entry::new(Act::of_operator(tenant), "campaign.status_set", campaign);
        audit::record(tx, context, entry.before(&before).after(&StatusOf { status })).await?;
        Ok(changed)
    });
    show(json, &set.await?, |campaign| format!("{} is {}", campaign.name, campaign.status.name()))
}

/// What the audit log keeps of a changed status.
#[derive(Serialize)]
struct StatusOf {
    status: Status,
}

fn row(campaign: &Campaign) -> [String; 5] {
    [
        campaign.id.to_string(),
        campaign.name.clone(),
        campaign.status.name().to_owned(),
        campaign.starts.to_string(),
        campaign.ends.to_string(),
    ]
}

/// A campaign with what is left.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    campaign: Campaign,
    left: Left,
}

/// What can still be won, over the slots of all servers.
#[derive(Serialize)]
struct Left {
    budget_fen: i64,
    budget_points: i64,
    stock: Vec<StockLeft>,
}

#[derive(Serialize)]
struct StockLeft {
    prize: PrizeId,
    pieces: i64,
}

impl Shown {
    async fn find(tx: &mut Tx, tenant: TenantId, id: CampaignId) -> Result<Self, Failure> {
        let campaign = tallymark_campaigns::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })?;
        let budget_fen = available(tx, tenant, campaign.budget(Unit::CNY)).await?;
        let budget_points = available(tx, tenant, campaign.budget(Unit::POINTS)).await?;
        let mut stock = Vec::new();
        for prize in &campaign.prizes {
            if let Some(account) = prize.stock_account() {
                stock.push(StockLeft { prize: prize.id, pieces: available(tx, tenant, account).await? });
            }
        }
        Ok(Self { campaign, left: Left { budget_fen, budget_points, stock } })
    }

    fn lines(&self) -> String {
        let Self { campaign, left } = self;
        let fields = list(&[
            ("Campaign", format!("{} {}", campaign.id, campaign.name)),
            ("Status", campaign.status.name().to_owned()),
            ("Time", format!("{} to {}", campaign.starts, campaign.ends)),
            ("Budget", format!("{} yuan left of {}", Money::fen(left.budget_fen), Money::fen(campaign.budget_fen))),
            ("Points", format!("{} left of {}", left.budget_points, campaign.budget_points)),
        ]);
        let row = |prize: &Prize| {
            let stock = left.stock.iter().find(|stock| stock.prize == prize.id).map(|stock| stock.pieces);
            let left = match (stock, prize.stock) {
                (Some(left), Some(all)) => format!("{left} of {all}"),
                _ => String::new(),
            };
            let fallback = if campaign.fallback == Some(prize.id) { "fallback" } else { "" };
            [prize.name.clone(), reward(prize.reward), prize.weight.to_string(), left, fallback.to_owned()]
        };
        let rows: Vec<_> = campaign.prizes.iter().map(row).collect();
        fields + &table(["PRIZE", "GIVES", "WEIGHT", "LEFT", ""], &rows, "")
    }
}

/// What can be spent from an account, over all its slots.
pub(super) async fn available(tx: &mut Tx, tenant: TenantId, account: AccountKey) -> Result<i64, Failure> {
    let AccountKey { owner, book, unit, .. } = account;
    let found = tallymark_ledger::balances(tx, tenant, &[owner], book, unit).await?;
    Ok(found.get(&owner).map_or(0, Balance::available))
}

fn reward(reward: Reward) -> String {
    match reward {
        Reward::Nothing => "nothing".to_owned(),
        Reward::Points { points } => format!("{points} points"),
        Reward::RedPacket { min_fen, max_fen } if min_fen == max_fen => format!("{} yuan", Money::fen(min_fen)),
        Reward::RedPacket { min_fen, max_fen } => format!("{} to {} yuan", Money::fen(min_fen), Money::fen(max_fen)),
        Reward::Gift => "a piece".to_owned(),
    }
}
