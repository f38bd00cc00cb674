//! The one HTTP client towards providers. It follows no redirect, waits a bounded time, reads a bounded answer, and
//! says of a call that failed whether the provider can have seen it.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Url, redirect};

use crate::{Endpoint, Error};

/// How long connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// How long a call may take in all. Somebody may be waiting for it.
const CALL_TIME_MAX: Duration = Duration::from_secs(8);
/// The longest answer, in bytes; those of the protocols have less than 2 kB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The client. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Http {
    /// Through the proxy of the environment, where there is one.
    outside: Client,
    /// Never through a proxy. Missing where this machine must not be called.
    loopback: Option<Client>,
}

/// What a provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Its `Retry-After`, where it is a number of seconds.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// A client. `calls_loopback`: endpoints on this machine may be called; only the operator of the machine can allow
    /// that, or a tenant's settings could reach whatever else listens here.
    pub fn new(calls_loopback: bool) -> Result<Self, Error> {
        Self::with_time(calls_loopback, CALL_TIME_MAX)
    }

    /// The same with another limit for a whole call.
    pub fn with_time(calls_loopback: bool, call_time_max: Duration) -> Result<Self, Error> {
        let builder = || {
            Client::builder()
                .user_agent("tallymark")
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT_TIME_MAX.min(call_time_max))
                .timeout(call_time_max)
        };
        let defect = |error: reqwest::Error| Error::Client(error.without_url().to_string());
        let loopback = if calls_loopback { Some(builder().no_proxy().build().map_err(defect)?) } else { None };
        Ok(Self { outside: builder().build().map_err(defect)?, loopback })
    }

    /// Posts a body to an address, which may be the operator's own choice; gives the status of the answer.
    ///
    /// # Errors
    /// The address cannot be one ([`Endpoint::parse`]), or there was no answer.
    pub async fn post(&self, address: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<u16, Error> {
        let (base, query) = address.split_once('?').map_or((address, None), |(base, query)| (base, Some(query)));
        let endpoint = Endpoint::parse(base)?;
        let mut url = endpoint.at("", &[]);
        url.set_query(query);
        let mut request = self.request(&endpoint, Method::POST, url)?.body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(call(request).await?.status)
    }

    /// A request to `url`, which lies at `endpoint`.
    pub(crate) fn request(&self, endpoint: &Endpoint, method: Method, url: Url) -> Result<RequestBuilder, Error> {
        let client =
            if endpoint.is_loopback() { self.loopback.as_ref().ok_or(Error::LoopbackRefused)? } else { &self.outside };
        Ok(client.request(method, url))
    }
}

/// Sends a request and reads the whole answer, whatever its status.
pub(crate) async fn call(request: RequestBuilder) -> Result<Answer, Error> {
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Error::AnswerUnreadable { reason: "it is longer than 64 kB".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, body })
}

/// Only a connection that never was has carried nothing; a request that broke off later may have arrived. The address
/// is left out, since it may hold a secret.
fn failed(error: reqwest::Error) -> Error {
    let is_unsent = error.is_connect() || error.is_builder();
    let cause = chain(&error.without_url());
    if is_unsent { Error::Unreachable { cause } } else { Error::NoAnswer { cause } }
}

/// An error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
