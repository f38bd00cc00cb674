//! `tallymark scan`: one scan, decided as the server decides it.

use clap::Args;
use tallymark_base::geography::{Adcode, Language, name_path};
use tallymark_base::id::TenantId;
use tallymark_base::{Money, TypedId as _};
use tallymark_codes::{Gtin, Link};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::answer::{RewardAnswer, ScanAnswer, Won, answer_of};
use tallymark_scan::types::{Place, PlaceSource, Request, Verdict};
use tallymark_scan::{Options, Scanner, Settings};
use tallymark_store::{Context, idempotency};

use crate::arguments::Of;
use crate::installation::Installation;
use crate::print::{Failure, show};

/// The longest code or link, in bytes: as long as the server takes.
const CODE_BYTES_MAX: usize = 512;

#[derive(Debug, Args)]
pub(super) struct ScanCommand {
    #[command(flatten)]
    of: Of,
    /// The code, the short link, or a GS1 Digital Link
    code: String,
    #[command(flatten)]
    who: Who,
    /// Ask for the reward too; needs somebody to give it to
    #[arg(long)]
    claim: bool,
    /// Where: GB/T 2260, six digits
    #[arg(long, value_name = "ADCODE")]
    place: Option<Adcode>,
    /// The request's key: the same again gives the same answer and counts once. Random where it is left out
    #[arg(long)]
    key: Option<String>,
}

/// Who scans. Several identifiers make one person; a reward goes to the first of them in this order.
#[derive(Debug, Args)]
struct Who {
    /// A browser's device id: 32 hexadecimal digits
    #[arg(long)]
    device: Option<String>,
    /// A phone number
    #[arg(long)]
    phone: Option<String>,
    /// A WeChat user: appid:openid
    #[arg(long)]
    wechat_openid: Option<String>,
    /// A member card
    #[arg(long)]
    card: Option<String>,
}

impl Who {
    fn identifiers(&self) -> Result<Vec<Identifier>, Failure> {
        let given = [
            (IdentifierKind::Device, &self.device),
            (IdentifierKind::Phone, &self.phone),
            (IdentifierKind::WechatOpenid, &self.wechat_openid),
            (IdentifierKind::Card, &self.card),
        ];
        let given = given.into_iter().filter_map(|(kind, text)| Some((kind, text.as_deref()?)));
        given.map(|(kind, text)| Ok(Identifier::parse(kind, text)?)).collect()
    }
}

impl ScanCommand {
    pub(super) async fn run(self, installation: &Installation, json: bool) -> Result<(), Failure> {
        if self.code.len() > CODE_BYTES_MAX {
            let text = format!("a code or link has at most {CODE_BYTES_MAX} bytes");
            return Err(Failure::usage("scan.code_too_long", text));
        }
        let identifiers = self.who.identifiers()?;
        let (answer, human) = installation
            .with_context(async |context| {
                let mut tx = context.store.read().await?;
                let tenant = self.of.find(&mut tx, &context.master).await?.id;
                drop(tx);
                let request = self.request(context, tenant, identifiers);
                let (scanner, batcher) = Scanner::start(context.clone(), Options::default());
                let decided = scanner.scan(request).await;
                let settings = scanner.settings().of(context, tenant).await;
                drop(scanner);
                batcher.await.map_err(|error| Failure::system("cli.scan", error))?;
                let (answer, settings) = (answer_of(&*decided?), settings?);
                let human = told(&answer, &settings);
                Ok((answer, human))
            })
            .await?;
        show(json, &answer, |_| human)
    }

    fn request(&self, context: &Context, tenant: TenantId, identifiers: Vec<Identifier>) -> Request {
        let (code, gtin) = code_of(&self.code);
        let key = self.key.clone().unwrap_or_else(|| format!("{:032x}", u128::from_be_bytes(context.entropy.bytes())));
        // Every argument ends with a character that none of them contains.
        let values: Vec<&str> = identifiers.iter().map(Identifier::value).collect();
        let place = self.place.map_or_else(String::new, |place| place.to_string());
        let body = format!("{}\0{}\0{place}\0{}", self.code, values.join("\0"), self.claim);
        Request {
            tenant,
            key: idempotency::Key::new(tenant.raw(), "scans", &key),
            body: idempotency::body_hash(&key, body.as_bytes()),
            code,
            gtin,
            identifiers,
            place: self.place.map(|adcode| Place { adcode, source: PlaceSource::Stated }),
            claim: self.claim,
            at: context.clock.now(),
        }
    }
}

