//! Sending to a collector over plain HTTP.
//!
//! The exporter works on a thread of its own; the sending itself is done by the server's runtime. A collector that does
//! not answer costs its traces and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::TraceError;

/// How long sending may take.
const SEND_MAX: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where traces go.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Host and port.
    authority: String,
    /// The address of traces.
    traces: String,
    runtime: Handle,
    /// Whether the last attempt failed: told once, not for every batch.
    is_failing: Arc<AtomicBool>,
}

impl Collector {
    /// A collector at `http://HOST:PORT`, where traces go to `/v1/traces`. Must be called inside a tokio runtime.
    pub fn at(url: &str) -> Result<Self, TraceError> {
        let malformed = || TraceError::Address(url.to_owned());
        let base = url.trim_end_matches('/').trim_end_matches("/v1/traces");
        let uri: hyper::Uri = base.parse().map_err(|_| malformed())?;
        if uri.scheme_str() != Some("http") {
            return Err(malformed());
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(malformed)?;
        Ok(Self {
            authority: format!("{host}:{}", uri.port_u16().unwrap_or(80)),
            traces: format!("{}/v1/traces", base.trim_end_matches('/')),
            runtime: Handle::current(),
            is_failing: Arc::default(),
        })
    }

    pub(super) fn traces(&self) -> &str {
        &self.traces
    }
}

impl HttpClient for Collector {
    // What `async_trait`, in which the trait is written, makes of an `async fn`.
    fn send_bytes<'life, 'future>(
        &'life self,
        request: Request<Bytes>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'life: 'future,
        Self: 'future,
    {
        let authority = self.authority.clone();
        let sending = self.runtime.spawn(async move { tokio::time::timeout(SEND_MAX, send(authority, request)).await });
        Box::pin(async move {
            let sent = match sending.await {
                Ok(Ok(sent)) => sent,
                Ok(Err(_)) => Err(format!("no answer within {} s", SEND_MAX.as_secs()).into()),
                Err(_) => Err("the server is stopping".into()),
            };
            self.tell(&sent);
            sent
        })
    }
}

impl Collector {
    /// Tells once that sending fails, and once that it works again.
    fn tell(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let problem = match sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.is_failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !was_failing => {
                tracing::warn!(collector = self.authority, problem, "traces cannot be sent and are dropped");
            }
            None if was_failing => tracing::info!(collector = self.authority, "traces are sent again"),
            _ => {}
        }
    }
}

async fn send(authority: String, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let stream = TcpStream::connect(&authority).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Its errors come out of the request as well.
    let driven = tokio::spawn(connection);
    // An absolute address in the request line is for proxies.
    *request.uri_mut() = request.uri().path().parse()?;
    request.headers_mut().insert(hyper::header::HOST, authority.parse()?);
    request.headers_mut().insert(hyper::header::CONNECTION, hyper::header::HeaderValue::from_static("close"));
    let answer = sender.send_request(request.map(Full::new)).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
    driven.abort();
    Ok(Response::from_parts(head, body))
}
