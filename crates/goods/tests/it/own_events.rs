//! What is done with goods, as events of EPCIS 2.0: asked for over HTTP, checked by the reader of the standard, and played back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::{Router, middleware};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_base::TypedId as _;
use tallymark_base::id::{ApiKeyId, BatchId, TenantId};
use tallymark_codes::{Face, Level};
use tallymark_epcis::Limits;
use tallymark_goods::{Association, Catalog, Faces, NewBatch, NewOperation, OwnEvents, Unit};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};
use tallymark_traces::Traces;
use tallymark_traces::api::{in_words_of_epcis, routes};
use tallymark_web::{Caller, Scopes};
use tower::ServiceExt as _;

use crate::world::{GTIN, MIGRATIONS, World, unit};

/// Asks for events.
pub(crate) struct Asker {
    router: Router,
    _traces: Traces,
}

impl Asker {
    pub(crate) fn new(db: &TestDb, tenant: TenantId) -> Self {
        let (traces, _) = Traces::start(db.context(), Arc::new(OwnEvents::new(db.context())));
        let scopes: Scopes = "owner".parse().unwrap();
        let caller = Caller::with_key(tenant, ApiKeyId::from_raw(1), scopes);
        let own = routes().with_state(traces.clone()).split_for_parts().0;
        let router = Router::new().nest("/epcis/v2", own).layer(axum::Extension(caller));
        Self { router: router.layer(middleware::from_fn(in_words_of_epcis)), _traces: traces }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: String) -> (u16, Option<String>, Value) {
        let path = if path.starts_with("/epcis") { path.to_owned() } else { format!("/epcis/v2{path}") };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let answer = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let next = parts.headers.get("link").and_then(|link| link.to_str().ok());
        let next = next.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
        (parts.status.as_u16(), next, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Every event of a query, page by page.
    pub(crate) async fn events(&self, query: &str) -> Vec<Value> {
        let (mut path, mut found) = (format!("/events?{query}"), Vec::new());
        loop {
            let (status, next, body) = self.call("GET", &path, String::new()).await;
            assert_eq!(status, 200, "{path}: {body}");
            found.extend(body["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone());
            match next {
                Some(next) => path = next,
                None => return found,
            }
        }
    }
}

/// The Digital Link of a code, as events name it.
pub(crate) fn epc(catalog: &Catalog, unit: Unit) -> String {
    let code = catalog.code(unit.batch, unit.level, Face::Outer, unit.first_serial).unwrap();
    format!("https://brand.example/01/0{GTIN}/21/{code}")
}

/// Plays events back: which pack each code lies in at the end.
pub(crate) fn played(events: &[Value]) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |event: &Value, field: &str| -> Vec<String> {
        event[field].as_array().map(|list| list.iter().map(text).collect()).unwrap_or_default()
    };
    let mut packs: BTreeMap<String, String> = BTreeMap::new();
    for event in events {
        match (event["type"].as_str().unwrap(), event["action"].as_str()) {
            ("AggregationEvent", Some("ADD")) => {
                packs.extend(list(event, "childEPCs").into_iter().map(|child| (child, text(&event["parentID"]))));
            }
            ("AggregationEvent", _) => {
                let (parent, children) = (text(&event["parentID"]), list(event, "childEPCs"));
                // Without children it is about all of them (EPCIS 2.0, 7.4.4).
                packs.retain(|child, pack| *pack != parent || !(children.is_empty() || children.contains(child)));
            }
            ("TransformationEvent", _) => {
                let (old, new) = (list(event, "inputEPCList"), list(event, "outputEPCList"));
                for pack in packs.values_mut().filter(|pack| **pack == old[0]) {
                    pack.clone_from(&new[0]);
                }
            }
            _ => {}
        }
    }
    packs
}

fn steps(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["bizStep"].as_str().unwrap()).collect()
}

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["eventID"].as_str().unwrap().to_owned()).collect()
}

fn set(events: &Value) -> BTreeSet<String> {
    events.as_array().unwrap().iter().map(|epc| epc.as_str().unwrap().to_owned()).collect()
}

