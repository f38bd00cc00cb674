//! `tallymark-sim demo`: a brand's first world, made through the command line and the API as an operator would make it.
//! Goods are ordered, labelled, shipped and scanned; the books are proved; then the server stays up, with links to open.

mod brand;
mod outside;
mod scans;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tallymark_sim::providers::Providers;

use crate::client::{Client, number};
use crate::failure::{Context as _, Failure, Result};
use crate::process::{Installation, ServeOptions, Server};
use crate::random::Sequence;
use crate::setup::{
    BatchOrder, Brand, CASES_PER_PALLET, ITEMS_PER_CASE, NewOrganisation, create_brand, nothing, points, prize,
    red_packet,
};
use crate::stopwatch::Stopwatch;
use brand::{PRODUCTS, REGIONS};
use scans::{Bottle, Tally};

/// Makes every run alike: who scans which bottle where.
const SEED: u64 = 20_260_301;
/// A pallet of each product for each dealer.
const PALLETS: u64 = 4;
/// Of its pallet a dealer hands so many cases on to each of its three stores.
const CASES_PER_STORE: u64 = 10;
const BUDGET_FEN: i64 = 200_000;
const REBATE_FEN: i64 = 10;

/// What `demo` takes.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// The binary `tallymark`
    #[arg(long)]
    bin: PathBuf,
    /// Keep database, key and labels in this folder, which must be empty or new; otherwise they go when the demo ends
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Where the server listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many scans are played
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(10..=600))]
    scans: u64,
    /// Stop when the books are proved
    #[arg(long)]
    exit: bool,
}

/// Makes the world, shows it and, unless told to exit, serves it until the process is interrupted.
pub(crate) async fn run_command(arguments: DemoArguments) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = match &arguments.keep {
        None => temporary.path().to_owned(),
        Some(folder) => kept(folder)?,
    };
    let bin = arguments.bin.canonicalize().while_doing(|| format!("finding {}", arguments.bin.display()))?;
    let database = format!("sqlite:{}", folder.join("demo.sqlite").display());
    let installation = Installation::new(&bin, database, &folder).await?;
    // The companies outside answer as long as the server runs.
    let (mut server, _outside) = tokio::select! {
        world = play(&installation, &folder, &arguments) => world?,
        // What was started so far ends with the future that is dropped.
        () = crate::interrupted() => return Err(Failure::new("interrupted")),
    };
    if !arguments.exit {
        println!("\nThe server runs until you press Ctrl-C.");
        tokio::select! {
            status = server.ended() => return Err(Failure::new(format!("the server ended ({})", status?))),
            () = crate::interrupted() => println!("\nStopping."),
        }
    }
    server.stop().await
}

fn kept(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).while_doing(|| format!("making {}", folder.display()))?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(Failure::new(format!("{} is not empty; the demo makes a new world", folder.display())));
    }
    Ok(folder.canonicalize()?)
}

/// The whole story, up to the links.
async fn play(installation: &Installation, folder: &Path, arguments: &DemoArguments) -> Result<(Server, Providers)> {
    let watch = Stopwatch::start();
    let listens_on = arguments.listen.ip().to_string();
    let mut hosts = vec!["127.0.0.1", "localhost"];
    if has_own_links(arguments.listen) && !hosts.contains(&listens_on.as_str()) {
        hosts.push(&listens_on);
    }
    let brand = create_brand(installation, brand::NAME, &hosts).await?;
    let (listen, log) = (arguments.listen.to_string(), folder.join("server.log"));
    let outside = outside::start(installation, folder).await?;
    let arguments_of_server = ["--providers-on-loopback"];
    let options = ServeOptions { listen: &listen, arguments: &arguments_of_server, ..ServeOptions::new(&log) };
    let server = installation.serve(&options).await?;
    let client = Client::new(server.address, &brand.api_key);
    println!("Brand {} ({}), database {}", brand::NAME, brand.tenant, installation.database);

    let mut chance = Sequence::new(SEED);
    let batches = goods(&client).await?;
    let stores = channel(&client, &batches).await?;
    let campaign = rules(&client).await?;
    let origin = origin(server.address);
    let labels = labels(&client, folder, &batches[0], &origin).await?;
    let mut bottles = shelves(&client, &batches, &stores).await?;
    chance.shuffle(&mut bottles);
    let unopened = bottles.pop().ok_or_else(|| Failure::new("the shelves are empty"))?;
    let tally = scans::play(&client, &bottles, arguments.scans, &mut chance).await?;
    told(&client, &tally, &campaign, &stores).await?;
    let verified = installation.command(["verify"]).await?;
    println!("tallymark verify: {}", verified.trim());
    links(&client, &brand, &unopened, &tally, &labels, folder, &origin).await?;
    println!("Codes to join by phone arrive at:  {}/messages", outside.url());
    println!("All of this took {:.1} s.", watch.seconds());
    Ok((server, outside))
}

