//! An opened lake: where its tables are, which events it knows, and the threads it works on.

mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tallymark_base::Entropy;
use tallymark_base::event::Registry;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub(crate) use self::turn::Turn;
use crate::location::Storage;
use crate::memory::{Memory, WholeProcess};
use crate::{Error, Location};

/// Threads of a lake on a small machine, for each kind of work.
const THREADS_MIN: usize = 2;
/// How far the lake's threads stand back, of 19.
const NICE: i32 = 10;
/// Questions that one server works on at the same time; each has memory of its own.
const QUESTIONS_MAX: usize = 4;

/// An opened lake. Cheap to clone.
///
/// Decoding, compression and queries keep a core busy for seconds, so they run on threads of the lake's own: half of
/// the machine's cores, so that a question never stands in the way of a scan. Questions have threads apart from the
/// writer's, so that a long one does not stop it, and so that the memory that they use can be told.
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
    /// Memory in use when none ran.
    idle_bytes: AtomicUsize,
    memory: Arc<dyn Memory>,
    entropy: Arc<dyn Entropy>,
    /// Where the tables are written.
    writing: Option<Runtime>,
    /// Where questions are answered.
    asking: Option<Runtime>,
}

impl Lake {
    /// Opens the lake at `location` for the events of `registry`. Nothing is written before the first event. Of the memory
    /// that questions use it knows what the system tells of the whole process.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be made, or the bucket's settings are not complete.
    pub fn open(location: &Location, registry: Registry, entropy: Arc<dyn Entropy>) -> Result<Self, Error> {
        Self::open_within(location, registry, entropy, Arc::new(WholeProcess))
    }

    /// The same, with memory that tells how much of it questions use.
    ///
    /// # Errors
    ///
    /// Of [`Lake::open`].
    pub fn open_within(
        location: &Location,
        registry: Registry,
        entropy: Arc<dyn Entropy>,
        memory: Arc<dyn Memory>,
    ) -> Result<Self, Error> {
        let threads =
            std::thread::available_parallelism().map_or(THREADS_MIN, |cores| (cores.get() / 2).max(THREADS_MIN));
        let entering = memory.clone();
        let inner = Inner {
            storage: Storage::open(location)?,
            registry,
            threads,
            turns: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            granted_bytes: AtomicUsize::new(0),
            idle_bytes: AtomicUsize::new(0),
            memory,
            entropy,
            writing: Some(runtime("lake", threads, || {})?),
            asking: Some(runtime("question", threads, move || entering.enter())?),
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
        Turn::begin(self.clone(), memory_bytes, permit)
    }

    /// Whether questions use more memory than all that run may use, which is at least `least_bytes`.
    pub(crate) fn is_overrun(&self, least_bytes: usize) -> bool {
        let Inner { memory, granted_bytes, idle_bytes, .. } = &*self.inner;
        let used = memory.used_bytes().unwrap_or(0).saturating_sub(idle_bytes.load(Ordering::SeqCst));
        let granted = granted_bytes.load(Ordering::SeqCst).max(least_bytes);
        used > granted.saturating_add(memory.margin_bytes())
    }

    /// Bytes that nobody can guess.
    pub(crate) fn fresh_key(&self) -> [u8; 16] {
        self.inner.entropy.bytes()
    }

    /// Runs `work` on the threads that write. Dropping the answer ends it.
    pub(crate) async fn run<T: Send + 'static, E: From<Ended> + Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        run_on(self.handle(&self.inner.writing), work).await
    }

    /// Runs `work` on the threads that answer questions. Dropping the answer ends it.
    pub(crate) async fn answer<T: Send + 'static, E: From<Ended> + Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        run_on(self.handle(&self.inner.asking), work).await
    }

    fn handle(&self, runtime: &Option<Runtime>) -> Handle {
        runtime.as_ref().map(Runtime::handle).cloned().expect("the runtimes go only when the lake is dropped")
    }
}

/// Threads that let every other thread go first.
fn runtime(name: &str, threads: usize, enter: impl Fn() + Send + Sync + 'static) -> Result<Runtime, Error> {
    let enter = move || {
        enter();
        stand_back();
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .on_thread_start(enter)
        .enable_all()
        .build();
    runtime.map_err(|error| Error::Location(format!("no threads for the lake: {error}")))
}

async fn run_on<T: Send + 'static, E: From<Ended> + Send + 'static>(
    threads: Handle,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let mut tasks = JoinSet::new();
    tasks.spawn_on(work, &threads);
    match tasks.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) => Err(Ended(error.to_string()).into()),
        None => Err(Ended("it was not started".to_owned()).into()),
    }
}

/// Lets every other thread go first: of scans and files, scans must not wait. On Linux this is the thread's own value
/// (setpriority(2)); where it is refused, the lake works at the pace of the others.
fn stand_back() {
    rustix::process::nice(NICE).ok();
}

/// Work on the lake's threads that ended without an answer.
#[derive(Debug, thiserror::Error)]
#[error("work of the lake broke off: {0}")]
pub struct Ended(pub(crate) String);

impl Drop for Inner {
    fn drop(&mut self) {
        // Waiting for threads is not allowed inside another runtime, where a lake usually ends.
        for runtime in [self.writing.take(), self.asking.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}
