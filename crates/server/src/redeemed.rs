//! Following claims: each becomes an event of EPCIS a moment after its scan.

use std::time::Duration;

use tallymark_scan::redeemed::follow;
use tallymark_store::Context;
use tokio::sync::watch;

/// How long a server waits before it looks for claims again where there were none.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two transactions the others go first.
const LET_OTHERS_GO: Duration = Duration::from_millis(20);

/// Follows until told to stop.
pub(crate) async fn tell(context: Context, mut stopped: watch::Receiver<bool>) {
    loop {
        let wait = match follow(&context).await {
            Ok(true) => LET_OTHERS_GO,
            Ok(false) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "claims could not be told as events for now; they wait");
                LOOK_EVERY
            }
        };
        tokio::select! {
            // An error means that the sender went: stop as well.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
