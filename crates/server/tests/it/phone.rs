//! A phone that opens pages and keeps its cookies.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, header};

use crate::world::{Got, World};

pub(crate) const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";
pub(crate) const WECHAT: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50";

pub(crate) struct Phone<'a> {
    pub(crate) world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    pub(crate) agent: &'static str,
    /// Sent as the address that a proxy saw.
    pub(crate) address: Option<&'static str>,
}

impl<'a> Phone<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new(), language: "zh-CN", agent: PHONE, address: None }
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, agent: &str, form: Option<String>) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "spring.example:8080")
            .header(header::USER_AGENT, agent)
            .header(header::ACCEPT_LANGUAGE, self.language);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(address) = self.address {
            request = request.header("x-forwarded-for", address);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let got = self.world.send(request.body(form.map_or_else(Body::empty, Body::from)).unwrap()).await;
        for line in got.headers.get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        got
    }

    pub(crate) async fn get(&mut self, path: &str) -> Got {
        self.send("GET", path, self.agent, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: String) -> Got {
        self.send("POST", path, self.agent, Some(form)).await
    }

    pub(crate) async fn open(&mut self, code: &str) -> Got {
        self.get(&format!("/C/{code}")).await
    }

    pub(crate) async fn claim(&mut self, code: &str, nonce: &str) -> Got {
        self.post(&format!("/C/{code}"), format!("nonce={nonce}&region=330000")).await
    }

    /// Opens the page and the reward.
    pub(crate) async fn open_reward(&mut self, code: &str) -> Got {
        let page = self.open(code).await;
        self.claim(code, &nonce(&page)).await
    }

    /// The device that the cookie names.
    pub(crate) fn device(&self) -> String {
        self.cookies["tm_device"].split('.').next().unwrap().to_owned()
    }
}

/// The nonce of the first form of a page.
pub(crate) fn nonce(page: &Got) -> String {
    let text = page.text();
    let rest = text.split("name=\"nonce\" value=\"").nth(1).expect("the page has a form");
    rest.split('"').next().unwrap().to_owned()
}
