//! A promised message is sent once, whatever the provider does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::Clock as _;
use tallymark_base::random::SeededEntropy;
use tallymark_partners::{NewTenant, Tenant, tenant};
use tallymark_people::otp::{CODE_LIFE, CodeKeys, CodeRequest, MessageStatus, SEND_JOB, request_code};
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys};
use tallymark_providers::{KEY_PURPOSE, NewSetting, NewSms, ProviderKind, Secret, SmsProtocol};
use tallymark_sim::providers::{Accounts, Providers, SmsTrouble, Trouble};
use tallymark_store::job::{self, Failed};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::*;
use crate::outside::{Outside, OutsideOptions};

struct World {
    db: TestDb,
    servers: Providers,
    outside: Outside,
    tenant: Tenant,
    /// Kept, or the work would think that the server stops.
    _stop: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
}

impl World {
    async fn new(db: TestDb, protocol: SmsProtocol) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let entropy = Arc::new(SeededEntropy::new([2; 32]));
        let servers = Providers::start(listener, Accounts::demo(), db.clock.clone(), entropy).unwrap();
        let context = db.context();
        let new = NewTenant { name: "清泉".into(), hosts: vec!["spring.example".into()], zone: "UTC".into() };
        let made = crate::tenants::create(&context, new).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let tenant = tenant::find(&mut tx, &context.master, made.tenant).await.unwrap().unwrap();
        let accounts = Accounts::demo();
        let sms = NewSms {
            protocol,
            url: Some(servers.url()),
            key_id: accounts.sms_key_id,
            secret: Some(Secret::new(accounts.sms_secret).unwrap()),
            template: "SMS_1".into(),
            sign_name: Some("清泉".into()),
            price_fen: 5,
            budget_fen_per_day: 500,
            messages_per_day: 100,
        };
        let (key, now) = (tenant.secret_for(KEY_PURPOSE), db.clock.now());
        tallymark_providers::set(&mut tx, tenant.id, &key, &*db.entropy, NewSetting::Sms(sms), now).await.unwrap();
        tx.commit().await.unwrap();
        let outside = Outside::open(OutsideOptions { calls_loopback: true, ..OutsideOptions::default() }).unwrap();
        let (stop, stopped) = watch::channel(false);
        Self { db, servers, outside, tenant, _stop: stop, stopped }
    }

    fn trouble(&self, sms: SmsTrouble) {
        self.servers.trouble(Trouble { sms, ..Trouble::default() });
    }

    async fn promise(&self) {
        let db = &self.db;
        let (people, keys) = (PeopleKeys::new(&self.tenant), CodeKeys::new(&self.tenant));
        let phone = Identifier::parse(IdentifierKind::Phone, "13800138000").unwrap();
        let device = Identifier::parse(IdentifierKind::Device, &"a".repeat(32)).unwrap();
        let request = CodeRequest {
            phone: &phone,
            device: &device,
            address: IpAddr::from([203, 0, 113, 7]),
            template: "SMS_1",
            price_fen: 5,
            budget_fen: 500,
            messages_max: 100,
            day: 0,
            day_ends: db.clock.now().plus(Duration::from_secs(3600)),
        };
        let mut tx = db.store.write().await.unwrap();
        let (ids, clock, entropy) = (&*db.ids, &*db.clock, &*db.entropy);
        request_code(&mut tx, self.tenant.id, &people, &keys, &request, ids, clock, entropy).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Runs the job that is due, as the worker does; `None` where none is.
    async fn run(&self) -> Option<Result<(), String>> {
        let (db, now) = (&self.db, self.db.clock.now());
        let mut tx = db.store.write().await.unwrap();
        let job = job::claim(&mut tx, 1, now, &[SEND_JOB], 1).await.unwrap().pop()?;
        tx.commit().await.unwrap();
        let (context, outside) = (db.context(), self.outside.clone());
        let work =
            Work { job: job.clone(), context, outside, hot_for: None, lake: None, stopped: self.stopped.clone() };
        let result = send(work).await.map_err(|error| error.to_string());
        let mut tx = db.store.write().await.unwrap();
        match &result {
            Ok(()) => assert!(job::finish(&mut tx, &job, now).await.unwrap()),
            Err(error) => assert!(!matches!(job::fail(&mut tx, &job, error, now).await.unwrap(), Failed::Lost)),
        }
        tx.commit().await.unwrap();
        Some(result)
    }

    /// Runs what is due now and within the next hours, every time that something is.
    async fn run_all(&self) -> Vec<Result<(), String>> {
        let mut results = Vec::new();
        for _ in 0..200 {
            results.extend(self.run().await);
            self.db.clock.advance(Duration::from_secs(5));
        }
        results
    }

    async fn message(&self) -> otp::Message {
        let mut tx = self.db.store.read().await.unwrap();
        otp::messages(&mut tx, self.tenant.id, None, 10).await.unwrap().remove(0)
    }
}

