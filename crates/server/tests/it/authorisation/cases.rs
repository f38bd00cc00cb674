//! One call for every route that the API describes, with a valid body and existing objects.

use serde_json::{Value, json};
use tallymark_goods::listing::{self, Intake, NewCodeList};
use tallymark_goods::rules::listing::survey::{ListRow, Numbering, Survey, Taken};
use tallymark_goods::rules::listing::{Label, Printed};

use super::{epcis, orders};

use crate::browser::{Browser, PASSWORD, user};
use crate::proposals::two_open;
use crate::world::{Got, World};

const PHONE: &str = "13800138000";

/// One call for one route.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) method: &'static str,
    /// As it is described.
    pub(crate) route: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// What another brand's owner gets: 404 where the call names an object.
    pub(crate) foreign: Foreign,
    /// The same call about an object outside the subtree, where the route is cut to one.
    pub(crate) outside: Option<(String, Option<Value>)>,
    /// What the owner gets.
    pub(crate) success: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// The object is not there.
    Hidden,
    /// The call names no object: it concerns the other brand's own world.
    OwnWorld,
}

/// What there is in the world, on both sides of the border.
pub(crate) struct Objects {
    pub(crate) product: String,
    pub(crate) batch: String,
    /// Two batches without codes.
    pub(crate) drafts: [String; 3],
    /// A batch whose codes were made elsewhere.
    pub(crate) listed: String,
    pub(crate) inside_code: String,
    pub(crate) outside_code: String,
    pub(crate) campaign: String,
    /// A campaign that has not begun.
    pub(crate) unbegun: String,
    pub(crate) rebate: String,
    pub(crate) scan: String,
    pub(crate) east: String,
    pub(crate) inside_dealer: String,
    pub(crate) west: String,
    pub(crate) outside_dealer: String,
    pub(crate) inside_shipment: String,
    pub(crate) outside_shipment: String,
    pub(crate) key: String,
    pub(crate) user: String,
    /// A person known by a device and a phone, with both accounts.
    pub(crate) person: Value,
    /// A person known by a phone.
    pub(crate) other_person: Value,
    /// Somebody was parted by it.
    pub(crate) change: String,
    /// Two open proposals.
    pub(crate) proposals: [String; 2],
    /// An event that could not be read.
    pub(crate) unread: String,
    /// Work over everybody that was done.
    pub(crate) run: String,
    /// An export that waits.
    pub(crate) export: String,
    /// Another export that waits, as a task.
    pub(crate) task: String,
    /// A view that is shared.
    pub(crate) view: String,
    /// An import that waits, of the East.
    pub(crate) import: String,
    /// An import that waits, of the whole brand.
    pub(crate) whole_import: String,
    /// An order of the source `pos` with the number `A-1`.
    pub(crate) order: String,
    pub(crate) points_rule: String,
    /// Where a GS1 key leads.
    pub(crate) link: String,
    pub(crate) profile: String,
    /// Codes for a printing house, which nobody has taken.
    pub(crate) package: String,
    pub(crate) recall: String,
    pub(crate) webhook: String,
    /// A capture job, and a subscription of the query `Q`.
    pub(crate) epcis: (String, String),
}

