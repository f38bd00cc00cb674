//! The proof of who may do what: every route that the API describes, asked by everybody who must not.
//!
//! For each route there is one call with a valid body and existing objects ([`cases`]). It is made by nobody (401), by
//! another brand's owner, with a key and with a session (404, or only what is that brand's own), by every role and every
//! key that lacks the permission (403), and by callers limited to a part of the channel tree that the object lies outside
//! of (404; 403 where the route cannot be cut). What the brand's owner sees, and how many rows there are, is the same
//! before and after. At last its owner makes the same call, and it works: so nothing was refused for another reason.

pub(crate) mod cases;
mod epcis;
mod orders;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tallymark_access::{Role, permissions};
use tallymark_testkit::both_engines;
use tallymark_web::{Limited, Need, Permission, Permissions, Scope, Scopes};

use self::cases::{Case, Foreign, Objects, PUBLIC, cases};
use crate::browser::{Browser, HOST, PASSWORD, link, user};
use crate::world::{Got, World};

fn declared() -> Permissions {
    Permissions::of(&tallymark_server::description()).unwrap()
}

/// How somebody calls.
enum As {
    Nobody,
    Key(String),
    Session(Browser),
}

impl As {
    async fn send(&self, world: &World, method: &str, path: &str, body: Option<&Value>) -> Got {
        match self {
            Self::Session(browser) => browser.clone().send(world, method, path, body.cloned()).await,
            Self::Key(_) | Self::Nobody => {
                let key = if let Self::Key(key) = self { Some(key.as_str()) } else { None };
                let idempotency = world.fresh_key();
                let idempotency = (method != "GET").then_some(idempotency.as_str());
                world.call(method, path, key, idempotency, body.map(Value::to_string)).await
            }
        }
    }

    async fn call(&self, world: &World, case: &Case) -> Got {
        self.send(world, case.method, &case.path, case.body.as_ref()).await
    }
}

/// What must be the same before and after: everything the owner can read, and the rows of every table.
async fn picture(world: &World, cases: &[Case]) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    let owner = As::Key(world.owner.clone());
    // Taking codes and files is a change: it is told in the audit log.
    let is_taking = |route: &str| ["/codes", "/labels", "/file"].iter().any(|end| route.ends_with(end));
    // How the machine is changes by itself.
    let is_ours = |route: &str| !route.contains("/me") && route != "/v1/health";
    let reading = |case: &&Case| case.method == "GET" && is_ours(case.route) && !is_taking(case.route);
    for case in cases.iter().filter(reading) {
        let got = owner.call(world, case).await;
        // Files say when they were made, and problems in which request; what is in them is what is listed.
        if got.status == 200 && got.header("content-type").contains("json") {
            seen.insert(case.route.to_owned(), got.text());
        }
    }
    seen
}

/// The tables of the product, as its migrations make them.
pub(crate) fn tables() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ["migration".to_owned()].into();
    for (_, text) in tallymark_server::migrations().iter().flat_map(|owner| owner.steps) {
        found.extend(text.split("CREATE TABLE ").skip(1).map(|rest| rest.split([' ', '(']).next().unwrap().to_owned()));
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

async fn rows(world: &World) -> BTreeMap<String, i64> {
    let mut rows = BTreeMap::new();
    let mut tx = world.context.store.read().await.unwrap();
    for table in tables() {
        let sql = format!("SELECT COUNT(*) FROM {table}").leak();
        rows.insert(table, tx.query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap());
    }
    rows
}

fn permission<'p>(declared: &'p Permissions, case: &Case) -> &'p Permission {
    declared.get(&case.method.parse().unwrap(), case.route).unwrap_or_else(|| panic!("{case:?}"))
}

/// A role's name as part of an address, and where it is put.
fn limited_email(role: Role) -> String {
    format!("{}.limited@{HOST}", role.name())
}

async fn staff(world: &World, o: &Objects) {
    for role in Role::ALL {
        // The roles that always are limited have no whole form.
        if !matches!(role, Role::Store | Role::Guide) {
            user(world, &format!("{}@{HOST}", role.name()), json!({"role": role})).await;
        }
        if role != Role::Owner {
            user(world, &limited_email(role), json!({"role": role, "organisation": o.east})).await;
        }
    }
}

