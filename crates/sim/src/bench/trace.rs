//! What a brand's history weighs and how fast a code's is found: ten million items, 24 to a case and 50 cases to a pallet,
//! shipped by pallet; packed by range before printing, and packed on the line in random order.

use serde_json::{Value, json};
use tallymark_store::{Options, Store};

use super::Bench;
use super::people::Place;
use super::prepared::Engine;
use crate::client::{Client, text};
use crate::failure::{Failure, Result};
use crate::process::Server;
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

const ITEMS: u64 = 10_000_000;
const QUICK_ITEMS: u64 = 60_000;
const ITEMS_PER_CASE: u64 = 24;
const CASES_PER_PALLET: u64 = 50;
/// Operations of a request; with 24 codes each, about 0.8 MB.
const AT_ONCE: usize = 400;
/// Codes whose chain is asked for.
const ASKED: u64 = 200;
/// Tables whose rows go: events that the lake takes, and answers that are kept for repeated requests.
const PASSING: [&str; 2] = ["outbox", "request"];

/// Packed before printing.
pub(super) async fn by_range(bench: &mut Bench) -> Result<()> {
    measure(bench, "by_range", ["range_bytes_per_item", "chain_range_ms"]).await
}

/// Packed on the line: every bottle of a case is scanned, in no order.
pub(super) async fn on_line(bench: &mut Bench) -> Result<()> {
    measure(bench, "on_line", ["line_bytes_per_item", "chain_line_ms"]).await
}