impl Objects {
    pub(crate) async fn new(world: &World) -> Self {
        let id = |got: Got| {
            assert!(got.status.is_success(), "{}", got.text());
            let json = got.json();
            json["id"].as_str().or(json["scan"].as_str()).unwrap().to_owned()
        };
        let organisation = async |kind: &str, parent: Option<&str>, code: &str| {
            let body = json!({"kind": kind, "parent": parent, "name": code, "code": code});
            id(world.post("/v1/organisations", body).await)
        };
        let hq = organisation("brand", None, "HQ").await;
        let (east, west) = (organisation("region", Some(&hq), "E").await, organisation("region", Some(&hq), "W").await);
        let inside_dealer = organisation("dealer", Some(&east), "E1").await;
        let outside_dealer = organisation("dealer", Some(&west), "W1").await;
        let ship = async |to: &str, case: u64| {
            let units = json!([{"batch": world.batch, "level": "case", "first": case, "last": case}]);
            id(world.post("/v1/shipments", json!({"to": to, "units": units})).await)
        };
        let (inside_shipment, outside_shipment) = (ship(&inside_dealer, 0).await, ship(&outside_dealer, 1).await);
        let codes = world.codes().await;
        let scan = json!({"code": codes[2], "identifiers": [{"kind": "phone", "value": PHONE}], "claim": true});
        let person = async |number: u32, phone: &str| {
            let device = json!({"kind": "device", "value": format!("{number:032x}")});
            let phone = json!({"kind": "phone", "value": phone});
            let shown = json!({"code": codes[0], "identifiers": [device, phone]});
            assert!(world.post("/v1/scans", shown).await.status.is_success());
            world.post("/v1/people/search", json!({"identifier": phone})).await.json()
        };
        assert!(world.post("/v1/track", json!({"userId": "u-9"})).await.status.is_success());
        let (import, whole_import) = imported(world, &east).await;
        let (order, points_rule) = orders::made(world).await;
        let parted = person(3, "13900000003").await;
        let parting = json!({"accounts": [parted["accounts"][1]], "reason": "two people"});
        let parted = world.post("/v1/identity/parting", parting).await;
        assert!(parted.status.is_success(), "{}", parted.text());
        let first = |got: Got| got.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let product = first(world.get("/v1/products").await);
        let (profile, package) = printed(world, &product).await;
        Self {
            drafts: drafted(world, &product).await,
            listed: listed(world, &product).await,
            product,
            batch: world.batch.clone(),
            inside_code: codes[0].clone(),
            outside_code: codes[47].clone(),
            campaign: first(world.get("/v1/campaigns").await),
            unbegun: id(world.post("/v1/campaigns", campaign_terms("C1")).await),
            rebate: id(world.post("/v1/rebates", rebate_terms()).await),
            link: id(world.post("/v1/links", resolver_link()).await),
            profile,
            package,
            webhook: a_webhook(world).await,
            recall: id(world.post("/v1/recalls", recall(&world.batch, 43)).await),
            scan: id(world.post("/v1/scans", scan).await),
            key: id(world.post("/v1/api-keys", json!({"name": "spare", "scopes": ["read"]})).await),
            user: user(world, "someone@spring.example", json!({"role": "analyst"})).await,
            person: person(1, "13900000001").await,
            other_person: person(2, "13900000002").await,
            proposals: two_open(world).await,
            unread: first(world.get("/v1/intake/quarantine").await),
            run: a_run(world).await,
            epcis: epcis::made(world).await,
            import,
            whole_import,
            order,
            points_rule,
            task: a_task(world).await,
            view: a_shared_view(world).await,
            export: id(world.post("/v1/exports", json!({"list": "people", "filters": {}, "format": "csv"})).await),
            change: parted.json()["change"]["id"].as_str().unwrap().to_owned(),
            east,
            inside_dealer,
            west,
            outside_dealer,
            inside_shipment,
            outside_shipment,
        }
    }
}

/// An import of operations by somebody of the East, and one of members.
async fn imported(world: &World, east: &str) -> (String, String) {
    let mapping = json!({"identifiers": [{"column": "phone", "kind": "phone"}]}).to_string();
    let mapped = world.call("PUT", "/v1/imports/mappings/shop", Some(&world.owner), None, Some(mapping)).await;
    assert!(mapped.status.is_success(), "{}", mapped.text());
    let begun = world.post("/v1/imports/members?mapping=shop", json!("first")).await;
    let mapping = json!({"document": ["no"], "operation": {"constant": "open"}, "code": "code"}).to_string();
    let path = "/v1/imports/mappings/wms?kind=operations";
    let mapped = world.call("PUT", path, Some(&world.owner), None, Some(mapping)).await;
    assert!(mapped.status.is_success(), "{}", mapped.text());
    user(world, "importer@spring.example", json!({"role": "clerk", "organisation": east})).await;
    let mut clerk = Browser::signed_in(world, "importer@spring.example").await;
    let theirs = clerk.post(world, "/v1/imports/operations?mapping=wms", json!("first")).await;
    let id = |got: Got| got.json()["id"].as_str().unwrap_or_else(|| panic!("{}", got.text())).to_owned();
    (id(theirs), id(begun))
}

async fn a_draft(world: &World, product: &str) -> String {
    let draft =
        json!({"product": product, "lot": "D", "items": 2, "items_per_case": 0, "faces": "outer", "draft": true});
    world.post("/v1/batches", draft).await.json()["id"].as_str().unwrap().to_owned()
}

/// Batches without codes.
async fn drafted(world: &World, product: &str) -> [String; 3] {
    [a_draft(world, product).await, a_draft(world, product).await, a_draft(world, product).await]
}

