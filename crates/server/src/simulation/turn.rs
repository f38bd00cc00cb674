//! Requests in the order of their numbers, one at a time.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tallymark_access::Access;
use tallymark_base::{Clock as _, Fault, Kind, Timestamp};
use tallymark_web::{AuthError, Caller, Problem, Refusal, Scope, bearer};
use tokio::sync::watch;

use super::Simulation;

/// The headers of a numbered request: its number from 1, its moment (RFC 3339), and where it comes from.
pub(crate) const HEADERS: [&str; 3] = ["tallymark-sim-number", "tallymark-sim-time", "tallymark-sim-address"];
/// How far ahead of the one that is awaited a number may be.
const AHEAD_MAX: u64 = 256;
/// How long a request waits for those before it.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Why a request has no turn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TurnError {
    #[error("this server serves in earnest: it takes no request that names its own number, moment or address")]
    NotSimulated,
    #[error("in a simulation whatever writes is numbered: send {}, from 1 on, and {}", HEADERS[0], HEADERS[1])]
    Unnumbered,
    #[error("{header} does not fit: {wanted}")]
    Malformed { header: &'static str, wanted: &'static str },
    #[error("a numbered request needs an API key that names the permission sim")]
    ScopeMissing,
    #[error(
        "number {number} was there before; the next is {next}. To send it again after a crash, start the server with \
         --sim-next {number}"
    )]
    Past { number: u64, next: u64 },
    #[error("number {number} waits or runs already")]
    Twice { number: u64 },
    #[error("number {number} is more than {AHEAD_MAX} ahead of {next}, which is awaited")]
    TooFarAhead { number: u64, next: u64 },
    #[error("number {next} did not come within {} s; {number} waits for it", WAIT_MAX.as_secs())]
    Missing { number: u64, next: u64 },
    #[error(
        "request {number} at {at} is too early: time goes on, and each request needs a moment for its ids. The earliest is \
         {earliest}"
    )]
    Early { number: u64, at: Timestamp, earliest: Timestamp },
    #[error("request {number} at {at} is in the future; a simulation plays the past")]
    Future { number: u64, at: Timestamp },
}

impl Fault for TurnError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSimulated => "simulation.none",
            Self::Unnumbered => "simulation.unnumbered",
            Self::Malformed { .. } => "simulation.malformed",
            Self::ScopeMissing => "simulation.scope_missing",
            Self::Past { .. } => "simulation.past",
            Self::Twice { .. } => "simulation.twice",
            Self::TooFarAhead { .. } => "simulation.too_far_ahead",
            Self::Missing { .. } => "simulation.missing",
            Self::Early { .. } => "simulation.early",
            Self::Future { .. } => "simulation.future",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotSimulated | Self::Malformed { .. } | Self::Early { .. } | Self::Future { .. } => Kind::Invalid,
            Self::ScopeMissing => Kind::Denied,
            Self::Unnumbered | Self::Past { .. } | Self::Twice { .. } => Kind::Conflict,
            Self::TooFarAhead { .. } => Kind::TooMany,
            Self::Missing { .. } => Kind::Unavailable,
        }
    }
}

/// Refuses what only a simulation takes, on a server that is none.
pub(crate) async fn not_simulated(request: Request, next: Next) -> Response {
    if HEADERS.iter().any(|name| request.headers().contains_key(*name)) {
        return Problem::from(TurnError::NotSimulated).into_response();
    }
    next.run(request).await
}

/// Those who wait for their turn.
#[derive(Debug)]
pub(crate) struct Line {
    pub(super) simulation: Arc<Simulation>,
    access: Access,
    body_bytes_max: usize,
    /// The number that is awaited or runs.
    next: watch::Sender<u64>,
    /// Numbers that wait or run.
    here: Mutex<HashSet<u64>>,
}

impl Line {
    pub(crate) fn new(simulation: Arc<Simulation>, access: Access, body_bytes_max: usize) -> Self {
        let next = watch::Sender::new(simulation.first);
        Self { simulation, access, body_bytes_max, next, here: Mutex::default() }
    }

