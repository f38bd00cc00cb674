//! What a named query finds, told over a WebSocket (ISO/IEC 19987:2024, 12; RFC 6455).
//!
//! A connection holds one message at a time: the next is read from the database when the one before was handed to the network.
//! Who does not read is let go, as is who answers no ping, or may not listen any more. Nothing that a listener says is
//! heard but that they are there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts as _, Request};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tallymark_base::{Fault as _, Kind};
use tallymark_web::{Caller, Problem, Standing};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::words::paged;
use crate::service::listen::{Asked, Listener, Look, PER_MESSAGE};
use crate::service::sockets::{Pace, Place};
use crate::types::Schedule;
use crate::{Error, Traces};

/// Bytes of what a listener may say; there is nothing to be said.
const HEARD_BYTES_MAX: usize = 4 << 10;
/// How long a farewell may take in each direction.
const FAREWELL_MAX: Duration = Duration::from_secs(2);
/// How often the clock is looked at for a schedule, and between two tries where the database is away.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Tries after which a listener is let go.
const FAILURES_MAX: u32 = 30;
/// Bytes of a reason (RFC 6455, 5.5: a control frame has 125, of which two are the code).
const REASON_BYTES_MAX: usize = 123;

/// Opens a WebSocket.
///
/// # Errors
/// What is wrong with what is asked for, before anything is opened.
pub(super) async fn open(traces: Traces, caller: Caller, name: String, request: Request) -> Result<Response, Problem> {
    let asked = asked(request.uri().query().unwrap_or_default())?;
    let (mut parts, _) = request.into_parts();
    let standing = Standing::from_request_parts(&mut parts, &()).await?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "epcis.subscription_controls", format!("the WebSocket: {error}"))
    })?;
    let place = traces.sockets.enter(caller.tenant)?;
    let mut tx = traces.context.store.read().await?;
    let listener = Listener::begin(&traces, &mut tx, caller.tenant, (&name, asked)).await?;
    drop(tx);
    let upgrade = upgrade.max_message_size(HEARD_BYTES_MAX).max_frame_size(HEARD_BYTES_MAX);
    let upgrade = upgrade.read_buffer_size(HEARD_BYTES_MAX).write_buffer_size(0);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, traces, (listener, place, standing))))
}

/// Refuses what only a WebSocket has, where none is asked for.
///
/// # Errors
/// [`Error::Subscription`].
pub(super) fn refuse_without(pairs: &[(String, String)]) -> Result<(), Error> {
    match pairs.iter().find(|(name, _)| is_of_socket(name)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::Subscription {
            text: format!(
                "{name} needs a WebSocket, and this request came without `Upgrade: websocket`: a proxy in between must \
                 hand it on"
            ),
        }),
    }
}

fn is_of_socket(name: &str) -> bool {
    let terms = ["stream", "initialRecordTime", "reportIfEmpty"];
    let schedule = ["second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"];
    terms.contains(&name) || schedule.contains(&name)
}

/// Reads what a listener asks for.
fn asked(query: &str) -> Result<Asked, Error> {
    let (page, pairs) = paged(query, PER_MESSAGE)?;
    let mut asked = Asked { after: page.token, per_message: page.per_page, ..Asked::default() };
    for (name, value) in pairs {
        if name == "stream" {
            asked.stream = flag(&name, &value)?;
        } else if name == "reportIfEmpty" {
            asked.report_if_empty = flag(&name, &value)?;
        } else if name == "initialRecordTime" {
            // The plus sign of a zone is a space where nobody escaped it.
            let moment = tallymark_epcis::time::read(&value.replace(' ', "+"));
            let text = || format!("initialRecordTime: {value:?} is no moment like 2026-03-01T08:30:00Z");
            asked.initial_record_time = Some(moment.ok_or_else(|| Error::Subscription { text: text() })?.at);
        } else if is_of_socket(&name) {
            let schedule = asked.schedule.get_or_insert_default();
            *field(schedule, &name) = Some(value);
        } else {
            let text = format!("{name}: a WebSocket has no such parameter; what is to be found is said by the query");
            return Err(Error::Subscription { text });
        }
    }
    Ok(asked)
}

fn flag(name: &str, value: &str) -> Result<bool, Error> {
    value.parse().map_err(|_| Error::Subscription { text: format!("{name}: true or false is needed, not {value:?}") })
}

fn field<'a>(schedule: &'a mut Schedule, name: &str) -> &'a mut Option<String> {
    match name {
        "second" => &mut schedule.second,
        "minute" => &mut schedule.minute,
        "hour" => &mut schedule.hour,
        "dayOfMonth" => &mut schedule.day_of_month,
        "month" => &mut schedule.month,
        _ => &mut schedule.day_of_week,
    }
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The listener went.
    Gone,
    /// The server stops.
    Stopping,
    /// They answered no ping.
    Silent,
    /// They did not read.
    Slow,
    /// They may not listen any more.
    Refused(String),
    /// The query was removed.
    Removed,
    /// The database was away for too long, or there is a defect.
    Failed,
}

impl End {
    /// The code and the reason that the listener is told (RFC 6455, 7.4.1).
    fn farewell(&self, pace: &Pace) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone => return None,
            Self::Stopping => (close_code::AWAY, "the server stops; connect again".to_owned()),
            Self::Silent => (close_code::POLICY, format!("no ping was answered for {} s", pace.ping_every.as_secs())),
            Self::Slow => (close_code::POLICY, format!("a message was not read for {} s", pace.read_max.as_secs())),
            Self::Refused(why) => (close_code::POLICY, why.clone()),
            Self::Removed => (close_code::NORMAL, "the query was removed".to_owned()),
            Self::Failed => (close_code::ERROR, "events cannot be read at the moment; connect again".to_owned()),
        };
        let end = reason.floor_char_boundary(REASON_BYTES_MAX);
        Some(CloseFrame { code, reason: reason[..end].into() })
    }
}

