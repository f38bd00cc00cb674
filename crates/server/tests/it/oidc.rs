//! Signing in at the brand's OpenID provider, which runs beside the test and speaks the protocol by itself.

use std::time::Duration;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, header};
use serde_json::json;
use tallymark_access::rules::totp;
use tallymark_base::Clock as _;
use tallymark_testkit::both_engines;
use tallymark_testkit::oidc::{CLIENT_ID, CLIENT_SECRET, Mistake, OidcProvider};

use crate::browser::{Browser, HOST, PASSWORD, invited, user};
use crate::world::{Got, World};

const EMAIL: &str = "li@spring.example";

async fn provider(world: &World) -> OidcProvider {
    let provider = OidcProvider::start(world.db.clock.clone(), world.db.entropy.clone(), EMAIL).await;
    let new = json!({"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
    let got = world.call("PUT", "/v1/oidc", Some(&world.owner), None, Some(new.to_string())).await;
    assert_eq!(got.status, 200, "{}", got.text());
    provider
}

/// A browser on its way to the provider.
struct Traveller {
    host: &'static str,
    /// What it has of us.
    cookie: Option<String>,
}

impl Traveller {
    /// Sets out; gives where it is sent.
    async fn departed(world: &World) -> (Self, String) {
        let mut traveller = Self { host: HOST, cookie: None };
        let got = traveller.get(world, "/v1/session/oidc").await;
        assert_eq!(got.status, 303, "{}", got.text());
        let cookie = got.header("set-cookie");
        assert!(cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=600"), "{cookie}");
        traveller.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        (traveller, got.header("location").to_owned())
    }

    async fn get(&self, world: &World, path: &str) -> Got {
        self.send(world, Request::get(path)).await
    }

    /// Goes there as a browser does, for a page.
    async fn browse(&self, world: &World, path: &str) -> Got {
        let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.send(world, Request::get(path).header(header::ACCEPT, accept)).await
    }

    async fn send(&self, world: &World, request: Builder) -> Got {
        let mut request = request.header(header::HOST, self.host);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        world.send(request.body(Body::empty()).unwrap()).await
    }
}

/// Visits the provider; gives the path and query it sends the browser back to.
async fn visited(location: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(location).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 302);
    let back = answer.headers()["location"].to_str().unwrap().to_owned();
    back.strip_prefix(&format!("http://{HOST}")).expect("back to our host").to_owned()
}

/// The whole way; gives what the browser is told in the end.
async fn signed_in(world: &World) -> Got {
    let (traveller, location) = Traveller::departed(world).await;
    let back = visited(&location).await;
    traveller.get(world, &back).await
}

/// A browser with the session that an answer opened.
fn with_session(got: &Got) -> Browser {
    assert_eq!(got.status, 303, "{}", got.text());
    assert_eq!(got.header("location"), "/console/");
    let mut cookies = got.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let session = cookies.rfind(|cookie| cookie.starts_with("tm_session=")).unwrap();
    Browser { cookie: Some(session.split(';').next().unwrap().to_owned()), ..Browser::new() }
}

both_engines! { tallymark_server::migrations();
    async fn whoever_the_provider_verified_signs_in_and_stays_bound_to_it(db: TestDb) {
        let world = World::new(db).await;
        let provider = provider(&world).await;
        let id = invited(&world, EMAIL, json!({"role": "analyst"})).await;
        let me = with_session(&signed_in(&world).await).get(&world, "/v1/me").await.json();
        assert_eq!((&me["user"]["id"], &me["user"]["status"]), (&json!(id), &json!("active")));
        // The address changes at the provider; the person is the same.
        provider.behave(|behaviour| behaviour.email = "li.new@spring.example".into());
        let me = with_session(&signed_in(&world).await).get(&world, "/v1/me").await.json();
        assert_eq!(me["user"]["id"], json!(id));
        // Somebody else gets the address; they are not that user.
        provider.behave(|behaviour| {
            behaviour.email = EMAIL.into();
            behaviour.subject = "person-2".into();
        });
        assert_eq!(signed_in(&world).await.problem(), (401, "oidc.user_unknown".into()));
        let put = Some(json!({"status": "disabled"}).to_string());
        world.call("PUT", &format!("/v1/users/{id}/status"), Some(&world.owner), None, put).await;
        provider.behave(|behaviour| behaviour.subject = "person-1".into());
        assert_eq!(signed_in(&world).await.problem(), (401, "oidc.user_unknown".into()));
    }

    async fn strangers_and_unverified_addresses_are_nobody(db: TestDb) {
        let world = World::new(db).await;
        let provider = provider(&world).await;
        assert_eq!(signed_in(&world).await.problem(), (401, "oidc.user_unknown".into()));
        user(&world, EMAIL, json!({"role": "owner"})).await;
        provider.behave(|behaviour| behaviour.is_email_verified = false);
        assert_eq!(signed_in(&world).await.problem(), (401, "oidc.email_unverified".into()));
        provider.behave(|behaviour| behaviour.denies = true);
        assert_eq!(signed_in(&world).await.problem(), (401, "oidc.denied".into()));
        assert_eq!(world.get("/v1/users").await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_browser_that_is_refused_ends_where_one_signs_in(db: TestDb) {
        let world = World::new(db).await;
        let _provider = provider(&world).await;
        let told = |got: &Got| {
            assert_eq!((got.status.as_u16(), got.header("set-cookie")), (303, ""), "{}", got.text());
            got.header("location").to_owned()
        };
        let (traveller, location) = Traveller::departed(&world).await;
        let back = visited(&location).await;
        let got = traveller.browse(&world, &back).await;
        assert_eq!(told(&got), "/console/sign-in?refused=oidc.user_unknown");
        let stranger = Traveller { host: HOST, cookie: None };
        let got = stranger.browse(&world, &back).await;
        assert_eq!(told(&got), "/console/sign-in?refused=oidc.state");
        // Nobody listens there.
        let new = json!({"issuer": "http://127.0.0.1:9", "client_id": "a", "client_secret": "b"}).to_string();
        world.call("PUT", "/v1/oidc", Some(&world.owner), None, Some(new)).await;
        let got = stranger.browse(&world, "/v1/session/oidc").await;
        assert_eq!(told(&got), "/console/sign-in?refused=oidc.unavailable");
    }

    async fn a_wrong_token_opens_nothing(db: TestDb) {
        let world = World::new(db).await;
        let provider = provider(&world).await;
        user(&world, EMAIL, json!({"role": "owner"})).await;
        for (mistake, code) in [
            (Mistake::Nonce, "oidc.nonce"),
            (Mistake::Audience, "oidc.audience"),
            (Mistake::Issuer, "oidc.foreign_issuer"),
            (Mistake::Expired, "oidc.expired"),
            (Mistake::ForeignKey, "oidc.signature"),
            (Mistake::Unsigned, "oidc.signature"),
            (Mistake::SharedSecret, "oidc.signature"),
        ] {
            provider.behave(|behaviour| behaviour.mistake = mistake);
            let got = signed_in(&world).await;
            assert_eq!(got.problem(), (401, code.into()), "{mistake:?}");
            assert_eq!(got.header("set-cookie"), "", "{mistake:?}");
        }
        provider.behave(|behaviour| behaviour.mistake = Mistake::None);
        with_session(&signed_in(&world).await);
    }

    async fn a_way_belongs_to_one_browser_ends_once_and_in_time(db: TestDb) {
        let world = World::new(db).await;
        let _provider = provider(&world).await;
        user(&world, EMAIL, json!({"role": "owner"})).await;
        let state = (401, "oidc.state".to_owned());
        let (traveller, location) = Traveller::departed(&world).await;
        let (other, _) = Traveller::departed(&world).await;
        let back = visited(&location).await;
        // Somebody else's way, none at all, and a state of one's own making.
        assert_eq!(other.get(&world, &back).await.problem(), state);
        assert_eq!(Traveller { host: HOST, cookie: None }.get(&world, &back).await.problem(), state);
        let forged = Traveller { host: HOST, cookie: Some("tm_oidc=AAAA".into()) };
        assert_eq!(forged.get(&world, &back).await.problem(), state);
        let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
        let wrong = format!("/v1/session/oidc/callback?code={code}&state=x");
        assert_eq!(traveller.get(&world, &wrong).await.problem(), state);
        with_session(&traveller.get(&world, &back).await);
        // The code was taken.
        assert_eq!(traveller.get(&world, &back).await.problem(), (401, "oidc.code".into()));
        let (late, location) = Traveller::departed(&world).await;
        let back = visited(&location).await;
        world.db.clock.advance(Duration::from_secs(601));
        assert_eq!(late.get(&world, &back).await.problem(), state);
    }

    async fn the_second_factor_is_asked_for_after_the_provider_too(db: TestDb) {
        let world = World::new(db).await;
        let _provider = provider(&world).await;
        user(&world, EMAIL, json!({"role": "analyst"})).await;
        let mut browser = Browser::signed_in(&world, EMAIL).await;
        let offered = browser.post(&world, "/v1/me/totp", json!({"password": PASSWORD})).await.json();
        let secret = data_encoding::BASE32_NOPAD.decode(offered["secret"].as_str().unwrap().as_bytes()).unwrap();
        let code = || totp::shown(&secret, world.db.clock.now());
        assert_eq!(browser.send(&world, "PUT", "/v1/me/totp", Some(json!({"code": code()}))).await.status, 200);
        world.db.clock.advance(Duration::from_secs(30));
        let mut half = with_session(&signed_in(&world).await);
        assert_eq!(half.get(&world, "/v1/me").await.problem(), (401, "auth.second_factor_missing".into()));
        assert_eq!(half.post(&world, "/v1/session/totp", json!({"code": code()})).await.status, 201);
        assert_eq!(half.get(&world, "/v1/me").await.status, 200);
    }

    async fn a_provider_is_set_by_owners_shown_without_its_secret_and_taken_away(db: TestDb) {
        let world = World::new(db).await;
        assert_eq!(world.get("/v1/oidc").await.problem(), (404, "oidc.not_set".into()));
        let departed = async || Traveller { host: HOST, cookie: None }.get(&world, "/v1/session/oidc").await.problem();
        assert_eq!(departed().await, (404, "oidc.not_set".into()));
        let provider = provider(&world).await;
        let shown = world.get("/v1/oidc").await;
        assert_eq!(shown.json()["issuer"], json!(provider.issuer));
        assert!(!shown.text().contains(CLIENT_SECRET));
        let put = async |issuer: &str| {
            let new = json!({"issuer": issuer, "client_id": "a", "client_secret": "b"}).to_string();
            world.call("PUT", "/v1/oidc", Some(&world.owner), None, Some(new)).await
        };
        assert_eq!(put("http://login.brand.example").await.problem(), (422, "oidc.issuer".into()));
        // Nobody listens there.
        assert_eq!(put("http://127.0.0.1:9").await.status, 200);
        assert_eq!(departed().await, (503, "oidc.unavailable".into()));
        let mut tx = world.context.store.read().await.unwrap();
        let stored = tx.query("SELECT secret FROM oidc_provider", &[]).await.unwrap();
        assert!(stored[0].bytes(0).unwrap().len() > 16);
        drop(tx);
        assert_eq!(world.call("DELETE", "/v1/oidc", Some(&world.owner), None, None).await.status, 204);
        assert_eq!(world.get("/v1/oidc").await.status, 404);
    }
}