    /// Who numbers requests.
    async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        if !headers.contains_key(axum::http::header::AUTHORIZATION) {
            return Err(AuthError::KeyMissing.into());
        }
        let known = self.access.directory.by_key(&self.access.context, &bearer(headers)?).await?;
        if known.caller.scopes.names(Scope::Sim) { Ok(known.caller) } else { Err(TurnError::ScopeMissing.into()) }
    }

    /// Waits until everything before `number` is done.
    async fn wait(self: &Arc<Self>, number: u64) -> Result<Seat, TurnError> {
        let mut awaited = self.next.subscribe();
        let next = *awaited.borrow();
        if number < next {
            return Err(TurnError::Past { number, next });
        }
        if number - next > AHEAD_MAX {
            return Err(TurnError::TooFarAhead { number, next });
        }
        if !self.here.lock().unwrap_or_else(PoisonError::into_inner).insert(number) {
            return Err(TurnError::Twice { number });
        }
        let seat = Seat { line: self.clone(), number };
        match tokio::time::timeout(WAIT_MAX, awaited.wait_for(|next| *next >= number)).await {
            // It ran between the look above and taking the seat.
            Ok(Ok(next)) if *next > number => Err(TurnError::Past { number, next: *next }),
            Ok(Ok(_)) => Ok(seat),
            Ok(Err(_)) | Err(_) => Err(TurnError::Missing { number, next: *self.next.borrow() }),
        }
    }

    /// Moves the clock to the request's moment and lets its bytes begin.
    fn begin(&self, number: u64, at: Timestamp) -> Result<(), TurnError> {
        let Simulation { clock, entropy, ids, present, .. } = &*self.simulation;
        let earliest = clock.now().max(ids.high_water());
        if at < earliest {
            return Err(TurnError::Early { number, at, earliest });
        }
        if at > present.now() {
            return Err(TurnError::Future { number, at });
        }
        clock.set(at);
        entropy.begin(number);
        Ok(())
    }
}

/// A number that waits or runs.
#[derive(Debug)]
struct Seat {
    line: Arc<Line>,
    number: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.line.here.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

/// What a numbered request says of itself.
#[derive(Debug)]
struct Numbered {
    number: u64,
    at: Timestamp,
    address: Option<IpAddr>,
}

impl Numbered {
    /// `None` where no header of a simulation is sent.
    fn of(headers: &HeaderMap) -> Result<Option<Self>, TurnError> {
        let [number, time, address] = HEADERS;
        if !HEADERS.iter().any(|name| headers.contains_key(*name)) {
            return Ok(None);
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let malformed = |header, wanted| TurnError::Malformed { header, wanted };
        let parsed: Option<u64> = text(number).and_then(|text| text.parse().ok());
        let numbered = Self {
            number: parsed.ok_or(malformed(number, "a whole number from 1 on"))?,
            at: text(time)
                .and_then(|text| text.parse().ok())
                .ok_or(malformed(time, "a moment as RFC 3339 writes it"))?,
            address: match headers.get(address) {
                None => None,
                Some(_) => {
                    Some(text(address).and_then(|text| text.parse().ok()).ok_or(malformed(address, "an IP address"))?)
                }
            },
        };
        Ok(Some(numbered))
    }
}

/// Lets requests in one by one, in the order of their numbers. Reading the API needs no number: it changes nothing.
pub(crate) async fn in_turn(State(line): State<Arc<Line>>, request: Request, next: Next) -> Response {
    match admitted(line, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn admitted(line: Arc<Line>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(Numbered { number, at, address }) = Numbered::of(request.headers())? else {
        return if changes_nothing(&request) { Ok(next.run(request).await) } else { Err(TurnError::Unnumbered.into()) };
    };
    let caller = line.caller(request.headers()).await?;
    // What waits for its turn is whole: a slow sender holds nobody up.
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, line.body_bytes_max).await.map_err(|_| Problem::from(Refusal::BodyTooLarge))?;
    parts.extensions.insert(caller);
    if let Some(address) = address {
        parts.extensions.insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    let request = Request::from_parts(parts, Body::from(body));
    let seat = line.wait(number).await?;
    line.begin(number, at)?;
    // A caller who goes away must not leave half a request beside the next one.
    let run = tokio::spawn(async move {
        let response = next.run(request).await;
        seat.line.next.send_replace(number + 1);
        response
    });
    let gone = |error| Problem::internal("simulation.broken", format!("request {number}: {error}"));
    run.await.map_err(gone)
}

/// Reading the API, and whether the server is up.
fn changes_nothing(request: &Request) -> bool {
    let path = request.uri().path();
    let is_of_api = path.starts_with("/v1/") || ["/healthz", "/readyz", "/openapi.json"].contains(&path);
    is_of_api && request.method().is_safe()
}
