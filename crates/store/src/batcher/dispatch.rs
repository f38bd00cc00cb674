//! Who decides what: free deciders are given shares of what waits.

use std::collections::{HashSet, VecDeque};

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use super::{Decide, Waiting, span_of};

/// What waits, and what is being decided.
struct Desk<D: Decide> {
    free: Vec<D>,
    waiting: VecDeque<Waiting<D::Request, D::Answer>>,
    running: JoinSet<Done<D>>,
    /// Requests that are being decided.
    in_hand: usize,
    /// What they are about.
    busy: HashSet<u64>,
}

/// A batch that was decided.
struct Done<D> {
    decider: D,
    requests: usize,
    subjects: Vec<u64>,
}

/// Decides until nobody can ask any more and everything is answered.
pub(super) async fn run<D: Decide>(
    deciders: Vec<D>,
    mut receiver: mpsc::UnboundedReceiver<Waiting<D::Request, D::Answer>>,
    batch_max: usize,
) {
    let lanes = deciders.len();
    let mut desk =
        Desk { free: deciders, waiting: VecDeque::new(), running: JoinSet::new(), in_hand: 0, busy: HashSet::new() };
    let mut arrived = Vec::new();
    let mut is_open = true;
    while is_open || !desk.running.is_empty() {
        tokio::select! {
            biased;
            Some(done) = desk.running.join_next() => desk.take_back(done),
            count = receiver.recv_many(&mut arrived, batch_max), if is_open => is_open = count > 0,
        }
        // Whatever has arrived by now goes with it.
        while let Ok(waiting) = receiver.try_recv() {
            arrived.push(waiting);
        }
        // Who follows is sent in the same breath.
        while arrived.last().is_some_and(|waiting| waiting.is_followed) {
            let Some(waiting) = receiver.recv().await else { break };
            arrived.push(waiting);
        }
        desk.waiting.extend(arrived.drain(..));
        desk.give_out(lanes, batch_max);
    }
}

impl<D: Decide> Desk<D> {
    fn take_back(&mut self, done: Result<Done<D>, JoinError>) {
        let done = match done {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends, and this task with it.
                Err(_) => return,
            },
        };
        self.free.push(done.decider);
        self.in_hand -= done.requests;
        for subject in &done.subjects {
            self.busy.remove(subject);
        }
    }

    /// Gives each free decider its share: the first who is free must not take everything and leave nothing to the others.
    fn give_out(&mut self, lanes: usize, batch_max: usize) {
        while !self.free.is_empty() {
            let share = (self.waiting.len() + self.in_hand).div_ceil(lanes).clamp(1, batch_max);
            let batch = self.next_batch(share, batch_max);
            let Some(decider) = self.free.pop_if(|_| !batch.is_empty()) else { return };
            self.in_hand += batch.len();
            self.running.spawn(decide(decider, batch));
        }
    }

    /// The first requests that share no subject with those in hand, nor with one that was passed over for that.
    fn next_batch(&mut self, share: usize, passed_max: usize) -> Vec<Waiting<D::Request, D::Answer>> {
        let (mut batch, mut passed, mut kept_back) = (Vec::new(), Vec::new(), HashSet::new());
        while batch.len() < share && passed.len() < passed_max {
            let Some(waiting) = self.waiting.pop_front() else { break };
            let is_kept = |subject: &u64| self.busy.contains(subject) || kept_back.contains(subject);
            if waiting.subjects.iter().any(is_kept) {
                kept_back.extend(waiting.subjects.iter().copied());
                passed.push(waiting);
            } else {
                batch.push(waiting);
            }
        }
        for waiting in passed.into_iter().rev() {
            self.waiting.push_front(waiting);
        }
        self.busy.extend(batch.iter().flat_map(|waiting| &waiting.subjects));
        batch
    }
}

/// Decides a batch and answers its requests.
async fn decide<D: Decide>(mut decider: D, batch: Vec<Waiting<D::Request, D::Answer>>) -> Done<D> {
    let span = span_of(&batch);
    let (mut requests, mut answers, mut subjects) = (Vec::with_capacity(batch.len()), Vec::new(), Vec::new());
    for waiting in batch {
        requests.push(waiting.request);
        answers.push(waiting.answer);
        subjects.extend(waiting.subjects);
    }
    let decided = decider.decide(&requests).instrument(span).await;
    answer_all(answers, decided);
    Done { decider, requests: requests.len(), subjects }
}

fn answer_all<A>(answers: Vec<oneshot::Sender<A>>, decided: Vec<A>) {
    for (answer, result) in answers.into_iter().zip(decided) {
        // A caller who went away does not need the answer; the same key gives it again.
        answer.send(result).ok();
    }
}