async fn measure(bench: &mut Bench, association: &str, [bytes, chain]: [&'static str; 2]) -> Result<()> {
    let items = if bench.quick { QUICK_ITEMS } else { ITEMS };
    let place = Place::new(bench, Engine::Sqlite).await?;
    let server = place.serve().await?;
    let line = Line::new(&server, place.owner(), association, items).await?;
    let before = tables(&place).await?;
    let watch = Stopwatch::start();
    if association == "on_line" {
        line.pack().await?;
    }
    line.ship().await?;
    let took = watch.seconds();
    let after = tables(&place).await?;
    let grown: Vec<(String, i64)> = after
        .into_iter()
        .map(|(name, size)| {
            let held = before.iter().find(|(held, _)| *held == name).map_or(0, |held| held.1);
            (name, size - held)
        })
        .filter(|(name, size)| *size > 0 && !PASSING.iter().any(|passing| name.contains(passing)))
        .collect();
    let total: i64 = grown.iter().map(|(_, size)| size).sum();
    let per_item = total as f64 / items as f64;
    let told = grown.iter().map(|(name, size)| format!("{name} {size}")).collect::<Vec<_>>().join(", ");
    let measured = Measured::new(bytes, "bytes", vec![per_item]);
    bench.report(measured.with("items", items).with("recorded_in_s", format!("{took:.0}")).with("tables", told))?;
    let (times, baseline) = line.chains(items).await?;
    let slowest = times.iter().copied().fold(0.0, f64::max);
    let measured =
        Measured::new(chain, "ms", vec![median(&times)]).against("a list of one organisation", vec![median(&baseline)]);
    bench.report(measured.with("codes", ASKED).with("slowest_ms", format!("{slowest:.1}")))?;
    server.stop().await?;
    place.remove(bench).await
}

/// Bytes of the pages of each table and index.
async fn tables(place: &Place) -> Result<Vec<(String, i64)>> {
    let path = place.folder.path().join("people.sqlite");
    let store = Store::open(&format!("sqlite:{}", path.display()), &Options::default()).await?;
    let mut tx = store.read().await?;
    let sql = "SELECT name, CAST(SUM(pgsize) AS BIGINT) FROM dbstat GROUP BY name";
    let rows = tx.query(sql, &[]).await?;
    let sizes = rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect::<Result<_>>();
    drop(tx);
    store.close().await;
    sizes
}

struct Line {
    client: Client,
    batch: String,
    dealer: String,
    items: u64,
}

impl Line {
    async fn new(server: &Server, owner: &str, association: &str, items: u64) -> Result<Self> {
        let client = Client::new(server.address, owner);
        let product = client.create_product("06901234567892", "QL", "青岚气泡水").await?;
        let batch = json!({
            "product": product, "lot": "L1", "items": items, "items_per_case": ITEMS_PER_CASE,
            "cases_per_pallet": CASES_PER_PALLET, "association": association, "faces": "outer",
        });
        let made = client.post("/v1/batches", &batch).await?;
        let dealer = json!({"kind": "brand", "name": "华东", "code": "D1"});
        let dealer = client.post("/v1/organisations", &dealer).await?;
        Ok(Self { batch: text(&made, "id")?.to_owned(), dealer: text(&dealer, "id")?.to_owned(), client, items })
    }

    fn unit(&self, level: &str, first: u64, last: u64) -> Value {
        json!({"batch": self.batch, "level": level, "first": first, "last": last})
    }

    /// Packs every case with bottles from anywhere, and every pallet with the cases as they come.
    async fn pack(&self) -> Result<()> {
        let mut bottles: Vec<u32> = (0..u32::try_from(self.items)?).collect();
        // Fisher–Yates by a fixed sequence (Knuth's MMIX): the same line each time.
        let mut state = 1_u64;
        for place in (1..bottles.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bottles.swap(place, (state >> 33) as usize % (place + 1));
        }
        let mut waiting = Vec::with_capacity(AT_ONCE);
        let cases = self.items.div_ceil(ITEMS_PER_CASE);
        for (case, some) in (0..).zip(bottles.chunks(ITEMS_PER_CASE as usize)) {
            let codes: Vec<Value> = some.iter().map(|n| self.unit("item", u64::from(*n), u64::from(*n))).collect();
            waiting.push(json!({"kind": "pack", "pack": self.unit("case", case, case), "codes": codes}));
            let pallet = case / CASES_PER_PALLET;
            if (case + 1) % CASES_PER_PALLET == 0 || case + 1 == cases {
                let codes = [self.unit("case", pallet * CASES_PER_PALLET, case)];
                waiting.push(json!({"kind": "pack", "pack": self.unit("pallet", pallet, pallet), "codes": codes}));
            }
            if waiting.len() >= AT_ONCE || case + 1 == cases {
                self.record(std::mem::take(&mut waiting)).await?;
            }
        }
        Ok(())
    }

    /// Ships every pallet by itself.
    async fn ship(&self) -> Result<()> {
        let pallets = self.items.div_ceil(ITEMS_PER_CASE * CASES_PER_PALLET);
        let all: Vec<u64> = (0..pallets).collect();
        for some in all.chunks(AT_ONCE) {
            let ship = |pallet: &u64| json!({"kind": "ship", "to": self.dealer, "codes": [self.unit("pallet", *pallet, *pallet)]});
            self.record(some.iter().map(ship).collect()).await?;
        }
        Ok(())
    }

    async fn record(&self, operations: Vec<Value>) -> Result<()> {
        let answer = self.client.post("/v1/operations", &json!({ "operations": operations })).await?;
        let outcomes = answer["outcomes"].as_array().map_or(&[][..], Vec::as_slice);
        match outcomes.iter().find(|outcome| outcome["done"].is_null()) {
            None if outcomes.len() == operations.len() => Ok(()),
            refused => Err(Failure::new(format!("an operation was not recorded: {refused:?}"))),
        }
    }

    /// Milliseconds in which the chains of codes from all over the batch are answered, and a short list.
    async fn chains(&self, items: u64) -> Result<(Vec<f64>, Vec<f64>)> {
        let (mut times, mut baseline) = (Vec::new(), Vec::new());
        for n in 0..ASKED {
            let item = items / ASKED * n + n % ITEMS_PER_CASE;
            let path = format!("/v1/batches/{}/codes?form=code&first={item}&last={item}", self.batch);
            let code = self.client.get_bytes(&path).await?;
            let code = String::from_utf8_lossy(&code).trim().to_owned();
            let watch = Stopwatch::start();
            let trace = self.client.get(&format!("/v1/codes/{code}/trace")).await?;
            times.push(watch.seconds() * 1_000.0);
            if trace["holder"]["organisation"] != json!(self.dealer) {
                return Err(Failure::new(format!("item {item} is not with the dealer: {trace}")));
            }
            let watch = Stopwatch::start();
            self.client.get("/v1/organisations?limit=1").await?;
            baseline.push(watch.seconds() * 1_000.0);
        }
        Ok((times, baseline))
    }
}
