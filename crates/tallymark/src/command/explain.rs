//! `tallymark explain`.

use clap::Args;
use serde::Serialize;
use tallymark_base::TypedId as _;
use tallymark_base::geography::Language;
use tallymark_base::id::{CampaignId, ScanId};
use tallymark_campaigns::rules::{Record, explain, replay};
use tallymark_ledger::Posted;
use tallymark_partners::Tenant;
use tallymark_scan::answer::{RewardAnswer, ScanAnswer, answer_of};
use tallymark_scan::types::Claim;
use tallymark_store::Tx;

use super::balance::{account_text, amount_text, unit_text};
use super::scan::verdict;
use crate::arguments::{Lang, Of};
use crate::installation::Installation;
use crate::print::{Failure, show, table};

#[derive(Debug, Args)]
pub(super) struct ExplainCommand {
    #[command(flatten)]
    of: Of,
    /// The scan
    scan: ScanId,
    /// The language of the reasons
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

/// A decision with its reasons, its transfers, and the result of deciding it again.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    answer: ScanAnswer,
    draws: Vec<Draw>,
    transfers: Vec<Movement>,
}

/// A campaign's decision.
#[derive(Serialize)]
struct Draw {
    campaign: CampaignId,
    name: Option<String>,
    zh: Vec<String>,
    en: Vec<String>,
    /// Deciding it again from the record gives the same outcome.
    replays: bool,
    record: Record,
}

/// A transfer of the scan.
#[derive(Serialize)]
struct Movement {
    part: i64,
    code: &'static str,
    unit: String,
    amount: i64,
    from: String,
    to: String,
    #[serde(skip)]
    shown: String,
}

impl Movement {
    fn of(posted: &Posted) -> Self {
        let transfer = &posted.transfer;
        Self {
            part: transfer.part,
            code: transfer.code.name(),
            unit: unit_text(transfer.debit.unit),
            amount: transfer.amount,
            from: account_text(&transfer.debit, transfer.code),
            to: account_text(&transfer.credit, transfer.code),
            shown: amount_text(transfer.debit.unit, transfer.amount),
        }
    }
}

impl ExplainCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        let find = installation.read(&self.of, async |tx, tenant, _| explained(tx, tenant, self.scan).await);
        show(json, &find.await?, |explained| explained.lines(self.lang))
    }
}

async fn explained(tx: &mut Tx, tenant: &Tenant, id: ScanId) -> Result<Explained, Failure> {
    let scan = tallymark_scan::find(tx, tenant.id, id).await?;
    let awards = if let Claim::Drawn { awards } = &scan.decision.claim { awards.as_slice() } else { &[] };
    let mut draws = Vec::with_capacity(awards.len());
    for award in awards {
        let record = award.record;
        let campaign = tallymark_campaigns::find(tx, tenant.id, award.campaign).await?;
        draws.push(Draw {
            campaign: award.campaign,
            zh: explain(&record, Language::Chinese),
            en: explain(&record, Language::English),
            replays: campaign.as_ref().and_then(|campaign| replay(campaign, &record)) == Some(record.outcome),
            name: campaign.map(|campaign| campaign.name),
            record,
        });
    }
    let transfers = tallymark_ledger::find(tx, tenant.id, &[id.raw()]).await?;
    Ok(Explained { answer: answer_of(&scan), draws, transfers: transfers.iter().map(Movement::of).collect() })
}

impl Explained {
    fn lines(&self, lang: Lang) -> String {
        let answer = &self.answer;
        let mut text = format!("{} at {}: {}\n", answer.scan, answer.at, verdict(answer.verdict));
        if let Some(reward) = reward(&answer.reward) {
            text += &format!("{reward}\n");
        }
        for draw in &self.draws {
            text += &format!("\n{} {}\n", draw.campaign, draw.name.as_deref().unwrap_or("which does not exist"));
            let reasons = if lang == Lang::Zh { &draw.zh } else { &draw.en };
            text.extend(reasons.iter().map(|line| format!("  {line}\n")));
            text += match (lang, draw.replays) {
                (Lang::En, true) => "  Deciding it again from the record gives the same outcome.\n",
                (Lang::En, false) => "  Deciding it again from the record gives another outcome!\n",
                (Lang::Zh, true) => "  按记录重新判定，结果一致。\n",
                (Lang::Zh, false) => "  按记录重新判定，结果不一致！\n",
            };
        }
        let row = |moved: &Movement| [moved.code.to_owned(), moved.shown.clone(), moved.from.clone(), moved.to.clone()];
        let rows: Vec<_> = self.transfers.iter().map(row).collect();
        text + "\n" + &table(["TRANSFER", "AMOUNT", "FROM", "TO"], &rows, "nothing moved in the ledger")
    }
}

/// What came of asking for the reward, where no draw tells.
fn reward(reward: &RewardAnswer) -> Option<String> {
    match reward {
        RewardAnswer::None | RewardAnswer::Opened { .. } => None,
        RewardAnswer::Offered => Some("The reward was not asked for; a campaign would draw.".to_owned()),
        RewardAnswer::NoRight => Some("The code gives no reward.".to_owned()),
        RewardAnswer::NotNow { reasons } if reasons.is_empty() => Some("No campaign ran.".to_owned()),
        RewardAnswer::NotNow { reasons } => {
            let each: Vec<String> = reasons.iter().map(|not| format!("{}: {}", not.campaign, not.reason)).collect();
            Some(format!("No campaign applied: {}.", each.join(", ")))
        }
        RewardAnswer::Taken { at, .. } => Some(format!("The code was claimed before, at {at}.")),
    }
}
