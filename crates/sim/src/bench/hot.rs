//! `scan_hot_budget_ratio` and `scan_hot_budget_over`: two servers on one PostgreSQL. Their scans draw on the budget of
//! one campaign, or, as the baseline, on a campaign for each server. Then a budget that runs out while both servers
//! spend it.

use std::rc::Rc;

use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{CampaignId, TenantId};
use tallymark_store::Store;

use super::Bench;
use super::prepared::{Engine, World, large_budget, prizes};
use super::scan::options;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::load::{self, Codes, Outcome, Target, Workload};
use crate::report::{Measured, median};
use crate::setup::BatchOrder;
use crate::stopwatch;

/// Items of the second server's batch.
const ITEMS: u64 = 1_000_000;
/// The mean red packet of the bench campaign, in fen, and how often a scan wins one: 70 % first scans, 30 % of them.
const PACKET_FEN: f64 = 105.0;
const PACKETS_PER_SCAN: f64 = 0.21;

/// Measures both figures.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    let world = World::copy(bench, Engine::Postgres).await?;
    let mut duel = Duel::prepare(&world).await?;
    let (mut shared, mut apart) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        duel.switch(&world, Arm::Shared).await?;
        shared.push(duel.load(&world, bench).await?.per_second());
        duel.switch(&world, Arm::Apart).await?;
        apart.push(duel.load(&world, bench).await?.per_second());
    }
    let over_fen = duel.run_out(&world, bench, median(&shared)).await?;
    world.remove().await?;
    let ratio = median(&shared) / median(&apart);
    let what = "two servers, a campaign for each";
    let measured = Measured::new("scan_hot_budget_ratio", "ratio", vec![ratio]).with("prior_scans", bench.prior);
    bench.report(
        measured
            .with("shared_scans_per_s", format!("{:.0}", median(&shared)))
            .with(what, format!("{:.0}", median(&apart))),
    )?;
    bench.report(Measured::new("scan_hot_budget_over", "fen", vec![over_fen as f64]))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arm {
    Shared,
    Apart,
}

/// Two servers' scans and campaigns.
struct Duel {
    workloads: [Rc<Workload>; 2],
    next: [u64; 2],
    shared: String,
    apart: [String; 2],
}

impl Duel {
    /// Adds the second batch and three campaigns; ends the campaign that applies to everything.
    async fn prepare(world: &World) -> Result<Self> {
        let facts = &world.facts;
        let server = world.serve(&[]).await?;
        let client = Client::new(server.address, &facts.api_key);
        let order = BatchOrder { product: &facts.product, lot: "B2", items: ITEMS };
        let second = client.create_active_batch(order).await?;
        let mut fresh = Codes::default();
        let path = format!("/v1/batches/{second}/codes?level=item&face=inner&form=code");
        client.get_lines(&path, |line| fresh.push(line)).await?;
        client.set_campaign(&facts.campaign, "ended").await?;
        let shared = client.start_campaign("Shared", prizes(), large_budget()).await?;
        let mut apart = Vec::new();
        for (name, batch) in [("First", &facts.batch), ("Second", &second)] {
            let mut extra = large_budget();
            extra["batches"] = json!([batch]);
            apart.push(client.start_campaign(name, prizes(), extra).await?);
        }
        server.stop().await?;
        let first = world.workload();
        let second = Workload {
            fresh: fresh.shuffled(4),
            used: Codes::default(),
            known: first.known,
            seed: 2,
            since_ms: stopwatch::now_ms(),
        };
        let apart = apart.try_into().map_err(|_| Failure::new("two campaigns were made"))?;
        Ok(Self { workloads: [first, Rc::new(second)], next: [0; 2], shared, apart })
    }

    async fn switch(&self, world: &World, arm: Arm) -> Result<()> {
        let server = world.serve(&[]).await?;
        let client = Client::new(server.address, &world.facts.api_key);
        let status = |on: bool| if on { "running" } else { "paused" };
        client.set_campaign(&self.shared, status(arm == Arm::Shared)).await?;
        for campaign in &self.apart {
            client.set_campaign(campaign, status(arm == Arm::Apart)).await?;
        }
        server.stop().await
    }

    async fn load(&mut self, world: &World, bench: &Bench) -> Result<Outcome> {
        world.warm().await?;
        let servers = [world.serve(&[]).await?, world.serve(&[]).await?];
        let targets: Vec<Target> = (0..2)
            .map(|place| Target {
                address: servers[place].address,
                api_key: world.facts.api_key.clone(),
                workload: self.workloads[place].clone(),
                first: self.next[place],
            })
            .collect();
        let mut options = options(bench, None);
        options.connections /= 2;
        let outcome = load::run(&targets, options).await?;
        self.next = [outcome.next[0], outcome.next[1]];
        for server in servers {
            server.stop().await?;
        }
        let outcome = outcome.without_failures()?;
        eprintln!("(two servers: {:.0} scans/s, {:?})", outcome.per_second(), outcome.seen);
        Ok(outcome)
    }

    /// Spends a budget that lasts about half a run; gives what was spent beyond it, in fen.
    async fn run_out(&mut self, world: &World, bench: &Bench, scans_per_s: f64) -> Result<i64> {
        let budget_fen = (scans_per_s * bench.seconds / 2.0 * PACKETS_PER_SCAN * PACKET_FEN) as i64;
        self.switch(world, Arm::Shared).await?;
        let server = world.serve(&[]).await?;
        let client = Client::new(server.address, &world.facts.api_key);
        client.set_campaign(&self.shared, "ended").await?;
        let extra: Value = json!({ "budget_fen": budget_fen, "budget_points": 1_000_000_000_i64 });
        let small = client.start_campaign("Runs out", prizes(), extra).await?;
        server.stop().await?;
        let outcome = self.load(world, bench).await?;
        let spent_fen = spent(&world.installation.database, &world.facts.tenant, &small).await?;
        eprintln!("(a budget of {budget_fen} fen; {} scans spent {spent_fen} fen)", outcome.answered);
        // The largest packet is 200 fen: with less than 1 % left the hard stop was met.
        if spent_fen < budget_fen - budget_fen / 100 - 200 {
            return Err(Failure::new(format!("the budget of {budget_fen} fen did not run out: {spent_fen} spent")));
        }
        Ok((spent_fen - budget_fen).max(0))
    }
}

/// What a campaign paid, from the journal.
async fn spent(database: &str, tenant: &str, campaign: &str) -> Result<i64> {
    let (tenant, campaign): (TenantId, CampaignId) = (tenant.parse()?, campaign.parse()?);
    let store = Store::open(database, &tallymark_store::Options::default()).await?;
    let mut tx = store.read().await?;
    let row =
        tx.query_one(include_str!("../../prior/spent.sql"), &[tenant.raw().into(), campaign.raw().into()]).await?;
    let spent = row.ok_or_else(|| Failure::new("no sum"))?.int(0)?;
    tx.commit().await?;
    store.close().await;
    Ok(spent)
}
