//! Telling webhooks: addresses outside, called over https.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tallymark_store::Context;
use tallymark_webhooks::{Message, Teller};
use tokio::sync::watch;

use crate::outside::Outside;

/// How long an idle server waits before it looks for events.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes events out of the outbox and tells the webhooks that are due, until told to stop.
pub(crate) async fn tell(context: Context, outside: Outside, mut stopped: watch::Receiver<bool>) {
    let teller: Arc<dyn Teller> = Arc::new(outside);
    loop {
        // Another server may have taken the same rows: the next look finds what is left.
        let rows = tallymark_webhooks::take(&context).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "events for webhooks could not be taken for now");
            0
        });
        let told = tallymark_webhooks::tell(&context, &teller).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "webhooks could not be told for now");
            0
        });
        let pause = if rows + told > 0 { Duration::ZERO } else { LOOK_EVERY };
        tokio::select! {
            // An error means that the sender went: stop as well.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[async_trait]
impl Teller for Outside {
    async fn post(&self, message: Message) -> Result<u16, String> {
        let Message { url, id, at_s, signature, body } = message;
        let at = at_s.to_string();
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", at.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        self.http.post(&url, &headers, body.into_bytes()).await.map_err(|error| error.to_string())
    }
}
