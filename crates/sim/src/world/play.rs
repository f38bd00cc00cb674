//! A world, played: its steps are sent over several connections, in whatever order these are free; their numbers make the
//! order. How far it got stands in the book, so that a world that was stopped goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::task::JoinSet;

use super::Target;
use super::book::Book;
use super::goods::Lot;
use super::request::{Request, bytes_of, lot_id, named, request_of};
use super::shape::Shape;
use super::step::{Look, Numbered, Scan, Step};
use super::story::{self, Story};
use super::truth::Files;
use crate::failure::{Context as _, Failure, Result};
use crate::stopwatch::Stopwatch;
use crate::wire::Connection;

/// How a world is played.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which world.
    pub shape: Shape,
    /// Connections, one at least.
    pub connections: usize,
    /// Holds the book, and the truth in `truth/`. A world that was begun there goes on.
    pub folder: PathBuf,
    /// Stop before this number, as if interrupted.
    pub stop_before: Option<u64>,
}

/// What the server answered.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// Requests that were sent.
    pub requests: u64,
    /// Scans that were sent.
    pub scans: u64,
    /// From the first request of all to the last answer, in seconds.
    pub seconds: f64,
    /// From the first delivery of scans to the last answer, in seconds: everything of the days is in it.
    pub days_seconds: f64,
    /// Scans by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Scans by what came of asking for the reward.
    pub rewards: BTreeMap<String, u64>,
    /// Red packets in all, in fen.
    pub paid_fen: i64,
    /// A scan that won a red packet.
    pub won: Option<String>,
    /// A code that nobody scanned.
    pub unopened: Option<String>,
}

/// The number with which the world in `folder` goes on: 1 in a new one.
pub fn next_number(folder: &Path) -> Result<u64> {
    Ok(Book::open(folder)?.next())
}

/// Plays a world from where its book ends. `tell` hears of each day that begins to be sent.
///
/// # Errors
///
/// The first request that the server does not take, or a file that cannot be written.
pub async fn play(target: &Target, options: &Options, mut tell: impl FnMut(&str)) -> Result<Played> {
    std::fs::create_dir_all(&options.folder)?;
    let mut story = Story::new(options.shape);
    let book = Book::open(&options.folder)?;
    let truth = Files::create(&options.folder.join("truth"), &options.shape, &story.channel, &story.people)?;
    let mut player = Player::new(target, book, options.connections.max(1), truth);
    let watch = Stopwatch::start();
    let mut told = None;
    while let Some(numbered) = story.next() {
        if options.stop_before.is_some_and(|stop| numbered.number >= stop) {
            break;
        }
        player.truth.write(&story.take_truth(), story.supply.lots())?;
        if matches!(numbered.step, Step::Scans(_)) {
            let day = story::day_of(numbered.at);
            if told != Some(day) {
                tell(&day.to_string());
                told = Some(day);
            }
            player.days.get_or_insert_with(Stopwatch::start);
        }
        player.take(numbered, &story).await?;
    }
    player.drain().await?;
    let Player { mut played, book, truth, days, .. } = player;
    truth.finish()?;
    played.seconds = watch.seconds();
    played.days_seconds = days.map_or(0.0, Stopwatch::seconds);
    played.unopened = unopened(&story, &book);
    Ok(played)
}

/// A bottle at the end of the last lot: nobody has it yet.
fn unopened(story: &Story, book: &Book) -> Option<String> {
    let lots = story.supply.lots();
    let lot = (0..lots.len()).rev().find(|lot| book.has_codes(*lot))?;
    book.code(lot, lots[lot].items - 1).ok().map(str::to_owned)
}

/// What came back on one connection.
struct Answered {
    numbers: u64,
    number: u64,
    step: Sent,
    body: Vec<u8>,
    connection: Connection,
}

/// What must be known of a step once it is answered.
enum Sent {
    Scans(Vec<(u32, bool)>),
    Named(Option<String>),
}

