//! Every row of the outbox is in exactly one batch of every consumer, whatever the order in which ids and commits come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tallymark_base::event;
use tallymark_base::time::ManualClock;
use tallymark_base::{IdSource, Timestamp};
use tallymark_store::outbox::Events;
use tallymark_store::outbox::consumer::{self, Backlog};
use tallymark_store::{Engine, Error};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

event! {
    /// A test.
    pub struct Marked = "probe.marked", version 1, owner "store" {
        /// any
        number: i64,
    }
}

const CONSUMERS: [&str; 2] = ["lake", "webhooks"];

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// A server whose ids run ahead by so many milliseconds saves a row.
    Save { ahead_ms: u64 },
    /// A consumer stamps up to so many rows.
    Stamp { consumer: usize, limit: u32 },
    /// A consumer takes up the lowest batch that it has not passed, and passes it.
    Pass { consumer: usize },
    /// What everybody has passed goes.
    Collect,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => (0_u64..5).prop_map(|step| Turn::Save { ahead_ms: step * 1_000 }),
        2 => (0_usize..2, 1_u32..5).prop_map(|(consumer, limit)| Turn::Stamp { consumer, limit }),
        2 => (0_usize..2).prop_map(|consumer| Turn::Pass { consumer }),
        1 => Just(Turn::Collect),
    ]
}

/// What the outbox must do, kept by hand.
#[derive(Default)]
struct Model {
    saved: BTreeSet<i64>,
    /// By consumer: rows by batch, and the batches that were passed.
    stamped: [BTreeMap<i64, BTreeSet<i64>>; 2],
    passed: [BTreeSet<i64>; 2],
}

impl Model {
    fn rows_of(&self, consumer: usize) -> BTreeSet<i64> {
        self.stamped[consumer].values().flatten().copied().collect()
    }

    fn passed_by(&self, consumer: usize) -> BTreeSet<i64> {
        let batches = self.stamped[consumer].iter().filter(|(batch, _)| self.passed[consumer].contains(*batch));
        batches.flat_map(|(_, rows)| rows.iter().copied()).collect()
    }
}

async fn save(db: &TestDb, ahead_ms: u64) -> i64 {
    // Ids of another node, whose clock is ahead: later commits get lower ids than earlier ones.
    let clock = ManualClock::at(start().plus(Duration::from_millis(ahead_ms)));
    let node = u16::try_from(ahead_ms / 1_000).unwrap() + 20;
    let ids = Arc::new(IdSource::new(node, last_of(db, node).await, Duration::MAX));
    let mut events = Events::new();
    events.push(1, 7, start(), &Marked { number: 1 });
    let before = everything(db).await;
    let mut tx = db.store.write().await.unwrap();
    events.save(&mut tx, &ids, &clock).await.unwrap();
    tx.commit().await.unwrap();
    *everything(db).await.difference(&before).next().unwrap()
}

/// The moment of the latest id of a node, from the layout of ids: milliseconds above 22 bits, the node above 12.
async fn last_of(db: &TestDb, node: u16) -> Timestamp {
    let of_node = |id: &&i64| (**id >> 12) & 1023 == i64::from(node);
    let latest = everything(db).await.iter().filter(of_node).max().copied();
    latest.map_or(Timestamp(0), |id| Timestamp(((id >> 22) + 1_704_067_200_000 + 1) * 1_000))
}

async fn everything(db: &TestDb) -> BTreeSet<i64> {
    let mut tx = db.store.read().await.unwrap();
    let rows = tx.query("SELECT outbox_id FROM outbox", &[]).await.unwrap();
    rows.iter().map(|row| row.int(0).unwrap()).collect()
}

