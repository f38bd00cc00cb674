//! The companies outside, played by the demo itself: WeChat, and who sends messages.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tallymark_base::random::SystemEntropy;
use tallymark_base::time::SystemClock;
use tallymark_sim::providers::{Accounts, Providers};
use tokio::net::TcpListener;

use crate::failure::{Context as _, Result};
use crate::process::Installation;

/// Starts them and tells the brand about them, by the command line.
pub(super) async fn start(installation: &Installation, folder: &Path) -> Result<Providers> {
    let listener = TcpListener::bind("127.0.0.1:0").await.while_doing(|| "starting the stand-ins".to_owned())?;
    let accounts = Accounts::demo();
    let providers =
        Providers::start(listener, accounts.clone(), Arc::new(SystemClock::new()), Arc::new(SystemEntropy))?;
    let url = providers.url();
    let wechat = json!({
        "app_id": accounts.wechat_app_id, "secret": accounts.wechat_secret, "authorize_url": url, "api_url": url,
    });
    let sms = json!({
        "protocol": "gateway", "url": url, "key_id": accounts.sms_key_id, "secret": accounts.sms_secret,
        "template": "DEMO_CODE", "price_fen": 5, "budget_fen_per_day": 20_000, "messages_per_day": 4_000,
    });
    set(installation, folder, "wechat", &wechat).await?;
    set(installation, folder, "sms", &sms).await?;
    Ok(providers)
}

async fn set(installation: &Installation, folder: &Path, kind: &str, setting: &Value) -> Result<()> {
    let file = folder.join(format!("{kind}.json"));
    std::fs::write(&file, setting.to_string())?;
    installation.command(["provider", "set", kind, "--file", &file.display().to_string()]).await?;
    Ok(std::fs::remove_file(file)?)
}