/// A batch of two codes that were made elsewhere.
async fn listed(world: &World, product: &str) -> String {
    let batch = a_draft(world, product).await;
    let (id, context) = (batch.parse().unwrap(), &world.context);
    let mut tx = context.store.write().await.unwrap();
    let tenant = world.tenant(&mut tx).await;
    let labels = [Label::Item].into_iter().collect();
    let new = NewCodeList { batch: id, labels, printed: Printed::default() };
    let wanted = listing::wanted(&mut tx, tenant, &context.master, &new).await.unwrap();
    let (mut survey, mut numbering) = (Survey::new(wanted.clone()), Numbering::new(wanted.clone()));
    let codes: Vec<Taken> = ["k7Qm2vX9", "Zr4Tb8Wn"]
        .into_iter()
        .zip(2..)
        .map(|(code, line)| {
            let row = ListRow { line, texts: [Some(code), None, None, None, None] };
            survey.look(row);
            numbering.next(row).unwrap()
        })
        .collect();
    let (surveyed, intake) = (survey.end().unwrap(), Intake { batch: id, source: 1 });
    let catalog = tallymark_goods::catalog(&mut tx, tenant, &context.master).await.unwrap();
    listing::begin(&mut tx, tenant, intake, (&wanted, &surveyed), context.clock.now()).await.unwrap();
    listing::add(&mut tx, context, &catalog, (tenant, intake), &codes, (&surveyed, 0..2)).await.unwrap();
    listing::finish(&mut tx, context, (tenant, intake), &surveyed).await.unwrap();
    tx.commit().await.unwrap();
    batch
}

/// A pack profile of the product, and a package of the batch that nobody has taken.
async fn printed(world: &World, product: &str) -> (String, String) {
    let id = |got: Got| got.json()["id"].as_str().unwrap_or_else(|| panic!("{}", got.text())).to_owned();
    let profile = id(world.post(&format!("/v1/products/{product}/pack-profiles"), json!({"name": "Made"})).await);
    let ordered = world.post(&format!("/v1/batches/{}/packages", world.batch), json!({"recipient": "P"})).await;
    (profile, id(ordered))
}

/// Work over everybody that was done.
async fn a_run(world: &World) -> String {
    let run = world.post("/v1/identity/runs", json!({})).await.json()["id"].as_str().unwrap().to_owned();
    let mut tx = world.context.store.write().await.unwrap();
    let tenant = world.tenant(&mut tx).await;
    let (done, now) = (json!({}), world.context.clock.now());
    tallymark_people::runs::end(&mut tx, tenant, run.parse().unwrap(), Ok(&done), now).await.unwrap();
    tx.commit().await.unwrap();
    run
}

async fn a_webhook(world: &World) -> String {
    let made = world.post("/v1/webhooks", webhook()).await;
    made.json()["webhook"]["id"].as_str().expect("a webhook").to_owned()
}

/// A call that names no object.
pub(super) fn own(method: &'static str, route: &'static str, body: Option<Value>, success: u16) -> Case {
    Case { method, route, path: route.to_owned(), body, foreign: Foreign::OwnWorld, outside: None, success }
}

/// What narrows a list, for everybody of the brand.
fn a_view(name: &str) -> Value {
    json!({"list": "people", "name": name, "search": "tag=vip", "shared": true})
}

/// An export that waits, as a task.
async fn a_task(world: &World) -> String {
    let asked = json!({"list": "scans", "filters": {}, "format": "csv"});
    assert!(world.post("/v1/exports", asked).await.status.is_success());
    world.get("/v1/tasks").await.json()["items"][0]["id"].as_str().unwrap().to_owned()
}

/// A view that is saved and shared.
async fn a_shared_view(world: &World) -> String {
    let saved = world.call("PUT", "/v1/views", Some(&world.owner), None, Some(a_view("vip").to_string())).await;
    saved.json()["id"].as_str().unwrap().to_owned()
}

/// A call about an object, in the path or the body.
pub(super) fn about(method: &'static str, route: &'static str, id: &str, body: Option<Value>, success: u16) -> Case {
    let path = route.replace("{id}", id).replace("{code}", id);
    Case { path, foreign: Foreign::Hidden, ..own(method, route, body, success) }
}

impl Case {
    /// The same call about an object outside.
    pub(super) fn with_outside(self, id: &str, body: Option<Value>) -> Self {
        let path = self.route.replace("{id}", id).replace("{code}", id);
        Self { outside: Some((path, body)), ..self }
    }

    pub(super) fn at(self, query: &str) -> Self {
        Self { path: format!("{}?{query}", self.path), ..self }
    }

    pub(crate) fn named(&self) -> (String, String) {
        (self.method.to_owned(), self.route.to_owned())
    }
}

