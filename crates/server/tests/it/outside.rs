//! The companies outside, on this machine, and a brand that works with them.

use std::sync::Arc;

use serde_json::{Value, json};
use tallymark_base::random::SeededEntropy;
use tallymark_server::{Network, OutsideOptions};
use tallymark_sim::providers::{Accounts, Providers};
use tallymark_testkit::db::TestDb;
use tokio::net::TcpListener;

use crate::world::{Got, World};

pub(crate) struct Outside {
    pub(crate) world: World,
    pub(crate) servers: Providers,
    pub(crate) accounts: Accounts,
}

impl Outside {
    /// The brand's world and the servers, of which the brand knows nothing yet.
    pub(crate) async fn new(db: TestDb) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let entropy = Arc::new(SeededEntropy::new([2; 32]));
        let servers = Providers::start(listener, Accounts::demo(), db.clock.clone(), entropy).unwrap();
        let options = OutsideOptions { calls_loopback: true, ..OutsideOptions::default() };
        let network = Network { trusted_hops: 1, ..Network::default() };
        Self { world: World::with(db, network, options).await, servers, accounts: Accounts::demo() }
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Got {
        self.world.call("PUT", path, Some(&self.world.owner), None, Some(body.to_string())).await
    }

    pub(crate) async fn set_wechat(&self) {
        let body = json!({
            "app_id": self.accounts.wechat_app_id, "secret": self.accounts.wechat_secret,
            "authorize_url": self.servers.url(), "api_url": self.servers.url(),
        });
        let set = self.put("/v1/providers/wechat", body).await;
        assert_eq!(set.status, 200, "{}", set.text());
    }

    pub(crate) async fn set_sms(&self, budget_fen_per_day: u32) {
        let body = json!({
            "protocol": "gateway", "url": self.servers.url(), "key_id": self.accounts.sms_key_id,
            "secret": self.accounts.sms_secret, "template": "SMS_1", "price_fen": 5,
            "budget_fen_per_day": budget_fen_per_day, "messages_per_day": 1000,
        });
        let set = self.put("/v1/providers/sms", body).await;
        assert_eq!(set.status, 200, "{}", set.text());
    }

    /// The person an identifier leads to.
    pub(crate) async fn person(&self, kind: &str, value: &str) -> Value {
        self.world.person(kind, value).await
    }
}
