//! The worker runs what was enqueued, a few at a time, and stops without leaving anything half done.

use tallymark_base::id::TenantId;
use tallymark_base::{Clock as _, Timestamp};
use tallymark_store::idempotency::{self, Claim, Key};
use tallymark_store::job::{ATTEMPTS_MAX, Job, LEASE, State};
use tallymark_store::revision;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use super::*;
use crate::OutsideOptions;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Handlers whose runs can be counted: each raises the revision of the tenant that its arguments name by one.
const PROBES: &[Kind] = &[
    Kind { name: "probe.raise", every: None, run: |work| Box::pin(raise(work)) },
    Kind {
        name: "probe.slow",
        every: None,
        run: |work| {
            Box::pin(async {
                raise_revision(&work.context, started()).await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
                raise(work).await
            })
        },
    },
    Kind { name: "probe.fail", every: None, run: |_| Box::pin(async { Err("the provider is away".into()) }) },
    Kind { name: "probe.panic", every: None, run: |_| Box::pin(async { panic!("on purpose") }) },
];

async fn raise(work: Work) -> Result<(), BoxDynError> {
    let tenant = work.job.args["raise"].as_i64().ok_or("no tenant")?;
    raise_revision(&work.context, TenantId::from_raw(tenant)).await
}

async fn raise_revision(context: &tallymark_store::Context, tenant: TenantId) -> Result<(), BoxDynError> {
    let mut tx = context.store.write().await?;
    revision::raise(&mut tx, tenant.raw()).await?;
    Ok(tx.commit().await?)
}

fn tenant() -> TenantId {
    TenantId::from_raw(7)
}

/// Whose revision counts the slow jobs that began.
fn started() -> TenantId {
    TenantId::from_raw(8)
}

async fn runs(db: &TestDb) -> i64 {
    revision_of(db, tenant()).await
}

async fn revision_of(db: &TestDb, tenant: TenantId) -> i64 {
    let mut tx = db.store.read().await.unwrap();
    revision::current(&mut tx, &[tenant.raw()]).await.unwrap()[&tenant.raw()]
}

