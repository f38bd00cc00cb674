//! Who may be one is proposed over HTTP, and joined or refused by somebody's word.

use serde_json::{Value, json};
use tallymark_base::id::AccountId;
use tallymark_partners::{Tenant, tenant};
use tallymark_people::profile::{NewValue, put};
use tallymark_people::proposals::{Search, find, join_automatically};
use tallymark_people::{EvidenceRule, Identifier, IdentifierKind, PeopleKeys, Seen, resolve};
use tallymark_server::Wallets;
use tallymark_testkit::both_engines;

use crate::world::World;

/// Each of two people twice: by the card of the shop, and as the web shop knows them.
const TWICE: [(&str, &str, &str); 4] = [
    ("欧阳娜娜", "1992-03-08", "广东省深圳市南山区科技路18号"),
    ("歐陽 娜娜", "1992/3/8", "深圳市南山区科技路18号"),
    ("司马相如", "1971-12-30", "四川省成都市武侯区琴台路5号"),
    ("司马 相如", "1971年12月30日", "成都市武侯区琴台路5号"),
];

/// Neighbours, from whom it is learned how strangers agree.
const NEIGHBOURS: usize = 120;

/// The n-th neighbour. The steps have no common divisor with the numbers of names and days.
fn neighbour(n: usize) -> (String, String, String) {
    let nth = |all: &str, n: usize| all.chars().nth(n % all.chars().count()).unwrap();
    let (surnames, given) = ("王李张刘陈杨黄赵吴周徐孙马", "伟芳敏静强磊军洋勇艳杰涛明超秀霞平");
    let name: String = [nth(surnames, n), nth(given, n * 5), nth(given, n * 11 + 3)].iter().collect();
    let born = format!("{}-{:02}-{:02}", 1950 + n * 7 % 53, 1 + n * 5 % 12, 1 + n * 11 % 28);
    let places = "东西南北中江河湖海城";
    let address = format!(
        "{}{}市{}山区{}平路{}号",
        nth(places, n),
        nth(places, n * 3 + 1),
        nth(places, n * 7),
        nth(places, n / 3),
        1 + n * 13 % 97
    );
    (name, born, address)
}

/// Makes the people known, and searches; gives the brand and the accounts of [`TWICE`].
async fn known(world: &World) -> (Tenant, Vec<AccountId>) {
    let context = &world.context;
    let mut tx = context.store.write().await.unwrap();
    let brand = tenant::by_host(&mut tx, &context.master, "spring.example").await.unwrap().unwrap();
    let keys = PeopleKeys::new(&brand);
    let twice = TWICE.map(|(name, born, address)| (name.to_owned(), born.to_owned(), address.to_owned()));
    let all: Vec<_> = twice.into_iter().chain((0..NEIGHBOURS).map(neighbour)).collect();
    let cards: Vec<_> =
        (0..all.len()).map(|n| [Identifier::parse(IdentifierKind::Card, &format!("CARD{n:05}")).unwrap()]).collect();
    let (now, rule) = (context.clock.now(), EvidenceRule::ShownTogether);
    let seen: Vec<_> = cards.iter().map(|card| Seen { identifiers: card, at: now, rule, cause: 1 }).collect();
    let (ids, clock, entropy) = (&context.ids, &*context.clock, &*context.entropy);
    let mut accounts = Vec::new();
    for some in seen.chunks(100) {
        let resolved = resolve(&mut tx, brand.id, &keys, some, ids, clock, entropy).await.unwrap();
        accounts.extend(resolved.into_iter().map(|one| one.account));
    }
    for (some, own) in all.chunks(100).zip(accounts.chunks(100)) {
        let values: Vec<_> = some
            .iter()
            .zip(own)
            .flat_map(|((name, born, address), account)| {
                let value = move |field, value| NewValue {
                    account: *account,
                    field,
                    value,
                    source: "shop",
                    at: now,
                    verified: false,
                };
                [value("name", name), value("birthday", born), value("address", address)]
            })
            .collect();
        put(&mut tx, brand.id, &keys, &values, now, entropy).await.unwrap();
    }
    tx.commit().await.unwrap();
    search(world, &brand).await;
    (brand, accounts[..4].to_vec())
}

async fn search(world: &World, brand: &Tenant) {
    find(&world.context, brand.id, &PeopleKeys::new(brand), &Search::default()).await.unwrap();
}

/// Two open proposals in a world.
pub(crate) async fn two_open(world: &World) -> [String; 2] {
    known(world).await;
    let open = open(world).await;
    let ids: Vec<String> = open.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.try_into().unwrap()
}

async fn open(world: &World) -> Vec<Value> {
    let listed = world.get("/v1/identity/proposals?state=open").await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    listed.json()["items"].as_array().unwrap().clone()
}

