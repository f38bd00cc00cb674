//! Keeping the tables quick to read: small files are packed into large ones, and files that nobody reads are deleted.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::Clock;
use tallymark_store::Store;
use tokio::sync::Notify;

use super::{Settings, Writer};
use crate::table::Table;
use crate::{Error, Lake};

/// How often files that no version names are looked for.
const CLEAN_EVERY: Duration = Duration::from_secs(24 * 3600);

/// What was kept in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Small files that went into larger ones.
    pub packed: u64,
    /// Files that were deleted, because no version of the last week names them.
    pub deleted: usize,
}

/// Keeps the tables of a lake beside its writer: packing changes no row, so neither waits for the other.
#[derive(Debug)]
pub(super) struct Keeper {
    lake: Lake,
    settings: Settings,
    clock: Arc<dyn Clock>,
    store: Store,
    /// When files were deleted last, on the clock's `elapsed`.
    cleaned: Option<Duration>,
}

impl Writer {
    /// Packs the tables that have many small files, and deletes the files that nobody can need.
    ///
    /// # Errors
    ///
    /// Of the storage; nothing is lost, and the next call tries again.
    pub async fn keep(&self) -> Result<Kept, Error> {
        Keeper::of(self).keep().await
    }
}

impl Keeper {
    pub(super) fn of(writer: &Writer) -> Self {
        let Writer { lake, context, settings, .. } = writer;
        Self {
            lake: lake.clone(),
            settings: *settings,
            clock: context.clock.clone(),
            store: context.store.clone(),
            cleaned: None,
        }
    }

    /// Keeps the tables in order whenever a batch was written; never ends.
    pub(super) async fn keep_on(&mut self, wrote: &Notify) {
        loop {
            wrote.notified().await;
            match self.keep().await {
                Ok(Kept { packed: 0, deleted: 0 }) => {}
                Ok(Kept { packed, deleted }) => tracing::info!(packed, deleted, "files of the lake were packed"),
                Err(error) => {
                    tracing::warn!(%error, "files of the lake were not packed; it is tried again after the next batch");
                }
            }
        }
    }

    async fn keep(&mut self) -> Result<Kept, Error> {
        let now = self.clock.elapsed();
        let is_clean = self.cleaned.is_some_and(|cleaned| now < cleaned + CLEAN_EVERY);
        let (lake, settings) = (self.lake.clone(), self.settings);
        let (kept, files) = self.lake.run(async move { keep(&lake, settings, !is_clean).await }).await?;
        for (table, files) in files {
            self.store.metrics().lake_files.with_label_values(&[table.as_str()]).set(files);
        }
        if !is_clean {
            self.cleaned = Some(now);
        }
        Ok(kept)
    }
}

/// Keeps every table; gives the live files of each as well.
async fn keep(lake: &Lake, settings: Settings, clean: bool) -> Result<(Kept, Vec<(String, i64)>), Error> {
    let file_bytes = NonZeroU64::new(settings.file_bytes).unwrap_or(NonZeroU64::MIN);
    let (mut kept, mut files) = (Kept::default(), Vec::new());
    for event_type in lake.registry().iter() {
        let Some(mut table) = Table::find(lake.storage(), &event_type.table()).await? else {
            continue;
        };
        if table.small_files_max(settings.file_bytes)? >= settings.small_files_max {
            kept.packed += table.pack(file_bytes).await?;
        }
        if clean {
            kept.deleted += table.clean().await?;
        }
        files.push((table.name.clone(), i64::try_from(table.files()?).unwrap_or(i64::MAX)));
    }
    Ok((kept, files))
}
