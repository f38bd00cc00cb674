//! People who sign in: users of a brand, and browsers that keep a cookie and the session's token.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::world::{Got, World};

/// The host of the world's brand.
pub(crate) const HOST: &str = "spring.example";
/// A password that nobody guesses.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A browser at a brand's host.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) host: String,
    /// `name=value`, as it is sent back.
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: Option<String>,
    pub(crate) origin: Option<String>,
}

impl Browser {
    /// One that was never here.
    pub(crate) fn new() -> Self {
        Self::at(HOST)
    }

    pub(crate) fn at(host: &str) -> Self {
        Self { host: host.to_owned(), cookie: None, csrf: None, origin: Some(format!("http://{host}")) }
    }

    /// One that is signed in.
    pub(crate) async fn signed_in(world: &World, email: &str) -> Self {
        Self::signed_in_at(world, HOST, email).await
    }

    pub(crate) async fn signed_in_at(world: &World, host: &str, email: &str) -> Self {
        let mut browser = Self::at(host);
        let got = browser.sign_in(world, email, PASSWORD).await;
        assert_eq!((got.status.as_u16(), &got.json()["state"]), (201, &json!("open")), "{}", got.text());
        browser
    }

    pub(crate) async fn sign_in(&mut self, world: &World, email: &str, password: &str) -> Got {
        self.post(world, "/v1/session", json!({"email": email, "password": password})).await
    }

    pub(crate) async fn get(&mut self, world: &World, path: &str) -> Got {
        self.send(world, "GET", path, None).await
    }

    pub(crate) async fn post(&mut self, world: &World, path: &str, body: Value) -> Got {
        self.send(world, "POST", path, Some(body)).await
    }

    /// Sends as a page of the host would, and keeps what the answer says to keep.
    pub(crate) async fn send(&mut self, world: &World, method: &str, path: &str, body: Option<Value>) -> Got {
        let got = world.send(self.request(world, method, path, body)).await;
        if let Some(cookie) = got.headers.get(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(pair.to_owned()).filter(|pair| !pair.ends_with('='));
        }
        if let Ok(body) = serde_json::from_slice::<Value>(&got.body)
            && let Some(csrf) = body["csrf"].as_str()
        {
            self.csrf = Some(csrf.to_owned());
        }
        got
    }

    pub(crate) fn request(&self, world: &World, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        request = request.header(header::USER_AGENT, "Test Browser/1.0");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("other=1; {cookie}"));
        }
        if method != "GET" {
            if let Some(origin) = &self.origin {
                request = request.header(header::ORIGIN, origin);
            }
            if let Some(csrf) = &self.csrf {
                request = request.header("x-csrf-token", csrf);
            }
            request = request.header("idempotency-key", world.fresh_key());
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()
    }
}

/// Invites a user with the owner's key and sets their password by the link; gives their id.
pub(crate) async fn user(world: &World, email: &str, place: Value) -> String {
    let id = invited(world, email, place).await;
    let token = link(world, &id).await;
    let set = json!({"token": token, "password": PASSWORD});
    assert_eq!(Browser::new().post(world, "/v1/password/by-link", set).await.status, 204);
    id
}

/// Invites a user; gives their id.
pub(crate) async fn invited(world: &World, email: &str, mut place: Value) -> String {
    place["email"] = json!(email);
    place["name"] = json!("李伟");
    let made = world.post("/v1/users", place).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The token of a link for a user.
pub(crate) async fn link(world: &World, user: &str) -> String {
    let made = world.post(&format!("/v1/users/{user}/links"), json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["token"].as_str().unwrap().to_owned()
}
