//! Steps as the requests that the API takes.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};
use tallymark_base::random::{SeededEntropy, uuid_v7};

use super::book::Book;
use super::goods::{CASES_PER_PALLET, ITEMS_PER_CASE, PRODUCTS, gtin};
use super::offers::{OFFERS, REBATE_FEN, body};
use super::places::REGIONS;
use super::step::{Code, Node, Place, Scan, Step};
use super::stock::Cases;
use super::story::Story;
use crate::failure::{Failure, Result};

/// The letters of codes (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The purpose that people agree to.
const PURPOSE: &str = "marketing";

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: String,
    /// What a page gave before: then the body is a form.
    pub(super) cookie: Option<String>,
}

impl Request {
    fn post(path: impl Into<String>, body: &Value) -> Self {
        Self { method: "POST", path: path.into(), body: body.to_string(), cookie: None }
    }
}

/// The request of a step. Pages are two and made by whoever plays them.
pub(super) fn request_of(step: &Step, story: &Story, book: &Book) -> Result<Request> {
    Ok(match step {
        Step::Product(product) => {
            let own = &PRODUCTS[*product];
            Request::post("/v1/products", &json!({"gtin": gtin(*product), "sku": own.sku, "name": own.name}))
        }
        Step::Organisation(node) => Request::post("/v1/organisations", &organisation(*node, story, book)?),
        Step::Lot(lot) => {
            let own = &story.supply.lots()[*lot];
            let product = book.id(&format!("product {}", own.product))?;
            let pack = json!({
                "product": product, "lot": own.name, "items": own.items, "items_per_case": ITEMS_PER_CASE,
                "cases_per_pallet": CASES_PER_PALLET, "faces": "outer_and_inner",
            });
            Request::post("/v1/batches", &pack)
        }
        Step::Activation(lot) => Request::post(format!("/v1/batches/{}/activations", lot_id(book, *lot)?), &json!({})),
        Step::Pallets { .. } | Step::Shipment { .. } | Step::Voiding { .. } => moved(step, book)?,
        Step::Campaign(campaign) => {
            let products =
                (0..story.shape.products).map(|product| Ok(book.id(&format!("product {product}"))?.to_owned()));
            let products = products.collect::<Result<Vec<_>>>()?;
            Request::post("/v1/campaigns", &body(&OFFERS[*campaign], story.shape.people, &products))
        }
        Step::CampaignStatus { campaign, status } => {
            let path = format!("/v1/campaigns/{}/status", book.id(&format!("campaign {campaign}"))?);
            Request::post(path, &json!({"status": status}))
        }
        Step::Rebate(_) => Request::post("/v1/rebates", &rebate(story)),
        Step::RebateStatus(rebate) => {
            let path = format!("/v1/rebates/{}/status", book.id(&format!("rebate {rebate}"))?);
            Request::post(path, &json!({"status": "running"}))
        }
        Step::ConsentText => Request {
            method: "PUT",
            ..Request::post(
                "/v1/consent-texts",
                &json!({"purpose": PURPOSE, "version": 1, "language": "zh", "text": "我同意接收清泉的活动信息，可随时撤回。"}),
            )
        },
        Step::Consent { person } => {
            let path = format!("/v1/people/{}/consents", book.id(&format!("person {person}"))?);
            let fact =
                json!({"purpose": PURPOSE, "channel": "sms", "given": true, "text_version": 1, "source": "scan"});
            Request::post(path, &fact)
        }
        Step::Events(body) => Request::post("/v1/batch", body),
        Step::Scans(scans) => {
            let body = delivery(scans, book)?;
            Request { method: "POST", path: "/sim/scans".to_owned(), body, cookie: None }
        }
        Step::Page { look } => {
            let code = book.code(look.bottle.lot, look.bottle.serial)?;
            Request { method: "GET", path: format!("/C/{code}"), body: String::new(), cookie: None }
        }
    })
}

/// Goods that go somewhere.
fn moved(step: &Step, book: &Book) -> Result<Request> {
    Ok(match step {
        Step::Pallets { to, lot, first, last } => {
            let unit = json!({"batch": lot_id(book, *lot)?, "level": "pallet", "first": first, "last": last});
            Request::post("/v1/shipments", &json!({"to": book.node(Node::Dealer(*to))?, "units": [unit]}))
        }
        Step::Shipment { to, cases } => {
            let unit = |cases: &Cases| -> Result<Value> {
                let Cases { lot, first, last } = cases;
                Ok(json!({"batch": lot_id(book, *lot)?, "level": "case", "first": first, "last": last}))
            };
            let units = cases.iter().map(unit).collect::<Result<Vec<_>>>()?;
            Request::post("/v1/shipments", &json!({"to": book.node(*to)?, "units": units}))
        }
        Step::Voiding { cases, reason } => {
            let (first, last) = (cases.first * ITEMS_PER_CASE, (cases.last + 1) * ITEMS_PER_CASE - 1);
            let path = format!("/v1/batches/{}/voids", lot_id(book, cases.lot)?);
            Request::post(path, &json!({"first": first, "last": last, "reason": reason}))
        }
        other => return Err(Failure::new(format!("{other:?} moves no goods"))),
    })
}

