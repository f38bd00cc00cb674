//! Telling subscribers of events: addresses outside, called over https.

use std::time::Duration;

use async_trait::async_trait;
use tallymark_traces::{Message, Teller, Traces};
use tokio::sync::watch;

use crate::outside::Outside;

/// How long an idle server waits before it looks for events that other servers captured.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells what is due until told to stop.
pub(crate) async fn tell(traces: Traces, outside: Outside, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = traces.tell_due(&outside).await {
            tracing::warn!(%error, "subscribers could not be told for now");
        }
        tokio::select! {
            // An error means that the sender went: stop as well.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = traces.news(LOOK_EVERY) => {}
        }
    }
}

#[async_trait]
impl Teller for Outside {
    async fn tell(&self, message: Message) -> Result<(), String> {
        let Message { address, signature, id, body } = message;
        let mut headers =
            vec![("content-type", "application/json"), ("gs1-epcis-version", "2.0.0"), ("message-id", &id)];
        if let Some(signature) = &signature {
            headers.push(("gs1-signature", signature));
        }
        match self.http.post(&address, &headers, body).await {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(format!("it answered {status}")),
            Err(error) => Err(error.to_string()),
        }
    }
}
