//! One call for every route of EPCIS.

use serde_json::{Value, json};

use super::cases::{Case, Objects, about, own};
use crate::world::World;

/// A place that only our first event names.
const PLACE: &str = "urn%3Aepc%3Aid%3Asgln%3A4012345.00001.0";
const EPC: &str = "urn%3Aepc%3Aid%3Asgtin%3A4012345.011111.1";

fn event(number: u32) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "OBSERVE", "eventID": format!("urn:uuid:{number}"),
        "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("urn:epc:id:sgtin:4012345.011111.{number}")],
        "readPoint": {"id": format!("urn:epc:id:sgln:4012345.0000{number}.0")},
        "bizLocation": {"id": format!("urn:epc:id:sgln:4012345.0000{number}.0")},
    })
}

fn document(number: u32) -> Value {
    let mut event = event(number);
    let context = event.as_object_mut().unwrap().remove("@context");
    json!({
        "@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    })
}

fn subscription() -> Value {
    json!({"dest": "https://a.example/hook", "stream": true})
}

/// A captured event, a query and a subscription; gives the job and the subscription.
pub(super) async fn made(world: &World) -> (String, String) {
    let got = world.post("/epcis/v2/capture", document(1)).await;
    assert_eq!(got.status, 202, "{}", got.text());
    let job = got.header("location").rsplit('/').next().unwrap().to_owned();
    let named = world.post("/epcis/v2/queries", json!({"name": "Q", "query": {}})).await;
    assert_eq!(named.status, 201, "{}", named.text());
    let made = world.post("/epcis/v2/queries/Q/subscriptions", subscription()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    (job, made.json()["subscriptionID"].as_str().unwrap().to_owned())
}

pub(super) fn cases(o: &Objects) -> Vec<Case> {
    let (job, subscription_id) = &o.epcis;
    let own_at = |route: &'static str, path: &str| Case { path: path.to_owned(), ..own("GET", route, None, 200) };
    let hidden = |method: &'static str, route: &'static str, path: String, success: u16| Case {
        path,
        ..about(method, route, "", None, success)
    };
    let subscriptions = "/epcis/v2/queries/{queryName}/subscriptions";
    let one = "/epcis/v2/queries/{queryName}/subscriptions/{subscriptionID}";
    let other = json!({"dest": "https://a.example/other", "stream": true});
    vec![
        own("GET", "/epcis/v2", None, 200),
        own("POST", "/epcis/v2/capture", Some(document(2)), 202),
        own("GET", "/epcis/v2/capture", None, 200),
        hidden("GET", "/epcis/v2/capture/{captureID}", format!("/epcis/v2/capture/{job}"), 200),
        own("POST", "/epcis/v2/events", Some(event(3)), 201),
        own("GET", "/epcis/v2/events", None, 200),
        hidden("GET", "/epcis/v2/events/{eventID}", "/epcis/v2/events/urn%3Auuid%3A1".to_owned(), 200),
        own("GET", "/epcis/v2/eventTypes", None, 200),
        own_at("/epcis/v2/eventTypes/{name}", "/epcis/v2/eventTypes/ObjectEvent"),
        own_at("/epcis/v2/eventTypes/{name}/events", "/epcis/v2/eventTypes/ObjectEvent/events"),
        own("GET", "/epcis/v2/bizSteps", None, 200),
        own_at("/epcis/v2/bizSteps/{name}", "/epcis/v2/bizSteps/shipping"),
        own_at("/epcis/v2/bizSteps/{name}/events", "/epcis/v2/bizSteps/shipping/events"),
        own("GET", "/epcis/v2/dispositions", None, 200),
        own_at("/epcis/v2/dispositions/{name}", "/epcis/v2/dispositions/active"),
        own_at("/epcis/v2/dispositions/{name}/events", "/epcis/v2/dispositions/active/events"),
        own("GET", "/epcis/v2/readPoints", None, 200),
        hidden("GET", "/epcis/v2/readPoints/{name}", format!("/epcis/v2/readPoints/{PLACE}"), 200),
        hidden("GET", "/epcis/v2/readPoints/{name}/events", format!("/epcis/v2/readPoints/{PLACE}/events"), 200),
        own("GET", "/epcis/v2/bizLocations", None, 200),
        hidden("GET", "/epcis/v2/bizLocations/{name}", format!("/epcis/v2/bizLocations/{PLACE}"), 200),
        hidden("GET", "/epcis/v2/bizLocations/{name}/events", format!("/epcis/v2/bizLocations/{PLACE}/events"), 200),
        own("GET", "/epcis/v2/epcs", None, 200),
        hidden("GET", "/epcis/v2/epcs/{name}", format!("/epcis/v2/epcs/{EPC}"), 200),
        own_at("/epcis/v2/epcs/{name}/events", &format!("/epcis/v2/epcs/{EPC}/events")),
        own("POST", "/epcis/v2/queries", Some(json!({"name": "R", "query": {}})), 201),
        own("GET", "/epcis/v2/queries", None, 200),
        hidden("GET", "/epcis/v2/queries/{queryName}", "/epcis/v2/queries/Q".to_owned(), 200),
        hidden("GET", "/epcis/v2/queries/{queryName}/events", "/epcis/v2/queries/Q/events".to_owned(), 200),
        Case {
            body: Some(other),
            ..hidden("POST", subscriptions, "/epcis/v2/queries/Q/subscriptions".to_owned(), 201)
        },
        hidden("GET", subscriptions, "/epcis/v2/queries/Q/subscriptions".to_owned(), 200),
        hidden("GET", one, format!("/epcis/v2/queries/Q/subscriptions/{subscription_id}"), 200),
        hidden("DELETE", one, format!("/epcis/v2/queries/Q/subscriptions/{subscription_id}"), 204),
        hidden("DELETE", "/epcis/v2/queries/{queryName}", "/epcis/v2/queries/Q".to_owned(), 204),
    ]
}