both_engines! { tallymark_server::migrations();
    async fn every_route_declares_its_permission_and_has_a_proof(db: TestDb) {
        let world = World::new(db).await;
        let objects = Objects::new(&world).await;
        let declared = declared();
        let mut proved: BTreeSet<_> = cases(&objects).iter().map(Case::named).collect();
        assert_eq!(proved.len(), cases(&objects).len(), "a route stands here once");
        for (method, route) in PUBLIC {
            let permission = declared.get(&method.parse().unwrap(), route).unwrap();
            assert_eq!(permission.need, Need::Public, "{route}");
            proved.insert((method.to_owned(), route.to_owned()));
        }
        let routes: BTreeSet<_> = declared.iter().map(|(method, path, _)| (method.to_string(), path.to_owned())).collect();
        let without: Vec<_> = routes.difference(&proved).collect();
        println!("figure routes_without_proof {} routes", without.len());
        assert_eq!(without, Vec::<&(String, String)>::new());
        assert_eq!(proved.difference(&routes).count(), 0);
        for case in cases(&objects) {
            let limited = permission(&declared, &case).limited;
            assert_eq!(limited == Limited::Inside, case.outside.is_some(), "{case:?}");
        }
    }

    async fn whoever_must_not_is_refused_and_nothing_changes(db: TestDb) {
        let world = World::new(db).await;
        let objects = Objects::new(&world).await;
        staff(&world, &objects).await;
        let (declared, cases) = (declared(), cases(&objects));
        let mut keys = Vec::new();
        for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Owner) {
            let made = world.post("/v1/api-keys", json!({"name": scope.name(), "scopes": [scope]})).await;
            keys.push((scope, As::Key(made.json()["secret"].as_str().unwrap().to_owned())));
        }
        let mut whole = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| !matches!(role, Role::Store | Role::Guide)) {
            whole.push((role, As::Session(Browser::signed_in(&world, &format!("{}@{HOST}", role.name())).await)));
        }
        let mut limited = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Owner) {
            limited.push((role, As::Session(Browser::signed_in(&world, &limited_email(role)).await)));
        }
        let before = (picture(&world, &cases).await, rows(&world).await);

        for case in &cases {
            let permission = permission(&declared, case);
            let got = As::Nobody.call(&world, case).await;
            assert_eq!(got.problem(), (401, "auth.key_missing".into()), "nobody: {case:?}");
            for (scope, key) in &keys {
                let scopes: Scopes = [*scope].into_iter().collect();
                if !permission.allows(scopes) {
                    let got = key.call(&world, case).await;
                    assert_eq!(got.problem(), (403, "auth.scope_missing".into()), "a key for {scope}: {case:?}");
                }
            }
            for (role, session) in &whole {
                if !permission.allows(permissions(*role)) {
                    let got = session.call(&world, case).await;
                    assert_eq!(got.problem(), (403, "auth.scope_missing".into()), "{}: {case:?}", role.name());
                }
            }
            for (role, session) in &limited {
                check_limited(&world, case, permission, *role, session, &objects).await;
            }
        }
        assert_eq!(before, (picture(&world, &cases).await, rows(&world).await));
    }

    async fn another_brand_sees_and_changes_nothing(db: TestDb) {
        let world = World::new(db).await;
        let objects = Objects::new(&world).await;
        let hosts = vec!["other.example".into()];
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts, zone: "UTC".into() };
        let made = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let theirs = World { owner: made.key.clone(), ..world.sharing() };
        // Their owner has the same address and password as ours.
        for world in [&world, &theirs] {
            let host = if world.owner == made.key { "other.example" } else { HOST };
            let invited = json!({"email": "owner@both.example", "name": "O", "role": "owner"});
            let id = world.post("/v1/users", invited).await.json()["id"].as_str().unwrap().to_owned();
            let token = link(world, &id).await;
            let set = json!({"token": token, "password": PASSWORD});
            assert_eq!(Browser::at(host).post(world, "/v1/password/by-link", set).await.status, 204);
        }
        let cases = cases(&objects);
        let secrets: Vec<&str> = [
            &objects.product, &objects.batch, &objects.campaign, &objects.rebate, &objects.scan, &objects.east,
            &objects.inside_dealer, &objects.key, &objects.user, &objects.inside_shipment,
        ].map(String::as_str).to_vec();
        let before = picture(&world, &cases).await;
        for case in &cases {
            let browser = Browser::signed_in_at(&world, "other.example", "owner@both.example").await;
            // Their cookie at our host is nobody's, and ours at theirs.
            let mut astray = Browser { host: HOST.into(), origin: Some(format!("http://{HOST}")), ..browser.clone() };
            let got = astray.send(&world, case.method, &case.path, case.body.clone()).await;
            assert_eq!(got.problem(), (401, "auth.session_unknown".into()), "{case:?}");
            for caller in [As::Key(made.key.clone()), As::Session(browser)] {
                let got = caller.call(&world, case).await;
                let text = String::from_utf8_lossy(&got.body);
                if case.foreign == Foreign::Hidden {
                    assert_eq!(got.status, 404, "{case:?}: {text}");
                    continue;
                }
                let leaked: Vec<_> = secrets.iter().filter(|secret| text.contains(**secret)).collect();
                assert!(leaked.is_empty(), "{case:?} tells of {leaked:?}: {text}");
            }
            reset_owner(&world, &theirs).await;
        }
        assert_eq!(before, picture(&world, &cases).await);
    }

    async fn a_limited_clerk_ships_only_what_its_branch_holds(db: TestDb) {
        let world = World::new(db).await;
        let o = Objects::new(&world).await;
        user(&world, "clerk@spring.example", json!({"role": "clerk", "organisation": o.east})).await;
        let mut clerk = Browser::signed_in(&world, "clerk@spring.example").await;
        let mut ship = async |batch: &str, first: u64, last: u64| {
            let units = json!([{"batch": batch, "level": "case", "first": first, "last": last}]);
            clerk.post(&world, "/v1/shipments", json!({"to": o.east, "units": units})).await
        };
        let not_held = (404, "goods.not_held".to_owned());
        // Held by the West, held in part, more than there is, and no batch at all: told apart by nothing.
        assert_eq!(ship(&o.batch, 1, 1).await.problem(), not_held);
        assert_eq!(ship(&o.batch, 0, 1).await.problem(), not_held);
        assert_eq!(ship(&o.batch, 0, 9).await.problem(), not_held);
        assert_eq!(ship("bat_00TAXGT0000G0", 0, 0).await.problem(), not_held);
        assert_eq!(ship(&o.batch, 0, 0).await.status, 201);
    }

    async fn the_owner_may_do_all_of_it(db: TestDb) {
        let world = World::new(db).await;
        let objects = Objects::new(&world).await;
        user(&world, "owner@spring.example", json!({"role": "owner"})).await;
        for case in cases(&objects) {
            let mut browser = Browser::new();
            for password in [PASSWORD, "an entirely other phrase"] {
                if browser.sign_in(&world, "owner@spring.example", password).await.status == 201 {
                    break;
                }
            }
            let got = As::Session(browser).call(&world, &case).await;
            assert_eq!(got.status, case.success, "{case:?}: {}", got.text());
        }
    }

    async fn public_routes_tell_a_brand_from_another(db: TestDb) {
        let world = World::new(db).await;
        let id = user(&world, "li@spring.example", json!({"role": "owner"})).await;
        let hosts = vec!["other.example".into()];
        let new = tallymark_partners::NewTenant { name: "Other".into(), hosts, zone: "UTC".into() };
        tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let token = link(&world, &id).await;
        let made = world.post(&format!("/v1/users/{id}/sign-in-links"), json!({})).await.json();
        let to_sign_in = made["token"].as_str().unwrap();
        for (host, sign_in, by_link) in [("other.example", 401, 404), ("nobody.example", 404, 404)] {
            let mut browser = Browser::at(host);
            assert_eq!(browser.sign_in(&world, "li@spring.example", PASSWORD).await.status, sign_in, "{host}");
            let set = json!({"token": token, "password": "an entirely other phrase"});
            assert_eq!(browser.post(&world, "/v1/password/by-link", set).await.status, by_link, "{host}");
            let entered = browser.post(&world, "/v1/session/by-link", json!({"token": to_sign_in})).await;
            assert_eq!(entered.problem().0, 404, "{host}");
            let code = browser.post(&world, "/v1/session/totp", json!({"code": "123456"})).await;
            assert!([401, 404].contains(&code.status.as_u16()), "{host}");
            for path in ["/v1/session/oidc", "/v1/session/oidc/callback?code=x&state=y"] {
                let got = browser.get(&world, path).await;
                assert!([401, 404].contains(&got.status.as_u16()), "{host} {path}");
            }
            browser.post(&world, "/v1/password/reset-requests", json!({"email": "li@spring.example"})).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(world.get(&format!("/v1/users/{id}")).await.json()["reset_asked_at"], Value::Null);
        Browser::signed_in(&world, "li@spring.example").await;
    }
}