both_engines! { tallymark_server::migrations();
    async fn a_proposal_is_shown_accepted_and_undone(db: TestDb) {
        let world = World::new(db).await;
        let (brand, accounts) = known(&world).await;
        let shown = open(&world).await;
        let pairs: Vec<_> = shown.iter().rev().map(|one| (one["a"].clone(), one["b"].clone())).collect();
        let expected = [(json!(accounts[0]), json!(accounts[1])), (json!(accounts[2]), json!(accounts[3]))];
        assert!(pairs == expected || pairs == [expected[1].clone(), expected[0].clone()], "{shown:?}");
        let text = Value::from(shown.clone()).to_string();
        assert!(!text.contains("欧") && !text.contains("1992"), "{text}");
        let first = world.get("/v1/identity/proposals?state=open&limit=1").await.json();
        let second = world.get(&format!("/v1/identity/proposals?state=open&limit=1&before={}", first["next"].as_str().unwrap())).await;
        assert_eq!([&first["items"][0]["id"], &second.json()["items"][0]["id"]], [&shown[0]["id"], &shown[1]["id"]]);

        let id = shown[0]["id"].as_str().unwrap();
        let path = format!("/v1/identity/proposals/{id}");
        let detail = world.get(&path).await.json();
        let sides: Vec<_> = detail["persons"].as_array().unwrap().iter().map(|side| (side["accounts"][0]["kind"].clone(), side["cny_fen"].clone())).collect();
        assert_eq!(sides, [(json!("card"), json!(0)), (json!("card"), json!(0))]);
        let exact = |field: &str| detail["agreement"].as_array().unwrap().iter().any(|one| one["field"] == field && one["likeness"] == "exact");
        assert!(exact("given_name") && exact("surname") && exact("date_of_birth"), "{detail}");

        let accepted = world.post(&format!("{path}/accept"), json!(null)).await;
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        let change = &accepted.json()["change"];
        assert_eq!((&change["kind"], &change["reason"]), (&json!("joined"), &json!(format!("proposal {id}"))));
        assert_eq!(accepted.json()["person"].as_str().unwrap()[4..], detail["a"].as_str().unwrap()[4..], "named by the oldest account");
        let repeated = world.post(&format!("{path}/accept"), json!(null)).await;
        assert_eq!(repeated.problem(), (409, "people.proposal_decided".into()));
        let undo = format!("/v1/identity/changes/{}/undo", change["id"].as_str().unwrap());
        assert_eq!(world.post(&undo, json!({"reason": "two sisters"})).await.status, 200);
        let after = world.get(&path).await.json();
        assert_eq!((&after["state"], &after["decided"]["reason"]), (&json!("refused"), &json!("two sisters")));
        search(&world, &brand).await;
        assert_eq!(open(&world).await.len(), 1, "what was taken back is not proposed again");
    }

    async fn a_refusal_says_why_and_stays(db: TestDb) {
        let world = World::new(db).await;
        let (brand, _) = known(&world).await;
        let shown = open(&world).await;
        let path = format!("/v1/identity/proposals/{}/refuse", shown[0]["id"].as_str().unwrap());
        assert_eq!(world.post(&path, json!({"reason": " "})).await.problem(), (422, "people.reason_missing".into()));
        let refused = world.post(&path, json!({"reason": "a namesake"})).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["decided"]["reason"]), (200, &json!("a namesake")));
        assert_eq!(world.post(&path, json!({"reason": "again"})).await.problem(), (409, "people.proposal_decided".into()));
        search(&world, &brand).await;
        assert_eq!(open(&world).await.len(), 1);
        let refused = world.get("/v1/identity/proposals?state=refused").await.json();
        assert_eq!(refused["items"].as_array().unwrap().len(), 1);
        let unknown = world.get("/v1/identity/proposals?state=maybe").await;
        assert_eq!(unknown.problem(), (400, "request.query_invalid".into()));
    }

    async fn people_with_money_on_both_sides_are_left_to_somebody(db: TestDb) {
        let world = World::new(db).await;
        let (brand, accounts) = known(&world).await;
        let codes = world.codes().await;
        // The first person wins under both cards, the other under one.
        for (code, card) in codes.iter().zip(["CARD00000", "CARD00001", "CARD00002"]) {
            let scan = json!({"code": code, "identifiers": [{"kind": "card", "value": card}], "claim": true});
            let won = world.post("/v1/scans", scan).await;
            assert!(won.status.is_success(), "{}", won.text());
        }
        let done = join_automatically(&world.context, brand.id, 0.9, &Wallets).await.unwrap();
        assert_eq!((done.joined, done.both_hold_value, done.left), (1, 1, 0));
        let left = open(&world).await;
        assert_eq!(left[0]["a"], json!(accounts[0]));
        let detail = world.get(&format!("/v1/identity/proposals/{}", left[0]["id"].as_str().unwrap())).await.json();
        let fen: Vec<_> = detail["persons"].as_array().unwrap().iter().map(|side| side["cny_fen"].clone()).collect();
        assert_eq!(fen, [json!(88), json!(88)]);
        let journal = world.get("/v1/identity/changes").await.json();
        assert_eq!(journal["items"][0]["by"], json!("matching"));
    }

    async fn one_search_of_a_brand_at_a_time(db: TestDb) {
        let world = World::new(db).await;
        let path = "/v1/identity/proposals/find";
        assert_eq!(world.get(path).await.json(), json!({"latest": null}));
        assert_eq!(world.post(path, json!({"auto_from": 0.5})).await.problem(), (422, "people.auto_from".into()));
        let begun = world.post(path, json!({"auto_from": 0.99, "people_max": 1000})).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        assert_eq!(world.post(path, json!({})).await.problem(), (409, "people.search_under_way".into()));
        let latest = world.get(path).await.json();
        assert_eq!((&latest["latest"]["job"], &latest["latest"]["state"]), (&begun.json()["job"], &json!("waiting")));
    }
}
