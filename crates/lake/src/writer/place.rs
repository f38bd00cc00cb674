//! Whether a place is the one where this database's lake is, and what to do when it is not.
//!
//! | At the place | It is | What helps |
//! |---|---|---|
//! | tables that are behind the database, or as far | this lake | |
//! | tables that are ahead of it | this lake, and the database was set back | [`Writer::rewind`], or another place |
//! | tables of another name | another's lake | another place |
//! | nothing, though there were tables | the folder of a disk that is not mounted | the disk, or [`Writer::begin`] |

use tallymark_base::Timestamp;

use super::Writer;
use crate::store::{self, Held};
use crate::table::Table;
use crate::{Error, Lake};

/// A table that was set back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rewound {
    /// Its name.
    pub table: String,
    /// The version it was in.
    pub from_version: u64,
    /// The version whose content it has again.
    pub to_version: u64,
    /// Events that are not in it any more.
    pub events: u64,
}

impl Writer {
    /// Fails when the place is not this lake's.
    pub(super) async fn refuse_other(&self, held: Held) -> Result<(), Error> {
        let lake = self.lake.clone();
        self.lake.run(async move { refuse_other(&lake, held).await }).await
    }

    /// Remembers that the lake has tables.
    pub(super) async fn remember_tables(&mut self) -> Result<(), Error> {
        if self.held.is_none_or(|held| held.has_tables) {
            return Ok(());
        }
        let mut tx = self.context.store.write().await?;
        if !store::record_tables(&mut tx, self.holder, true).await? {
            return Err(Error::LeaseLost);
        }
        tx.commit().await?;
        self.held = self.held.map(|held| Held { has_tables: true, ..held });
        Ok(())
    }

    /// Has the lake begin anew in an empty place. What was written before stays where it is, and nobody writes there any
    /// more.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] while a server writes the lake, [`Error::NotEmpty`] where there are tables.
    pub async fn begin(&mut self) -> Result<(), Error> {
        let held = self.take_lease().await?.ok_or(Error::LeaseLost)?;
        self.go_on_under(held);
        let lake = self.lake.clone();
        let found = self.lake.run(async move { any_table(&lake).await }).await?;
        if let Some(table) = found {
            return Err(Error::NotEmpty { table });
        }
        let mut tx = self.context.store.write().await?;
        let is_held = store::record_tables(&mut tx, self.holder, false).await?
            && store::record_snapshot(&mut tx, self.holder, Timestamp(0)).await?;
        if !is_held {
            return Err(Error::LeaseLost);
        }
        Ok(tx.commit().await?)
    }

    /// Sets the tables back to the last batch that the database knows, after it was restored: events of later batches leave
    /// the tables, and those that wait in the database come in again. Each table is set back by one Delta commit (a
    /// `RESTORE`), so its versions of before can be read for a week. With `is_trial` nothing is changed. Broken off, it goes
    /// on where it stopped.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`] while a server writes the lake, [`Error::Foreign`] where it is another's, and
    /// [`Error::Storage`] where the versions of then are gone, which they are after a week.
    pub async fn rewind(&mut self, is_trial: bool) -> Result<Vec<Rewound>, Error> {
        let held = self.take_lease().await?.ok_or(Error::LeaseLost)?;
        self.go_on_under(held);
        let lake = self.lake.clone();
        let rewound = self.lake.run(async move { rewind(&lake, held, is_trial).await }).await?;
        if !is_trial && !rewound.is_empty() {
            // What the dimensions hold may be of after the point.
            let mut tx = self.context.store.write().await?;
            if !store::record_snapshot(&mut tx, self.holder, Timestamp(0)).await? {
                return Err(Error::LeaseLost);
            }
            tx.commit().await?;
        }
        Ok(rewound)
    }
}

async fn refuse_other(lake: &Lake, held: Held) -> Result<(), Error> {
    let mut is_empty = true;
    for event_type in lake.registry().iter() {
        if let Some(table) = Table::find(lake.storage(), &event_type.table()).await? {
            let (stored, known) = (table.last_batch(&held.app_id()).await?, held.last_batch);
            if stored > known {
                return Err(Error::Ahead { table: table.name, stored, known });
            }
            is_empty = false;
        }
    }
    if is_empty && held.has_tables { Err(Error::Empty) } else { Ok(()) }
}

/// The name of a table that is there.
async fn any_table(lake: &Lake) -> Result<Option<String>, Error> {
    for event_type in lake.registry().iter() {
        if Table::exists(lake.storage(), &event_type.table()).await? {
            return Ok(Some(event_type.table()));
        }
    }
    Ok(None)
}

async fn rewind(lake: &Lake, held: Held, is_trial: bool) -> Result<Vec<Rewound>, Error> {
    let (mut rewound, app_id) = (Vec::new(), held.app_id());
    for event_type in lake.registry().iter().filter(|event_type| !event_type.is_dimension()) {
        let Some(mut table) = Table::find(lake.storage(), &event_type.table()).await? else { continue };
        table.refuse_foreign(&held.lake_name())?;
        let Some(then) = table.before_batch(&app_id, held.last_batch).await? else { continue };
        rewound.push(Rewound {
            table: table.name.clone(),
            from_version: table.version(),
            to_version: then.version(),
            events: table.rows()?.saturating_sub(then.rows()?),
        });
        if !is_trial {
            table.restore(&then, &app_id, held.last_batch).await?;
        }
    }
    Ok(rewound)
}