fn resolver_link() -> Value {
    json!({"anchor": "/01/04006381333931", "link_type": "gs1:pip", "target": "https://www.spring.example/pen", "title": "Pen"})
}

fn webhook() -> Value {
    json!({"url": "https://erp.example/hooks", "events": ["goods.*"]})
}

fn webhook_cases(o: &Objects) -> Vec<Case> {
    vec![
        own("POST", "/v1/webhooks", Some(webhook()), 201),
        own("GET", "/v1/webhooks", None, 200),
        about("GET", "/v1/webhooks/{id}", &o.webhook, None, 200),
        about("PUT", "/v1/webhooks/{id}", &o.webhook, Some(webhook()), 200),
        about("POST", "/v1/webhooks/{id}/secret", &o.webhook, None, 201),
        about("POST", "/v1/webhooks/{id}/test", &o.webhook, None, 202),
        about("DELETE", "/v1/webhooks/{id}", &o.webhook, None, 204),
    ]
}

fn recall(batch: &str, item: u64) -> Value {
    let texts = json!([{"language": "en", "message": "The cap may leak", "instructions": "Bring it back"}]);
    let codes = json!([{"batch": batch, "level": "item", "first": item, "last": item}]);
    json!({"goods": {"kind": "codes", "codes": codes}, "texts": texts, "reason": "complaint 17"})
}

fn recall_cases(o: &Objects) -> Vec<Case> {
    let goods = json!({"kind": "batch", "batch": o.batch});
    vec![
        about("POST", "/v1/recalls", "", Some(recall(&o.batch, 44)), 201),
        own("GET", "/v1/recalls", None, 200),
        about("POST", "/v1/recalls/preview", "", Some(json!({"goods": goods})), 200),
        about("GET", "/v1/recalls/{id}", &o.recall, None, 200),
        about("GET", "/v1/recalls/{id}/holders", &o.recall, None, 200),
        about("POST", "/v1/recalls/{id}/lift", &o.recall, Some(json!({"reason": "tested"})), 200),
        about("GET", "/v1/codes/{code}/recalls", &o.inside_code, None, 200).with_outside(&o.outside_code, None),
    ]
}

