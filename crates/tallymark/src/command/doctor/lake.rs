//! The lake: whether it can be written, what waits for it, and what fits none of its tables.

use tallymark_base::Clock as _;
use tallymark_base::time::SystemClock;
use tallymark_lake::{Location, status};
use tallymark_server::condition::{self, Finding, State};
use tallymark_store::{Store, node};

use super::failed;
use crate::installation::Installation;
use crate::print::Failure;

/// Everything about the lake. Makes no folder and writes nothing.
pub(super) async fn look(installation: &Installation, store: &Store, found: &mut Vec<Finding>) {
    let location = match installation.lake_location() {
        Ok(Some(location)) => location,
        Ok(None) => return found.push(condition::lake::none()),
        Err(failure) => return found.push(failed("lake", failure)),
    };
    if let Location::Folder(path) = &location {
        let finding = condition::lake::folder(path, &path.display().to_string());
        let is_usable = finding.state == State::Ok && path.exists();
        found.push(finding);
        if !is_usable {
            return;
        }
    }
    match waiting(installation, store).await {
        Ok(findings) => found.extend(findings),
        Err(failure) => found.push(failed("lake", failure)),
    }
}

async fn waiting(installation: &Installation, store: &Store) -> Result<Vec<Finding>, Failure> {
    let Some(lake) = installation.lake()? else { return Ok(Vec::new()) };
    let state = status(&lake, store).await?;
    let now = SystemClock::new().now();
    let mut tx = store.read().await?;
    let has_servers = !node::held(&mut tx, now).await?.is_empty();
    drop(tx);
    let age_s = state.oldest_waiting_at.map_or(0, |oldest| now.since(oldest) / 1_000_000);
    Ok(vec![
        condition::lake::lag(Some(state.waiting_events), age_s, has_servers),
        condition::lake::put_aside(&state.put_aside, true),
    ])
}
