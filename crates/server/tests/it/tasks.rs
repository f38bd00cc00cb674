//! The task centre: work of every kind told alike, done again, stopped, and watched.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tallymark_testkit::both_engines;

use crate::exports::{once, running};
use crate::world::World;

async fn ask_for_scans(world: &World) -> String {
    let asked = json!({"list": "scans", "filters": {}, "format": "csv"});
    world.post("/v1/exports", asked).await.json()["id"].as_str().unwrap().to_owned()
}

/// A stream that somebody reads.
struct Watching {
    body: Body,
    text: String,
}

impl Watching {
    async fn new(world: &World, path: &str, last_event: Option<&str>) -> Self {
        let mut request = Request::get(path).header("authorization", format!("Bearer {}", world.owner));
        if let Some(id) = last_event {
            request = request.header("last-event-id", id);
        }
        let response =
            tower::ServiceExt::oneshot(world.router.clone(), request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event of a name: its id and data.
    async fn next(&mut self, name: &str) -> (String, Value) {
        tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.text = rest;
                    let field = |field: &str| {
                        event.lines().find_map(|line| line.strip_prefix(&format!("{field}: ")).map(str::to_owned))
                    };
                    if field("event").as_deref() == Some(name) {
                        return (
                            field("id").unwrap_or_default(),
                            serde_json::from_str(&field("data").unwrap()).unwrap(),
                        );
                    }
                    continue;
                }
                let frame = self.body.frame().await.expect("the stream goes on").unwrap();
                self.text += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no event {name}"))
    }
}

both_engines! { tallymark_server::migrations();
    async fn work_of_every_kind_is_one_list(db: TestDb) {
        let world = World::new(db).await;
        let export = ask_for_scans(&world).await;
        let run = world.post("/v1/identity/runs", json!({})).await.json()["id"].as_str().unwrap().to_owned();
        world.post("/v1/identity/proposals/find", json!({})).await;
        world.post("/v1/people-keys/rotate", json!({})).await;
        let listed = world.get("/v1/tasks").await.json();
        let kinds: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|task| task["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["key_rotation", "matching", "rebuild", "export"]);
        let tasks = &listed["items"];
        assert_eq!((&tasks[3]["subject"], &tasks[2]["id"]), (&json!(export), &json!(run)));
        assert!(tasks[3]["by"].as_str().unwrap().starts_with("key_"));
        // Keys are for the owner to know of.
        let made = world.post("/v1/api-keys", json!({"name": "analyst", "scopes": ["read"]})).await;
        let reads = made.json()["secret"].as_str().unwrap().to_owned();
        let seen = world.call("GET", "/v1/tasks", Some(&reads), None, None).await.json();
        assert_eq!(seen["items"].as_array().unwrap().len(), 3);
        let rotation = format!("/v1/tasks/{}", tasks[0]["id"].as_str().unwrap());
        assert_eq!(world.call("GET", &rotation, Some(&reads), None, None).await.problem().1, "task.not_found");
        let server = running(&world).await;
        let path = format!("/v1/tasks/{run}");
        let done = once(&world, &path, |task| task["state"] == "done").await;
        drop(server);
        assert_eq!(done["result"], format!("/v1/identity/runs/{run}"));
    }

    async fn an_export_is_stopped_and_done_again(db: TestDb) {
        let world = World::new(db).await;
        let export = ask_for_scans(&world).await;
        let task = world.get("/v1/tasks").await.json()["items"][0].clone();
        let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
        assert_eq!(world.post(&format!("{path}/retry"), json!({})).await.problem(), (409, "task.no_retry".to_owned()));
        let stopped = world.post(&format!("{path}/cancel"), json!({})).await.json();
        assert_eq!((&stopped["state"], &stopped["may_retry"]), (&json!("cancelled"), &json!(true)));
        assert_eq!(world.post(&format!("{path}/cancel"), json!({})).await.problem(), (409, "task.no_cancel".to_owned()));
        let again = world.post(&format!("{path}/retry"), json!({})).await.json();
        assert_eq!((&again["state"], &again["subject"]), (&json!("queued"), &json!(export)));
        let server = running(&world).await;
        let path = format!("/v1/tasks/{}", again["id"].as_str().unwrap());
        let done = once(&world, &path, |task| task["state"] == "done").await;
        drop(server);
        assert_eq!(world.get(done["result"].as_str().unwrap()).await.status, 200);
        let listed = world.get("/v1/tasks").await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "the latest of one export alone: {listed}");
    }

    async fn a_stream_tells_of_tasks_as_they_change_and_goes_on_where_it_was_left(db: TestDb) {
        let world = World::new(db).await;
        ask_for_scans(&world).await;
        let mut watching = Watching::new(&world, "/v1/tasks/stream", None).await;
        let (_, first) = watching.next("tasks").await;
        assert_eq!(first["tasks"].as_array().unwrap().len(), 1);
        world.db.clock.advance(Duration::from_secs(5));
        let export = ask_for_scans(&world).await;
        let (id, second) = watching.next("tasks").await;
        assert_eq!((second["tasks"].as_array().unwrap().len(), &second["tasks"][0]["subject"]), (1, &json!(export)));
        drop(watching);
        let mut again = Watching::new(&world, "/v1/tasks/stream", Some(&id)).await;
        let (_, since) = again.next("tasks").await;
        assert_eq!((since["tasks"].as_array().unwrap().len(), &since["tasks"][0]["subject"]), (1, &json!(export)));
    }

    async fn a_campaign_is_watched_as_it_is_spent(db: TestDb) {
        let world = World::new(db).await;
        let campaign = world.get("/v1/campaigns").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let mut watching = Watching::new(&world, &format!("/v1/campaigns/{campaign}/stream"), None).await;
        let (_, first) = watching.next("campaign").await;
        assert_eq!((&first["left_fen"], &first["status"]), (&json!(10_000), &json!("running")));
        let codes = world.codes().await;
        let phone = json!({"kind": "phone", "value": "13800138000"});
        world.post("/v1/scans", json!({"code": codes[0], "identifiers": [phone], "claim": true})).await;
        let (_, second) = watching.next("campaign").await;
        assert_eq!(second["left_fen"], 10_000 - 88);
        assert_eq!(world.get("/v1/campaigns/cam_00TAXGT0000G0/stream").await.status, 404);
    }

    async fn one_caller_has_a_few_streams_and_no_more(db: TestDb) {
        let world = World::new(db).await;
        let mut open = Vec::new();
        for _ in 0..8 {
            open.push(Watching::new(&world, "/v1/tasks/stream", None).await);
        }
        assert_eq!(world.get("/v1/tasks/stream").await.problem(), (429, "stream.too_many".to_owned()));
        open.pop();
        open.push(Watching::new(&world, "/v1/tasks/stream", None).await);
    }

    async fn a_server_stops_at_once_while_somebody_watches(db: TestDb) {
        let world = World::new(db).await;
        let server = running(&world).await;
        let url = format!("http://{}/v1/tasks/stream", server.address);
        let client = reqwest::Client::new();
        let mut answer = client.get(url).bearer_auth(&world.owner).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.chunk().await.unwrap().is_some());
        let reading = tokio::spawn(async move { while let Ok(Some(_)) = answer.chunk().await {} });
        tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("nobody is waited for");
        reading.await.unwrap();
    }
}