fn goods_cases(o: &Objects) -> Vec<Case> {
    let shipment = |to: &str, case: u64| {
        Some(json!({"to": to, "units": [{"batch": o.batch, "level": "case", "first": case, "last": case}]}))
    };
    let received = |by: &str| {
        let case = json!({"batch": o.batch, "level": "case", "first": 0, "last": 0});
        Some(json!({"operations": [{"kind": "receive", "by": by, "codes": [case]}]}))
    };
    let torn = Some(json!({"first": 40, "last": 40, "reason": "torn"}));
    let looked = |code: &str| Some(json!({"codes": [code]}));
    let returned = |code: &str| Some(json!({"returns": [{"codes": [code]}]}));
    vec![
        own("POST", "/v1/products", Some(json!({"gtin": "4006381333931", "sku": "P2", "name": "Pen"})), 201),
        own("GET", "/v1/products", None, 200),
        about("GET", "/v1/products/{id}", &o.product, None, 200),
        own("POST", "/v1/links", Some(resolver_link()), 201),
        own("GET", "/v1/links", None, 200),
        about("GET", "/v1/links/{id}", &o.link, None, 200),
        about("PUT", "/v1/links/{id}", &o.link, Some(resolver_link()), 200),
        about("DELETE", "/v1/links/{id}", &o.link, None, 204),
        about(
            "POST",
            "/v1/batches",
            "",
            Some(json!({"product": o.product, "lot": "L2", "items": 2, "items_per_case": 2, "faces": "outer"})),
            201,
        ),
        about("POST", "/v1/products/{id}/pack-profiles", &o.product, Some(json!({"name": "Crate"})), 201),
        about("GET", "/v1/products/{id}/pack-profiles", &o.product, None, 200),
        about("PUT", "/v1/pack-profiles/{id}", &o.profile, Some(json!({"name": "Tray", "items_per_case": 6})), 200),
        about("DELETE", "/v1/pack-profiles/{id}", &o.profile, None, 204),
        own("PUT", "/v1/company-prefix", Some(json!({"prefix": "6901234"})), 200),
        own("GET", "/v1/company-prefix", None, 200),
        own("GET", "/v1/batches", None, 200),
        about("POST", "/v1/batches/{id}/order", &o.drafts[0], None, 200),
        about("DELETE", "/v1/batches/{id}", &o.drafts[1], None, 204),
        about("POST", "/v1/batches/{id}/printed", &o.batch, None, 200),
        about("GET", "/v1/batches/{id}", &o.batch, None, 200),
        about("GET", "/v1/batches/{id}/code-list", &o.listed, None, 200),
        about("GET", "/v1/batches/{id}/codes", &o.batch, None, 200),
        about("GET", "/v1/batches/{id}/labels", &o.batch, None, 200),
        about("POST", "/v1/batches/{id}/packages", &o.batch, Some(json!({"recipient": "Printer"})), 201),
        about("GET", "/v1/batches/{id}/packages", &o.batch, None, 200),
        about("GET", "/v1/packages/{id}", &o.package, None, 200),
        about("GET", "/v1/packages/{id}/downloads", &o.package, None, 200),
        about("GET", "/v1/packages/{id}/file", &o.package, None, 200),
        about("POST", "/v1/batches/{id}/voids", &o.batch, torn, 201),
        // Everything of the batch is live: its owner is told so, and nobody else is told anything.
        about("POST", "/v1/batches/{id}/activations", &o.batch, Some(json!({"first": 41, "last": 41})), 409),
        about("GET", "/v1/codes/{code}", &o.inside_code, None, 200).with_outside(&o.outside_code, None),
        about("GET", "/v1/codes/{code}/qr.svg", &o.inside_code, None, 200),
        about("GET", "/v1/codes/{code}/qr.png", &o.inside_code, None, 200),
        about("GET", "/v1/shipments/{id}", &o.inside_shipment, None, 200).with_outside(&o.outside_shipment, None),
        Case {
            outside: Some((format!("/v1/shipments?to={}", o.outside_dealer), None)),
            ..own("GET", "/v1/shipments", None, 200).at("count=true")
        },
        about("POST", "/v1/shipments", "", shipment(&o.inside_dealer, 0), 201)
            .with_outside("", shipment(&o.outside_dealer, 0)),
        about("POST", "/v1/operations", "", received(&o.inside_dealer), 200)
            .with_outside("", received(&o.outside_dealer)),
        own("POST", "/v1/look-ups", looked(&o.inside_code), 200).with_outside("", looked(&o.outside_code)),
        own("POST", "/v1/returns", returned(&o.inside_code), 200).with_outside("", returned(&o.outside_code)),
        about("GET", "/v1/operations/{id}", &o.inside_shipment.replace("shp_", "opr_"), None, 200),
        about("GET", "/v1/codes/{code}/trace", &o.inside_code, None, 200).with_outside(&o.outside_code, None),
        about("GET", "/v1/batches/{id}/holders", &o.batch, None, 200),
        own("GET", "/v1/operations", None, 200).at("count=true"),
        about("GET", "/v1/flows", "", None, 200).at(&format!("batch={}", o.batch)),
        about("GET", "/v1/flows/shipments", "", None, 200).at(&format!("receiver={}", o.inside_dealer)),
        Case {
            outside: Some((format!("/v1/exceptions?organisation={}", o.outside_dealer), None)),
            ..own("GET", "/v1/exceptions", None, 200).at("count=true")
        },
        own("POST", "/v1/code-keys/rotate", Some(json!({})), 201),
    ]
}

fn channel_cases(o: &Objects) -> Vec<Case> {
    let store = |parent: &str| Some(json!({"kind": "store", "parent": parent, "name": "S", "code": "S9"}));
    let balance = |owner: &str| format!("/v1/balances?owner={owner}&book=payable");
    let balances = Case {
        outside: Some((balance(&o.outside_dealer), None)),
        ..own("GET", "/v1/balances", None, 200).at(&format!("owner={}&book=payable", o.inside_dealer))
    };
    vec![
        about("POST", "/v1/organisations", "", store(&o.inside_dealer), 201).with_outside("", store(&o.outside_dealer)),
        Case {
            outside: Some((format!("/v1/organisations?after={}", o.west), None)),
            ..own("GET", "/v1/organisations", None, 200)
        },
        about("GET", "/v1/organisations/{id}", &o.inside_dealer, None, 200).with_outside(&o.outside_dealer, None),
        balances,
        about("POST", "/v1/fundings", "", Some(json!({"owner": o.campaign, "unit": "CNY", "amount": 5})), 201),
        own("GET", "/v1/rebates", None, 200),
        own(
            "POST",
            "/v1/rebates",
            Some(json!({
                "name": "R2", "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z", "amount_fen": 10,
                "budget_fen": 500
            })),
            201,
        ),
        about("GET", "/v1/rebates/{id}", &o.rebate, None, 200),
        about("POST", "/v1/rebates/{id}/status", &o.rebate, Some(json!({"status": "running"})), 200),
    ]
}

