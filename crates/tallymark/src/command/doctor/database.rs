//! What the database says: settings, tables, clock, keys, servers, work that waits.

use tallymark_base::Clock as _;
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_partners::tenant;
use tallymark_store::job::State as JobState;
use tallymark_store::{Engine, Error, Store, job, node, outbox};

use super::{Finding, brands, lake};
use crate::installation::Installation;
use crate::print::Failure;

/// Events that wait for longer than this have no consumer, in seconds.
const EVENTS_WAIT_MAX: i64 = 3_600;

/// Everything that can be asked of the database. Applies no migration and takes no node number.
pub(super) async fn look(installation: &Installation, master: Option<&Key>, found: &mut Vec<Finding>) {
    // Opening asserts the engine's version and that it keeps what it acknowledges.
    let store = match installation.store_as_it_is().await {
        Ok(store) => store,
        Err(failure) => {
            found.push(Finding::failed("database", failure));
            return;
        }
    };
    let engine = match store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let version = store.version().await.unwrap_or_default();
    found.push(Finding::ok("database", format!("{engine} {version} answers and keeps what it acknowledges")));
    found.push(clock(&store).await);
    match store.pending_migrations(&tallymark_server::migrations()).await {
        Ok(pending) => {
            found.push(migrations(pending));
            match rows(&store, found).await {
                // Tables that are still to be made cannot be looked at.
                Err(Error::Defect(_)) if pending > 0 => {}
                Err(error) => found.push(Finding::failed("tables", error)),
                Ok(()) => {
                    let is_current = pending == 0;
                    if is_current {
                        lake::look(installation, &store, found).await;
                    }
                    if let Some(master) = master {
                        each_brand(&store, master, is_current, found).await;
                    }
                }
            }
        }
        Err(error) => found.push(Finding::failed("migrations", error)),
    }
    store.close().await;
}

fn migrations(pending: usize) -> Finding {
    match pending {
        0 => Finding::ok("migrations", "the tables are those of this program"),
        count => {
            Finding::note("migrations", format!("{count} will be applied when the server starts; take a backup before"))
        }
    }
}

async fn clock(store: &Store) -> Finding {
    let limit = node::CLOCK_DIFFERENCE_MAX.as_secs();
    match node::clock_difference(store, &SystemClock::new()).await {
        Ok(None) => Finding::ok("clock", "the database goes by this machine's clock"),
        Ok(Some(micros)) if micros.abs() > node::CLOCK_DIFFERENCE_MAX.as_micros() as i64 => Finding::wrong(
            "clock",
            format!(
                "this machine is {:.1} s off the database's clock (ahead where positive); above {limit} s no server starts: \
                 set the clock, for example by chrony",
                micros as f64 / 1e6
            ),
        ),
        Ok(Some(micros)) => {
            Finding::ok("clock", format!("within {:.3} s of the database's", (micros as f64 / 1e6).abs()))
        }
        Err(error) => Finding::failed("clock", error),
    }
}

/// What stands in the tables.
async fn rows(store: &Store, found: &mut Vec<Finding>) -> Result<(), Error> {
    let now = SystemClock::new().now();
    let mut tx = store.read().await?;
    let nodes = node::held(&mut tx, now).await?;
    found.push(match nodes.len() {
        count if count >= usize::from(node::SIMULATED) => Finding::wrong(
            "servers",
            format!("all {} node numbers are held; stop servers that are not needed", node::SIMULATED),
        ),
        0 => Finding::ok("servers", "no server holds a node number"),
        count => Finding::ok("servers", format!("{count} node numbers are held: {nodes:?}")),
    });
    let backlog = outbox::backlog(&mut tx).await?;
    let age = backlog.oldest.map_or(0, |oldest| now.since(oldest) / 1_000_000);
    let text = format!("{} rows of events wait, the oldest for {age} s", backlog.rows);
    found.push(if age > EVENTS_WAIT_MAX { Finding::note("events", text) } else { Finding::ok("events", text) });
    found.push(jobs(&job::counts(&mut tx).await?));
    tx.commit().await
}

/// Whether work was given up, and which.
fn jobs(counts: &[(String, JobState, i64)]) -> Finding {
    let dead: Vec<String> = counts
        .iter()
        .filter(|(_, state, _)| *state == JobState::Dead)
        .map(|(kind, _, count)| format!("{count} of {kind}"))
        .collect();
    if dead.is_empty() {
        return Finding::ok("jobs", "none was given up");
    }
    let text = format!(
        "given up: {}; the log and GET /v1/tasks tell why, and POST /v1/tasks/{{id}}/retry does what somebody asked for again",
        dead.join(", ")
    );
    Finding::wrong("jobs", text)
}

/// What stands in the tables of each brand, where the master key opens its secret. Tables that are still to be changed are
/// not looked at.
async fn each_brand(store: &Store, master: &Key, is_current: bool, found: &mut Vec<Finding>) {
    let looked: Result<(), Failure> = async {
        let mut tx = store.read().await?;
        let tenants = match tenant::all(&mut tx, master).await {
            Ok(tenants) => tenants,
            Err(error) => {
                found.push(Finding::failed("key fits", error));
                return Ok(());
            }
        };
        found.push(match tenants.len() {
            0 => Finding::note("key fits", "there is no brand yet that could tell"),
            count => Finding::ok("key fits", format!("the master key opens the secrets of {count} brands")),
        });
        if is_current {
            found.push(brands::users(&mut tx, &tenants).await?);
            found.push(brands::providers(&mut tx, &tenants).await?);
        }
        Ok(())
    }
    .await;
    if let Err(failure) = looked {
        found.push(Finding::failed("brands", failure));
    }
}