/// Whether printed links can name the address itself: they hold no IPv6 address, and `0.0.0.0` is no place to go.
fn has_own_links(address: SocketAddr) -> bool {
    matches!(address.ip(), IpAddr::V4(ip) if !ip.is_unspecified())
}

/// Where the server is reached, for links and printed codes.
fn origin(address: SocketAddr) -> String {
    if has_own_links(address) { format!("http://{address}") } else { format!("http://localhost:{}", address.port()) }
}

/// Products and batches: the batches' ids.
async fn goods(client: &Client) -> Result<Vec<String>> {
    let items = PALLETS * CASES_PER_PALLET * ITEMS_PER_CASE;
    let mut batches = Vec::new();
    for (place, product) in PRODUCTS.iter().enumerate() {
        let id = client.create_product(product.gtin, product.sku, product.name).await?;
        let lot = format!("L{}", 260_301 + place);
        batches.push(client.create_active_batch(BatchOrder { product: &id, lot: &lot, items }).await?);
        println!(
            "Product {}: lot {lot}, {items} bottles in {} cases on {PALLETS} pallets, active",
            product.name,
            PALLETS * CASES_PER_PALLET
        );
    }
    Ok(batches)
}

/// A store of the demo, with the first of its cases of every batch.
struct Shelf {
    organisation: String,
    name: &'static str,
    adcode: u32,
    first_case: u64,
}

/// The channel tree; a pallet of each product to each dealer, cases of it to each store.
async fn channel(client: &Client, batches: &[String]) -> Result<Vec<Shelf>> {
    let brand = NewOrganisation { kind: "brand", code: "HQ", name: brand::NAME, ..NewOrganisation::default() };
    let head = client.create_organisation(&brand).await?;
    let (mut shelves, mut pallet) = (Vec::new(), 0);
    for (region_place, region) in REGIONS.iter().enumerate() {
        let code = format!("R{region_place}");
        let (parent, adcode, territory) = (Some(head.as_str()), Some(region.adcode), Some(region.adcode));
        let new = NewOrganisation { kind: "region", parent, code: &code, name: region.name, adcode, territory };
        let region_id = client.create_organisation(&new).await?;
        for dealer in &region.dealers {
            let code = format!("D{pallet}");
            let (parent, adcode, territory) = (Some(region_id.as_str()), Some(dealer.adcode), Some(dealer.adcode));
            let new = NewOrganisation { kind: "dealer", parent, code: &code, name: dealer.name, adcode, territory };
            let dealer_id = client.create_organisation(&new).await?;
            for batch in batches {
                client.ship(&dealer_id, batch, "pallet", pallet, pallet).await?;
            }
            for (place, store) in (0_u64..).zip(&dealer.stores) {
                let code = format!("S{pallet}{place}");
                let (parent, adcode) = (Some(dealer_id.as_str()), Some(store.adcode));
                let new =
                    NewOrganisation { kind: "store", parent, code: &code, name: store.name, adcode, territory: None };
                let organisation = client.create_organisation(&new).await?;
                let first_case = pallet * CASES_PER_PALLET + place * CASES_PER_STORE;
                for batch in batches {
                    client.ship(&organisation, batch, "case", first_case, first_case + CASES_PER_STORE - 1).await?;
                }
                shelves.push(Shelf { organisation, name: store.name, adcode: store.adcode, first_case });
            }
            pallet += 1;
        }
    }
    println!(
        "Channel: 1 brand, {} regions, {pallet} dealers with a pallet of each product, {} stores with {CASES_PER_STORE} cases of each",
        REGIONS.len(),
        shelves.len()
    );
    Ok(shelves)
}

/// A campaign and a rebate; the campaign's id.
async fn rules(client: &Client) -> Result<String> {
    let prizes = json!([
        prize("现金红包 Red packet", 30, red_packet(30, 188)),
        prize("积分 Points", 50, points(10)),
        prize("谢谢参与 Thanks", 20, nothing()),
    ]);
    let extra = json!({
        "budget_fen": BUDGET_FEN,
        "budget_points": 100_000,
        "caps": { "per_person_per_day": 10 },
        "fallback": "谢谢参与 Thanks",
    });
    let campaign = client.start_campaign("开盖有礼 Open and win", prizes, extra).await?;
    client.start_rebate("动销返利 Sell-through rebate", REBATE_FEN, BUDGET_FEN).await?;
    println!(
        "Campaign: red packets of 0.30 to 1.88 yuan, points or thanks, budget {}; stores earn {} a bottle",
        yuan(BUDGET_FEN),
        yuan(REBATE_FEN)
    );
    Ok(campaign)
}