fn rebate_terms() -> Value {
    json!({
        "name": "R", "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z", "amount_fen": 10, "budget_fen": 500
    })
}

fn campaign_terms(name: &str) -> Value {
    json!({
        "name": name, "starts": "2026-01-01T00:00:00Z", "ends": "2027-01-01T00:00:00Z", "budget_fen": 100,
        "prizes": [{"name": "1", "weight": 1, "reward": {"kind": "red_packet", "min_fen": 1, "max_fen": 1}}]
    })
}

fn marketing_cases(o: &Objects) -> Vec<Case> {
    let change = json!({"version": 1, "terms": campaign_terms("C3")});
    let identifier = json!({"kind": "phone", "value": PHONE});
    vec![
        own("POST", "/v1/campaigns", Some(campaign_terms("C2")), 201),
        own("GET", "/v1/campaigns", None, 200),
        about("GET", "/v1/campaigns/{id}", &o.campaign, None, 200),
        about("PUT", "/v1/campaigns/{id}", &o.unbegun, Some(change), 200),
        about("GET", "/v1/campaigns/{id}/stream", &o.campaign, None, 200),
        about("POST", "/v1/campaigns/{id}/status", &o.campaign, Some(json!({"status": "paused"})), 200),
        // A code of another brand is told from an unknown one by nothing: the scan is decided, and wins nothing.
        own("POST", "/v1/scans", Some(json!({"code": o.inside_code, "identifiers": [identifier]})), 200),
        own("GET", "/v1/scans", None, 200).at("count=true"),
        about("GET", "/v1/scans/{id}", &o.scan, None, 200),
        about("POST", "/v1/people/search", "", Some(json!({"identifier": identifier})), 200),
        about("PUT", "/v1/people/tier", "", Some(json!({"identifier": identifier, "tier": 1})), 200),
    ]
}

fn identity_cases(o: &Objects) -> Vec<Case> {
    let (person, accounts) = (&o.person["id"], &o.person["accounts"]);
    let [from, to] = [&accounts[0], &accounts[1]].map(|account| account.as_str().unwrap().to_owned());
    let [one, other] = &o.proposals;
    let parting = json!({"accounts": [to], "reason": "the phone was sold"});
    let joining = json!({"person": person, "with": o.other_person["id"], "reason": "the same voice"});
    vec![
        about("GET", "/v1/people/{id}/identity", person.as_str().unwrap(), None, 200),
        about("GET", "/v1/identity/why", "", None, 200).at(&format!("from={from}&to={to}")),
        about("POST", "/v1/identity/parting/preview", "", Some(json!({"accounts": [to]})), 200),
        about("POST", "/v1/identity/parting", "", Some(parting), 200),
        about("POST", "/v1/identity/joining", "", Some(joining), 200),
        own("GET", "/v1/identity/changes", None, 200),
        about(
            "POST",
            "/v1/identity/changes/{id}/undo",
            &o.change,
            Some(json!({"reason": "they are one after all"})),
            200,
        ),
        own("GET", "/v1/identity/policy", None, 200),
        own("POST", "/v1/identity/runs", Some(json!({"policy": {"kinds": {"phone": {"per_person": 1}}}})), 202),
        own("GET", "/v1/identity/runs", None, 200),
        about("GET", "/v1/identity/runs/{id}", &o.run, None, 200),
        about(
            "POST",
            "/v1/identity/reassigning",
            "",
            Some(json!({"identifier": {"kind": "phone", "value": "13900000003"}, "reason": "a new holder"})),
            201,
        ),
        own("GET", "/v1/identity/proposals", None, 200),
        about("GET", "/v1/identity/proposals/{id}", one, None, 200),
        about("POST", "/v1/identity/proposals/{id}/accept", one, None, 200),
        about("POST", "/v1/identity/proposals/{id}/refuse", other, Some(json!({"reason": "a namesake"})), 200),
        own("GET", "/v1/identity/proposals/find", None, 200),
        own("POST", "/v1/identity/proposals/find", Some(json!({})), 202),
    ]
}

