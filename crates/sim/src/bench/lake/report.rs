//! `report_10m_ms`: reports over ten million scans of thirty days and two million rewards, asked of a running server while
//! the last events wait in its database, beside a plain count by product over the same table through the same server.

use serde_json::json;
use tallymark_base::geography::divisions;
use tallymark_base::id::{AccountId, BatchId, CampaignId, PersonId, PrizeId, ProductId, ScanId};
use tallymark_base::{Clock as _, Timestamp, TypedId};
use tallymark_store::outbox::Returned;

use super::field::Field;
use super::outbox::{EVENTS_A_ROW, Outbox, ROWS_AT_ONCE};
use crate::bench::Bench;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

/// What is asked: one report of each shape.
const REPORTS: [&str; 5] =
    ["overview?by=day", "overview?by=city", "scans?by=product", "funnel?by=total", "campaigns?by=campaign"];
const DAYS: i64 = 30;
/// One scan of so many wins.
const SCANS_A_REWARD: u64 = 5;
/// Events that wait in the database while the reports are asked.
const WAITING: u64 = 20_000;
/// Rows that are saved before they are written to the lake: the database stays small.
const ROWS_BEFORE_WRITING: u64 = 2_000;
const PEOPLE: u64 = 1_000_000;
/// Room for the millionth id.
const ID_STEP: i64 = 1 << 22;

/// Measures the figure: the slowest of the reports, by its median.
pub(in crate::bench) async fn reports(bench: &mut Bench) -> Result<()> {
    let scans = if bench.quick { 100_000 } else { 10_000_000 };
    let mut field = Field::new(bench).await?;
    let first = Timestamp(field.outbox.clock.now().0 - DAYS * Timestamp::DAY);
    fill(&mut field, scans, first).await?;
    let server = field.serve(&["--lake-linger-s", "3600"]).await?;
    let now = field.outbox.clock.now();
    save(&mut field.outbox, WAITING, now, Timestamp::SECOND, Kind::Scan).await?;
    let client = Client::new(server.address, &field.api_key);
    let runs = bench.runs().max(3);
    let (from, to) = (day_of(first, 1), day_of(first, -DAYS - 1));
    let counting = json!({ "sql": "SELECT product, COUNT(*) FROM scan_decided GROUP BY product" });
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); REPORTS.len()];
    let mut baseline = Vec::new();
    for _ in 0..runs {
        let watch = Stopwatch::start();
        client.post("/v1/query", &counting).await?;
        baseline.push(watch.seconds() * 1_000.0);
        for (report, times) in REPORTS.iter().zip(&mut times) {
            let watch = Stopwatch::start();
            let answer = client.get(&format!("/v1/reports/{report}&from={from}&to={to}")).await?;
            times.push(watch.seconds() * 1_000.0);
            if *report == "funnel?by=total" && answer["rows"][0][0] != json!(scans + WAITING) {
                return Err(Failure::new(format!("{scans} scans and {WAITING} that wait are counted as {answer}")));
            }
        }
    }
    server.stop().await?;
    for (report, times) in REPORTS.iter().zip(&times) {
        eprintln!("  {report}: {:.0} ms", median(times));
    }
    let slowest = (0..REPORTS.len()).max_by(|a, b| median(&times[*a]).total_cmp(&median(&times[*b]))).unwrap_or(0);
    let measured = Measured::new("report_10m_ms", "ms", times.swap_remove(slowest))
        .against("COUNT(*) by product over the scans in the lake, by the same server", baseline)
        .with("scans", scans)
        .with("rewards", scans / SCANS_A_REWARD)
        .with("waiting", WAITING)
        .with("slowest_of", REPORTS.join(", "))
        .with("slowest", REPORTS[slowest]);
    bench.report(measured)
}