/// Waits until two slow jobs have begun. A job that is claimed and has not begun is given back at a stop.
async fn two_began(db: &TestDb) {
    let looking = async {
        while revision_of(db, started()).await < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("two jobs begin in time");
}

async fn enqueue(db: &TestDb, kind: &'static str, count: usize) {
    let mut tx = db.store.write().await.unwrap();
    for _ in 0..count {
        let job = NewJob {
            id: db.ids.next(&*db.clock).unwrap(),
            tenant: tenant(),
            kind,
            args: serde_json::json!({"raise": tenant().raw()}),
            run_at: db.clock.now(),
            attempts_max: ATTEMPTS_MAX,
        };
        job::enqueue(&mut tx, &job, db.clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn jobs_of(db: &TestDb, tenant: TenantId) -> Vec<Job> {
    let mut tx = db.store.read().await.unwrap();
    job::list(&mut tx, tenant, None, 100).await.unwrap()
}

fn count(jobs: &[Job], state: State) -> usize {
    jobs.iter().filter(|job| job.state == state).count()
}

/// Looks at a tenant's jobs again and again until `is_so`.
async fn until(db: &TestDb, tenant: TenantId, is_so: impl Fn(&[Job]) -> bool) -> Vec<Job> {
    let looking = async {
        loop {
            let jobs = jobs_of(db, tenant).await;
            if is_so(&jobs) {
                return jobs;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("it happens in time")
}

struct Server {
    stop: watch::Sender<bool>,
    worker: JoinHandle<()>,
}

impl Server {
    fn start(db: &TestDb, kinds: &'static [Kind]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let outside = Outside::open(OutsideOptions::default()).unwrap();
        let surroundings = Surroundings { context: db.context(), outside, hot_for: None, lake: None };
        Self { stop, worker: tokio::spawn(run(surroundings, kinds, stopped)) }
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(GRACE / 2, self.worker).await.expect("stops well before its grace ends").unwrap();
    }
}

both_engines! { crate::migrations();
    async fn an_enqueued_job_runs_once_and_the_worker_stops(db: TestDb) {
        let server = Server::start(&db, PROBES);
        enqueue(&db, "probe.raise", 5).await;
        let jobs = until(&db, tenant(), |jobs| count(jobs, State::Done) == 5).await;
        assert!(jobs.iter().all(|job| job.attempts == 1 && job.leased_by.is_none()));
        server.stop().await;
        assert_eq!(runs(&db).await, 5);
    }

    async fn a_stopping_worker_finishes_its_two_jobs_and_leaves_the_rest(db: TestDb) {
        enqueue(&db, "probe.slow", 5).await;
        let server = Server::start(&db, PROBES);
        two_began(&db).await;
        server.stop().await;
        let jobs = jobs_of(&db, tenant()).await;
        assert_eq!((count(&jobs, State::Done), count(&jobs, State::Ready)), (2, 3));
        assert!(jobs.iter().filter(|job| job.state == State::Ready).all(|job| job.attempts == 0));
        assert_eq!(runs(&db).await, 2);
    }

    async fn never_more_than_two_jobs_run_at_once(db: TestDb) {
        enqueue(&db, "probe.slow", 6).await;
        let server = Server::start(&db, PROBES);
        let jobs = until(&db, tenant(), |jobs| {
            assert!(count(jobs, State::Running) <= CONCURRENCY);
            count(jobs, State::Done) == 6
        });
        jobs.await;
        server.stop().await;
    }

    async fn a_failure_and_a_panic_are_recorded_and_the_worker_goes_on(db: TestDb) {
        enqueue(&db, "probe.fail", 1).await;
        enqueue(&db, "probe.panic", 1).await;
        enqueue(&db, "probe.raise", 1).await;
        let server = Server::start(&db, PROBES);
        let ended = |jobs: &[Job]| jobs.iter().all(|job| job.state != State::Running && job.attempts == 1);
        let jobs = until(&db, tenant(), ended).await;
        server.stop().await;
        // The youngest first.
        assert_eq!(jobs[0].state, State::Done);
        assert_eq!(jobs[1].last_error.as_deref(), Some("the handler panicked; the log has its message"));
        assert_eq!(jobs[2].last_error.as_deref(), Some("the provider is away"));
        let again = db.clock.now().plus(Duration::from_secs(10));
        assert!(jobs[1..].iter().all(|job| job.state == State::Ready && job.run_at == again));
    }

    async fn a_job_of_a_server_that_died_is_run_by_the_next(db: TestDb) {
        enqueue(&db, "probe.raise", 1).await;
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(job::claim(&mut tx, 9, db.clock.now(), &["probe.raise"], 1).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        db.clock.advance(LEASE + Duration::from_secs(1));
        let server = Server::start(&db, PROBES);
        let jobs = until(&db, tenant(), |jobs| count(jobs, State::Done) == 1).await;
        assert_eq!(jobs[0].attempts, 2);
        server.stop().await;
    }

    async fn two_servers_do_each_chore_once_and_old_request_keys_go(db: TestDb) {
        let key = |text| Claim { key: Key::new(7, "probe", text), body: [1; 16], origin: None };
        let mut tx = db.store.write().await.unwrap();
        let old = Timestamp(db.clock.now().0 - 8 * Timestamp::DAY);
        idempotency::claim(&mut tx, &[key("eight days old")], old).await.unwrap();
        let young = Timestamp(db.clock.now().0 - 6 * Timestamp::DAY);
        idempotency::claim(&mut tx, &[key("six days old")], young).await.unwrap();
        tx.commit().await.unwrap();

        let servers = [Server::start(&db, KINDS), Server::start(&db, KINDS)];
        let expected = KINDS.iter().filter(|kind| kind.every.is_some()).count();
        let chores = until(&db, job::installation(), |jobs| count(jobs, State::Done) == expected).await;
        for server in servers {
            server.stop().await;
        }
        assert_eq!(chores.len(), expected, "one for each kind, though two servers enqueued");
        let mut tx = db.store.write().await.unwrap();
        let both = [key("eight days old"), key("six days old")];
        let taken = idempotency::claim(&mut tx, &both, db.clock.now()).await.unwrap();
        assert_eq!(taken.into_keys().collect::<Vec<_>>(), [both[1].key]);
    }
}