/// Label sheets of one batch; their files.
async fn labels(client: &Client, folder: &Path, batch: &str, origin: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (name, level, face, last) in [
        ("labels-inner.pdf", "item", "inner", 79),
        ("labels-outer.pdf", "item", "outer", 79),
        ("labels-case.pdf", "case", "outer", 39),
        ("labels-pallet.pdf", "pallet", "outer", PALLETS - 1),
    ] {
        let path = format!("/v1/batches/{batch}/labels?level={level}&face={face}&first=0&last={last}&origin={origin}");
        let file = folder.join(name);
        std::fs::write(&file, client.get_bytes(&path).await?)?;
        files.push(file);
    }
    Ok(files)
}

/// The bottles of the first case of each product in each store.
async fn shelves(client: &Client, batches: &[String], stores: &[Shelf]) -> Result<Vec<Bottle>> {
    let mut bottles = Vec::new();
    for store in stores {
        for batch in batches {
            let first = store.first_case * ITEMS_PER_CASE;
            let last = first + ITEMS_PER_CASE - 1;
            let path = format!("/v1/batches/{batch}/codes?level=item&face=inner&first={first}&last={last}&form=code");
            let take = |line: &[u8]| {
                bottles.push(Bottle { code: String::from_utf8_lossy(line).into_owned(), adcode: store.adcode });
                Ok(())
            };
            client.get_lines(&path, take).await?;
        }
    }
    Ok(bottles)
}

/// What happened, in the numbers that the server gives.
async fn told(client: &Client, tally: &Tally, campaign: &str, stores: &[Shelf]) -> Result<()> {
    let counted = |counts: &std::collections::BTreeMap<String, u64>| {
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    println!("Scans: {}", counted(&tally.verdicts));
    println!("Rewards: {}; red packets of {} in all", counted(&tally.rewards), yuan(tally.paid_fen));
    let left_fen = available(client, campaign, "budget", "CNY").await?;
    let left_points = available(client, campaign, "budget", "points").await?;
    println!("Campaign budget left: {} and {left_points} points", yuan(left_fen));
    let mut best: Option<(i64, &str)> = None;
    let mut owed_fen = 0;
    for store in stores {
        let fen = available(client, &store.organisation, "payable", "CNY").await?;
        owed_fen += fen;
        best = best.max(Some((fen, store.name)));
    }
    if let Some(scan) = &tally.won {
        let explained = client.get(&format!("/v1/scans/{scan}")).await?;
        let draw = &explained["draws"][0];
        let reasons: Vec<&str> = draw["en"].as_array().into_iter().flatten().filter_map(|line| line.as_str()).collect();
        println!("Why {scan} won (replayed alike: {}): {}", draw["replays"], reasons.join(" "));
    }
    if owed_fen == 0 {
        return Err(Failure::new("no store earned a rebate"));
    }
    if let Some((fen, name)) = best {
        println!("Rebates owed to {} stores: {}; most to {name}: {}", stores.len(), yuan(owed_fen), yuan(fen));
    }
    Ok(())
}

/// What an account holds, in fen or points.
async fn available(client: &Client, owner: &str, book: &str, unit: &str) -> Result<i64> {
    let balance = client.get(&format!("/v1/balances?owner={owner}&book={book}&unit={unit}")).await?;
    number(&balance, "available")
}

fn yuan(fen: i64) -> String {
    format!("{} yuan", tallymark_base::Money::fen(fen))
}

/// Where to look now.
async fn links(
    client: &Client,
    brand: &Brand,
    unopened: &Bottle,
    tally: &Tally,
    labels: &[PathBuf],
    folder: &Path,
    site: &str,
) -> Result<()> {
    let picture = folder.join("bottle.png");
    let path = format!("/v1/codes/{}/qr.png?origin={site}", unopened.code);
    std::fs::write(&picture, client.get_bytes(&path).await?)?;
    println!("\nScan a bottle that nobody opened:  {site}/C/{}", unopened.code);
    println!("The same as a QR picture:          {}", picture.display());
    for file in labels {
        println!("Label sheet:                       {}", file.display());
    }
    println!("API description:                   {site}/openapi.json");
    println!("API key of the owner:              {}", brand.api_key);
    if let Some(scan) = &tally.won {
        let key = &brand.api_key;
        println!("Why a scan won, as JSON:           curl -H 'Authorization: Bearer {key}' {site}/v1/scans/{scan}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_address_of_the_server_with_its_port() {
        for (address, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("192.168.1.5:80", "http://192.168.1.5:80"),
            ("0.0.0.0:8080", "http://localhost:8080"),
            ("[::1]:8080", "http://localhost:8080"),
        ] {
            assert_eq!(origin(address.parse().unwrap()), expected);
        }
    }
}