fn person_cases(o: &Objects) -> Vec<Case> {
    let person = o.person["id"].as_str().unwrap();
    let why = || Some(json!({"reason": "they asked"}));
    let account = o.person["accounts"][1].as_str().unwrap();
    vec![
        own("GET", "/v1/people", None, 200).at("count=true"),
        own("GET", "/v1/people/balances", None, 200).at(&format!("people={person}")),
        about("GET", "/v1/accounts/{id}/person", account, None, 200),
        about("GET", "/v1/people/{id}", person, None, 200),
        about("POST", "/v1/people/{id}/reveal", person, why(), 200),
        about("PUT", "/v1/people/{id}/profile", person, Some(json!({"values": {"name": "李伟"}})), 200),
        about("PUT", "/v1/people/{id}/tags", person, Some(json!({"set": [{"tag": "vip"}], "remove": ["new"]})), 200),
        // There is no lake here.
        about("GET", "/v1/people/{id}/timeline", person, None, 404),
        own("PUT", "/v1/profile-sources", Some(json!({"sources": ["crm", "operator"]})), 200),
        own("GET", "/v1/profile-sources", None, 200),
        about("POST", "/v1/people/{id}/consents", person, Some(json!({"purpose": "marketing", "given": true})), 201),
        about("GET", "/v1/people/{id}/consents", person, None, 200),
        own(
            "PUT",
            "/v1/consent-texts",
            Some(json!({"purpose": "marketing", "version": 1, "language": "en", "text": "May we write to you?"})),
            200,
        ),
        own("GET", "/v1/consent-texts", None, 200),
        own("POST", "/v1/people-keys/rotate", None, 202),
        own("GET", "/v1/people-keys", None, 200),
        about("POST", "/v1/people/{id}/export", person, why(), 200),
        about("POST", "/v1/people/{id}/erase", person, why(), 200),
        own(
            "POST",
            "/v1/people/suppressions/lift",
            Some(json!({"identifier": {"kind": "phone", "value": "13900000002"}, "reason": "they came back"})),
            200,
        ),
    ]
}

fn intake_cases(o: &Objects) -> Vec<Case> {
    let one = json!({"userId": "u-1", "type": "track", "event": "Seen", "previousId": "u-0", "groupId": "g"});
    let merge = json!({"mergeProperties": [{"type": "email", "value": "a@b.cn"}, {"type": "user_id", "value": "7"}]});
    let definition =
        json!({"name": "Seen", "version": 1, "fields": [{"name": "total", "type": "decimal", "personal": false}]});
    vec![
        own("POST", "/v1/batch", Some(json!({"batch": [one]})), 200),
        own("POST", "/v1/import", Some(json!({"batch": [one]})), 200),
        own("POST", "/v1/track", Some(one.clone()), 200),
        own("POST", "/v1/identify", Some(one.clone()), 200),
        own("POST", "/v1/page", Some(one.clone()), 200),
        own("POST", "/v1/screen", Some(one.clone()), 200),
        own("POST", "/v1/group", Some(one.clone()), 200),
        own("POST", "/v1/alias", Some(one), 200),
        own("POST", "/v1/merge", Some(merge), 200),
        own("GET", "/v1/intake/names", None, 200),
        own("PUT", "/v1/intake/definitions", Some(definition), 200),
        own("GET", "/v1/intake/definitions", None, 200),
        own("GET", "/v1/intake/quarantine", None, 200),
        // It cannot be read now either; its owner is told so, and nobody else is told that it is there.
        about("POST", "/v1/intake/quarantine/{id}/replay", &o.unread, None, 409),
        about("DELETE", "/v1/intake/quarantine/{id}", &o.unread, None, 204),
    ]
}

fn export_cases(o: &Objects) -> Vec<Case> {
    let scans = json!({"list": "scans", "filters": {}, "format": "csv"});
    vec![
        own("POST", "/v1/exports", Some(scans), 202),
        own("GET", "/v1/exports", None, 200),
        about("GET", "/v1/exports/{id}", &o.export, None, 200),
        // It waits for a server: its owner is told so, and nobody else is told anything.
        about("GET", "/v1/exports/{id}/file", &o.export, None, 409),
        about("DELETE", "/v1/exports/{id}", &o.export, None, 200),
        own("GET", "/v1/tasks", None, 200),
        own("GET", "/v1/tasks/stream", None, 200),
        about("GET", "/v1/tasks/{id}", &o.task, None, 200),
        about("POST", "/v1/tasks/{id}/cancel", &o.task, None, 200),
        about("POST", "/v1/tasks/{id}/retry", &o.task, None, 200),
    ]
}

