//! `tallymark-sim demo`: a slice of the demo world, made through the command line and the API as people would make it.
//! Goods are ordered, shipped and scanned through a week; the books are proved; then the server serves it in earnest, with
//! links to open.

mod outside;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tallymark_sim::providers::Providers;
use tallymark_sim::world::{BRAND, Played, Shape};

use crate::client::{Client, number, text};
use crate::failure::{Context as _, Failure, Result};
use crate::process::{ServeOptions, Server};
use crate::setup::{nothing, points, prize, red_packet};
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;
use crate::world_command::{SEED, told};

/// Connections that deliver.
const CONNECTIONS: usize = 4;
/// The email address of the brand's first owner.
const OWNER: &str = "owner@qingquan.example";
/// Who handles goods at the plant.
const CLERK: &str = "clerk@brand.example";
/// What today's campaign can spend, and what a store earns a bottle.
const BUDGET_FEN: i64 = 200_000;
const REBATE_FEN: i64 = 10;

/// What `demo` takes.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// The binary `tallymark`
    #[arg(long)]
    bin: PathBuf,
    /// Keep database, key, truth and labels in this folder, which must be empty or new; otherwise they go when the demo ends
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Where the server listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// What chance comes from
    #[arg(long, default_value_t = SEED)]
    seed: u64,
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
    // The companies outside answer as long as the server runs.
    let (mut server, _outside) = tokio::select! {
        world = show(&folder, &arguments) => world?,
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
async fn show(folder: &Path, arguments: &DemoArguments) -> Result<(Server, Providers)> {
    let watch = Stopwatch::start();
    let bin = arguments.bin.canonicalize().while_doing(|| format!("finding {}", arguments.bin.display()))?;
    let listens_on = arguments.listen.ip().to_string();
    let mut hosts = vec!["127.0.0.1", "localhost"];
    if has_own_links(arguments.listen) && !hosts.contains(&listens_on.as_str()) {
        hosts.push(&listens_on);
    }
    let shape = Shape::slice(arguments.seed);
    let stage = Stage::open(&bin, folder, shape, &hosts).await?;
    println!("Brand {BRAND} ({}), database {}", stage.brand.tenant, stage.installation.database);
    println!(
        "Playing {} days from {}: {} people, {} stores of {} dealers, {} products",
        shape.days, shape.first_day, shape.people, shape.stores, shape.dealers, shape.products
    );
    let simulated = stage.simulate(&[]).await?;
    let played = stage.play(&simulated, CONNECTIONS, |_| {}).await?;
    simulated.stop().await?;
    println!("{}", told(&played));

    // From here on it is a server like any other.
    let outside = outside::start(&stage.installation, &stage.folder).await?;
    let (listen, log) = (arguments.listen.to_string(), stage.folder.join("server.log"));
    let options = ServeOptions { listen: &listen, arguments: &["--providers-on-loopback"], ..ServeOptions::new(&log) };
    let server = stage.installation.serve(&options).await?;
    let client = Client::new(server.address, &stage.brand.api_key);
    told_by_server(&client, &played).await?;
    now(&client).await?;
    println!("tallymark verify: {}", stage.installation.command(["verify"]).await?.trim());
    links(&stage, &client, &played, &origin(server.address)).await?;
    println!("Codes to join by phone arrive at:  {}/messages", outside.url());
    println!("The truth behind the world:        {}", stage.folder.join("truth").display());
    println!(
        "The whole world (30 days, 200,000 people):\n  {} world --whole --bin {} --folder FOLDER",
        std::env::current_exe().map_or_else(|_| "tallymark-sim".to_owned(), |own| own.display().to_string()),
        bin.display()
    );
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

/// What runs today: the world's own campaigns are over.
async fn now(client: &Client) -> Result<()> {
    let prizes = json!([
        prize("现金红包 Red packet", 30, red_packet(30, 188)),
        prize("积分 Points", 50, points(10)),
        prize("谢谢参与 Thanks", 20, nothing()),
    ]);
    let extra = json!({ "budget_fen": BUDGET_FEN, "budget_points": 100_000, "fallback": "谢谢参与 Thanks" });
    client.start_campaign("今日开盖有礼 Open and win today", prizes, extra).await?;
    client.start_rebate("今日动销返利 Sell-through rebate today", REBATE_FEN, BUDGET_FEN).await
}

/// What happened, in the numbers that the server gives.
async fn told_by_server(client: &Client, played: &Played) -> Result<()> {
    for campaign in items(&client.get("/v1/campaigns").await?) {
        let (id, name) = (text(campaign, "id")?, text(campaign, "name")?);
        let left = available(client, id, "budget", "CNY").await?;
        let budget = tallymark_base::Money::fen(number(campaign, "budget_fen")?);
        let left = tallymark_base::Money::fen(left);
        println!("Campaign {name}: {}, {left} yuan of {budget} left", text(campaign, "status")?);
    }
    if let Some(scan) = &played.won {
        let explained = client.get(&format!("/v1/scans/{scan}")).await?;
        let draw = &explained["draws"][0];
        let reasons: Vec<&str> = draw["en"].as_array().into_iter().flatten().filter_map(|line| line.as_str()).collect();
        println!("Why {scan} won (replayed alike: {}): {}", draw["replays"], reasons.join(" "));
    }
    let (mut owed_fen, mut earning, mut best) = (0, 0, (0, String::new()));
    let organisations = all(client, "/v1/organisations").await?;
    for store in organisations.iter().filter(|node| node["kind"] == "store") {
        let fen = available(client, text(store, "id")?, "payable", "CNY").await?;
        owed_fen += fen;
        earning += i64::from(fen > 0);
        best = best.max((fen, text(store, "name")?.to_owned()));
    }
    if owed_fen == 0 {
        return Err(Failure::new("no store earned a rebate"));
    }
    let (owed, most) = (tallymark_base::Money::fen(owed_fen), tallymark_base::Money::fen(best.0));
    println!("Rebates owed to {earning} stores: {owed} yuan; most to {}: {most} yuan", best.1);
    Ok(())
}

/// A list, page by page.
async fn all(client: &Client, path: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut page = client.get(path).await?;
    loop {
        found.extend(items(&page).cloned());
        let Some(next) = page["next"].as_str() else { return Ok(found) };
        page = client.get(&format!("{path}?after={next}")).await?;
    }
}

fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().or(answer.as_array()).into_iter().flatten()
}

/// What an account holds, in fen or points.
async fn available(client: &Client, owner: &str, book: &str, unit: &str) -> Result<i64> {
    let balance = client.get(&format!("/v1/balances?owner={owner}&book={book}&unit={unit}")).await?;
    number(&balance, "available")
}

/// Label sheets of one lot; their files.
async fn labels(client: &Client, folder: &Path, site: &str) -> Result<Vec<PathBuf>> {
    let batches = client.get("/v1/batches").await?;
    let batch = items(&batches).next().ok_or_else(|| Failure::new("there is no batch"))?;
    let batch = text(batch, "id")?;
    let mut files = Vec::new();
    for (name, level, face, last) in [
        ("labels-inner.pdf", "item", "inner", 79),
        ("labels-outer.pdf", "item", "outer", 79),
        ("labels-case.pdf", "case", "outer", 39),
        ("labels-pallet.pdf", "pallet", "outer", 0),
    ] {
        let path = format!("/v1/batches/{batch}/labels?level={level}&face={face}&first=0&last={last}&origin={site}");
        let file = folder.join(name);
        std::fs::write(&file, client.get_bytes(&path).await?)?;
        files.push(file);
    }
    Ok(files)
}

/// Where to look now.
async fn links(stage: &Stage, client: &Client, played: &Played, site: &str) -> Result<()> {
    let labels = labels(client, &stage.folder, site).await?;
    let unopened = played.unopened.as_ref().ok_or_else(|| Failure::new("every bottle was opened"))?;
    let picture = stage.folder.join("bottle.png");
    let path = format!("/v1/codes/{unopened}/qr.png?origin={site}");
    std::fs::write(&picture, client.get_bytes(&path).await?)?;
    println!("\nScan a bottle that nobody opened:  {site}/C/{unopened}");
    println!("The same as a QR picture:          {}", picture.display());
    for file in &labels {
        println!("Label sheet:                       {}", file.display());
    }
    println!("Sign in to the console, once:      {}", invitation(stage, site).await?);
    println!("Handle goods with a phone, once:   {}", clerk_link(stage, site).await?);
    println!("API description:                   {site}/openapi.json");
    let key = &stage.brand.api_key;
    println!("API key of the owner:              {key}");
    if let Some(scan) = &played.won {
        println!("Why a scan won, as JSON:           curl -H 'Authorization: Bearer {key}' {site}/v1/scans/{scan}");
    }
    Ok(())
}

/// A link by which the brand's owner sets a password and signs in, once.
async fn invitation(stage: &Stage, site: &str) -> Result<String> {
    let arguments = ["--json", "user", "invite", "--email", OWNER, "--name", "品牌主 Owner", "--role", "owner"];
    let invited = stage.installation.command(arguments).await?;
    let token = behind_the_hash(&invited)?;
    Ok(format!("{site}/console/password#{token}"))
}

/// A link by which a clerk of the plant signs in on a phone, once within a day.
async fn clerk_link(stage: &Stage, site: &str) -> Result<String> {
    let arguments = ["--json", "user", "invite", "--email", CLERK, "--name", "仓管 Clerk", "--role", "clerk"];
    stage.installation.command(arguments).await?;
    let made = stage.installation.command(["--json", "user", "link", CLERK, "--minutes", "1440"]).await?;
    let token = behind_the_hash(&made)?;
    Ok(format!("{site}/clerk/#{token}"))
}

/// What stands behind the `#` of the link that a command printed.
fn behind_the_hash(printed: &str) -> Result<String> {
    let made: Value = serde_json::from_str(printed).while_doing(|| format!("reading {printed:?}"))?;
    let link = text(&made, "link")?;
    let token = link.split_once('#').map(|(_, token)| token.to_owned());
    token.ok_or_else(|| Failure::new(format!("no link: {link}")))
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
