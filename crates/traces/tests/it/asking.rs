//! Asking: the index finds what a plain look at every event finds, in pages that miss and repeat nothing.

use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::world::{World, event};

/// Thirty events of two steps, three places and many objects.
fn many() -> Vec<Value> {
    let mut events: Vec<Value> = (0..30)
        .map(|number| {
            let mut event = event(number);
            event["bizStep"] = json!(if number % 2 == 0 { "shipping" } else { "receiving" });
            event["readPoint"] = json!({"id": format!("urn:epc:id:sgln:4012345.0000{}.0", number % 3)});
            event
        })
        .collect();
    let run: Vec<String> = (100..1_100).map(|n| format!("urn:epc:id:sgtin:4012345.011111.{n}")).collect();
    events[7]["epcList"] = json!(run);
    events[8]["epcList"] = json!(["urn:epc:id:sgtin:4012345.011111.A-1", "urn:epc:id:sscc:4012345.3111111111"]);
    events[9]["quantityList"] = json!([{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 5}]);
    events[10]["bizTransactionList"] =
        json!([{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:7"}]);
    events[11]["ex:colour"] = json!("red");
    events
}

fn ids(numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|number| format!("urn:uuid:{number}")).collect()
}

both_engines! { [tallymark_traces::MIGRATIONS];
    async fn each_way_to_look_finds_what_is_meant(db: TestDb) {
        let world = World::new(db);
        world.captured(&many()).await;
        for (query, wanted) in [
            ("MATCH_epc=urn:epc:id:sgtin:4012345.011111.5", vec![5]),
            ("MATCH_epc=https://shop.example/01/04012345111118/21/1099", vec![7]),
            ("MATCH_anyEPC=urn:epc:id:sgtin:4012345.011111.1100", vec![]),
            ("MATCH_anyEPC=urn:epc:id:sgtin:4012345.011111.A-1|urn:epc:id:sgtin:4012345.011111.100", vec![7, 8]),
            ("MATCH_epc=urn:epc:idpat:sscc:4012345.*", vec![8]),
            ("MATCH_epcClass=urn:epc:class:lgtin:4012345.012345.L1", vec![9]),
            ("EQ_bizTransaction_po=urn:epcglobal:cbv:bt:4012345000009:7", vec![10]),
            ("EQ_bizTransaction_inv=urn:epcglobal:cbv:bt:4012345000009:7", vec![]),
            ("EQ_ex:colour=red", vec![11]),
            ("EQ_eventID=urn:uuid:3|urn:uuid:4&EQ_bizStep=shipping", vec![4]),
            ("GE_eventTime=2026-01-01T00:28:00Z&LT_eventTime=2026-01-01T00:29:00Z", vec![28]),
            ("EQ_readPoint=https://id.gs1.org/414/4012345000016&EQ_bizStep=receiving&LT_eventTime=2026-01-01T00:10:00Z", vec![1, 7]),
            ("eventType=AggregationEvent", vec![]),
        ] {
            assert_eq!(world.get(&format!("/events?{query}")).await.ids(), ids(&wanted), "{query}");
        }
        assert_eq!(world.get("/events?MATCH_epc=urn:epc:idpat:sgtin:4012345.011111.*&perPage=100").await.ids().len(), 30);
        assert_eq!(world.get("/epcs/urn:epc:id:sgtin:4012345.011111.8/events").await.ids().len(), 0);
        assert_eq!(world.get("/bizSteps/receiving/events?perPage=100").await.ids().len(), 15);
    }

    async fn pages_miss_and_repeat_nothing(db: TestDb) {
        let world = World::new(db);
        world.captured(&many()).await;
        let all: Vec<u32> = (0..30).collect();
        let down: Vec<u32> = all.iter().rev().copied().collect();
        let (found, sizes) = world.pages("/events?perPage=7").await;
        assert_eq!((found, sizes), (ids(&all), vec![7, 7, 7, 7, 2]));
        let (found, sizes) = world.pages("/events?perPage=10&orderBy=eventTime").await;
        assert_eq!((found, sizes), (ids(&down), vec![10, 10, 10]));
        let (found, _) = world.pages("/events?perPage=4&orderBy=recordTime&orderDirection=ASC&EQ_bizStep=shipping").await;
        assert_eq!(found, ids(&all.iter().copied().filter(|number| number % 2 == 0).collect::<Vec<_>>()));
        let (found, _) = world.pages("/events?perPage=4&orderBy=eventTime&MATCH_epc=urn:epc:idpat:sgtin:4012345.011111.*").await;
        assert_eq!(found, ids(&down));
        let (found, sizes) = world.pages("/events?perPage=4&orderBy=eventTime&eventCountLimit=6").await;
        assert_eq!((found, sizes), (ids(&down[..6]), vec![4, 2]));
        assert_eq!(world.get("/events?maxEventCount=29").await.problem(), (413, "QueryTooLargeException"));
        assert_eq!(world.get("/events?maxEventCount=30&perPage=50").await.ids().len(), 30);
        for query in ["eventCountLimit=5", "nextPageToken=x", "EQ_colour=red", "GE_eventTime=now", "perPage=0"] {
            assert_eq!(world.get(&format!("/events?{query}")).await.problem(), (400, "QueryParameterException"), "{query}");
        }
        let long = format!("/events?EQ_eventID={}", "x".repeat(40_000));
        assert_eq!(world.get(&long).await.problem(), (414, "URITooLongException"));
    }

    async fn what_events_named_is_listed_beside_the_words_of_the_standard(db: TestDb) {
        let world = World::new(db);
        let mut own = event(1);
        own["bizStep"] = json!("https://ns.example.com/polishing");
        world.captured(&[own, event(2)]).await;
        let members = async |path: &str| {
            let (mut all, mut path) = (Vec::new(), path.to_owned());
            loop {
                let got = world.get(&path).await;
                all.extend(got.body["member"].as_array().unwrap().iter().map(|member| member.as_str().unwrap().to_owned()));
                match got.next() {
                    Some(next) => path = next,
                    None => return all,
                }
            }
        };
        assert_eq!(members("/eventTypes").await.len(), 5);
        for per_page in ["41", "40", "1", "100"] {
            let steps = members(&format!("/bizSteps?perPage={per_page}")).await;
            assert_eq!((steps.len(), steps.last().unwrap().as_str()), (42, "https://ns.example.com/polishing"), "{per_page}");
        }
        assert_eq!(members("/readPoints").await, ["urn:epc:id:sgln:4012345.00005.0"]);
        assert_eq!(members("/bizLocations").await, Vec::<String>::new());
        let mut objects = members("/epcs?perPage=1").await;
        objects.sort();
        assert_eq!(objects, ["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.2"]);
        assert_eq!(world.get("/bizSteps/polishing").await.status, 404);
        assert_eq!(members("/bizSteps/shipping").await, ["events"]);
        assert_eq!(members("/epcis/v2").await.len(), 9);
    }
}
