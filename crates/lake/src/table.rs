//! One event type's Delta table: made, widened, appended to, read.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::Field;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, StructField, Transaction};
use deltalake::logstore::LogStoreRef;
use deltalake::operations::create::CreateBuilder;
use deltalake::operations::vacuum::VacuumMode;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter as _, RecordBatchWriter};
use deltalake::{DeltaTable, DeltaTableError};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tallymark_base::Timestamp;
use tallymark_base::event::EventType;

use crate::Error;
use crate::columns::{DAY, columns};
use crate::location::Storage;

/// The key under which a table keeps whose it is. Not of Delta's own: other engines leave it alone.
const OWNER: &str = "tallymark.lake";
/// Table properties: a checkpoint of the log every 100 commits (an hour and a half), the log and removed files kept for
/// seven days, so that a reader or a clone can go back a week.
const PROPERTIES: [(&str, &str); 4] = [
    ("delta.checkpointInterval", "100"),
    ("delta.logRetentionDuration", "interval 7 days"),
    ("delta.deletedFileRetentionDuration", "interval 7 days"),
    ("delta.enableExpiredLogCleanup", "true"),
];
/// Rows in a row group: a scan of one column reads it in pieces of about a megabyte.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// A table that exists.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) delta: DeltaTable,
}

/// Parquet files of one batch that no commit names yet.
#[derive(Debug)]
pub(crate) struct Written {
    actions: Vec<Action>,
}

impl Table {
    /// Whether there is a table of this name.
    pub(crate) async fn exists(storage: &Storage, name: &str) -> Result<bool, Error> {
        Ok(DeltaTable::new(storage.table(name)).verify_deltatable_existence().await?)
    }

    /// The table of a type in its latest version; `None` where it was never written.
    pub(crate) async fn find(storage: &Storage, name: &str) -> Result<Option<Self>, Error> {
        let mut delta = DeltaTable::new(storage.table(name));
        if !delta.verify_deltatable_existence().await? {
            return Ok(None);
        }
        delta.load().await?;
        Ok(Some(Self { name: name.to_owned(), delta }))
    }

    /// The table of a type, made where it is missing and widened by the columns it lacks. `lake_id` is whose it is.
    pub(crate) async fn of(storage: &Storage, event_type: &EventType, lake_id: &str) -> Result<Self, Error> {
        let name = event_type.table();
        let mut table = match Self::find(storage, &name).await? {
            Some(table) => table,
            None => Self::create(storage.table(&name), event_type, name, lake_id).await?,
        };
        table.refuse_foreign(lake_id)?;
        table.widen(event_type).await?;
        Ok(table)
    }

    /// Fails when it belongs to another installation.
    pub(crate) fn refuse_foreign(&self, lake_id: &str) -> Result<(), Error> {
        let configuration = self.delta.snapshot()?.metadata().configuration();
        match configuration.get(OWNER).is_some_and(|owner| owner == lake_id) {
            true => Ok(()),
            false => Err(Error::Foreign { table: self.name.clone() }),
        }
    }

    /// The same table in the version that is its latest by now.
    pub(crate) async fn latest(mut self) -> Result<Self, Error> {
        self.delta.update_state().await?;
        Ok(self)
    }

    async fn create(store: LogStoreRef, event_type: &EventType, name: String, lake_id: &str) -> Result<Self, Error> {
        let configuration = PROPERTIES.iter().copied().chain([(OWNER, lake_id)]);
        let delta = CreateBuilder::new()
            .with_log_store(store)
            .with_table_name(&name)
            .with_comment(event_type.description)
            .with_columns(columns(event_type).iter().map(|column| column.delta()))
            .with_partition_columns((!event_type.is_dimension()).then_some(DAY))
            .with_configuration(configuration.map(|(key, value)| (key, Some(value))))
            .with_raise_if_key_not_exists(false)
            .with_save_mode(SaveMode::ErrorIfExists)
            .await?;
        Ok(Self { name, delta })
    }

    /// Adds the columns of the declaration that the table lacks. They are nullable by the rule of versions.
    async fn widen(&mut self, event_type: &EventType) -> Result<(), Error> {
        let schema = self.delta.snapshot()?.schema();
        let missing: Vec<StructField> = columns(event_type)
            .iter()
            .filter(|column| schema.field(column.name).is_none())
            .map(|column| column.delta())
            .collect();
        if !missing.is_empty() {
            self.delta = self.delta.clone().add_columns().with_fields(missing).await?;
        }
        Ok(())
    }

    /// The batch of `app_id` that was appended last; 0 where there was none.
    pub(crate) async fn last_batch(&self, app_id: &str) -> Result<i64, Error> {
        let log_store = self.delta.log_store();
        Ok(self.delta.snapshot()?.transaction_version(log_store.as_ref(), app_id).await?.unwrap_or(0))
    }

    /// The version that it is in.
    pub(crate) fn version(&self) -> u64 {
        self.delta.version().unwrap_or_default()
    }

    /// Its rows, as its log tells them.
    pub(crate) fn rows(&self) -> Result<u64, Error> {
        let rows = self.delta.snapshot()?.log_data().iter().map(|file| file.num_records().unwrap_or(0) as u64).sum();
        Ok(rows)
    }

    /// The same table in its latest version that holds no batch of `app_id` after `batch`; `None` where this one is that.
    ///
    /// Versions are looked at from the latest down, since numbers of batches come again after a table was set back.
    pub(crate) async fn before_batch(&self, app_id: &str, batch: i64) -> Result<Option<Self>, Error> {
        if self.last_batch(app_id).await? <= batch {
            return Ok(None);
        }
        let mut then = self.clone();
        for version in (0..self.version()).rev() {
            then.delta.load_version(version).await?;
            if then.last_batch(app_id).await? <= batch {
                break;
            }
        }
        Ok(Some(then))
    }