/// Scans and rewards of thirty days, in the lake.
async fn fill(field: &mut Field, scans: u64, first: Timestamp) -> Result<()> {
    let mut left = scans;
    while left > 0 {
        let now = left.min(ROWS_BEFORE_WRITING * EVENTS_A_ROW);
        let begin = Timestamp::DAY * DAYS / i64::try_from(scans)? * i64::try_from(scans - left)?;
        let span = Timestamp::DAY * DAYS / i64::try_from(scans)? * i64::try_from(now)?;
        let at = Timestamp(first.0 + begin);
        save(&mut field.outbox, now, at, span, Kind::Scan).await?;
        save(&mut field.outbox, now / SCANS_A_REWARD, at, span, Kind::Reward).await?;
        field.write_all().await?;
        left -= now;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scan,
    Reward,
}

/// Saves events spread evenly over a span of time, in rows as a busy server saves them.
async fn save(outbox: &mut Outbox, events: u64, first: Timestamp, span: i64, kind: Kind) -> Result<()> {
    let rows = events / EVENTS_A_ROW;
    let step = span / i64::try_from(rows.max(1))?;
    let mut lines = Vec::new();
    for row in 0..rows {
        let at = Timestamp(first.0 + step * i64::try_from(row)?);
        lines.push(row_of(outbox, at, kind)?);
        if lines.len() as u64 == ROWS_AT_ONCE || row + 1 == rows {
            outbox.save(std::mem::take(&mut lines)).await?;
        }
    }
    Ok(())
}

fn row_of(outbox: &mut Outbox, at: Timestamp, kind: Kind) -> Result<Returned> {
    let mut body = String::new();
    for _ in 0..EVENTS_A_ROW {
        body.push_str(&line(outbox, at, kind)?);
        body.push('\n');
    }
    let event_type = if kind == Kind::Scan { "scan.decided" } else { "scan.reward_won" };
    let events = i64::try_from(EVENTS_A_ROW)?;
    Ok(Returned { event_type: event_type.into(), version: 1, events, body: body.into(), created_at: at })
}

/// A scan, or a red packet of one of ten campaigns, by one of a million people for one of 50 products.
fn line(outbox: &mut Outbox, at: Timestamp, kind: Kind) -> Result<String> {
    let id: ScanId = outbox.ids.next(&outbox.clock)?;
    let places = divisions();
    let place = places[outbox.sequence.below(places.len() as u64) as usize].adcode;
    let number = |below: u64| i64::try_from(1 + below).map(|number| number * ID_STEP);
    let person = number(outbox.sequence.below(PEOPLE))?;
    let product = number(outbox.sequence.below(50))?;
    let (known, again) = (outbox.sequence.below(4) != 0, outbox.sequence.below(3) == 0);
    let (account, person_id, product_id) =
        (AccountId::from_raw(person), PersonId::from_raw(person), ProductId::from_raw(product));
    let data = match kind {
        Kind::Scan => {
            let batch = BatchId::from_raw(product + i64::try_from(outbox.sequence.below(20))?);
            let prizes = u8::from(outbox.sequence.below(SCANS_A_REWARD) == 0);
            format!(
                r#"{{"scan":"{id}","verdict":"genuine","product":"{product_id}","batch":"{batch}","face":"inner","place":"{place}","place_source":"stated","account":"{account}","person":"{person_id}","checks":1,"claim":true,"known":{known},"again":{again},"prizes":{prizes}}}"#
            )
        }
        Kind::Reward => {
            let campaign = number(outbox.sequence.below(10))?;
            let (campaign, prize) = (CampaignId::from_raw(campaign), PrizeId::from_raw(campaign + 1));
            let amount = 30 + outbox.sequence.below(159);
            let newcomer = !known;
            format!(
                r#"{{"scan":"{id}","campaign":"{campaign}","prize":"{prize}","kind":"red_packet","amount":{amount},"account":"{account}","person":"{person_id}","newcomer":{newcomer},"product":"{product_id}","place":"{place}"}}"#
            )
        }
    };
    Ok(format!(r#"{{"id":{},"tenant":{},"at":"{at}","data":{data}}}"#, id.raw(), outbox.tenant))
}

/// The UTC day so many days before a moment, as a report takes it.
fn day_of(moment: Timestamp, before: i64) -> String {
    Timestamp(moment.0 - before * Timestamp::DAY).to_string().chars().take(10).collect()
}