/// What a step's answer names, in the book.
pub(super) fn named(step: &Step) -> Option<String> {
    match step {
        Step::Product(product) => Some(format!("product {product}")),
        Step::Organisation(node) => Some(super::book::node_name(*node)),
        Step::Lot(lot) => Some(format!("lot {lot}")),
        Step::Campaign(campaign) => Some(format!("campaign {campaign}")),
        Step::Rebate(rebate) => Some(format!("rebate {rebate}")),
        _ => None,
    }
}

/// The bytes of a numbered request, and its idempotency key: a UUID that follows from the number.
pub(super) fn bytes_of(request: &Request, number: u64, at: Timestamp, target: &super::Target) -> Vec<u8> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let key = uuid_v7(tallymark_base::Timestamp(at.as_microsecond()), &SeededEntropy::new(seed));
    let Request { method, path, body, cookie } = request;
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nidempotency-key: {key}\r\n\
         user-agent: tallymark-world\r\ntallymark-sim-number: {number}\r\ntallymark-sim-time: {at}\r\n",
        target.host, target.api_key
    );
    if let Some(cookie) = cookie {
        write!(text, "cookie: {cookie}\r\n").ok();
    }
    if *method != "GET" {
        let kind = if cookie.is_some() { "application/x-www-form-urlencoded" } else { "application/json" };
        write!(text, "content-type: {kind}\r\ncontent-length: {}\r\n", body.len()).ok();
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

pub(super) fn lot_id(book: &Book, lot: usize) -> Result<&str> {
    book.id(&format!("lot {lot}"))
}

fn organisation(node: Node, story: &Story, book: &Book) -> Result<Value> {
    let codes = |codes: &[u32]| codes.iter().map(u32::to_string).collect::<Vec<_>>();
    Ok(match node {
        Node::Brand => json!({"kind": "brand", "code": "HQ", "name": super::BRAND}),
        Node::Region(number) => {
            let (name, provinces) = REGIONS[number];
            let provinces: Vec<u32> = provinces.iter().map(|province| province * 10_000).collect();
            json!({
                "kind": "region", "parent": book.node(Node::Brand)?, "code": format!("R{number}"), "name": name,
                "territory": codes(&provinces),
            })
        }
        Node::Dealer(number) => {
            let own = &story.channel.dealers[number];
            json!({
                "kind": "dealer", "parent": book.node(Node::Region(own.region))?, "code": format!("D{number:03}"),
                "name": own.name, "adcode": own.territory[0].to_string(), "territory": codes(&own.territory),
            })
        }
        Node::Store(number) => {
            let own = &story.channel.stores[number];
            json!({
                "kind": "store", "parent": book.node(Node::Dealer(own.dealer))?, "code": format!("S{number:05}"),
                "name": own.name, "adcode": own.adcode.to_string(),
            })
        }
    })
}

/// Money for every bottle of the world, and twice as much.
fn rebate(story: &Story) -> Value {
    let shape = &story.shape;
    let bottles = f64::from(shape.people) * shape.bought_per_day * f64::from(shape.days);
    json!({
        "name": "动销返利", "starts": OFFERS[0].window.0, "ends": OFFERS[0].window.1, "products": [],
        "amount_fen": REBATE_FEN, "budget_fen": (bottles * 4.0) as i64 * REBATE_FEN + 1_000,
    })
}

/// A delivery of scans. Written by hand: there are a million.
fn delivery(scans: &[Scan], book: &Book) -> Result<String> {
    let mut text = String::with_capacity(scans.len() * 260);
    text.push_str("{\"scans\":[");
    for (place, scan) in scans.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let invented;
        let code = match scan.code {
            Code::Of(bottle) => book.code(bottle.lot, bottle.serial)?,
            Code::Invented(bits) => {
                invented = invented_code(bits);
                &invented
            }
        };
        write!(
            text,
            "{{\"at\":\"{}\",\"scan\":{{\"code\":\"{code}\",\"claim\":{},\"identifiers\":[",
            scan.at, scan.claim
        )?;
        write!(text, "{{\"kind\":\"device\",\"value\":\"{}\"}}", scan.shown.device)?;
        let others = [("wechat_openid", &scan.shown.openid), ("phone", &scan.shown.phone)];
        for (kind, value) in others.into_iter().filter_map(|(kind, value)| Some((kind, value.as_ref()?))) {
            write!(text, ",{{\"kind\":\"{kind}\",\"value\":\"{value}\"}}")?;
        }
        text.push(']');
        match scan.place {
            Place::Position(lat, lon) => write!(text, ",\"place\":{{\"latitude\":{lat},\"longitude\":{lon}}}")?,
            Place::County(adcode) => write!(text, ",\"place\":{{\"adcode\":\"{adcode}\"}}")?,
            // Then the network address says it, where the server has a file of places.
            Place::Untold => {}
        }
        write!(text, "}},\"address\":\"{}\"}}", scan.address)?;
    }
    text.push_str("]}");
    Ok(text)
}

/// Sixteen letters that look like a code.
fn invented_code(bits: u64) -> String {
    let low = crate::random::nth(bits, 0);
    let letters = (0..16).map(|place| {
        let five = if place < 8 { bits >> (5 * place) } else { low >> (5 * (place - 8)) } & 31;
        char::from(LETTERS[five as usize])
    });
    letters.collect()
}