struct Player<'a> {
    target: &'a Target,
    book: Book,
    truth: Files,
    idle: Vec<Connection>,
    connections_max: usize,
    running: JoinSet<Result<Answered>>,
    /// Numbers that were answered before those below them.
    done: BTreeSet<u64>,
    next: u64,
    played: Played,
    days: Option<Stopwatch>,
}

impl<'a> Player<'a> {
    fn new(target: &'a Target, book: Book, connections_max: usize, truth: Files) -> Self {
        let (idle, running, done, next) = (Vec::new(), JoinSet::new(), BTreeSet::new(), book.next());
        let played = Played::default();
        Self { target, book, truth, idle, connections_max, running, done, next, played, days: None }
    }

    /// Sends a step, as soon as a connection is free and everything that it names is known.
    async fn take(&mut self, Numbered { number, at, step }: Numbered, story: &Story) -> Result<()> {
        // What was answered before the world was stopped is not sent again; its codes are needed all the same.
        if number < self.next && !self.done.contains(&number) {
            return Ok(());
        }
        if step.recalls() {
            self.drain().await?;
        }
        self.fetch_codes(&step, story.supply.lots()).await?;
        while self.running.len() >= self.connections_max {
            self.settle().await?;
        }
        let request = request_of(&step, story, &self.book).while_doing(|| format!("step {number}"))?;
        let bytes = bytes_of(&request, number, at, self.target);
        let connection = self.connection().await?;
        let (numbers, makes) = (step.numbers(), step.makes());
        self.played.requests += numbers;
        if let Step::Page { look } = step {
            // Its second request is made of the first one's answer.
            let second = at + jiff::SignedDuration::from_millis(20);
            let target = self.target.clone();
            self.running.spawn(page(connection, request, bytes, number, second, look, target));
        } else {
            let sent = match step {
                Step::Scans(scans) => {
                    Sent::Scans(scans.iter().map(|Scan { person, agrees, .. }| (*person, *agrees)).collect())
                }
                other => Sent::Named(named(&other)),
            };
            self.running.spawn(exchange(connection, bytes, number, request.path, sent));
        }
        // Later steps may name what this one makes.
        if makes { self.drain().await } else { Ok(()) }
    }

    /// Waits for everything that is on its way.
    async fn drain(&mut self) -> Result<()> {
        while !self.running.is_empty() {
            self.settle().await?;
        }
        Ok(())
    }

    /// Takes one answer.
    async fn settle(&mut self) -> Result<()> {
        let Some(answered) = self.running.join_next().await else { return Ok(()) };
        let Answered { number, numbers, step, body, connection } = answered??;
        self.idle.push(connection);
        match step {
            Sent::Named(Some(name)) => {
                let made: Made<'_> = serde_json::from_slice(&body).while_doing(|| format!("the answer to {name}"))?;
                self.book.name(name, made.id)?;
            }
            Sent::Named(None) => {}
            Sent::Scans(who) => self.count(&who, &body).while_doing(|| format!("the answer to delivery {number}"))?,
        }
        self.done.extend(number..number + numbers);
        let before = self.next;
        while self.done.remove(&self.next) {
            self.next += 1;
        }
        if self.next > before { self.book.answered(self.next) } else { Ok(()) }
    }

    fn count(&mut self, who: &[(u32, bool)], body: &[u8]) -> Result<()> {
        let answer: Delivered<'_> = serde_json::from_slice(body)?;
        if answer.scans.len() != who.len() {
            return Err(Failure::new(format!("{} answers for {} scans", answer.scans.len(), who.len())));
        }
        for ((person, agrees), scan) in who.iter().zip(&answer.scans) {
            let played = &mut self.played;
            played.scans += 1;
            *played.verdicts.entry(scan.verdict.to_owned()).or_default() += 1;
            *played.rewards.entry(scan.reward.status.to_owned()).or_default() += 1;
            if scan.reward.status == "opened" {
                for won in scan.reward.won.iter().filter(|won| won.kind == "red_packet") {
                    played.paid_fen += won.amount;
                    played.won.get_or_insert_with(|| scan.scan.to_owned());
                }
            }
            if let (true, Some(id)) = (agrees, scan.person) {
                self.book.name(format!("person {person}"), id)?;
            }
        }
        Ok(())
    }

