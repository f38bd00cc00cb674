//! What is told, to whom, in which order, and what happens when it is not taken.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tallymark_base::id::{EventId, TenantId, WebhookId};
use tallymark_base::{Clock as _, Fault as _, TypedId as _, event};
use tallymark_store::outbox::{Events, consumer};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tallymark_webhooks::rules::signature;
use tallymark_webhooks::{
    Message, NewWebhook, Teller, WebhookState, create, find, new_secret, remove, replace, take, tell, test,
};

event! {
    /// Something was done.
    pub struct Done = "probe.done", version 1, owner "probe" {
        /// what
        number: u64,
    }

    /// Something else was done.
    pub struct Other = "other.done", version 1, owner "other" {
        /// what
        number: u64,
    }
}

const KNOWN: [&str; 2] = ["probe.done", "other.done"];
const HOUR: Duration = Duration::from_secs(3_600);

/// Takes messages, and answers as it was told to; 204 when it was told nothing.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<VecDeque<Result<u16, String>>>,
    taken: Mutex<Vec<Message>>,
}

#[async_trait]
impl Teller for Receiver {
    async fn post(&self, message: Message) -> Result<u16, String> {
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(204));
        if answer == Ok(204) {
            self.taken.lock().unwrap().push(message);
        }
        answer
    }
}

struct World {
    db: TestDb,
    receiver: Arc<Receiver>,
    teller: Arc<dyn Teller>,
}

impl World {
    fn new(db: TestDb) -> Self {
        let receiver = Arc::new(Receiver::default());
        Self { db, teller: receiver.clone(), receiver }
    }

    async fn add(&self, tenant: i64, events: &[&str]) -> (WebhookId, String) {
        let context = self.db.context();
        let mut tx = context.store.write().await.unwrap();
        let made = create(&mut tx, &context, TenantId::from_raw(tenant), new(events), &KNOWN).await.unwrap();
        tx.commit().await.unwrap();
        self.db.clock.advance(Duration::from_secs(1));
        (made.0.id, json!(made.1).as_str().unwrap().to_owned())
    }

