//! `list_10m_page_ms`: pages of lists of ten million scans, people and shipments, asked of a running server on either engine:
//! the first, the middle and the last page, each filter by itself, with a common and with a rare value, and the count.

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, BatchId, OrganisationId, ShipmentId};

use super::fill::Filler;
use super::{Desk, Engine, engines};
use crate::bench::Bench;
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};
use crate::setup::{BatchOrder, NewOrganisation};
use crate::stopwatch::Stopwatch;

/// Times that each page is asked for.
const ASKED: usize = 9;
/// Batches of the common product, and of the other.
const BATCHES: usize = 40;

/// Measures the figure: the slowest of the pages, by its median.
pub(in crate::bench) async fn lists(bench: &mut Bench) -> Result<()> {
    let rows = if bench.quick { 100_000 } else { 10_000_000 };
    let mut slowest: Option<(Vec<f64>, String)> = None;
    for engine in engines(bench) {
        for list in [List::Scans, List::People, List::Shipments] {
            for (path, times) in pages(bench, engine, list, rows).await? {
                let ms = median(&times);
                eprintln!("  {} GET {path}: {ms:.1} ms", engine.name());
                if slowest.as_ref().is_none_or(|(known, _)| median(known) < ms) {
                    slowest = Some((times, format!("{}: {path}", engine.name())));
                }
            }
        }
    }
    let (times, which) = slowest.ok_or_else(|| Failure::new("no page was measured"))?;
    let engines = engines(bench).into_iter().map(Engine::name).collect::<Vec<_>>().join(", ");
    let measured = Measured::new("list_10m_page_ms", "ms", times)
        .with("rows", rows)
        .with("engines", engines)
        .with("slowest", which);
    bench.report(measured)
}

#[derive(Debug, Clone, Copy)]
enum List {
    Scans,
    People,
    Shipments,
}

/// Every page of a list with how long each time took. The list is made and removed.
async fn pages(bench: &Bench, engine: Engine, list: List, rows: u64) -> Result<Vec<(String, Vec<f64>)>> {
    let desk = Desk::new(bench, engine).await?;
    let paths = fill(&desk, list, rows).await?;
    desk.settle(bench).await?;
    let (server, client) = desk.serve().await?;
    let mut measured = Vec::new();
    for path in paths {
        let path = format!("/v1/{path}");
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let watch = Stopwatch::start();
            let page = client.get(&path).await?;
            times.push(watch.seconds() * 1_000.0);
            if page["items"].as_array().is_none_or(Vec::is_empty) {
                return Err(Failure::new(format!("{path} has no items: {page}")));
            }
        }
        measured.push((path, times));
    }
    server.stop().await?;
    desk.end(bench).await?;
    Ok(measured)
}

/// Fills a list; gives the pages that are asked for.
async fn fill(desk: &Desk, list: List, rows: u64) -> Result<Vec<String>> {
    let filler = Filler::open(&desk.database, &desk.brand.tenant, rows).await?;
    let count = i64::try_from(rows)?;
    let (day, next) = (filler.at(count / 2), filler.at(count / 2 + count / 30));
    let pages = match list {
        List::Scans => {
            let goods = goods(desk).await?;
            filler.scans(&goods.batches, |place| goods.product_of(place).to_owned()).await?;
            let (middle, oldest) = (filler.scan(count / 2), filler.scan(0));
            let (common, rare) = (goods.batches[0], goods.batches[goods.batches.len() - 1]);
            let [most, other, few] = &goods.products;
            vec![
                "scans".to_owned(),
                "scans?limit=200&count=true".to_owned(),
                format!("scans?after={middle}"),
                format!("scans?before={middle}"),
                format!("scans?before={}", tallymark_base::id::ScanId::from_raw(oldest.raw() - 1)),
                "scans?verdict=genuine&count=true".to_owned(),
                "scans?verdict=suspicious&count=true".to_owned(),
                format!("scans?batch={common}&count=true"),
                format!("scans?batch={rare}&count=true"),
                format!("scans?batch={common}&verdict=genuine&limit=200"),
                format!("scans?product={most}&count=true"),
                format!("scans?product={other}&after={middle}"),
                format!("scans?product={few}&count=true"),
                format!("scans?from={day}&until={next}&count=true"),
            ]
        }
        List::People => {
            filler.people().await?;
            let (middle, oldest) = (AccountId::from_raw(filler.id(count / 2)), AccountId::from_raw(filler.id(0) - 1));
            vec![
                "people".to_owned(),
                "people?limit=200&count=true".to_owned(),
                format!("people?after={middle}"),
                format!("people?before={oldest}"),
                "people?first_kind=device&count=true".to_owned(),
                "people?first_kind=card&count=true".to_owned(),
                "people?tag=vip&count=true".to_owned(),
                format!("people?tag=vip&after={middle}"),
                "people?tag=rare&count=true".to_owned(),
                format!("people?from={day}&until={next}&count=true"),
            ]
        }
        List::Shipments => {
            let [most, few] = organisations(desk).await?;
            filler.shipments([most.raw(), few.raw()]).await?;
            let (middle, oldest) = (ShipmentId::from_raw(filler.id(count / 2)), ShipmentId::from_raw(filler.id(0) - 1));
            vec![
                "shipments".to_owned(),
                "shipments?limit=200&count=true".to_owned(),
                format!("shipments?after={middle}"),
                format!("shipments?before={oldest}"),
                format!("shipments?to={most}&count=true"),
                format!("shipments?to={few}&count=true"),
                format!("shipments?from={day}&until={next}&count=true"),
            ]
        }
    };
    filler.close().await;
    Ok(pages)
}

/// Products, and their batches: the last of them is the only one of the last product.
pub(super) struct Goods {
    pub(super) products: [String; 3],
    pub(super) batches: Vec<BatchId>,
}

impl Goods {
    /// The product of the batch at a place.
    pub(super) fn product_of(&self, place: usize) -> &str {
        let product = if place + 1 == self.batches.len() { 2 } else { usize::from(place >= BATCHES * 3 / 4) };
        &self.products[product]
    }
}

/// Makes products and batches through the API.
pub(super) async fn goods(desk: &Desk) -> Result<Goods> {
    let (server, client) = desk.serve().await?;
    let mut products = [const { String::new() }; 3];
    // Numbers from GS1's range for examples.
    for (product, (gtin, sku)) in
        products.iter_mut().zip([("6901234567892", "A"), ("4006381333931", "B"), ("9780201379624", "C")])
    {
        *product = client.create_product(gtin, sku, sku).await?;
    }
    let mut goods = Goods { products, batches: Vec::new() };
    for place in 0..=BATCHES {
        let product = match place {
            BATCHES => 2,
            place => usize::from(place >= BATCHES * 3 / 4),
        };
        let order = BatchOrder { product: &goods.products[product], lot: &format!("L{place}"), items: 960 };
        goods.batches.push(client.create_active_batch(order).await?.parse()?);
    }
    server.stop().await?;
    Ok(goods)
}

async fn organisations(desk: &Desk) -> Result<[OrganisationId; 2]> {
    let (server, client) = desk.serve().await?;
    let made = [made(&client, "A").await?, made(&client, "B").await?];
    server.stop().await?;
    Ok(made)
}

async fn made(client: &Client, code: &str) -> Result<OrganisationId> {
    let new = NewOrganisation { kind: "brand", code, name: code, ..NewOrganisation::default() };
    Ok(client.create_organisation(&new).await?.parse()?)
}