async fn play(db: &TestDb, turns: &[Turn], next_batch: &mut i64) {
    let mut model = Model::default();
    for turn in turns {
        let mut tx = match turn {
            Turn::Save { ahead_ms } => {
                model.saved.insert(save(db, *ahead_ms).await);
                continue;
            }
            _ => db.store.write().await.unwrap(),
        };
        match *turn {
            Turn::Save { .. } => {}
            Turn::Stamp { consumer: who, limit } => {
                let waiting = consumer::waiting_for(&mut tx, CONSUMERS[who], limit).await.unwrap();
                let ids: Vec<i64> = waiting.iter().map(|row| row.outbox_id).collect();
                let free: Vec<i64> = model.saved.difference(&model.rows_of(who)).copied().collect();
                assert_eq!(ids, free[..free.len().min(limit as usize)], "the lowest ids without a stamp");
                *next_batch += 1;
                consumer::stamp(&mut tx, CONSUMERS[who], *next_batch, &ids).await.unwrap();
                model.stamped[who].insert(*next_batch, ids.into_iter().collect());
            }
            Turn::Pass { consumer: who } => {
                let open = consumer::stamped(&mut tx, CONSUMERS[who]).await.unwrap();
                let Some(batch) = open.first().map(|row| row.batch) else { continue };
                let ids: Vec<i64> = open.iter().filter(|row| row.batch == batch).map(|row| row.outbox_id).collect();
                assert_eq!(
                    ids.iter().copied().collect::<BTreeSet<_>>(),
                    model.stamped[who][&batch],
                    "as it was stamped"
                );
                consumer::pass(&mut tx, CONSUMERS[who], &ids).await.unwrap();
                model.passed[who].insert(batch);
            }
            Turn::Collect => {
                consumer::collect(&mut tx, 1_000).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        if matches!(turn, Turn::Collect) {
            let gone: BTreeSet<i64> = model.passed_by(0).intersection(&model.passed_by(1)).copied().collect();
            let left: BTreeSet<i64> = model.saved.difference(&gone).copied().collect();
            assert_eq!(everything(db).await, left, "only what both have passed goes");
        }
    }
    empty(db).await;
}

async fn empty(db: &TestDb) {
    let mut tx = db.store.write().await.unwrap();
    tx.execute("DELETE FROM outbox", &[]).await.unwrap();
    tx.execute("DELETE FROM outbox_mark", &[]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn enrolled(db: &TestDb) {
    let mut tx = db.store.write().await.unwrap();
    for consumer in CONSUMERS {
        consumer::enrol(&mut tx, consumer, start()).await.unwrap();
        consumer::enrol(&mut tx, consumer, start()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

both_engines! { [];
    async fn stamps_follow_a_model_whatever_the_order_of_ids(db: TestDb) {
        enrolled(&db).await;
        let (mut runner, mut next_batch) = (TestRunner::deterministic(), 0);
        for _ in 0..24 {
            let turns = proptest::collection::vec(turn(), 1..40).new_tree(&mut runner).unwrap().current();
            play(&db, &turns, &mut next_batch).await;
        }
    }

    async fn a_row_that_is_committed_late_under_a_lower_id_is_found(db: TestDb) {
        if db.store.read().await.unwrap().engine() == Engine::Sqlite {
            return; // One writer at a time: no two transactions are open.
        }
        enrolled(&db).await;
        let save = async |number: i64| {
            let mut events = Events::new();
            events.push(number, 7, start(), &Marked { number });
            let mut tx = db.store.write().await.unwrap();
            events.save(&mut tx, &db.ids, &*db.clock).await.unwrap();
            tx
        };
        let late = save(1).await;
        save(2).await.commit().await.unwrap();
        let stamp = async |batch: i64| {
            let mut tx = db.store.write().await.unwrap();
            let waiting = consumer::waiting_for(&mut tx, "lake", 10).await.unwrap();
            let ids: Vec<i64> = waiting.iter().map(|row| row.outbox_id).collect();
            consumer::stamp(&mut tx, "lake", batch, &ids).await.unwrap();
            tx.commit().await.unwrap();
            ids
        };
        let first = stamp(1).await;
        late.commit().await.unwrap();
        let second = stamp(2).await;
        assert_eq!((first.len(), second.len()), (1, 1));
        assert!(second[0] < first[0], "the id was given before");
    }

    async fn a_row_has_one_stamp_of_a_consumer(db: TestDb) {
        enrolled(&db).await;
        let id = save(&db, 0).await;
        let stamp = async |batch: i64| {
            let mut tx = db.store.write().await.unwrap();
            consumer::stamp(&mut tx, "lake", batch, &[id]).await?;
            tx.commit().await
        };
        stamp(1).await.unwrap();
        assert!(matches!(stamp(2).await, Err(Error::Constraint { .. })));
    }

    async fn the_backlog_counts_until_a_row_is_passed(db: TestDb) {
        enrolled(&db).await;
        let id = save(&db, 0).await;
        let backlog = async || consumer::backlog(&mut db.store.read().await.unwrap(), "lake").await.unwrap();
        let waiting = Backlog { events: 1, oldest_at: Some(start()) };
        assert_eq!(backlog().await, waiting);
        let mut tx = db.store.write().await.unwrap();
        consumer::stamp(&mut tx, "lake", 1, &[id]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(backlog().await, waiting);
        let mut tx = db.store.write().await.unwrap();
        consumer::pass(&mut tx, "lake", &[id]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(backlog().await, Backlog::default());
        assert_eq!(everything(&db).await.len(), 1, "the webhooks have not passed it");
    }
}
