//! A server tells those who run it how the installation is, and nobody what is another brand's.

use serde_json::{Value, json};
use tallymark_base::id::JobId;
use tallymark_intake::Intake;
use tallymark_partners::NewTenant;
use tallymark_scan::{Options, Scanner};
use tallymark_server::condition::Places;
use tallymark_server::{App, Network, Outside, OutsideOptions};
use tallymark_store::job::{self, NewJob};
use tallymark_testkit::both_engines;

use crate::world::{World, traces};

async fn health(world: &World) -> Value {
    let got = world.get("/v1/health").await;
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()
}

#[track_caller]
fn found<'a>(health: &'a Value, check: &str) -> &'a Value {
    let finding = health["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check);
    finding.unwrap_or_else(|| panic!("{check} is not among {health}"))
}

/// A job of the brand that is given up at its first attempt.
async fn give_up(world: &World) {
    let context = &world.context;
    let mut tx = context.store.write().await.unwrap();
    let (id, now) = (context.ids.next::<JobId>(&*context.clock).unwrap(), context.clock.now());
    let tenant = world.tenant(&mut tx).await;
    let new = NewJob { id, tenant, kind: "import.run", args: json!({}), run_at: now, attempts_max: 1 };
    job::enqueue(&mut tx, &new, now).await.unwrap();
    let claimed = job::claim(&mut tx, 1, now, &["import.run"], 1).await.unwrap().remove(0);
    job::fail(&mut tx, &claimed, "the file is gone", now).await.unwrap();
    tx.commit().await.unwrap();
}

/// The same server, told where the installation lies.
fn lying_at(world: &World, places: Places) -> World {
    let context = world.context.clone();
    let (scanner, _) = Scanner::start(context.clone(), Options::default());
    let (intake, _) = Intake::start(context.clone());
    let outside = Outside::open(OutsideOptions::default()).unwrap();
    let app = App::new(context.clone(), scanner, (intake, traces(&context)), Network::default(), outside, None);
    let router = app.at(places).router(Network::default());
    World { router, owner: world.owner.clone(), ..world.sharing() }
}

both_engines! { tallymark_server::migrations();
    async fn a_brand_hears_how_the_installation_is_and_counts_of_its_own_work_alone(db: TestDb) {
        let world = World::new(db).await;
        let new = NewTenant { name: "秋色".into(), hosts: vec!["autumn.example".into()], zone: "Asia/Shanghai".into() };
        let made = tallymark_server::tenants::create(&world.context, new).await.unwrap();
        let other = World { owner: made.key, ..world.sharing() };
        let scans = json!({"list": "scans", "filters": {}, "format": "csv"});
        assert_eq!(other.post("/v1/exports", scans).await.status, 202);
        let hook = json!({"url": "https://erp.autumn.example/hook", "events": ["*"]});
        assert_eq!(other.post("/v1/webhooks", hook).await.status, 201);
        give_up(&world).await;

        let told = health(&world).await;
        let jobs = found(&told, "jobs");
        assert_eq!((&jobs["state"], &jobs["code"], &jobs["values"]["waiting"]), (&json!("wrong"), &json!("jobs.dead"), &json!(0)));
        assert_eq!(jobs["values"]["dead"], "1 of import.run");
        assert_eq!(found(&told, "webhooks")["code"], "webhooks.none");
        assert_eq!(told["state"], "wrong", "the whole is as its worst part");

        let theirs = health(&other).await;
        assert_eq!(found(&theirs, "jobs")["values"], json!({"running": 0, "waiting": 1}));
        assert_eq!(found(&theirs, "webhooks")["values"]["webhooks"], 1);
        for check in ["database", "size", "reading", "commits", "events", "servers", "memory", "open files"] {
            assert_ne!(found(&theirs, check)["state"], "wrong", "{theirs}");
        }
        assert!(found(&theirs, "size")["values"]["size_bytes"].as_u64().unwrap() > 100_000);
        assert!(theirs["version"].as_str().unwrap().starts_with(char::is_numeric));
        assert!(theirs["started_at"].as_str() <= theirs["looked_at"].as_str());
    }

    async fn backups_are_judged_and_where_they_lie_is_not_told(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(found(&health(&world).await, "backups")["code"], "backups.untold");
        let folder = tempfile::tempdir().unwrap();
        let places = Places { backups: Some(folder.path().to_owned()), database: Some(folder.path().join("t.sqlite")), lake: None };
        let told = health(&lying_at(&world, places)).await;
        assert_eq!((&found(&told, "backups")["state"], &found(&told, "backups")["code"]), (&json!("wrong"), &json!("backups.none")));
        assert!(found(&told, "disk")["values"]["free_bytes"].as_u64().unwrap() > 0);
        assert!(!told.to_string().contains(folder.path().to_str().unwrap()), "{told}");
    }

    async fn who_does_not_run_the_brand_is_told_nothing(db: TestDb) {
        let world = World::new(db).await;
        let made = world.post("/v1/api-keys", json!({"name": "r", "scopes": ["read", "audit", "query"]})).await;
        let key = made.json()["secret"].as_str().unwrap().to_owned();
        let got = world.call("GET", "/v1/health", Some(&key), None, None).await;
        assert_eq!(got.problem(), (403, "auth.scope_missing".to_owned()));
    }
}