/// The code in a scanned text, and the GTIN beside it where the text names one. A text that is no link is taken for a
/// code: whether it is one is for the verdict.
pub(super) fn code_of(text: &str) -> (String, Option<Gtin>) {
    match Link::parse(text) {
        Ok(Link::Code(code)) => (code.as_str().to_owned(), None),
        Ok(Link::Digital(link)) => {
            let code = link.code().map(|code| code.as_str().to_owned());
            (code.or(link.serial).unwrap_or_else(|| text.to_owned()), Some(link.gtin))
        }
        Err(_) => (text.to_owned(), None),
    }
}

/// The answer in words.
fn told(answer: &ScanAnswer, settings: &Settings) -> String {
    let mut lines = vec![format!("{}: {}", verdict(answer.verdict), goods(answer, settings))];
    if let Some(reason) = &answer.void_reason {
        lines.push(format!("withdrawn: {reason}"));
    }
    if answer.goods.is_some() {
        let place = answer.first_place.and_then(|place| name_path(place, Language::Chinese));
        let place = place.map_or_else(String::new, |place| format!(" in {place}"));
        lines.push(match answer.first_at {
            Some(at) if !answer.first => format!("check number {}; the first was {at}{place}", answer.checks),
            _ => format!("check number {}, nobody else checked it before", answer.checks),
        });
    }
    lines.extend(reward(&answer.reward, settings));
    if let Some(person) = answer.person {
        lines.push(format!("person {person}"));
    }
    lines.push(format!("scan {}; why: tallymark explain {}", answer.scan, answer.scan));
    lines.join("\n")
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Genuine => "genuine",
        Verdict::NotActive => "not active",
        Verdict::Void => "void",
        Verdict::Recalled => "recalled",
        Verdict::Unknown => "unknown",
        Verdict::Suspicious => "suspicious",
    }
}

fn goods(answer: &ScanAnswer, settings: &Settings) -> String {
    let Some(goods) = &answer.goods else { return "not a code of this brand".to_owned() };
    let name = settings.catalog.product(goods.product).map_or("?", |product| &product.name);
    let lot = settings.catalog.batch(goods.batch).map_or("?", |batch| &batch.lot);
    format!("{name}, {} {} of lot {lot}, {} code", goods.level, goods.serial, goods.face)
}

fn reward(reward: &RewardAnswer, settings: &Settings) -> Vec<String> {
    let all = |won: &[Won]| -> Vec<String> { won.iter().map(|won| won_text(won, settings)).collect() };
    match reward {
        RewardAnswer::None => Vec::new(),
        RewardAnswer::Offered => vec!["a reward waits: --claim asks for it".to_owned()],
        RewardAnswer::NoRight => vec!["no reward: this code gives none".to_owned()],
        RewardAnswer::NotNow { reasons } if reasons.is_empty() => vec!["no reward: no campaign runs".to_owned()],
        RewardAnswer::NotNow { reasons } => {
            reasons.iter().map(|not| format!("no reward from {}: {}", not.campaign, not.reason)).collect()
        }
        RewardAnswer::Taken { at, won, .. } => {
            let mut lines = vec![format!("no reward: claimed before, {at}")];
            lines.extend(all(won));
            lines
        }
        RewardAnswer::Opened { won } if won.is_empty() => vec!["nothing won".to_owned()],
        RewardAnswer::Opened { won } => all(won),
    }
}

fn won_text(won: &Won, settings: &Settings) -> String {
    let prize = settings.prize_name(won.prize).unwrap_or_else(|| won.prize.to_string());
    match won.kind.as_ref() {
        "red_packet" => format!("won {prize}: {} yuan", Money::fen(won.amount)),
        "points" => format!("won {prize}: {} points", won.amount),
        _ => format!("won {prize}"),
    }
}
