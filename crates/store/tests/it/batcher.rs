//! Batches of whatever arrived, decided by one or side by side.

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures_util::poll;
use proptest::prelude::*;
use tallymark_store::batcher::{Batcher, Decide, Sizes, Undecided};
use tokio::sync::{Barrier, Semaphore};

const SIZES: Sizes = Sizes { batch_max: 64, waiting_max: 1_000 };

/// A number, and what it is about.
#[derive(Debug, Clone)]
struct Asked {
    number: u64,
    about: Vec<u64>,
}

impl Asked {
    const fn alone(number: u64) -> Self {
        Self { number, about: Vec::new() }
    }
}

/// What deciders saw together.
#[derive(Debug, Default)]
struct Seen {
    in_hand: HashSet<u64>,
    numbers: BTreeMap<u64, Vec<u64>>,
    batches: Vec<Vec<u64>>,
}

/// Writes down what it is asked, and answers with the number. It goes on when it is let.
#[derive(Clone)]
struct Clerk {
    seen: Arc<Mutex<Seen>>,
    let_go: Arc<Semaphore>,
    together: Option<Arc<Barrier>>,
}

impl Clerk {
    fn new(let_go: usize) -> Self {
        Self { seen: Arc::default(), let_go: Arc::new(Semaphore::new(let_go)), together: None }
    }
}

impl Decide for Clerk {
    type Request = Asked;
    type Answer = u64;

    fn subjects(request: &Asked) -> Vec<u64> {
        request.about.clone()
    }

    async fn decide(&mut self, requests: &[Asked]) -> Vec<u64> {
        let about: HashSet<u64> = requests.iter().flat_map(|request| request.about.iter().copied()).collect();
        {
            let mut seen = self.seen.lock().unwrap();
            assert!(seen.in_hand.is_disjoint(&about), "two decide about one subject");
            seen.in_hand.extend(&about);
            seen.batches.push(requests.iter().map(|request| request.number).collect());
        }
        if let Some(together) = &self.together {
            together.wait().await;
        }
        self.let_go.acquire().await.unwrap().forget();
        tokio::task::yield_now().await;
        let mut seen = self.seen.lock().unwrap();
        for request in requests {
            for subject in &request.about {
                seen.numbers.entry(*subject).or_default().push(request.number);
            }
        }
        seen.in_hand.retain(|subject| !about.contains(subject));
        requests.iter().map(|request| request.number).collect()
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<u64, Undecided>> + Send + 'a>>;

/// Asks in this order; the answers are still to come.
async fn ask_all(batcher: &Batcher<Asked, u64>, requests: Vec<Asked>) -> Vec<Answer<'_>> {
    let mut answers: Vec<Answer<'_>> = Vec::with_capacity(requests.len());
    for request in requests {
        let mut answer: Answer<'_> = Box::pin(batcher.ask(request));
        match poll!(answer.as_mut()) {
            Poll::Ready(ready) => answers.push(Box::pin(std::future::ready(ready))),
            Poll::Pending => answers.push(answer),
        }
    }
    answers
}

fn in_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.unwrap() });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn requests_about_one_subject_are_decided_one_after_the_other_in_their_order(
        abouts in prop::collection::vec(prop::collection::vec(0_u64..40, 0..4), 1..300),
        deciders in 1_usize..5,
        batch_max in 1_usize..20,
    ) {
        in_runtime(async {
            let clerk = Clerk::new(Semaphore::MAX_PERMITS);
            let (batcher, task) = Batcher::start(vec![clerk.clone(); deciders], Sizes { batch_max, ..SIZES });
            let requests: Vec<Asked> =
                (0..).zip(abouts).map(|(number, about)| Asked { number, about }).collect();
            for (answer, number) in ask_all(&batcher, requests).await.into_iter().zip(0..) {
                assert_eq!(answer.await, Ok(number));
            }
            drop(batcher);
            task.await.unwrap();
            let seen = clerk.seen.lock().unwrap();
            for numbers in seen.numbers.values() {
                assert!(numbers.is_sorted(), "{numbers:?}");
            }
            assert!(seen.batches.iter().all(|batch| batch.len() <= batch_max));
        });
    }
}

#[tokio::test]
async fn those_who_decide_side_by_side_share_what_waits() {
    let clerk = Clerk { together: Some(Arc::new(Barrier::new(2))), ..Clerk::new(2) };
    let (batcher, _task) = Batcher::start(vec![clerk.clone(), clerk.clone()], SIZES);
    // Each waits until the other decides as well.
    for answer in ask_all(&batcher, (0..11).map(Asked::alone).collect()).await {
        answer.await.unwrap();
    }
    assert_eq!(clerk.seen.lock().unwrap().batches, [(0..6).collect::<Vec<_>>(), (6..11).collect()]);
}

#[tokio::test]
async fn one_who_decides_takes_whatever_arrived_while_it_was_busy() {
    let clerk = Clerk::new(0);
    let (batcher, _task) = Batcher::start(vec![clerk.clone()], SIZES);
    let first = ask_all(&batcher, vec![Asked::alone(0)]).await;
    while clerk.seen.lock().unwrap().batches.is_empty() {
        tokio::task::yield_now().await;
    }
    let others = ask_all(&batcher, (1..50).map(Asked::alone).collect()).await;
    clerk.let_go.add_permits(2);
    for answer in first.into_iter().chain(others) {
        answer.await.unwrap();
    }
    assert_eq!(clerk.seen.lock().unwrap().batches, [vec![0], (1..50).collect()]);
}

#[tokio::test]
async fn who_comes_when_too_many_wait_is_told_so_at_once() {
    let clerk = Clerk::new(0);
    let (batcher, task) = Batcher::start(vec![clerk.clone()], Sizes { batch_max: 1, waiting_max: 2 });
    let queue = batcher.queue();
    let first = ask_all(&batcher, vec![Asked::alone(0)]).await;
    while clerk.seen.lock().unwrap().batches.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(queue.waiting(), 0, "what is being decided does not wait");
    let others = ask_all(&batcher, vec![Asked::alone(1), Asked::alone(2)]).await;
    assert_eq!(queue.waiting(), 2);
    assert_eq!(batcher.ask(Asked::alone(3)).await, Err(Undecided::Overloaded));
    clerk.let_go.add_permits(3);
    for answer in first.into_iter().chain(others) {
        answer.await.unwrap();
    }
    assert_eq!(queue.waiting(), 0);
    drop(batcher);
    task.await.unwrap();
}

#[tokio::test]
async fn what_was_asked_before_the_last_one_left_is_decided() {
    let clerk = Clerk::new(0);
    let (batcher, task) = Batcher::start(vec![clerk.clone(), clerk.clone()], SIZES);
    let asked: Vec<_> = (0..20)
        .map(|number| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.ask(Asked { number, about: vec![number % 3] }).await })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(batcher);
    clerk.let_go.add_permits(20);
    for (asked, number) in asked.into_iter().zip(0..) {
        assert_eq!(asked.await.unwrap(), Ok(number));
    }
    task.await.unwrap();
}