    async fn happens(&self, tenant: i64, numbers: std::ops::Range<u64>) {
        let (context, now) = (self.db.context(), self.db.clock.now());
        let mut events = Events::new();
        for number in numbers {
            let id = || context.ids.next::<EventId>(&*context.clock).unwrap().raw();
            events.push(id(), tenant, now, &Done { number });
            events.push(id(), tenant, now, &Other { number });
        }
        let mut tx = context.store.write().await.unwrap();
        events.save(&mut tx, &context.ids, &*context.clock).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn go(&self) -> usize {
        let context = self.db.context();
        while take(&context).await.unwrap() > 0 {}
        tell(&context, &self.teller).await.unwrap()
    }

    fn answer(&self, answers: impl IntoIterator<Item = Result<u16, String>>) {
        self.receiver.answers.lock().unwrap().extend(answers);
    }

    /// The bodies that were taken since the last look.
    fn taken(&self) -> Vec<Message> {
        std::mem::take(&mut *self.receiver.taken.lock().unwrap())
    }

    fn numbers(&self) -> Vec<u64> {
        let body = |message: &Message| serde_json::from_str::<Value>(&message.body).unwrap();
        self.taken().iter().map(|message| body(message)["data"]["number"].as_u64().unwrap()).collect()
    }
}

fn new(events: &[&str]) -> NewWebhook {
    let events = events.iter().map(|event| (*event).to_owned()).collect();
    NewWebhook { url: "https://erp.example/hooks".into(), events, state: WebhookState::On }
}

const TENANT: i64 = 7;

both_engines! { [tallymark_webhooks::MIGRATIONS];
    async fn who_asks_is_told_of_what_its_own_brand_does_from_then_on_once_and_in_order(db: TestDb) {
        let world = World::new(db);
        world.happens(TENANT, 0..3).await;
        world.db.clock.advance(Duration::from_secs(1));
        let (_, secret) = world.add(TENANT, &["probe.*"]).await;
        world.add(8, &["*"]).await;
        world.happens(TENANT, 3..6).await;
        world.happens(9, 6..7).await;
        assert_eq!(world.go().await, 3);
        let taken = world.taken();
        let bodies: Vec<Value> = taken.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect();
        assert_eq!(bodies[0], json!({"type": "probe.done", "timestamp": world.db.clock.now(), "data": {"number": 3}}));
        assert_eq!(bodies.iter().map(|body| body["data"]["number"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 4, 5]);
        // Whoever has the secret can check who sent it.
        let key = data_encoding_of(&secret);
        for message in &taken {
            assert_eq!(message.signature, signature(&key, &message.id, world.db.clock.now(), &message.body));
        }
        assert_eq!(world.go().await, 0);
        world.happens(TENANT, 7..9).await;
        world.go().await;
        assert_eq!(world.numbers(), [7, 8]);
        // Nothing waits for this consumer any more.
        let mut tx = world.db.store.read().await.unwrap();
        assert_eq!(consumer::backlog(&mut tx, "webhooks").await.unwrap().events, 0);
    }

    async fn what_is_not_taken_is_told_again_under_its_id_and_nothing_overtakes_it(db: TestDb) {
        let world = World::new(db);
        let (id, _) = world.add(TENANT, &["probe.done"]).await;
        world.happens(TENANT, 0..3).await;
        world.answer([Ok(204), Ok(500)]);
        assert_eq!(world.go().await, 1);
        let first = world.taken().remove(0);
        let mut tx = world.db.store.read().await.unwrap();
        let seen = find(&mut tx, TenantId::from_raw(TENANT), id).await.unwrap();
        drop(tx);
        assert_eq!((seen.told, seen.waiting, seen.failures, seen.last_error.as_deref()), (1, 2, 1, Some("it answered 500")));
        world.happens(TENANT, 3..4).await;
        assert_eq!(world.go().await, 0, "it waits, whatever else happens");
        world.db.clock.advance(Duration::from_secs(5));
        world.answer([Err("no answer".into())]);
        assert_eq!(world.go().await, 0);
        world.db.clock.advance(Duration::from_secs(9));
        assert_eq!(world.go().await, 0, "the second wait is twice as long");
        world.db.clock.advance(Duration::from_secs(1));
        assert_eq!(world.go().await, 3);
        let taken = world.taken();
        assert!(taken.iter().all(|message| message.id != first.id));
        let ids: Vec<_> = taken.iter().map(|message| message.id.clone()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
    }

    async fn who_fails_for_five_days_or_is_gone_is_turned_off_and_can_be_turned_on(db: TestDb) {
        let world = World::new(db);
        let (tired, _) = world.add(TENANT, &["probe.done"]).await;
        world.happens(TENANT, 0..2).await;
        // Attempts are six hours apart by then.
        for _ in 0..(5 * 24 + 12) {
            world.answer([Ok(503)]);
            world.go().await;
            world.receiver.answers.lock().unwrap().clear();
            world.db.clock.advance(HOUR);
        }
        let tenant = TenantId::from_raw(TENANT);
        let seen = |id: WebhookId| {
            let store = world.db.store.clone();
            async move { find(&mut store.read().await.unwrap(), tenant, id).await.unwrap() }
        };
        let off = seen(tired).await;
        assert_eq!((off.state, off.waiting), (WebhookState::Off, 0));
        let (gone, _) = world.add(TENANT, &["probe.done"]).await;
        world.happens(TENANT, 2..3).await;
        world.answer([Ok(410)]);
        world.go().await;
        assert_eq!(seen(gone).await.state, WebhookState::Off);
        let context = world.db.context();
        let mut tx = context.store.write().await.unwrap();
        replace(&mut tx, &context, tenant, (tired, new(&["probe.done"])), &KNOWN).await.unwrap();
        tx.commit().await.unwrap();
        world.happens(TENANT, 3..4).await;
        world.go().await;
        assert_eq!(world.numbers(), [3]);
    }

    async fn after_a_change_of_secrets_both_sign_for_a_day(db: TestDb) {
        let world = World::new(db);
        let (id, old) = world.add(TENANT, &["probe.done"]).await;
        let context = world.db.context();
        let mut tx = context.store.write().await.unwrap();
        let fresh = new_secret(&mut tx, &context, TenantId::from_raw(TENANT), id).await.unwrap();
        tx.commit().await.unwrap();
        let fresh = json!(fresh).as_str().unwrap().to_owned();
        for (wait, secrets) in [(HOUR, vec![&fresh, &old]), (24 * HOUR, vec![&fresh])] {
            world.db.clock.advance(wait);
            world.happens(TENANT, 0..1).await;
            world.go().await;
            let message = world.taken().remove(0);
            let signed = secrets.iter().map(|secret| {
                signature(&data_encoding_of(secret), &message.id, world.db.clock.now(), &message.body)
            });
            assert_eq!(message.signature, signed.collect::<Vec<_>>().join(" "));
        }
    }

    async fn a_test_is_told_and_what_is_removed_is_told_nothing_and_hidden_from_others(db: TestDb) {
        let world = World::new(db);
        let (id, _) = world.add(TENANT, &["probe.done"]).await;
        let (tenant, context) = (TenantId::from_raw(TENANT), world.db.context());
        let mut tx = context.store.write().await.unwrap();
        let other = TenantId::from_raw(8);
        assert_eq!(test(&mut tx, &context, other, id).await.unwrap_err().code(), "webhook.not_found");
        let message = test(&mut tx, &context, tenant, id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.go().await, 1);
        let taken = world.taken().remove(0);
        assert_eq!(taken.id, message.to_string());
        assert_eq!(serde_json::from_str::<Value>(&taken.body).unwrap()["type"], "webhook.test");
        world.happens(TENANT, 0..1).await;
        take(&context).await.unwrap();
        let mut tx = context.store.write().await.unwrap();
        assert_eq!(remove(&mut tx, other, id).await.unwrap_err().code(), "webhook.not_found");
        remove(&mut tx, tenant, id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.go().await, 0);
    }
}

/// The bytes of a secret as it was shown.
fn data_encoding_of(secret: &str) -> Vec<u8> {
    data_encoding::BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap()
}
