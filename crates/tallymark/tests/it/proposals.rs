//! `tallymark person match` and what is decided about its proposals.

use serde_json::json;
use tallymark_base::Clock as _;
use tallymark_base::random::SystemEntropy;
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_partners::tenant;
use tallymark_people::profile::{NewValue, put};
use tallymark_people::{EvidenceRule, Identifier, IdentifierKind, PeopleKeys, Seen, resolve};
use tallymark_store::node::Lease;
use tallymark_store::{Options, Store};

use crate::world::World;

/// Somebody who is known twice, and neighbours from whom it is learned how strangers agree.
fn town() -> Vec<[String; 3]> {
    let twice = [
        ["欧阳娜娜", "1992-03-08", "广东省深圳市南山区科技路18号"],
        ["歐陽 娜娜", "1992/3/8", "深圳市南山区科技路18号"],
    ];
    let nth = |all: &str, n: usize| all.chars().nth(n % all.chars().count()).unwrap();
    let (surnames, given, places) =
        ("王李张刘陈杨黄赵吴周徐孙马", "伟芳娜敏静强磊军洋勇艳杰涛明超秀霞平", "东西南北中江河湖海城");
    let neighbour = |n: usize| {
        let name = [nth(surnames, n), nth(given, n * 5), nth(given, n * 11 + 3)].iter().collect();
        let born = format!("{}-{:02}-{:02}", 1950 + n * 7 % 53, 1 + n * 5 % 12, 1 + n * 11 % 28);
        let [city, street] = [n * 3 + 1, n / 3].map(|n| nth(places, n));
        [name, born, format!("江{city}市{}山区{street}平路{}号", nth(places, n * 7), 1 + n * 13 % 97)]
    };
    twice.map(|one| one.map(str::to_owned)).into_iter().chain((0..120).map(neighbour)).collect()
}

/// Gives the brand people of whom something is known, as a shop system would.
async fn fill(world: &World) {
    let store = Store::open(world.database(), &Options::default()).await.unwrap();
    let (clock, entropy) = (SystemClock::new(), SystemEntropy);
    let lease = Lease::take_in_time(&store, &clock, &entropy).await.unwrap();
    let master = Key::from_hex(&std::fs::read_to_string(world.path("master.key")).unwrap()).unwrap();
    let mut tx = store.write().await.unwrap();
    let brand = tenant::all(&mut tx, &master).await.unwrap().remove(0);
    let (keys, ids, now) = (PeopleKeys::new(&brand), lease.ids(), clock.now());
    for (number, some) in town().chunks(100).enumerate() {
        let cards: Vec<_> = (0..some.len())
            .map(|n| [Identifier::parse(IdentifierKind::Card, &format!("VIP{:05}", 100 * number + n)).unwrap()])
            .collect();
        let rule = EvidenceRule::ShownTogether;
        let seen: Vec<_> = cards.iter().map(|card| Seen { identifiers: card, at: now, rule, cause: 1 }).collect();
        let accounts = resolve(&mut tx, brand.id, &keys, &seen, &ids, &clock, &entropy).await.unwrap();
        let values: Vec<_> = some
            .iter()
            .zip(&accounts)
            .flat_map(|(known, one)| {
                let all = ["name", "birthday", "address"].into_iter().zip(known);
                all.map(|(field, value)| NewValue {
                    account: one.account,
                    field,
                    value,
                    source: "shop",
                    at: now,
                    verified: false,
                })
            })
            .collect();
        put(&mut tx, brand.id, &keys, &values, now, &entropy).await.unwrap();
    }
    tx.commit().await.unwrap();
    lease.release(&store, &clock).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn people_who_may_be_one_are_searched_for_joined_and_refused() {
    let world = World::new();
    fill(&world).await;
    world.refuses(&["person", "match", "--max", "10"], 2, "people.too_many_people", "more than 10 people");
    world.refuses(&["person", "match", "--auto-from", "0.5"], 2, "people.auto_from", "from 0.9");
    let told = world.says(&["person", "match"]);
    assert!(told.contains("New proposals") && told.contains("122"), "{told}");
    println!("{told}");
    let again = world.json(&["person", "match"]);
    assert_eq!((&again["new"], &again["again"]), (&json!(0), &json!(1)));

    let listed = world.says(&["person", "proposals", "--state", "open"]);
    assert!(listed.contains("open") && !listed.contains("娜"), "{listed}");
    println!("{listed}");
    let all = world.json(&["person", "proposals"]);
    let id = all["items"][0]["id"].as_str().unwrap();
    let shown = world.says(&["person", "proposals", id]);
    assert!(shown.contains("given_name") && shown.contains("exact"), "{shown}");
    println!("{shown}");
    let accepted = world.json(&["person", "accept", id]);
    assert_eq!(accepted["change"]["reason"], json!(format!("proposal {id}")));
    let person = world.json(&["person", "--kind", "card", "--value", "VIP00001"]);
    assert_eq!((&person["id"], person["accounts"].as_array().unwrap().len()), (&accepted["person"], 2));
    world.refuses(&["person", "refuse", id, "--reason", "a namesake"], 2, "people.proposal_decided", "accepted");
    world.refuses(&["person", "--kind", "card"], 2, "cli.usage", "--value");
    world.refuses(&["person"], 2, "cli.usage", "--kind");
}
