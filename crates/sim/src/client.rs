//! The HTTP API as a program calls it: one kept connection, JSON, an idempotency key for each request that changes
//! something. Setting up a world needs convenience; load needs speed and has a client of its own.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::failure::{Context as _, Failure, Result};
use crate::stopwatch;

/// One caller of one server.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    api_key: String,
    connection: RefCell<Option<SendRequest<Full<Bytes>>>>,
    /// When this caller began: its keys are its own.
    began: i64,
    /// Requests that changed something so far.
    changes: Cell<u64>,
}

impl Client {
    /// A caller with this API key.
    pub(crate) fn new(address: SocketAddr, api_key: &str) -> Self {
        let began = stopwatch::now().as_microsecond();
        Self { address, api_key: api_key.to_owned(), connection: RefCell::default(), began, changes: Cell::new(0) }
    }

    /// Whether the server says that it can work.
    pub(crate) async fn is_ready(&self) -> bool {
        self.send(Method::GET, "/readyz", None, Bytes::new()).await.is_ok_and(|answer| answer.status().is_success())
    }

    /// Creates or changes something: the answer's JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        json_of(path, self.send_change(path, body).await?).await
    }

    /// The same, where a refusal is an answer as well: its status and JSON.
    pub(crate) async fn post_any(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let answer = self.send_change(path, body).await?;
        let (status, body) = (answer.status().as_u16(), answer.into_body().collect().await?.to_bytes());
        Ok((status, serde_json::from_slice(&body).while_doing(|| format!("reading the answer of {path}"))?))
    }

    async fn send_change(&self, path: &str, body: &Value) -> Result<Response<Incoming>> {
        let number = self.changes.replace(self.changes.get() + 1);
        let key = format!("sim-{}-{number}", self.began);
        self.send(Method::POST, path, Some(&key), Bytes::from(body.to_string())).await
    }

    /// Posts a body as it is; gives the status, with the answer read.
    pub(crate) async fn deliver(&self, path: &str, body: Bytes) -> Result<u16> {
        let answer = self.send(Method::POST, path, Some("delivery"), body).await?;
        let status = answer.status().as_u16();
        answer.into_body().collect().await?;
        Ok(status)
    }

    /// Reads something: the answer's JSON.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        json_of(path, self.send(Method::GET, path, None, Bytes::new()).await?).await
    }

    /// Reads something that is not JSON: the answer's bytes.
    pub(crate) async fn get_bytes(&self, path: &str) -> Result<Bytes> {
        let answer = self.send(Method::GET, path, None, Bytes::new()).await?;
        let (status, body) = (answer.status(), answer.into_body().collect().await?.to_bytes());
        if !status.is_success() {
            return Err(Failure::new(format!("GET {path}: {status} {}", String::from_utf8_lossy(&body))));
        }
        Ok(body)
    }

    /// Reads lines, one after another, however many there are.
    pub(crate) async fn get_lines(&self, path: &str, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut answer = self.send(Method::GET, path, None, Bytes::new()).await?;
        if !answer.status().is_success() {
            return json_of(path, answer).await.map(drop);
        }
        let mut rest = Vec::new();
        while let Some(frame) = answer.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            let mut lines = data.split(|byte| *byte == b'\n');
            // What stands before the first line end completes the line that the last frame left open.
            rest.extend_from_slice(lines.next().unwrap_or_default());
            for line in lines {
                take(&rest)?;
                rest.clear();
                rest.extend_from_slice(line);
            }
        }
        if rest.is_empty() { Ok(()) } else { take(&rest) }
    }

    async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Bytes) -> Result<Response<Incoming>> {
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.api_key));
        if let Some(key) = key {
            request = request.header("idempotency-key", key).header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(body))?;
        let mut connection = self.connection().await?;
        let answer = connection.send_request(request).await.while_doing(|| format!("{method} {path}"))?;
        *self.connection.borrow_mut() = Some(connection);
        Ok(answer)
    }

    /// The kept connection, or a new one where there is none that still works.
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>> {
        let kept = self.connection.borrow_mut().take();
        if let Some(mut kept) = kept
            && kept.ready().await.is_ok()
        {
            return Ok(kept);
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        // It ends with the connection; what went wrong there shows where the answer is awaited.
        tokio::spawn(driver);
        Ok(sender)
    }
}

async fn json_of(path: &str, answer: Response<Incoming>) -> Result<Value> {
    let (status, body) = (answer.status(), answer.into_body().collect().await?.to_bytes());
    if !status.is_success() {
        return Err(Failure::new(format!("{path}: {status} {}", String::from_utf8_lossy(&body))));
    }
    serde_json::from_slice(&body).while_doing(|| format!("reading the answer of {path}"))
}

/// A text of an answer.
pub(crate) fn text<'a>(answer: &'a Value, field: &str) -> Result<&'a str> {
    answer[field].as_str().ok_or_else(|| Failure::new(format!("the answer has no text {field:?}: {answer}")))
}

/// A whole number of an answer.
pub(crate) fn number(answer: &Value, field: &str) -> Result<i64> {
    answer[field].as_i64().ok_or_else(|| Failure::new(format!("the answer has no number {field:?}: {answer}")))
}
