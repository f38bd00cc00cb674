//! Local servers that speak the protocols of the companies that Tallymark calls, as their documents describe them and
//! written against those documents rather than against our clients: WeChat's web authorisation, the message gateway of
//! Tallymark's own protocol, and Aliyun's `SendSms`.
//!
//! | Path | Whose |
//! |---|---|
//! | `GET /connect/oauth2/authorize` | WeChat: sends the browser back at once, as the silent scope does |
//! | `GET /sns/oauth2/access_token` | WeChat: exchanges a code |
//! | `POST /v1/messages` | the gateway |
//! | `POST /` | Aliyun |
//! | `GET /messages` | for tests: the messages taken so far, oldest first |
//! | `POST /trouble` | for tests: what goes wrong from here on, a [`Trouble`] as JSON |

mod aliyun;
mod gateway;
mod trouble;
mod wechat;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Serialize;
use tallymark_base::{Clock, Entropy};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use trouble::{SmsTrouble, Trouble, WechatTrouble};

/// The accounts that the companies know.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// Appid of the official account.
    pub wechat_app_id: String,
    /// Its appsecret.
    pub wechat_secret: String,
    /// Key id at the gateway and at Aliyun.
    pub sms_key_id: String,
    /// The secret that belongs to it.
    pub sms_secret: String,
}

impl Accounts {
    /// The accounts of the demo.
    pub fn demo() -> Self {
        Self {
            wechat_app_id: "wx0demo0demo0demo0".to_owned(),
            wechat_secret: "demo-wechat-secret".to_owned(),
            sms_key_id: "demo-key".to_owned(),
            sms_secret: "demo-sms-secret".to_owned(),
        }
    }
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenMessage {
    /// `gateway` or `aliyun`.
    pub by: &'static str,
    /// The sender's id for it.
    pub message_id: String,
    /// The number, as it was sent.
    pub to: String,
    /// The template.
    pub template: String,
    /// The template's values.
    pub params: serde_json::Value,
    /// Our id for it.
    pub provider_id: String,
    /// How often it was handed over under this id.
    pub times: u32,
}

/// The running servers. Dropping it ends them.
#[derive(Debug)]
pub struct Providers {
    /// Where they listen.
    pub address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

/// What the handlers share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    accounts: Arc<Accounts>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    books: Arc<Mutex<Books>>,
}

/// What the companies remember.
#[derive(Debug, Default)]
struct Books {
    trouble: Trouble,
    /// Codes that were given to browsers.
    codes: HashMap<String, wechat::Given>,
    messages: Vec<TakenMessage>,
    /// What was asked under a message id, to tell another message under the same id.
    bodies: HashMap<String, Vec<u8>>,
    nonces: HashSet<String>,
}

impl Providers {
    /// Starts the servers.
    pub fn start(
        listener: TcpListener,
        accounts: Accounts,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Shared { accounts: Arc::new(accounts), clock, entropy, books: Arc::default() };
        let router = axum::Router::new()
            .route("/connect/oauth2/authorize", get(wechat::authorize))
            .route("/sns/oauth2/access_token", get(wechat::access_token))
            .route("/v1/messages", post(gateway::take))
            .route("/", post(aliyun::take))
            .route("/messages", get(messages))
            .route("/trouble", post(make_trouble))
            .with_state(shared.clone());
        let task = tokio::spawn(async move {
            // It ends with the process or with this task; there is nobody to tell.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, shared, task })
    }

    /// The base address of all of them.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The messages taken so far, oldest first.
    pub fn messages(&self) -> Vec<TakenMessage> {
        self.shared.books().messages.clone()
    }

    /// What goes wrong from here on.
    pub fn trouble(&self, trouble: Trouble) {
        self.shared.books().trouble = trouble;
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Random letters and digits.
    fn word(&self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut random = vec![0; length];
        self.entropy.fill(&mut random);
        random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
    }
}

async fn messages(State(shared): State<Shared>) -> Json<Vec<TakenMessage>> {
    Json(shared.books().messages.clone())
}

async fn make_trouble(State(shared): State<Shared>, Json(trouble): Json<Trouble>) -> Json<Trouble> {
    shared.books().trouble = trouble.clone();
    Json(trouble)
}
