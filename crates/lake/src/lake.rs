//! An opened lake: where its tables are, which events it knows, and the threads it works on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tallymark_base::Entropy;
use tallymark_base::event::Registry;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::location::Storage;
use crate::{Error, Location};

/// Threads of a lake on a small machine: a long question must not stop the writer.
const THREADS_MIN: usize = 2;
/// How far the lake's threads stand back, of 19.
const NICE: i32 = 10;
/// Questions that one server works on at the same time; each has memory of its own.
const QUESTIONS_MAX: usize = 4;

/// An opened lake. Cheap to clone.
///
/// Decoding, compression and queries keep a core busy for seconds, so they run on threads of the lake's own: half of
/// the machine's cores, so that a question never stands in the way of a scan.
#[derive(Debug, Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    storage: Storage,
    registry: Registry,
    threads: usize,
    /// Questions that run at the same time.
    turns: Arc<Semaphore>,
    /// Memory that they may use together.
    granted_bytes: AtomicUsize,
    entropy: Arc<dyn Entropy>,
    runtime: Option<Runtime>,
}

impl Lake {
    /// Opens the lake at `location` for the events of `registry`. Nothing is written before the first event.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be made, or the bucket's settings are not complete.
    pub fn open(location: &Location, registry: Registry, entropy: Arc<dyn Entropy>) -> Result<Self, Error> {
        let threads =
            std::thread::available_parallelism().map_or(THREADS_MIN, |cores| (cores.get() / 2).max(THREADS_MIN));
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("lake")
            .on_thread_start(stand_back)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Error::Location(format!("no threads for the lake: {error}")))?;
        let storage = Storage::open(location)?;
        let inner = Inner {
            storage,
            registry,
            threads,
            turns: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            granted_bytes: AtomicUsize::new(0),
            entropy,
            runtime: Some(runtime),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The events that it knows.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.inner.storage
    }

    /// How many threads a question may use.
    pub(crate) fn threads(&self) -> usize {
        self.inner.threads
    }

    /// Waits for one's turn to ask a question that may use this much memory.
    pub(crate) async fn turn(&self, memory_bytes: usize) -> Turn {
        // It is never closed.
        let permit = self.inner.turns.clone().acquire_owned().await.ok();
        self.inner.granted_bytes.fetch_add(memory_bytes, Ordering::SeqCst);
        Turn { lake: self.clone(), memory_bytes, _permit: permit }
    }

    /// Memory that the questions which run may use together.
    pub(crate) fn granted_bytes(&self) -> usize {
        self.inner.granted_bytes.load(Ordering::SeqCst)
    }

    /// Bytes that nobody can guess.
    pub(crate) fn fresh_key(&self) -> [u8; 16] {
        self.inner.entropy.bytes()
    }

    /// Runs `work` on the lake's threads. Dropping the answer ends it.
    pub(crate) async fn run<T: Send + 'static, E: From<Ended> + Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let mut tasks = JoinSet::new();
        tasks.spawn_on(work, &self.handle());
        match tasks.join_next().await {
            Some(Ok(done)) => done,
            Some(Err(error)) => Err(Ended(error.to_string()).into()),
            None => Err(Ended("it was not started".to_owned()).into()),
        }
    }

    fn handle(&self) -> Handle {
        let runtime = self.inner.runtime.as_ref();
        runtime.map(Runtime::handle).cloned().expect("the runtime goes only when the lake is dropped")
    }
}

/// Lets every other thread go first: of scans and files, scans must not wait. On Linux this is the thread's own value
/// (setpriority(2)); where it is refused, the lake works at the pace of the others.
fn stand_back() {
    rustix::process::nice(NICE).ok();
}

/// The right to run a question, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    lake: Lake,
    memory_bytes: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lake.inner.granted_bytes.fetch_sub(self.memory_bytes, Ordering::SeqCst);
    }
}

/// Work on the lake's threads that ended without an answer.
#[derive(Debug, thiserror::Error)]
#[error("work of the lake broke off: {0}")]
pub struct Ended(String);

impl Drop for Inner {
    fn drop(&mut self) {
        // Waiting for threads is not allowed inside another runtime, where a lake usually ends.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