fn access_cases(o: &Objects) -> Vec<Case> {
    let oidc = json!({"issuer": "https://login.brand.example", "client_id": "c", "client_secret": "not told"});
    let user = json!({"email": "new@spring.example", "name": "N", "role": "clerk", "organisation": o.east});
    vec![
        own("POST", "/v1/api-keys", Some(json!({"name": "k", "scopes": ["read"]})), 201),
        own("GET", "/v1/api-keys", None, 200),
        about("DELETE", "/v1/api-keys/{id}", &o.key, None, 204),
        about("POST", "/v1/users", "", Some(user), 201),
        own("GET", "/v1/users", None, 200),
        about("GET", "/v1/users/{id}", &o.user, None, 200),
        about("PUT", "/v1/users/{id}/role", &o.user, Some(json!({"role": "clerk"})), 200),
        about("POST", "/v1/users/{id}/sign-in-links", &o.user, Some(json!({"valid_minutes": 5})), 201),
        about("POST", "/v1/users/{id}/links", &o.user, None, 201),
        // Nothing was set up: its owner is told so, and nobody else is told that there is such a user.
        about("DELETE", "/v1/users/{id}/totp", &o.user, None, 409),
        about("PUT", "/v1/users/{id}/status", &o.user, Some(json!({"status": "disabled"})), 200),
        own("GET", "/v1/roles", None, 200),
        own("GET", "/v1/audit", None, 200),
        own("GET", "/v1/health", None, 200),
        own("GET", "/v1/views", None, 200).at("list=people"),
        own("PUT", "/v1/views", Some(a_view("mine")), 200),
        about("DELETE", "/v1/views/{id}", &o.view, None, 204),
        own("PUT", "/v1/oidc", Some(oidc), 200),
        own("GET", "/v1/oidc", None, 200),
        own("DELETE", "/v1/oidc", None, 204),
        own("GET", "/v1/me", None, 200),
        own("GET", "/v1/me/sessions", None, 200),
        own("POST", "/v1/me/totp", Some(json!({"password": PASSWORD})), 201),
        own("PUT", "/v1/me/totp", Some(json!({"code": "000000"})), 422),
        own("POST", "/v1/me/totp/removal", Some(json!({"password": PASSWORD})), 409),
        own("PUT", "/v1/me/password", Some(json!({"current": PASSWORD, "new": "an entirely other phrase"})), 201),
        // Nobody's session; a key has none at all.
        Case { foreign: Foreign::OwnWorld, ..about("DELETE", "/v1/me/sessions/{id}", "ses_00TAXGT0000G0", None, 404) },
        own("DELETE", "/v1/session", None, 204),
    ]
}

fn provider_cases() -> Vec<Case> {
    let sms = json!({
        "protocol": "gateway", "url": "https://sms.example.com", "key_id": "k", "secret": "told-to-nobody", "template": "SMS_1",
        "price_fen": 5, "budget_fen_per_day": 500, "messages_per_day": 100
    });
    vec![
        // Nothing is set up yet.
        own("POST", "/v1/providers/wechat/test", None, 404),
        own("POST", "/v1/providers/sms/test", Some(json!({"phone": PHONE})), 404),
        own(
            "PUT",
            "/v1/providers/wechat",
            Some(json!({"app_id": "wx520c15f417810387", "secret": "told-to-nobody"})),
            200,
        ),
        own("PUT", "/v1/providers/sms", Some(sms), 200),
        own("GET", "/v1/providers", None, 200),
        own("GET", "/v1/messages", None, 200),
        own("DELETE", "/v1/providers/wechat", None, 204),
        own("DELETE", "/v1/providers/sms", None, 204),
    ]
}

/// Routes that are open to everybody, proved one by one.
pub(crate) const PUBLIC: [(&str, &str); 7] = [
    ("POST", "/v1/session"),
    ("POST", "/v1/session/by-link"),
    ("POST", "/v1/session/totp"),
    ("GET", "/v1/session/oidc"),
    ("GET", "/v1/session/oidc/callback"),
    ("POST", "/v1/password/by-link"),
    ("POST", "/v1/password/reset-requests"),
];

pub(crate) fn cases(o: &Objects) -> Vec<Case> {
    let lake = vec![
        own("GET", "/v1/catalog", None, 200),
        // There is no lake here.
        own("POST", "/v1/query", Some(json!({"sql": "SELECT 1"})), 404),
        own("GET", "/v1/reports", None, 200),
        Case { path: "/v1/reports/scans".into(), ..own("GET", "/v1/reports/{name}", None, 404) },
    ];
    [
        lake,
        goods_cases(o),
        recall_cases(o),
        webhook_cases(o),
        channel_cases(o),
        marketing_cases(o),
        identity_cases(o),
        // Whoever is erased later takes the files that tell of people along.
        export_cases(o),
        person_cases(o),
        intake_cases(o),
        orders::import_cases(o),
        orders::order_cases(o),
        epcis::cases(o),
        provider_cases(),
        access_cases(o),
    ]
    .concat()
}
