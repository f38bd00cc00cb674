//! Listeners at WebSockets of the whole server: by a key, by a session of our own page alone, and until the server stops.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tallymark_testkit::both_engines;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::browser::{Browser, HOST, user};
use crate::exports::running;
use crate::world::World;

const PATH: &str = "/epcis/v2/queries/Q/events?stream=true";
const EMAIL: &str = "li.wei@example.com";

type Socket = WebSocketStream<TcpStream>;

/// Asks for a WebSocket with these headers; gives the status and the code of the problem where it is refused.
async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Socket, (u16, String)> {
    let mut request = format!("ws://{address}{PATH}").into_client_request().unwrap();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    match client_async(request, TcpStream::connect(address).await.unwrap()).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => {
            let problem: Value = serde_json::from_slice(response.body().as_deref().unwrap_or_default()).unwrap();
            assert!(problem["type"].as_str().unwrap().starts_with("epcisException:"), "{problem}");
            Err((response.status().as_u16(), problem["code"].as_str().unwrap_or_default().to_owned()))
        }
        Err(error) => panic!("{error}"),
    }
}

async fn by_key(address: SocketAddr, key: &str) -> Result<Socket, (u16, String)> {
    open(address, &[("authorization", &format!("Bearer {key}"))]).await
}

/// The next text, or how the connection ends.
async fn next(socket: &mut Socket) -> Result<String, (u16, String)> {
    loop {
        match tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("something is told") {
            Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
            Some(Ok(Message::Close(Some(frame)))) => return Err((frame.code.into(), frame.reason.to_string())),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn key_of(world: &World, scope: &str) -> String {
    let made = world.post("/v1/api-keys", json!({"name": scope, "scopes": [scope]})).await.json();
    made["secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

async fn asked(world: &World) {
    let named = world.post("/epcis/v2/queries", json!({"name": "Q", "query": {}})).await;
    assert_eq!(named.status, 201, "{}", named.text());
}

fn event(number: u32) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "OBSERVE", "eventID": format!("urn:uuid:{number}"),
        "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("urn:epc:id:sgtin:4012345.011111.{number}")],
    })
}

both_engines! { tallymark_server::migrations();
    async fn whoever_may_read_may_listen_until_the_server_stops(db: TestDb) {
        let world = World::new(db).await;
        asked(&world).await;
        let server = running(&world).await;
        let address = server.address;
        assert_eq!(open(address, &[]).await.err(), Some((401, "auth.key_missing".to_owned())));
        assert_eq!(by_key(address, "tm_nobody").await.err(), Some((401, "auth.key_unknown".to_owned())));
        let track = key_of(&world, "track").await;
        assert_eq!(by_key(address, &track).await.err(), Some((403, "auth.scope_missing".to_owned())));
        let read = key_of(&world, "read").await;
        let mut socket = by_key(address, &read).await.unwrap();
        // Captured by another server of the same database.
        assert_eq!(world.post("/epcis/v2/events", event(1)).await.status, 201);
        let told: Value = serde_json::from_str(&next(&mut socket).await.unwrap()).unwrap();
        assert_eq!(told["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]["eventID"], "urn:uuid:1");
        // What the brand does with its own goods is told as well.
        let code = world.codes().await[0].clone();
        let unpack = json!({"operations": [{"kind": "unpack", "codes": [code]}]});
        assert_eq!(world.post("/v1/operations", unpack).await.status, 200);
        let told: Value = serde_json::from_str(&next(&mut socket).await.unwrap()).unwrap();
        let event = &told["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0];
        assert_eq!((&event["type"], &event["action"]), (&json!("AggregationEvent"), &json!("DELETE")), "{told}");
        let ending = tokio::spawn(async move { next(&mut socket).await });
        tokio::time::timeout(Duration::from_secs(8), server.stop()).await.expect("nobody is waited for");
        assert_eq!(ending.await.unwrap().err().map(|(code, _)| code), Some(1001));
    }

    async fn a_page_of_another_site_cannot_listen_by_somebodys_session(db: TestDb) {
        let world = World::new(db).await;
        asked(&world).await;
        user(&world, EMAIL, json!({"role": "owner"})).await;
        let browser = Browser::signed_in(&world, EMAIL).await;
        let cookie = browser.cookie.clone().unwrap();
        let server = running(&world).await;
        let own = format!("http://{HOST}");
        let headers = |origin: &'static str| [("host", HOST), ("cookie", cookie.as_str()), ("origin", origin)];
        for origin in ["https://evil.example", "null", "http://spring.example.evil.example"] {
            let refused = open(server.address, &headers(origin)).await.err();
            assert_eq!(refused, Some((403, "auth.origin_foreign".to_owned())), "{origin}");
        }
        let mut socket = open(server.address, &[("host", HOST), ("cookie", &cookie), ("origin", &own)]).await.unwrap();
        assert_eq!(world.post("/epcis/v2/events", event(1)).await.status, 201);
        assert!(next(&mut socket).await.unwrap().contains("urn:uuid:1"));
        drop(socket);
        server.stop().await;
    }
}
