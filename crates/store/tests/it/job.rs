//! Jobs run at least once, on one server at a time, and exactly when their transaction was committed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::id::{JobId, TenantId};
use tallymark_base::{Clock, Timestamp, TypedId};
use tallymark_store::job::{self, ATTEMPTS_MAX, Claimed, Failed, Job, LEASE, NewJob, State};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

const KIND: &str = "probe.run";
const HOUR: Duration = Duration::from_secs(3600);

fn tenant() -> TenantId {
    TenantId::from_raw(7)
}

fn new_job(db: &TestDb) -> NewJob {
    NewJob {
        id: db.ids.next(&*db.clock).unwrap(),
        tenant: tenant(),
        kind: KIND,
        args: serde_json::json!({"batch": 5}),
        run_at: db.clock.now(),
        attempts_max: ATTEMPTS_MAX,
    }
}

async fn enqueue(db: &TestDb, job: &NewJob) {
    let mut tx = db.store.write().await.unwrap();
    job::enqueue(&mut tx, job, db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(db: &TestDb, node: u16, limit: u32) -> Vec<Claimed> {
    let mut tx = db.store.write().await.unwrap();
    let got = job::claim(&mut tx, node, db.clock.now(), &[KIND], limit).await.unwrap();
    tx.commit().await.unwrap();
    got
}

async fn fail(db: &TestDb, claimed: &Claimed, error: &str) -> Failed {
    let mut tx = db.store.write().await.unwrap();
    let ended = job::fail(&mut tx, claimed, error, db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    ended
}

async fn finish(db: &TestDb, claimed: &Claimed) -> bool {
    let mut tx = db.store.write().await.unwrap();
    let held = job::finish(&mut tx, claimed, db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    held
}

async fn requeue(db: &TestDb) -> u64 {
    let mut tx = db.store.write().await.unwrap();
    let count = job::requeue_abandoned(&mut tx, db.clock.now(), 100).await.unwrap();
    tx.commit().await.unwrap();
    count
}

async fn jobs(db: &TestDb) -> Vec<Job> {
    let mut tx = db.store.read().await.unwrap();
    job::list(&mut tx, tenant(), None, 1_000).await.unwrap()
}

/// One server's loop: claims a few, finishes them, until nothing is due.
async fn work_off(db: Arc<TestDb>, node: u16) -> Vec<JobId> {
    let mut ran = Vec::new();
    loop {
        let got = claim(&db, node, 3).await;
        let mut tx = db.store.read().await.unwrap();
        if got.is_empty() && !job::is_due(&mut tx, db.clock.now(), &[KIND]).await.unwrap() {
            return ran;
        }
        tx.commit().await.unwrap();
        for claimed in got {
            assert!(finish(&db, &claimed).await);
            ran.push(claimed.id);
        }
    }
}

#[test]
fn waits_double_from_10_seconds_to_an_hour() {
    let waits: Vec<u64> = (1..=10).map(|attempt| job::retry_after(attempt).as_secs()).collect();
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
    assert_eq!(job::retry_after(u32::MAX), HOUR);
}

both_engines! { [];
    async fn a_job_is_enqueued_only_with_the_transaction_of_its_caller(db: TestDb) {
        let mut tx = db.store.write().await.unwrap();
        job::enqueue(&mut tx, &new_job(&db), db.clock.now()).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(claim(&db, 1, 10).await.is_empty());
        let kept = new_job(&db);
        enqueue(&db, &kept).await;
        let got = claim(&db, 1, 10).await;
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].id, got[0].tenant, got[0].attempt), (kept.id, tenant(), 1));
        assert_eq!(got[0].args, serde_json::json!({"batch": 5}));
    }

    async fn a_job_waits_for_its_moment_and_for_a_server_that_knows_its_kind(db: TestDb) {
        enqueue(&db, &NewJob { run_at: db.clock.now().plus(HOUR), ..new_job(&db) }).await;
        enqueue(&db, &NewJob { kind: "probe.newer", ..new_job(&db) }).await;
        assert!(claim(&db, 1, 10).await.is_empty());
        db.clock.advance(HOUR);
        assert_eq!(claim(&db, 1, 10).await.len(), 1);
        assert!(claim(&db, 1, 10).await.is_empty());
    }

    async fn race_of_8_servers_runs_each_of_200_jobs_once(db: TestDb) {
        let mut tx = db.store.write().await.unwrap();
        let mut expected = BTreeSet::new();
        for _ in 0..200 {
            let job = new_job(&db);
            job::enqueue(&mut tx, &job, db.clock.now()).await.unwrap();
            expected.insert(job.id);
        }
        tx.commit().await.unwrap();
        let db = Arc::new(db);
        let servers: Vec<_> = (1..=8).map(|node| tokio::spawn(work_off(db.clone(), node))).collect();
        let mut ran = Vec::new();
        for server in servers {
            ran.extend(server.await.unwrap());
        }
        assert_eq!(ran.len(), 200, "none ran twice");
        assert_eq!(ran.into_iter().collect::<BTreeSet<_>>(), expected);
        assert!(jobs(&db).await.iter().all(|job| job.state == State::Done && job.attempts == 1));
    }

    async fn a_job_of_a_dead_server_comes_back_after_its_lease_and_not_before(db: TestDb) {
        enqueue(&db, &new_job(&db)).await;
        let lost = claim(&db, 1, 1).await.remove(0);
        db.clock.advance(LEASE);
        assert_eq!(requeue(&db).await, 0);
        db.clock.advance(Duration::from_micros(1));
        assert_eq!(requeue(&db).await, 1);
        let again = claim(&db, 2, 1).await.remove(0);
        assert_eq!((again.id, again.attempt), (lost.id, 2));
        assert!(!finish(&db, &lost).await, "the first server was not dead but late: the job is no longer its own");
        assert_eq!(fail(&db, &lost, "late").await, Failed::Lost);
        assert!(finish(&db, &again).await);
    }

    async fn a_renewed_lease_is_not_taken_away(db: TestDb) {
        enqueue(&db, &new_job(&db)).await;
        let claimed = claim(&db, 1, 1).await.remove(0);
        db.clock.advance(LEASE);
        let mut tx = db.store.write().await.unwrap();
        assert!(job::renew(&mut tx, &claimed, db.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
        db.clock.advance(LEASE);
        assert_eq!(requeue(&db).await, 0);
        assert!(finish(&db, &claimed).await);
    }

    async fn a_job_that_kills_its_server_each_time_ends_dead(db: TestDb) {
        enqueue(&db, &NewJob { attempts_max: 2, ..new_job(&db) }).await;
        for _ in 0..2 {
            assert_eq!(claim(&db, 1, 1).await.len(), 1);
            db.clock.advance(LEASE + Duration::from_secs(1));
            assert_eq!(requeue(&db).await, 1);
        }
        let job = jobs(&db).await.remove(0);
        assert_eq!((job.state, job.attempts, job.finished_at), (State::Dead, 2, Some(db.clock.now())));
        assert!(job.last_error.unwrap().contains("stopped before it ended"));
    }

    async fn a_failing_job_waits_longer_each_time_and_ends_dead_with_its_error(db: TestDb) {
        enqueue(&db, &NewJob { attempts_max: 4, ..new_job(&db) }).await;
        for wait_s in [10, 20, 40] {
            let claimed = claim(&db, 1, 1).await.remove(0);
            let again = db.clock.now().plus(Duration::from_secs(wait_s));
            assert_eq!(fail(&db, &claimed, "the provider is away").await, Failed::Again(again));
            db.clock.advance(Duration::from_secs(wait_s) - Duration::from_micros(1));
            assert!(claim(&db, 1, 1).await.is_empty());
            db.clock.advance(Duration::from_micros(1));
        }
        let last = claim(&db, 1, 1).await.remove(0);
        let error = format!("no\0{}", "长".repeat(1_000));
        assert_eq!(fail(&db, &last, &error).await, Failed::Dead);
        let job = jobs(&db).await.remove(0);
        assert_eq!((job.state, job.attempts), (State::Dead, 4));
        assert_eq!(job.last_error.unwrap(), format!("no{}", "长".repeat(498)));
        db.clock.advance(24 * HOUR);
        assert!(claim(&db, 1, 1).await.is_empty());
    }

    async fn a_job_given_back_is_ready_at_once_and_lost_no_attempt(db: TestDb) {
        enqueue(&db, &new_job(&db)).await;
        let claimed = claim(&db, 1, 1).await.remove(0);
        let mut tx = db.store.write().await.unwrap();
        assert!(job::give_back(&mut tx, &claimed).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, 2, 1).await[0].attempt, 1);
    }

    async fn race_of_servers_enqueues_a_chore_once_for_each_slot(db: TestDb) {
        let db = Arc::new(db);
        for slot in 1..=3 {
            let servers: Vec<_> = (0..4)
                .map(|_| {
                    let db = db.clone();
                    tokio::spawn(async move {
                        let mut tx = db.store.write().await.unwrap();
                        let now = db.clock.now();
                        let enqueued = job::enqueue_chore(&mut tx, &new_job(&db), HOUR, now).await.unwrap();
                        tx.commit().await.unwrap();
                        enqueued
                    })
                })
                .collect();
            let mut enqueued = 0;
            for server in servers {
                enqueued += usize::from(server.await.unwrap());
            }
            assert_eq!((enqueued, jobs(&db).await.len()), (1, slot));
            db.clock.advance(HOUR);
        }
    }

    async fn a_chore_whose_transaction_is_rolled_back_is_enqueued_by_the_next(db: TestDb) {
        let mut tx = db.store.write().await.unwrap();
        assert!(job::enqueue_chore(&mut tx, &new_job(&db), HOUR, db.clock.now()).await.unwrap());
        tx.rollback().await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        assert!(job::enqueue_chore(&mut tx, &new_job(&db), HOUR, db.clock.now()).await.unwrap());
    }

    async fn a_tenant_sees_its_own_jobs_youngest_first_page_by_page(db: TestDb) {
        let mut ids: Vec<JobId> = Vec::new();
        for _ in 0..5 {
            let job = new_job(&db);
            enqueue(&db, &job).await;
            ids.insert(0, job.id);
        }
        enqueue(&db, &NewJob { tenant: TenantId::from_raw(8), ..new_job(&db) }).await;
        let mut tx = db.store.read().await.unwrap();
        let first = job::list(&mut tx, tenant(), None, 3).await.unwrap();
        let rest = job::list(&mut tx, tenant(), Some(first[2].id), 3).await.unwrap();
        let seen: Vec<JobId> = first.iter().chain(&rest).map(|job| job.id).collect();
        assert_eq!(seen, ids);
        assert_eq!((first[0].state, first[0].created_at), (State::Ready, db.clock.now()));
    }

    async fn only_jobs_that_ended_long_ago_are_forgotten(db: TestDb) {
        for _ in 0..3 {
            enqueue(&db, &new_job(&db)).await;
        }
        let old = claim(&db, 1, 1).await.remove(0);
        finish(&db, &old).await;
        db.clock.advance(HOUR);
        let young = claim(&db, 1, 1).await.remove(0);
        finish(&db, &young).await;
        let mut tx = db.store.write().await.unwrap();
        let before = Timestamp(db.clock.now().0 - 1);
        assert_eq!(job::forget(&mut tx, before, 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(jobs(&db).await.iter().all(|job| job.id != old.id));
        assert_eq!(jobs(&db).await.len(), 2);
    }
}