    /// Gives it the content of an earlier version again, with `batch` as its last one.
    pub(crate) async fn restore(&mut self, then: &Self, app_id: &str, batch: i64) -> Result<(), Error> {
        let properties = CommitProperties::default().with_application_transaction(Transaction::new(app_id, batch));
        let restored = self.delta.clone().restore().with_version_to_restore(then.version());
        let (delta, _) = restored.with_commit_properties(properties).await?;
        self.delta = delta;
        Ok(())
    }

    /// A writer of files for this table, one file for each day.
    pub(crate) fn writer(&self) -> Result<FileWriter, Error> {
        Ok(FileWriter {
            inner: RecordBatchWriter::for_table(&self.delta)?.with_writer_properties(parquet_properties()),
            rows: 0,
            ended: Vec::new(),
        })
    }

    /// Makes files part of the table as batch `batch` of `app_id`. Refused by Delta when another commit of the same
    /// `app_id` came in since the table was loaded: so of two writers that both believe to hold the lease, one wins.
    pub(crate) async fn commit(&mut self, written: Written, app_id: &str, batch: i64) -> Result<(), Error> {
        let properties = CommitProperties::default().with_application_transaction(Transaction::new(app_id, batch));
        let operation =
            DeltaOperation::Write { mode: SaveMode::Append, partition_by: Some(vec![DAY.to_owned()]), predicate: None };
        let snapshot = self.delta.snapshot()?.snapshot().clone();
        let committed = CommitBuilder::from(properties)
            .with_actions(written.actions)
            .build(Some(&snapshot), self.delta.log_store(), operation)
            .await?;
        self.delta.state = Some(committed.snapshot());
        Ok(())
    }
}

impl Table {
    /// Makes files the whole table, in place of those that are there. Refused by Delta when another snapshot came in since
    /// the table was loaded: both name `app_id`.
    pub(crate) async fn replace(&mut self, written: Written, app_id: &str, taken_at: Timestamp) -> Result<(), Error> {
        let properties = CommitProperties::default().with_application_transaction(Transaction::new(app_id, taken_at.0));
        let snapshot = self.delta.snapshot()?.snapshot().clone();
        let gone =
            self.delta.snapshot()?.log_data().iter().map(|file| Action::Remove(file.remove_action(true))).collect();
        let actions: Vec<Action> = [written.actions, gone].concat();
        let operation = DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(&snapshot), self.delta.log_store(), operation)
            .await?;
        self.delta.state = Some(committed.snapshot());
        Ok(())
    }

    /// The largest number of small files (below half of `file_bytes`) that one day has.
    pub(crate) fn small_files_max(&self, file_bytes: u64) -> Result<usize, Error> {
        let mut by_day = BTreeMap::<Option<String>, usize>::new();
        for file in self.delta.snapshot()?.log_data().iter() {
            if u64::try_from(file.size()).unwrap_or(0) < file_bytes / 2 {
                *by_day.entry(file.partition_values_map().remove(DAY).flatten()).or_default() += 1;
            }
        }
        Ok(by_day.into_values().max().unwrap_or(0))
    }

    /// Live files.
    pub(crate) fn files(&self) -> Result<usize, Error> {
        Ok(self.delta.snapshot()?.log_data().num_files())
    }

    /// Packs small files of a day into files of about `file_bytes`. Rows stay as they are: readers see the same table
    /// before and after. Gives how many files went.
    pub(crate) async fn pack(&mut self, file_bytes: NonZeroU64) -> Result<u64, Error> {
        let optimize = self.delta.clone().optimize().with_target_size(file_bytes).with_max_concurrent_tasks(1);
        let (delta, metrics) = optimize.with_writer_properties(parquet_properties()).await?;
        self.delta = delta;
        Ok(metrics.num_files_removed)
    }

    /// Deletes files that no version of the last week names: what was packed, and what crashes left.
    pub(crate) async fn clean(&mut self) -> Result<usize, Error> {
        let (delta, metrics) = self.delta.clone().vacuum().with_mode(VacuumMode::Full).await?;
        self.delta = delta;
        Ok(metrics.files_deleted.len())
    }
}

fn parquet_properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build()
}

/// Writes Parquet files that no commit names yet.
pub(crate) struct FileWriter {
    inner: RecordBatchWriter,
    /// Rows of the files that are not ended.
    rows: usize,
    ended: Vec<Action>,
}

impl FileWriter {
    /// Adds rows. Columns that a newer program added to the table are null in them.
    pub(crate) async fn write(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        let schema = self.inner.arrow_schema();
        let column = |field: &Arc<Field>| match rows.column_by_name(field.name()) {
            Some(column) => column.clone(),
            None => new_null_array(field.data_type(), rows.num_rows()),
        };
        let columns = schema.fields().iter().map(column).collect();
        let rows = RecordBatch::try_new(schema, columns).map_err(DeltaTableError::from)?;
        self.rows += rows.num_rows();
        self.inner.write(rows).await?;
        // An unfinished file is held in memory.
        if self.rows >= ROW_GROUP_ROWS {
            self.end_files().await?;
        }
        Ok(())
    }

    async fn end_files(&mut self) -> Result<(), Error> {
        self.rows = 0;
        self.ended.extend(self.inner.flush().await?.into_iter().map(Action::Add));
        Ok(())
    }

    /// Ends the files.
    pub(crate) async fn finish(mut self) -> Result<Written, Error> {
        self.end_files().await?;
        Ok(Written { actions: self.ended })
    }
}
