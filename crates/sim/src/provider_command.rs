//! `tallymark-sim providers`: the companies outside, on this machine, until it is interrupted.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tallymark_base::random::SystemEntropy;
use tallymark_base::time::SystemClock;
use tallymark_sim::providers::{Accounts, Providers};
use tokio::net::TcpListener;

use crate::failure::{Context as _, Result};

/// What `providers` takes.
#[derive(Args)]
pub(crate) struct ProviderArguments {
    /// Where it listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

/// Runs until it is interrupted.
pub(crate) async fn run_command(arguments: ProviderArguments) -> Result<()> {
    let listener = TcpListener::bind(arguments.listen).await.while_doing(|| "listening".to_owned())?;
    let accounts = Accounts::demo();
    let providers =
        Providers::start(listener, accounts.clone(), Arc::new(SystemClock::new()), Arc::new(SystemEntropy))?;
    println!("WeChat and message gateways at http://{}", providers.address);
    println!("WeChat: appid {} secret {}", accounts.wechat_app_id, accounts.wechat_secret);
    println!("Messages: key {} secret {}", accounts.sms_key_id, accounts.sms_secret);
    println!("Messages taken so far: http://{}/messages", providers.address);
    // Programs that start it wait for this line.
    println!("listening {}", providers.address);
    std::future::pending().await
}
