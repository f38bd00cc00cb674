//! What an event SDK delivers from the brand's app: who signed in, what they opened.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::chance::{Chance, Topic};
use super::goods::{PRODUCTS, gtin};
use super::people::People;
use super::shape::Shape;

/// Events of a delivery.
const EVENTS: u64 = 20;

/// The deliveries of a day, from the morning on.
pub(super) fn deliveries(day: u32, shape: &Shape, people: &People, morning: Timestamp) -> Vec<(Timestamp, Value)> {
    let users: Vec<u32> = (0..shape.people).filter(|number| people.get(*number).has_app).collect();
    if users.is_empty() {
        return Vec::new();
    }
    let delivery = |number: u32| {
        let mut chance = Chance::of(shape.seed, Topic::Events, u64::from(day), u64::from(number));
        let at = morning + SignedDuration::from_secs(i64::from(number) * 5);
        let events: Vec<Value> = (0..EVENTS / 4)
            .flat_map(|session| {
                let user = users[chance.below(users.len() as u64) as usize];
                session_of(user, people, shape, at, &format!("{day}-{number}-{session}"), &mut chance)
            })
            .collect();
        (at, json!({"batch": events, "sentAt": at.to_string()}))
    };
    (0..shape.event_deliveries_per_day).map(delivery).collect()
}

/// A session: who it is, the start of the app, a product, the members' page.
fn session_of(user: u32, people: &People, shape: &Shape, at: Timestamp, name: &str, chance: &mut Chance) -> [Value; 4] {
    let id = People::user_id(user);
    let begun = at - SignedDuration::from_secs(600 + chance.below(3_600) as i64);
    let person = people.get(user);
    let mut traits = json!({"plan": if person.is_member { "member" } else { "guest" }});
    if person.is_member {
        traits["phone"] = json!(people.phone(user));
    }
    let product = chance.below(shape.products as u64) as usize;
    let event = |number: i64, event: &str, properties: Value| {
        json!({
            "type": "track",
            "messageId": format!("sdk-{name}-{number}"),
            "userId": id,
            "event": event,
            "timestamp": (begun + SignedDuration::from_secs(number * 7)).to_string(),
            "properties": properties,
        })
    };
    [
        json!({
            "type": "identify",
            "messageId": format!("sdk-{name}-0"),
            "userId": id,
            "timestamp": begun.to_string(),
            "traits": traits,
        }),
        event(1, "Application Opened", json!({"from_background": chance.happens(0.4)})),
        event(2, "Product Viewed", json!({"product_id": gtin(product), "name": PRODUCTS[product].name})),
        event(3, "Members Page Opened", json!({})),
    ]
}
