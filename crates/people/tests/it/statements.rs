//! How many statements a batch takes: a promise, since each is a round trip to the database.

use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use tallymark_base::id::AccountId;
use tallymark_people::consent::NewConsent;
use tallymark_people::profile::NewValue;
use tallymark_people::{EvidenceRule, Identifier, MIGRATIONS, Seen, consent, profile, resolve};
use tallymark_store::{Engine, Tx};
use tallymark_testkit::db::{TestDb, start};
use tracing::field::{Field, Visit};
use tracing::span;

use crate::world::{World, device, phone, world};

/// Statements that the driver reports, each with the thread it ran on: SQLite's writer is one thread, so that the
/// statements of other tests in this process can be left out.
#[derive(Debug, Clone, Default)]
struct Reported(Arc<Mutex<Vec<(ThreadId, String)>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl tracing::Subscriber for Reported {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push((std::thread::current().id(), text.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Reported {
    /// How many statements a batch takes.
    async fn count(&self, db: &TestDb, world: &World, requests: &[Vec<Identifier>]) -> usize {
        let requests: Vec<_> = requests
            .iter()
            .map(|identifiers| Seen { identifiers, at: start(), rule: EvidenceRule::ShownTogether, cause: 1 })
            .collect();
        let ids = (&db.ids, &db.clock, &db.entropy);
        self.during(db, async |tx| {
            resolve(tx, world.tenant, &world.keys, &requests, ids.0, &**ids.1, &**ids.2).await.unwrap();
        })
        .await
    }

    /// How many statements are made.
    async fn during(&self, db: &TestDb, made: impl AsyncFnOnce(&mut Tx)) -> usize {
        let mut tx = db.store.write().await.unwrap();
        tx.query("SELECT 'the batch begins'", &[]).await.unwrap();
        made(&mut tx).await;
        tx.query("SELECT 'the batch ends'", &[]).await.unwrap();
        tx.commit().await.unwrap();
        let mut reported = self.0.lock().unwrap();
        let begin = reported.iter().position(|(_, text)| text.contains("the batch begins")).unwrap();
        let end = reported.iter().position(|(_, text)| text.contains("the batch ends")).unwrap();
        let thread = reported[begin].0;
        let count = reported[begin + 1..end].iter().filter(|(by, _)| *by == thread).count();
        reported.clear();
        count
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_256_takes_few_statements_whatever_it_holds() {
    let reported = Reported::default();
    tracing::subscriber::set_global_default(reported.clone()).unwrap();
    let Some(db) = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await else { return };
    let world = world(1);
    let devices = |from: u64, to: u64| (from..to).map(|n| vec![device(n)]).collect::<Vec<_>>();

    assert_eq!(reported.count(&db, &world, &devices(0, 256)).await, 3, "all new");
    assert_eq!(reported.count(&db, &world, &devices(77, 333)).await, 3, "30 % new: the typical batch");
    assert_eq!(reported.count(&db, &world, &devices(0, 256)).await, 1, "all known");
    let phones: Vec<_> = (0..256).map(|n| vec![phone(n)]).collect();
    assert_eq!(reported.count(&db, &world, &phones).await, 4, "all new, with values to seal");

    let joined: Vec<_> = (0..128).map(|n| vec![device(n), phone(n)]).collect();
    assert_eq!(reported.count(&db, &world, &joined).await, 6, "128 persons joined for the first time");
    assert_eq!(reported.count(&db, &world, &joined).await, 3, "the same, known");
    let everything: Vec<_> = (0..256)
        .map(|n| match n % 4 {
            0 => vec![device(n)],
            1 => vec![device(10_000 + n)],
            2 => vec![device(n % 128), phone(500 + n)],
            _ => vec![phone(n % 128), device((n + 2) % 128)],
        })
        .collect();
    let most = reported.count(&db, &world, &everything).await;
    assert!(most <= 15, "new, known, sealed, joined, joined again: {most}");
    println!("statements of the fullest batch: {most}");

    let mut accounts = Vec::new();
    for n in 0..256 {
        accounts.push(world.one(&db, &[phone(n)]).await.account);
    }
    let (at, verified, source) = (start(), false, "shop");
    let value = |account: &AccountId| NewValue { account: *account, field: "size", value: "42", source, at, verified };
    let values: Vec<_> = accounts.iter().map(value).collect();
    let given = |account: &AccountId| NewConsent {
        account: *account,
        purpose: "marketing",
        channel: "sms",
        given: true,
        at,
        evidence: None,
        text_version: None,
        source,
    };
    let given: Vec<_> = accounts.iter().map(given).collect();
    reported.0.lock().unwrap().clear();
    let put = reported.during(&db, async |tx| {
        profile::put(tx, world.tenant, &world.keys, &values, at, &*db.entropy).await.unwrap();
    });
    assert_eq!(put.await, 3, "256 values: keys, room, values");
    let said = reported.during(&db, async |tx| {
        consent::record(tx, world.tenant, &world.keys, &given, at, &*db.entropy).await.unwrap();
    });
    assert_eq!(said.await, 3, "256 consents: keys, room, facts");
    let asked = reported.during(&db, async |tx| {
        assert_eq!(consent::stands(tx, world.tenant, &accounts).await.unwrap().len(), 256);
    });
    assert_eq!(asked.await, 1, "before a sending");
}