/// 50 bottles, 6 to a case, 3 cases to a pallet; the first 20 are live.
async fn bottled(db: TestDb) -> (World, BatchId, Catalog, Asker) {
    let world = World::new(db).await;
    let batch = world.create(world.order(50, 6, 3)).await.unwrap().id;
    world.activate(batch, Some(0..=19)).await.unwrap();
    let catalog = world.catalog().await;
    let asker = Asker::new(&world.db, world.tenant);
    (world, batch, catalog, asker)
}

both_engines! { MIGRATIONS;
    async fn activating_commissions_codes_and_fills_packs_as_they_were_printed(db: TestDb) {
        let (_world, batch, catalog, asker) = bottled(db).await;
        let events = asker.events("perPage=1000").await;
        // Bottles 0 to 19, the cases 0 to 3 that begin in them, the pallets 0 and 1; four cases filled, two pallets.
        assert_eq!(steps(&events), [["commissioning"; 3].as_slice(), &["packing"; 6]].concat());
        let named = |level, serials: std::ops::RangeInclusive<u64>| -> BTreeSet<String> {
            serials.map(|serial| epc(&catalog, Unit::one(batch, level, serial))).collect()
        };
        assert_eq!(set(&events[0]["epcList"]), named(Level::Item, 0..=19));
        assert_eq!(events[0]["ilmd"], json!({"cbvmda:lotNumber": "2026-07"}));
        assert_eq!(set(&events[1]["epcList"]), named(Level::Case, 0..=3));
        assert_eq!(set(&events[2]["epcList"]), named(Level::Pallet, 0..=1));
        let case = |serial| epc(&catalog, Unit::one(batch, Level::Case, serial));
        assert_eq!(events[6]["parentID"], case(3));
        assert_eq!(set(&events[6]["childEPCs"]), named(Level::Item, 18..=19));
        assert_eq!(events[8]["parentID"], epc(&catalog, Unit::one(batch, Level::Pallet, 1)));
        assert_eq!(set(&events[8]["childEPCs"]), named(Level::Case, 3..=3));
        let later = start().plus(std::time::Duration::from_secs(3_600));
        for event in &events {
            let text = json!({"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]});
            let mut alone = event.as_object().unwrap().clone();
            alone.extend(text.as_object().unwrap().clone());
            let read = tallymark_epcis::read_event(&serde_json::to_vec(&alone).unwrap(), &Limits::default(), later);
            assert!(read.is_ok(), "{event}: {:?}", read.err());
        }
        // What was activated later is told later, and what it fills is added.
        assert_eq!(ids(&asker.events("perPage=2").await), ids(&events));
        let down = asker.events("perPage=2&orderBy=recordTime&orderDirection=DESC").await;
        assert_eq!(ids(&down), ids(&events).into_iter().rev().collect::<Vec<_>>());
        let by_time = asker.events("perPage=4&orderBy=eventTime&orderDirection=ASC").await;
        assert_eq!(ids(&by_time), ids(&events));
    }

    async fn events_are_found_by_the_codes_that_they_name(db: TestDb) {
        let (world, batch, catalog, asker) = bottled(db).await;
        let all = asker.events("perPage=1000").await;
        let asked = |level, serial| format!("MATCH_anyEPC={}", epc(&catalog, Unit::one(batch, level, serial)));
        let found = asker.events(&asked(Level::Item, 19)).await;
        assert_eq!(ids(&found), [ids(&all)[0].clone(), ids(&all)[6].clone()]);
        let found = asker.events(&asked(Level::Case, 3)).await;
        let wanted = [1, 6, 8].map(|place: usize| ids(&all)[place].clone());
        assert_eq!(ids(&found), wanted);
        assert_eq!(asker.events(&asked(Level::Item, 20)).await, Vec::<Value>::new());
        // A guess names nothing, and a product names all its codes.
        let guess = format!("MATCH_anyEPC=https://brand.example/01/0{GTIN}/21/AAAAAAAAAAAAA");
        assert_eq!(asker.events(&guess).await, Vec::<Value>::new());
        let class = format!("MATCH_anyEPC=urn:epc:idpat:sgtin:{}.0{}.*", &GTIN[..7], &GTIN[7..12]);
        assert_eq!(ids(&asker.events(&class).await), ids(&all));
        let one = ids(&all)[8].clone();
        let (status, _, body) = asker.call("GET", &format!("/events/{one}"), String::new()).await;
        let found = &body["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
        assert_eq!((status, found), (200, &json!([all[8]])), "{body}");
        let mut tx = world.db.store.read().await.unwrap();
        assert_eq!(tx.query("SELECT 1 FROM trace_epc", &[]).await.unwrap().len(), 0, "no row for any code");
        assert_eq!(tx.query("SELECT 1 FROM trace_event", &[]).await.unwrap().len(), 5, "one row for events alike");
    }

    async fn what_is_done_is_told_with_its_parties(db: TestDb) {
        let (world, batch, catalog, asker) = bottled(db).await;
        let dealer = world.new_organisation("d1").await;
        let before = asker.events("perPage=1000").await.len();
        let pallet = unit(batch, Level::Pallet, 0..=0);
        let shipment = world.ship(dealer, vec![pallet]).await.unwrap();
        let spare = NewBatch { association: Association::OnLine, ..world.order(6, 6, 0) };
        let spare = unit(world.create(spare).await.unwrap().id, Level::Case, 0..=0);
        let at = |second| start().plus(std::time::Duration::from_secs(second));
        let case = unit(batch, Level::Case, 1..=1);
        let done = world.record(vec![
            (NewOperation::Receive { units: vec![pallet], by: dealer }, at(1)),
            (NewOperation::Open { packs: vec![pallet] }, at(2)),
            (NewOperation::Unpack { units: vec![unit(batch, Level::Item, 6..=7)] }, at(3)),
            (NewOperation::Pack { pack: unit(batch, Level::Case, 0..=0), units: vec![unit(batch, Level::Item, 6..=6)], moves: false }, at(4)),
            (NewOperation::Replace { old: case, new: spare }, at(5)),
        ]).await.unwrap();
        assert!(done.iter().all(Result::is_ok), "{done:?}");
        let events = asker.events("perPage=1000").await.split_off(before);
        assert_eq!(steps(&events), ["shipping", "receiving", "unpacking", "unpacking", "packing", "replacing"]);
        let place = format!("https://brand.example/v1/organisations/{dealer}");
        assert_eq!(events[0]["destinationList"], json!([{"type": "owning_party", "destination": place}]));
        assert_eq!(events[0]["bizTransactionList"][0]["bizTransaction"], format!("https://brand.example/v1/shipments/{}", shipment.id));
        assert_eq!(events[0]["epcList"], json!([epc(&catalog, pallet)]));
        assert_eq!(events[1]["bizLocation"]["id"], place);
        assert_eq!((&events[2]["parentID"], &events[2]["childEPCs"]), (&json!(epc(&catalog, pallet)), &json!([])));
        assert_eq!(events[3]["parentID"], epc(&catalog, case));
        let labels = (&events[5]["inputEPCList"], &events[5]["outputEPCList"]);
        assert_eq!(labels, (&json!([epc(&catalog, case)]), &json!([epc(&world.catalog().await, spare)])));
        for (query, count) in [
            (format!("EQ_destination_owning_party={place}"), 1),
            (format!("EQ_bizLocation={place}"), 1),
            (format!("EQ_bizTransaction_desadv=https://brand.example/v1/shipments/{}", shipment.id), 1),
            ("EQ_bizStep=unpacking&EQ_action=DELETE".to_owned(), 2),
            (format!("MATCH_epc={}", epc(&catalog, pallet)), 3),
            (format!("MATCH_inputEPC={}", epc(&catalog, case)), 1),
        ] {
            assert_eq!(asker.events(&query).await.len(), count, "{query}");
        }
    }

    async fn an_event_that_comes_back_is_known_and_another_under_its_id_is_refused(db: TestDb) {
        let (_world, _, _, asker) = bottled(db).await;
        let events = asker.events("perPage=1000").await;
        let document = |events: &[Value]| {
            json!({"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
                   "schemaVersion": "2.0", "creationDate": "2026-07-01T00:00:00Z", "epcisBody": {"eventList": events}})
        };
        let (status, _, _) = asker.call("POST", "/capture", document(&events).to_string()).await;
        assert_eq!(status, 202);
        assert_eq!(ids(&asker.events("perPage=1000").await), ids(&events));
        let mut other = events[0].clone();
        other["bizStep"] = json!("destroying");
        other["@context"] = document(&[])["@context"].clone();
        let (status, _, problem) = asker.call("POST", "/events", other.to_string()).await;
        assert_eq!((status, &problem["type"]), (409, &json!("epcisException:ResourceAlreadyExistsException")), "{problem}");
        assert_eq!(ids(&asker.events("perPage=1000").await), ids(&events));
    }

    async fn codes_that_win_by_themselves_are_told_by_lot(db: TestDb) {
        let world = World::new(db).await;
        let new = NewBatch { faces: Faces::Outer, ..world.order(12, 6, 0) };
        let batch = world.create(new).await.unwrap().id;
        world.activate(batch, None).await.unwrap();
        let (catalog, asker) = (world.catalog().await, Asker::new(&world.db, world.tenant));
        let events = asker.events("perPage=1000").await;
        let text = Value::from(events.clone()).to_string();
        for serial in 0..12 {
            let code = catalog.code(batch, Level::Item, Face::Outer, serial).unwrap();
            assert!(!text.contains(code.as_str()), "item {serial} is told");
        }
        let lot = format!("https://brand.example/01/0{GTIN}/10/2026-07");
        assert_eq!(events[0]["quantityList"], json!([{"epcClass": lot, "quantity": 12}]));
        let packing: Vec<&Value> = events.iter().filter(|event| event["bizStep"] == "packing").collect();
        assert_eq!(packing[1]["childQuantityList"], json!([{"epcClass": lot, "quantity": 6}]));
        assert_eq!(packing[1]["parentID"], epc(&catalog, Unit::one(batch, Level::Case, 1)));
        // Who has the code finds its events.
        let asked = format!("MATCH_anyEPC={}", epc(&catalog, Unit::one(batch, Level::Item, 7)));
        assert_eq!(ids(&asker.events(&asked).await), [ids(&events)[0].clone(), packing[1]["eventID"].as_str().unwrap().to_owned()]);
    }

    async fn what_others_tell_of_the_brands_codes_is_done_or_refused(db: TestDb) {
        let world = World::new(db).await;
        let new = NewBatch { association: Association::OnLine, ..world.order(48, 6, 2) };
        let batch = world.create(new).await.unwrap().id;
        let dealer = world.new_organisation("d1").await;
        let (catalog, asker) = (world.catalog().await, Asker::new(&world.db, world.tenant));
        let item = |serial| epc(&catalog, Unit::one(batch, Level::Item, serial));
        let case = |serial| epc(&catalog, Unit::one(batch, Level::Case, serial));
        let place = format!("https://brand.example/v1/organisations/{dealer}");
        let event = |second: u32, fields: Value| {
            let mut event = json!({"eventTime": format!("2026-03-01T00:00:{second:02}Z"), "eventTimeZoneOffset": "+08:00"});
            event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            event
        };
        let packed = |second, case: String, items: Vec<String>| event(second, json!({"type": "AggregationEvent", "action": "ADD",
            "bizStep": "packing", "parentID": case, "childEPCs": items}));
        let foreign = "urn:epc:id:sgtin:4012345.011111.987".to_owned();
        let told = [
            packed(1, case(0), vec![item(0), item(1), foreign.clone()]),
            // One of them lies in a case.
            packed(2, case(1), vec![item(1), item(2)]),
            packed(3, case(1), vec![item(3)]),
            // It lies in another.
            event(4, json!({"type": "AggregationEvent", "action": "DELETE", "bizStep": "unpacking", "parentID": case(1), "childEPCs": [item(0)]})),
            event(5, json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "epcList": [case(0), foreign],
                "destinationList": [{"type": "owning_party", "destination": place}]})),
            event(6, json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "epcList": [case(1)], "bizLocation": {"id": place}})),
            // Nobody knows this place: an event, and nothing is done.
            event(7, json!({"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "epcList": [case(1)],
                "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:4012345.00001"}]})),
            event(8, json!({"type": "AggregationEvent", "action": "DELETE", "bizStep": "unpacking", "parentID": case(0)})),
        ];
        let document = json!({"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
            "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z", "epcisBody": {"eventList": told}});
        let request = Request::post("/epcis/v2/capture").header("content-type", "application/json").header("gs1-capture-error-behaviour", "proceed");
        let answer = asker.router.clone().oneshot(request.body(Body::from(document.to_string())).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 202);
        let job = answer.headers()["location"].to_str().unwrap().to_owned();
        let (_, _, job) = asker.call("GET", &job, String::new()).await;
        let errors: Vec<&str> = job["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap()).collect();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("event 1 ") && errors[0].contains("/childEPCs: "), "{errors:?}");
        assert!(errors[1].starts_with("event 3 ") && errors[1].contains("/childEPCs: "), "{errors:?}");
        // Each event once: what was captured is not told again.
        let events = asker.events("perPage=100").await;
        assert_eq!(steps(&events), ["packing", "packing", "shipping", "receiving", "shipping", "unpacking"]);
        let mut tx = world.db.store.read().await.unwrap();
        let at = |second| Some(start().plus(std::time::Duration::from_secs(second)));
        let inside = unit(batch, Level::Item, 0..=0);
        for (second, holder, packs) in [(1, None, 1), (5, Some(dealer), 1), (8, Some(dealer), 0)] {
            let (held, around) = tallymark_goods::whereabouts(&mut tx, world.tenant, inside, at(second)).await.unwrap();
            assert_eq!((held.map(|held| held.organisation), around.len()), (holder, packs), "after {second} s");
        }
        let (held, _) = tallymark_goods::whereabouts(&mut tx, world.tenant, unit(batch, Level::Item, 3..=3), None).await.unwrap();
        assert_eq!(held.map(|held| (held.organisation, held.shipment)), Some((dealer, None)), "received, never sent");
        let alone = tallymark_goods::whereabouts(&mut tx, world.tenant, unit(batch, Level::Item, 2..=2), None).await.unwrap();
        assert_eq!(alone, (None, Vec::new()), "what was refused left nothing");
    }

    async fn many_codes_take_many_events_and_few_rows(db: TestDb) {
        let world = World::new(db).await;
        let new = NewBatch { association: Association::OnLine, ..world.order(25_000, 100, 0) };
        let batch = world.create(new).await.unwrap().id;
        world.activate(batch, None).await.unwrap();
        let dealer = world.new_organisation("d1").await;
        let all = unit(batch, Level::Item, 0..=24_999);
        world.ship(dealer, vec![all]).await.unwrap();
        let (catalog, asker) = (world.catalog().await, Asker::new(&world.db, world.tenant));
        let asked = format!("MATCH_epc={}&EQ_bizStep=shipping", epc(&catalog, Unit::one(batch, Level::Item, 20_000)));
        let found = asker.events(&asked).await;
        assert_eq!(found.iter().map(|event| event["epcList"].as_array().unwrap().len()).collect::<Vec<_>>(), [5_000]);
        let shipped = asker.events("EQ_bizStep=shipping&perPage=1").await;
        let counts: Vec<usize> = shipped.iter().map(|event| event["epcList"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [10_000, 10_000, 5_000]);
        let codes: BTreeSet<String> = shipped.iter().flat_map(|event| set(&event["epcList"])).collect();
        assert_eq!(codes.len(), 25_000);
    }
}
