//! Codes that were made elsewhere, as events of EPCIS name them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tallymark_base::id::BatchId;
use tallymark_codes::{Face, Level};
use tallymark_goods::listing::{self, Intake, NewCodeList};
use tallymark_goods::rules::listing::survey::{ListRow, Numbering, Survey, Taken};
use tallymark_goods::rules::listing::{Label, Printed};
use tallymark_goods::{Catalog, NewBatch, whereabouts};
use tallymark_testkit::both_engines;

use crate::own_events::Asker;
use crate::world::{GTIN, MIGRATIONS, World, unit};

/// Four bottles in cases of two: serial numbers of GS1's with signs in them, and cases whose codes are too long for that.
const ITEMS: [&str; 4] = ["q7Zr-81/kLm2", "Xe5T-93/pWn4", "b2Yc-67/hVd8", "Ru0K-45/sJf6"];
const CASES: [&str; 2] = ["case-4f7a1c9e2b8d6035-left", "case-91d3e5b7a2c8f604-left"];
const LINK: &str = "https://q.maker.example/v?c={code}";

/// A batch of them.
async fn listed(world: &World) -> BatchId {
    let draft = world.create(NewBatch { draft: true, ..world.order(4, 2, 0) }).await.unwrap().id;
    let (db, tenant) = (&world.db, world.tenant);
    let context = db.context();
    let mut tx = db.store.write().await.unwrap();
    let labels = [Label::Item, Label::Case].into_iter().collect();
    let new = NewCodeList { batch: draft, labels, printed: Printed::parse(LINK).unwrap() };
    let wanted = listing::wanted(&mut tx, tenant, &db.master, &new).await.unwrap();
    let (mut survey, mut numbering) = (Survey::new(wanted.clone()), Numbering::new(wanted.clone()));
    let taken: Vec<Taken> = (0..4)
        .map(|n| {
            let row = ListRow { line: 2 + n as u64, texts: [Some(ITEMS[n]), None, None, Some(CASES[n / 2]), None] };
            survey.look(row);
            numbering.next(row).unwrap()
        })
        .collect();
    let (surveyed, intake) = (survey.end().unwrap(), Intake { batch: draft, source: 1 });
    let catalog = tallymark_goods::catalog(&mut tx, tenant, &db.master).await.unwrap();
    listing::begin(&mut tx, tenant, intake, (&wanted, &surveyed), context.clock.now()).await.unwrap();
    listing::add(&mut tx, &context, &catalog, (tenant, intake), &taken, (&surveyed, 0..4)).await.unwrap();
    listing::finish(&mut tx, &context, (tenant, intake), &surveyed).await.unwrap();
    tx.commit().await.unwrap();
    draft
}

fn item(n: usize) -> String {
    format!("https://brand.example/01/0{GTIN}/21/{}", ITEMS[n].replace('-', "%2D").replace('/', "%2F"))
}

fn case(n: usize) -> String {
    LINK.replace("{code}", CASES[n])
}

fn set(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|epc| epc.as_str().unwrap().to_owned()).collect()
}

both_engines! { MIGRATIONS;
    async fn they_are_named_as_they_are_printed_found_and_followed(db: TestDb) {
        let world = World::new(db).await;
        let batch = listed(&world).await;
        world.activate(batch, None).await.unwrap();
        let asker = Asker::new(&world.db, world.tenant);
        let events = asker.events("perPage=1000").await;
        let steps: Vec<_> = events.iter().map(|event| event["bizStep"].as_str().unwrap()).collect();
        assert_eq!(steps, ["commissioning", "commissioning", "packing", "packing"]);
        assert_eq!(set(&events[0]["epcList"]), (0..4).map(item).collect());
        assert_eq!(set(&events[1]["epcList"]), (0..2).map(case).collect());
        assert_eq!((events[3]["parentID"].clone(), set(&events[3]["childEPCs"])), (json!(case(1)), (2..4).map(item).collect()));

        for (epc, wanted) in [(item(2), vec![0, 3]), (case(0), vec![1, 2])] {
            let query: String = percent_encoding(&epc);
            let found = asker.events(&format!("MATCH_anyEPC={query}")).await;
            let ids = |events: &[Value]| -> Vec<Value> { events.iter().map(|event| event["eventID"].clone()).collect() };
            let all = ids(&events);
            assert_eq!(ids(&found), wanted.into_iter().map(|n: usize| all[n].clone()).collect::<Vec<_>>(), "{epc}");
        }

        // A partner tells where a bottle and a case arrived.
        let dealer = world.new_organisation("d1").await;
        let at = json!({"id": format!("https://brand.example/v1/organisations/{dealer}")});
        let event = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "ObjectEvent",
            "action": "OBSERVE", "bizStep": "receiving", "eventTime": "2026-01-01T02:00:00Z",
            "eventTimeZoneOffset": "+00:00", "epcList": [case(0), item(3)], "readPoint": at, "bizLocation": at,
        });
        let (status, _, body) = asker.call("POST", "/events", event.to_string()).await;
        assert_eq!(status, 201, "{body}");
        let mut tx = world.db.store.read().await.unwrap();
        for (n, holder) in [(0, Some(dealer)), (1, Some(dealer)), (2, None), (3, Some(dealer))] {
            let (held, _) = whereabouts(&mut tx, world.tenant, unit(batch, Level::Item, n..=n), None).await.unwrap();
            assert_eq!(held.map(|held| held.organisation), holder, "{n}");
        }
        // What is under the caps is of our own making.
        let catalog: Catalog = world.catalog().await;
        assert!(catalog.code(batch, Level::Item, Face::Inner, 3).is_ok());
        assert!(catalog.code(batch, Level::Item, Face::Outer, 3).is_err());
    }
}

fn percent_encoding(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