/// Serves a connection until it ends.
async fn serve(socket: WebSocket, traces: Traces, (listener, place, standing): (Listener, Place, Standing)) {
    let pace = traces.sockets.pace();
    let (sink, mut stream) = socket.split();
    let is_alive = Arc::new(AtomicBool::new(true));
    let latest = listener.is_stream().then(|| place.latest(&traces)).flatten();
    let ended = {
        let sockets = traces.sockets.clone();
        async move { sockets.ended().await }
    };
    let mut telling =
        Telling { sink, listener, latest, standing, is_alive: is_alive.clone(), pace, traces, failures: 0 };
    let end = tokio::select! {
        () = ended => End::Stopping,
        () = hear(&mut stream, &is_alive) => End::Gone,
        end = telling.run() => end,
    };
    tracing::debug!(?end, "a listener's connection ended");
    let farewell = end.farewell(&pace).map(|frame| Message::Close(Some(frame)));
    let Telling { mut sink, .. } = telling;
    let said = timeout(FAREWELL_MAX, async {
        match farewell {
            Some(farewell) => sink.send(farewell).await,
            // Answers the farewell of the other side.
            None => sink.flush().await,
        }
    });
    if matches!(said.await, Ok(Ok(()))) {
        // The other side's answer: a connection that is cut with something unread loses what was said last.
        timeout(FAREWELL_MAX, hear(&mut stream, &is_alive)).await.ok();
    }
    drop(place);
}

/// Hears that the listener is there, until they go.
async fn hear(stream: &mut SplitStream<WebSocket>, is_alive: &AtomicBool) {
    while let Some(Ok(message)) = stream.next().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
        is_alive.store(true, Ordering::Relaxed);
    }
}

/// The half of a connection that tells.
struct Telling {
    sink: SplitSink<WebSocket, Message>,
    listener: Listener,
    /// Changes when there may be something new; a schedule has none.
    latest: Option<watch::Receiver<i64>>,
    standing: Standing,
    /// Whether something was heard since the last ping.
    is_alive: Arc<AtomicBool>,
    pace: Pace,
    traces: Traces,
    /// How often in a row the database could not be asked.
    failures: u32,
}

impl Telling {
    /// Tells until there is a reason to end.
    async fn run(&mut self) -> End {
        let mut ticks = interval(self.pace.ping_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first is at once.
        ticks.tick().await;
        loop {
            if ticks.tick().now_or_never().is_some()
                && let Err(end) = self.watch().await
            {
                return end;
            }
            // Before looking: what is recorded meanwhile is looked at again.
            if let Some(latest) = &mut self.latest {
                latest.mark_unchanged();
            }
            let wait = match self.step().await {
                Ok(wait) => wait,
                Err(end) => return end,
            };
            let Some(wait) = wait else { continue };
            tokio::select! {
                _ = ticks.tick() => if let Err(end) = self.watch().await { return end },
                () = news(&mut self.latest, wait) => {}
            }
        }
    }

    /// Looks once, and tells what was found; gives how long to wait, unless there is more.
    async fn step(&mut self) -> Result<Option<Duration>, End> {
        match self.listener.look(&self.traces).await {
            Ok(Look::Message(text)) => {
                self.failures = 0;
                self.send(Message::Text(text.into())).await.map(|()| None)
            }
            Ok(Look::More) => Ok(None),
            Ok(Look::Nothing) => {
                self.failures = 0;
                Ok(Some(if self.latest.is_some() { Duration::MAX } else { LOOK_EVERY }))
            }
            Err(error) => self.failed(&error).map(|()| Some(LOOK_EVERY)),
        }
    }

    /// Looks whether the listener is there and still may, and asks for a sign of life.
    async fn watch(&mut self) -> Result<(), End> {
        if !self.is_alive.swap(false, Ordering::Relaxed) {
            return Err(End::Silent);
        }
        if let Err(problem) = self.standing.check().await {
            match problem.status() {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(End::Refused(problem.detail().to_owned()));
                }
                // Nothing is told while the database is away.
                _ => tracing::warn!(code = problem.code(), "whether a listener still may could not be told"),
            }
        }
        let checked = match self.traces.context.store.read().await {
            Ok(mut tx) => self.listener.check(&mut tx).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = checked {
            self.failed(&error)?;
        }
        self.send(Message::Ping(Default::default())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.pace.read_max, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }

    /// Whether a failed look is the last.
    fn failed(&mut self, error: &Error) -> Result<(), End> {
        self.failures += 1;
        match error.kind() {
            Kind::NotFound => Err(End::Removed),
            Kind::Unavailable if self.failures < FAILURES_MAX => Ok(()),
            _ => {
                tracing::error!(%error, "a listener cannot be told");
                Err(End::Failed)
            }
        }
    }
}

/// Comes back when there may be something new, and after `wait`.
async fn news(latest: &mut Option<watch::Receiver<i64>>, wait: Duration) {
    let changed = async {
        match latest {
            // An error means that nobody looks any more: then the clock decides.
            Some(latest) => {
                if latest.changed().await.is_err() {
                    std::future::pending::<()>().await
                }
            }
            None => std::future::pending().await,
        }
    };
    if wait == Duration::MAX { changed.await } else { timeout(wait, changed).await.ok().unwrap_or_default() }
}
