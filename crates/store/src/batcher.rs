//! A batch is whatever arrived while the last batch committed.
//!
//! There is no timer: an idle server decides a single request at once, a busy one decides hundreds with one commit.

use std::fmt;

use tallymark_telemetry::trace;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{Instrument as _, Span, debug_span};

/// What decides batches. It is asked about one batch at a time.
pub trait Decide: Send + 'static {
    /// What is asked.
    type Request: Send + 'static;
    /// What is answered, durably: whatever it says was done is committed.
    type Answer: Send + 'static;

    /// Decides a batch; gives an answer for each request, in order.
    fn decide(&mut self, requests: &[Self::Request]) -> impl Future<Output = Vec<Self::Answer>> + Send;
}

/// How requests are batched.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// The largest batch.
    pub batch_max: usize,
    /// Requests that may wait; beyond, callers are told to come back.
    pub waiting_max: usize,
}

/// Why a request was not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// Too many wait.
    Overloaded,
    /// The server stops.
    Stopping,
}

struct Waiting<R, A> {
    request: R,
    answer: oneshot::Sender<A>,
    /// From here until a batch takes it.
    span: Span,
}

/// Takes requests and gives their answers. Cheap to clone; it ends when the last clone is dropped.
pub struct Batcher<R, A> {
    sender: mpsc::Sender<Waiting<R, A>>,
}

impl<R, A> Clone for Batcher<R, A> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

impl<R, A> fmt::Debug for Batcher<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").finish_non_exhaustive()
    }
}

/// How many requests wait, for those who watch. Does not keep the batcher running.
pub struct Queue<R, A> {
    sender: mpsc::WeakSender<Waiting<R, A>>,
}

impl<R, A> Clone for Queue<R, A> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

impl<R, A> fmt::Debug for Queue<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl<R, A> Queue<R, A> {
    /// Requests that wait for the next batch.
    pub fn waiting(&self) -> usize {
        self.sender.upgrade().map_or(0, |sender| sender.max_capacity() - sender.capacity())
    }
}

impl<R: Send + 'static, A: Send + 'static> Batcher<R, A> {
    /// Starts to decide. Await the handle after dropping every clone to let the last batch finish.
    pub fn start(decide: impl Decide<Request = R, Answer = A>, sizes: Sizes) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(sizes.waiting_max);
        let task = tokio::spawn(run(decide, receiver, sizes.batch_max.max(1)));
        (Self { sender }, task)
    }

    /// A look at the queue.
    pub fn queue(&self) -> Queue<R, A> {
        Queue { sender: self.sender.downgrade() }
    }

    /// Has a request decided.
    pub async fn ask(&self, request: R) -> Result<A, Undecided> {
        let (answer, receiver) = oneshot::channel();
        let span = debug_span!(target: trace::TARGET, "queue");
        match self.sender.try_send(Waiting { request, answer, span }) {
            Ok(()) => receiver.await.map_err(|_| Undecided::Stopping),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Undecided::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Undecided::Stopping),
        }
    }
}

async fn run<D: Decide>(mut decide: D, mut receiver: mpsc::Receiver<Waiting<D::Request, D::Answer>>, batch_max: usize) {
    let mut batch = Vec::with_capacity(batch_max);
    while receiver.recv_many(&mut batch, batch_max).await > 0 {
        let span = span_of(&batch);
        let (requests, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.request, waiting.answer)).unzip();
        let decided = decide.decide(&requests).instrument(span).await;
        for (answer, result) in answers.into_iter().zip(decided) {
            // A caller who went away does not need the answer; the same key gives it again.
            answer.send(result).ok();
        }
    }
}

/// A batch serves many requests: it belongs to none of their traces, and links to all of them.
fn span_of<R, A>(batch: &[Waiting<R, A>]) -> Span {
    let span = debug_span!(target: trace::TARGET, parent: None, "batch", requests = batch.len());
    if !span.is_disabled() {
        for waiting in batch {
            trace::link(&span, &waiting.span);
        }
        for waiting in batch {
            trace::link_back(&waiting.span, &span);
        }
    }
    span
}