both_engines! { crate::migrations();
    async fn a_message_is_sent_and_its_cost_recorded(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        world.promise().await;
        assert_eq!(world.run_all().await, [Ok(())]);
        let (message, taken) = (world.message().await, world.servers.messages());
        assert_eq!((message.status, message.cost_fen), (MessageStatus::Sent, Some(5)));
        assert_eq!(message.provider.as_deref(), Some("gateway"));
        assert_eq!(message.provider_id.as_deref(), Some(taken[0].provider_id.as_str()));
        assert_eq!((taken.len(), taken[0].to.as_str()), (1, "+8613800138000"));
    }

    async fn a_gateway_that_is_busy_or_silent_is_told_again_and_sends_once(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        world.trouble(SmsTrouble { times: 2, ..SmsTrouble::default() });
        world.promise().await;
        let busy = Err("unavailable".to_owned());
        assert_eq!(world.run_all().await, [busy.clone(), busy, Ok(())]);
        assert_eq!(world.servers.messages()[0].times, 1);
        assert_eq!(world.message().await.status, MessageStatus::Sent);
    }

    async fn a_gateway_that_refuses_is_not_asked_again(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        let refusal = SmsTrouble { times: 9, status: 422, code: "number_invalid".into(), ..SmsTrouble::default() };
        world.trouble(refusal);
        world.promise().await;
        assert_eq!(world.run_all().await, [Ok(())]);
        let message = world.message().await;
        assert_eq!((message.status, message.cost_fen), (MessageStatus::Refused, Some(0)));
        assert_eq!(message.error.as_deref(), Some("number_invalid"));
    }

    async fn a_gateway_that_stays_away_costs_nothing_in_the_end(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        world.trouble(SmsTrouble { times: 99, ..SmsTrouble::default() });
        world.promise().await;
        let results = world.run_all().await;
        assert!((2..=5).contains(&results.len()), "{results:?}");
        assert_eq!(world.message().await.cost_fen, Some(0));
        assert!(world.servers.messages().is_empty());
    }

    async fn a_code_that_would_come_too_late_is_not_sent(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        world.promise().await;
        world.db.clock.advance(CODE_LIFE);
        assert_eq!(world.run_all().await, [Ok(())]);
        assert_eq!(world.message().await.status, MessageStatus::TooLate);
        assert!(world.servers.messages().is_empty());
    }

    async fn aliyun_is_told_again_only_where_it_took_nothing(db: TestDb) {
        let world = World::new(db, SmsProtocol::Aliyun).await;
        let busy = SmsTrouble { times: 1, status: 400, code: "Throttling.User".into(), ..SmsTrouble::default() };
        world.trouble(busy);
        world.promise().await;
        assert_eq!(world.run_all().await, [Err("Throttling.User".to_owned()), Ok(())]);
        assert_eq!((world.message().await.status, world.servers.messages().len()), (MessageStatus::Sent, 1));
    }

    async fn a_removed_provider_ends_what_waits(db: TestDb) {
        let world = World::new(db, SmsProtocol::Gateway).await;
        world.promise().await;
        let mut tx = world.db.store.write().await.unwrap();
        assert!(tallymark_providers::remove(&mut tx, world.tenant.id, ProviderKind::Sms).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(world.run_all().await, [Ok(())]);
        assert_eq!(world.message().await.error.as_deref(), Some("no_provider"));
    }
}
