//! A database with an outbox, a lake in a folder of its own, and events to send from one to the other.

use std::collections::BTreeSet;
use std::time::Duration;

use fail::FailScenario;
use tallymark_base::TypedId as _;
use tallymark_base::event::{Event, EventType, Registry, Word};
use tallymark_base::id::{AccountId, TenantId};
use tallymark_lake::{Answer, Error, Lake, Limits, Location, Question, Settings, Writer};
use tallymark_store::outbox::Events;
use tallymark_testkit::db::{TestDb, start};

pub(crate) const TENANT: i64 = 7;

/// What a probe found.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    Gold,
    Sand,
}

pub(crate) mod declared {
    use super::{AccountId, Found, Word};

    tallymark_base::event! {
        /// Somebody probed the ground.
        pub struct Probed = "probe.probed", version 1, owner "lake" {
            /// counts up
            number: i64,
            /// what was found
            found: Word<Found>,
            /// who probed
            account: Option<AccountId> [pseudonym],
        }

        /// A hole was closed.
        pub struct Closed = "probe.closed", version 1, owner "lake" {
            /// why
            reason: String,
        }
    }
}

pub(crate) use declared::{Closed, EVENTS, Probed};

/// The world of one test. Tests that drive a writer wait for each other, because fail points belong to the process.
pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) lake: Lake,
    pub(crate) folder: tempfile::TempDir,
    _scenario: FailScenario<'static>,
}

impl World {
    pub(crate) fn new(db: TestDb) -> Self {
        Self::knowing(db, EVENTS)
    }

    /// A world whose program knows these events.
    pub(crate) fn knowing(db: TestDb, events: &[EventType]) -> Self {
        let scenario = FailScenario::setup();
        let folder = tempfile::tempdir().unwrap();
        let lake = open(&db, folder.path(), events);
        Self { db, lake, folder, _scenario: scenario }
    }

    /// The same world after the program was replaced by one that knows these events.
    pub(crate) fn upgraded(self, events: &[EventType]) -> Self {
        let lake = open(&self.db, self.folder.path(), events);
        Self { lake, ..self }
    }

    pub(crate) fn writer(&self) -> Writer {
        self.writer_with(Settings::default())
    }

    pub(crate) fn writer_with(&self, settings: Settings) -> Writer {
        Writer::new(self.lake.clone(), self.db.context(), settings)
    }

    /// Saves an event in a transaction of its own.
    pub(crate) async fn save<E: Event>(&self, id: i64, event: &E) {
        self.save_of(TENANT, id, event).await;
    }

    pub(crate) async fn save_of<E: Event>(&self, tenant: i64, id: i64, event: &E) {
        let mut events = Events::new();
        events.push(id, tenant, start(), event);
        let mut tx = self.db.store.write().await.unwrap();
        events.save(&mut tx, &self.db.ids, &*self.db.clock).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Saves events with the ids and numbers of a range, in rows of up to 50.
    pub(crate) async fn save_probes(&self, range: std::ops::Range<i64>) {
        for first in range.clone().step_by(50) {
            let mut events = Events::new();
            for number in first..range.end.min(first + 50) {
                events.push(number, TENANT, start(), &probe(number));
            }
            let mut tx = self.db.store.write().await.unwrap();
            events.save(&mut tx, &self.db.ids, &*self.db.clock).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Lets the lease of a writer that went away run out.
    pub(crate) fn outlive_the_lease(&self) {
        self.db.clock.advance(Duration::from_secs(71));
    }

    pub(crate) async fn ask(&self, sql: &str) -> Result<Answer, Error> {
        self.lake.ask(question(sql, TENANT)).await
    }

    /// The first column of an answer, as texts.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.ask(sql).await.unwrap().text_rows().unwrap().into_iter().map(|row| row[0].clone()).collect()
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.texts(sql).await[0].parse().unwrap()
    }

    /// The ids of all probes in the lake; fails where one stands there twice.
    pub(crate) async fn probes(&self) -> BTreeSet<i64> {
        let ids = self.texts("SELECT id FROM probe_probed").await;
        let set: BTreeSet<i64> = ids.iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(set.len(), ids.len(), "an event is in the lake twice");
        set
    }

    /// Rows of the outbox, of any state.
    pub(crate) async fn outbox_events(&self) -> i64 {
        let mut tx = self.db.store.read().await.unwrap();
        tallymark_store::outbox::waiting(&mut tx).await.unwrap().values().sum()
    }
}

pub(crate) fn open(db: &TestDb, folder: &std::path::Path, events: &[EventType]) -> Lake {
    Lake::open(&Location::Folder(folder.to_owned()), Registry::of(&[events]), db.entropy.clone()).unwrap()
}

pub(crate) fn question(sql: &str, tenant: i64) -> Question {
    let limits = Limits { rows_max: 1_000_000, ..Limits::default() };
    Question { sql: sql.to_owned(), tenant: TenantId::from_raw(tenant), is_masked: false, limits }
}

pub(crate) fn probe(number: i64) -> Probed {
    let found = if number % 3 == 0 { Found::Gold } else { Found::Sand };
    let account = (number % 2 == 0).then(|| AccountId::from_raw(number % 10));
    Probed { number, found: Word(found), account }
}