    /// Asks for the codes of the lots that a step's bottles come from.
    async fn fetch_codes(&mut self, step: &Step, lots: &[Lot]) -> Result<()> {
        let bottles: Vec<usize> = match step {
            Step::Scans(scans) => scans.iter().filter_map(Scan::lot).collect(),
            Step::Page { look } => vec![look.bottle.lot],
            _ => return Ok(()),
        };
        for lot in bottles {
            if self.book.has_codes(lot) {
                continue;
            }
            self.drain().await?;
            let path = format!("/v1/batches/{}/codes?level=item&face=inner&form=code", lot_id(&self.book, lot)?);
            let Target { address, host, api_key } = self.target;
            let request = format!(
                "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {api_key}\r\nconnection: close\r\n\r\n"
            );
            let lines = crate::wire::get_whole(*address, request.as_bytes()).await.while_doing(|| path)?;
            self.book.keep_codes(lot, lots[lot].items, &lines)?;
        }
        Ok(())
    }

    async fn connection(&mut self) -> Result<Connection> {
        match self.idle.pop() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.target.address).await.while_doing(|| "connecting".to_owned()),
        }
    }
}

async fn exchange(
    mut connection: Connection,
    bytes: Vec<u8>,
    number: u64,
    path: String,
    step: Sent,
) -> Result<Answered> {
    let answer = connection.exchange(&bytes).await.while_doing(|| format!("request {number} to {path}"))?;
    if !(200..300).contains(&answer.status) {
        let text = String::from_utf8_lossy(answer.body);
        return Err(Failure::new(format!("request {number} to {path}: {} {text}", answer.status)));
    }
    let body = answer.body.to_vec();
    Ok(Answered { numbers: 1, number, step, body, connection })
}

/// Opens the consumer page and sends its form back.
async fn page(
    mut connection: Connection,
    mut request: Request,
    bytes: Vec<u8>,
    number: u64,
    second: jiff::Timestamp,
    look: Look,
    target: Target,
) -> Result<Answered> {
    let path = request.path.clone();
    let failed = |what: &str, status: u16| Failure::new(format!("request {number} to {path}: {what} ({status})"));
    let answer = connection.exchange(&bytes).await?;
    let (head, body) = (String::from_utf8_lossy(answer.head), String::from_utf8_lossy(answer.body));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    let cookie = cookie.ok_or_else(|| failed("the page set no cookie", answer.status))?.to_owned();
    let nonce = body.split("name=\"nonce\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    // Where no campaign may give anything, the page has no form: what is sent then is told to have expired.
    let nonce = nonce.unwrap_or("none").to_owned();
    let (latitude, longitude) = look.position;
    request.method = "POST";
    request.body = format!("nonce={nonce}&latitude={latitude}&longitude={longitude}&region=");
    request.cookie = Some(cookie);
    let bytes = bytes_of(&request, number + 1, second, &target);
    let answer = connection.exchange(&bytes).await?;
    if answer.status != 200 && !(nonce == "none" && answer.status == 409) {
        return Err(failed("the form was refused", answer.status));
    }
    Ok(Answered { numbers: 2, number, step: Sent::Named(None), body: Vec::new(), connection })
}

#[derive(Deserialize)]
struct Made<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
struct Delivered<'a> {
    #[serde(borrow)]
    scans: Vec<Answer<'a>>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    scan: &'a str,
    verdict: &'a str,
    person: Option<&'a str>,
    #[serde(borrow)]
    reward: Reward<'a>,
}

#[derive(Deserialize)]
struct Reward<'a> {
    status: &'a str,
    #[serde(borrow, default)]
    won: Vec<Won<'a>>,
}

#[derive(Deserialize)]
struct Won<'a> {
    kind: &'a str,
    amount: i64,
}
