//! A batch is whatever arrived while the last batch committed.
//!
//! There is no timer: an idle server decides a single request at once, a busy one decides hundreds with one commit. Where the
//! database lets several write at a time, several decide side by side, and share what waits evenly; requests about the same
//! subject are decided one after the other all the same, in the order in which they came.

mod dispatch;

use std::fmt;
use std::sync::Arc;

use tallymark_telemetry::trace;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{Span, debug_span};

/// What decides batches. Each is asked about one batch at a time.
pub trait Decide: Send + 'static {
    /// What is asked.
    type Request: Send + 'static;
    /// What is answered, durably: whatever it says was done is committed.
    type Answer: Send + 'static;

    /// What a request is about, as numbers. Batches that are decided at the same time share no subject, so that they do not
    /// wait for each other in the database. Only asked where several decide.
    fn subjects(_request: &Self::Request) -> Vec<u64> {
        Vec::new()
    }

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
    subjects: Vec<u64>,
    answer: oneshot::Sender<A>,
    /// From here until a batch takes it.
    span: Span,
    /// Its place among those that may wait.
    _place: OwnedSemaphorePermit,
    /// The next that arrives belongs to it: no batch begins between them.
    is_followed: bool,
}

/// Takes requests and gives their answers. Cheap to clone; it ends when the last clone is dropped.
pub struct Batcher<R, A> {
    sender: mpsc::UnboundedSender<Waiting<R, A>>,
    places: Arc<Semaphore>,
    sizes: Sizes,
    subjects: fn(&R) -> Vec<u64>,
}

impl<R, A> Clone for Batcher<R, A> {
    fn clone(&self) -> Self {
        let Self { sender, places, sizes, subjects } = self;
        Self { sender: sender.clone(), places: places.clone(), sizes: *sizes, subjects: *subjects }
    }
}

impl<R, A> fmt::Debug for Batcher<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").finish_non_exhaustive()
    }
}

/// How many requests wait, for those who watch. Does not keep the batcher running.
#[derive(Debug, Clone)]
pub struct Queue {
    places: Arc<Semaphore>,
    waiting_max: usize,
}

impl Queue {
    /// Requests that wait for the next batch.
    pub fn waiting(&self) -> usize {
        self.waiting_max.saturating_sub(self.places.available_permits())
    }
}

impl<R: Send + 'static, A: Send + 'static> Batcher<R, A> {
    /// Starts to decide, with as many side by side as are given. Await the handle after dropping every clone to let the last
    /// batch finish.
    pub fn start<D>(deciders: Vec<D>, sizes: Sizes) -> (Self, JoinHandle<()>)
    where
        D: Decide<Request = R, Answer = A>,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        let subjects = if deciders.len() > 1 { D::subjects } else { |_: &R| Vec::new() };
        let task = tokio::spawn(dispatch::run(deciders, receiver, sizes.batch_max.max(1)));
        (Self { sender, places: Arc::new(Semaphore::new(sizes.waiting_max)), sizes, subjects }, task)
    }

    /// A look at the queue.
    pub fn queue(&self) -> Queue {
        Queue { places: self.places.clone(), waiting_max: self.sizes.waiting_max }
    }

    /// Has a request decided.
    pub async fn ask(&self, request: R) -> Result<A, Undecided> {
        let place = self.places.clone().try_acquire_owned().map_err(refused)?;
        self.put(request, place, false)?.await.map_err(|_| Undecided::Stopping)
    }

    /// Has requests decided in one batch, in their order, as far as the largest batch holds them; gives their answers. Nobody
    /// else may ask meanwhile: what they ask could come between.
    pub async fn ask_together(&self, requests: Vec<R>) -> Result<Vec<A>, Undecided> {
        let count = u32::try_from(requests.len()).map_err(|_| Undecided::Overloaded)?;
        let mut places = self.places.clone().try_acquire_many_owned(count).map_err(refused)?;
        let mut receivers = Vec::with_capacity(requests.len());
        for (left, request) in (0..requests.len()).rev().zip(requests) {
            let place = places.split(1).ok_or(Undecided::Overloaded)?;
            receivers.push(self.put(request, place, left > 0)?);
        }
        let mut answers = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            answers.push(receiver.await.map_err(|_| Undecided::Stopping)?);
        }
        Ok(answers)
    }

    fn put(
        &self,
        request: R,
        place: OwnedSemaphorePermit,
        is_followed: bool,
    ) -> Result<oneshot::Receiver<A>, Undecided> {
        let (answer, receiver) = oneshot::channel();
        let span = debug_span!(target: trace::TARGET, "queue");
        let subjects = (self.subjects)(&request);
        let waiting = Waiting { subjects, request, answer, span, _place: place, is_followed };
        self.sender.send(waiting).map_err(|_| Undecided::Stopping)?;
        Ok(receiver)
    }
}

fn refused(error: TryAcquireError) -> Undecided {
    match error {
        TryAcquireError::NoPermits => Undecided::Overloaded,
        TryAcquireError::Closed => Undecided::Stopping,
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