/// What a caller limited to the East gets.
async fn check_limited(world: &World, case: &Case, permission: &Permission, role: Role, session: &As, o: &Objects) {
    let who = format!("{} in the East: {case:?}", role.name());
    if !permission.allows(permissions(role)) {
        assert_eq!(session.call(world, case).await.problem(), (403, "auth.scope_missing".into()), "{who}");
        return;
    }
    match permission.limited {
        Limited::Refused => {
            assert_eq!(session.call(world, case).await.problem(), (403, "auth.subtree_limited".into()), "{who}");
        }
        Limited::Inside => {
            let (path, body) = case.outside.as_ref().unwrap();
            let got = session.send(world, case.method, path, body.as_ref()).await;
            assert_eq!(got.status, 404, "{who}: {}", got.text());
            if case.method == "GET" {
                let got = session.call(world, case).await;
                assert_eq!(got.status, 200, "{who}: {}", got.text());
                for outside in [&o.west, &o.outside_dealer, &o.outside_shipment] {
                    assert!(!got.text().contains(outside.as_str()), "{who} sees {outside}");
                }
            }
        }
        Limited::Shared | Limited::Own => {
            if case.method == "GET" {
                assert_eq!(session.call(world, case).await.status, 200, "{who}");
            }
        }
    }
}

/// Gives the other brand's owner the password and the single factor again that a case may have changed.
async fn reset_owner(world: &World, theirs: &World) {
    let listed = theirs.get("/v1/users").await.json();
    let owner = listed["items"].as_array().unwrap().iter().find(|user| user["email"] == "owner@both.example").unwrap();
    let token = link(theirs, owner["id"].as_str().unwrap()).await;
    let set = json!({"token": token, "password": PASSWORD});
    assert_eq!(Browser::at("other.example").post(world, "/v1/password/by-link", set).await.status, 204);
}
