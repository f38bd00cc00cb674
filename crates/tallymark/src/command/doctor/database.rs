//! What the database says: settings, tables, clock, keys, servers, work that waits.

use tallymark_base::Clock as _;
use tallymark_base::seal::Key;
use tallymark_base::time::SystemClock;
use tallymark_partners::tenant;
use tallymark_server::condition::{self, Finding};
use tallymark_store::{Error, Store, job, node, outbox};

use super::{brands, failed, lake};
use crate::installation::Installation;
use crate::print::Failure;

/// Everything that can be asked of the database. Applies no migration and takes no node number.
pub(super) async fn look(installation: &Installation, master: Option<&Key>, found: &mut Vec<Finding>) {
    // Opening asserts the engine's version and that it keeps what it acknowledges.
    let store = match installation.store_as_it_is().await {
        Ok(store) => store,
        Err(failure) => {
            found.push(failed("database", failure));
            return;
        }
    };
    let version = store.version().await.unwrap_or_default();
    found.push(condition::database::engine(store.engine(), &version));
    found.extend(store.size_bytes().await.map(condition::database::size));
    found.push(clock(&store).await);
    match store.pending_migrations(&tallymark_server::migrations()).await {
        Ok(pending) => {
            found.push(migrations(pending));
            match rows(&store, found).await {
                // Tables that are still to be made cannot be looked at.
                Err(Error::Defect(_)) if pending > 0 => {}
                Err(error) => found.push(failed("tables", error)),
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
        Err(error) => found.push(failed("migrations", error)),
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
    match node::clock_difference(store, &SystemClock::new()).await {
        Ok(difference_us) => condition::database::clock(difference_us),
        Err(error) => failed("clock", error),
    }
}

/// What stands in the tables.
async fn rows(store: &Store, found: &mut Vec<Finding>) -> Result<(), Error> {
    let now = SystemClock::new().now();
    let mut tx = store.read().await?;
    found.push(condition::database::servers(&node::held(&mut tx, now).await?));
    let backlog = outbox::backlog(&mut tx).await?;
    let age_s = backlog.oldest.map_or(0, |oldest| now.since(oldest) / 1_000_000);
    found.push(condition::database::events(Some(backlog.rows), age_s));
    found.push(condition::work::jobs(&job::counts(&mut tx).await?));
    tx.commit().await
}

/// What stands in the tables of each brand, where the master key opens its secret. Tables that are still to be changed are
/// not looked at.
async fn each_brand(store: &Store, master: &Key, is_current: bool, found: &mut Vec<Finding>) {
    let looked: Result<(), Failure> = async {
        let mut tx = store.read().await?;
        let tenants = match tenant::all(&mut tx, master).await {
            Ok(tenants) => tenants,
            Err(error) => {
                found.push(failed("key fits", error));
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
        found.push(failed("brands", failure));
    }
}
