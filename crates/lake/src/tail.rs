//! The seam between the lake and the database: every event exactly once, up to the last commit.
//!
//! A table's log tells the number of its last batch. The outbox rows of its type that have no number yet, or a higher one,
//! are beyond it: its tail. Rows go from the outbox only after their batch is in the table. So if the table's number is
//! still the same after the tail was read, no row beyond it had gone by then, and none is in both; otherwise everything
//! is read anew. All tails are read in one transaction on one consistent picture, so that all tables are of one moment.

use arrow::array::{Int64Array, RecordBatch};
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::error::ArrowError;
use deltalake::DeltaTableError;
use tallymark_base::event::EventType;
use tallymark_base::id::TenantId;
use tallymark_base::{Clock, Timestamp, TypedId as _};
use tallymark_store::outbox::consumer::{self, Beyond, Saved};
use tallymark_store::{Store, Tx};

use crate::columns::{TENANT, table_schema};
use crate::decode::Decoding;
use crate::store::{self, Held};
use crate::table::Table;
use crate::writer::{CONSUMER, WHOLE_ROW};
use crate::{Error, Lake};

/// How often everything is read anew because the lake moved on. It takes a batch in every few seconds at most.
const TRIES_MAX: u32 = 8;
/// Bytes of JSON that are read and decoded at a time.
const PIECE_BYTES: i64 = 4 << 20;

/// How much of the outbox a question may read. Beyond that it is answered as of the lake alone.
#[derive(Debug, Clone, Copy)]
pub struct TailLimits {
    /// Outbox rows of one event type.
    pub rows_max: u32,
    /// Bytes of JSON, of all event types that the question names.
    pub bytes_max: i64,
}

impl Default for TailLimits {
    /// A minute of 6,000 scans a second is 160 MB; a server that gets one scan at a time saves one event a row.
    fn default() -> Self {
        Self { rows_max: 65_536, bytes_max: 192 << 20 }
    }
}

/// The tables that a question names, with what is beyond them.
#[derive(Debug)]
pub(crate) struct Seam {
    pub(crate) parts: Vec<Part>,
    /// Every event that was committed before this moment is in it.
    pub(crate) as_of: Timestamp,
    /// Whether the tails are in it; otherwise they were over the limits.
    pub(crate) has_tails: bool,
}

/// One event type's table and its tail.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) event_type: EventType,
    /// `None` where it was never written.
    pub(crate) table: Option<Table>,
    /// The last batch that it holds; 0 where there is none.
    pub(crate) batch: i64,
    /// The tenant's events beyond it.
    pub(crate) tail: Vec<RecordBatch>,
    /// Rows of the outbox beyond it.
    beyond: Vec<Beyond>,
}

impl Part {
    /// The tenant's events beyond the table.
    pub(crate) fn tail_events(&self) -> usize {
        self.tail.iter().map(RecordBatch::num_rows).sum()
    }
}

/// What is asked of the seam.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) types: Vec<EventType>,
    pub(crate) tenant: TenantId,
    pub(crate) limits: TailLimits,
}

/// Reads tables and tails until they fit together.
pub(crate) async fn gather(lake: &Lake, store: &Store, clock: &dyn Clock, wanted: &Wanted) -> Result<Seam, Error> {
    for _ in 0..TRIES_MAX {
        let (opening, types) = (lake.clone(), wanted.types.clone());
        let parts = lake.answer(async move { open(&opening, types).await }).await?;
        // After the tables: whoever made one is known by then.
        let mut tx = store.read().await?;
        let known = store::known(&mut tx).await?;
        tx.commit().await?;
        let parts = lake.answer(numbered(parts, known)).await?;
        // Nothing that is committed from here on is counted on, but what was committed before is in one or the other.
        let as_of = clock.now();
        let seam = read_tails(lake, store, wanted, parts, as_of).await?;
        let tables: Vec<(Table, i64)> =
            seam.parts.iter().filter_map(|part| Some((part.table.clone()?, part.batch))).collect();
        let missing: Vec<EventType> =
            seam.parts.iter().filter(|part| part.table.is_none()).map(|part| part.event_type).collect();
        let looking = lake.clone();
        if lake.answer(async move { stands(&looking, known, tables, missing).await }).await? {
            return Ok(seam);
        }
    }
    Err(Error::Moving { tries: TRIES_MAX })
}

/// The tables in their latest versions.
async fn open(lake: &Lake, types: Vec<EventType>) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::with_capacity(types.len());
    for event_type in types {
        let table = Table::find(lake.storage(), &event_type.table()).await?;
        parts.push(Part { event_type, table, batch: 0, tail: Vec::new(), beyond: Vec::new() });
    }
    Ok(parts)
}

/// The same with the number of each table's last batch. Refuses tables that a writer of this installation would refuse.
async fn numbered(mut parts: Vec<Part>, known: Option<Held>) -> Result<Vec<Part>, Error> {
    for part in &mut parts {
        if let Some(table) = &part.table {
            part.batch = batch_of(table, known).await?;
        }
    }
    Ok(parts)
}

async fn batch_of(table: &Table, known: Option<Held>) -> Result<i64, Error> {
    let Some(held) = known else { return Err(Error::Foreign { table: table.name.clone() }) };
    table.refuse_foreign(&held.lake_name())?;
    table.last_batch(&held.app_id()).await
}

/// Whether the tables still hold the same batches, and those that were missing still are.
async fn stands(
    lake: &Lake,
    known: Option<Held>,
    tables: Vec<(Table, i64)>,
    missing: Vec<EventType>,
) -> Result<bool, Error> {
    for (table, batch) in tables {
        if batch_of(&table.latest().await?, known).await? != batch {
            return Ok(false);
        }
    }
    for event_type in missing {
        if Table::exists(lake.storage(), &event_type.table()).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads the tails of all parts from one consistent picture of the database.
async fn read_tails(
    lake: &Lake,
    store: &Store,
    wanted: &Wanted,
    mut parts: Vec<Part>,
    as_of: Timestamp,
) -> Result<Seam, Error> {
    let mut tx = store.read().await?;
    if let Some(known) = store::known(&mut tx).await?
        && let Some(ahead) = parts.iter().find(|part| part.batch > known.last_batch)
    {
        let (table, stored) = (ahead.event_type.table(), ahead.batch);
        return Err(Error::Ahead { table, stored, known: known.last_batch });
    }
    let limits = wanted.limits;
    for part in &mut parts {
        let version = (part.event_type.name, i64::from(part.event_type.version));
        part.beyond =
            consumer::beyond(&mut tx, CONSUMER, version, part.batch, limits.rows_max.saturating_add(1)).await?;
    }
    let is_long = parts.iter().any(|part| part.beyond.len() > limits.rows_max as usize);
    let all = || parts.iter().flat_map(|part| &part.beyond);
    if is_long || all().map(|row| row.bytes).sum::<i64>() > limits.bytes_max {
        let oldest = all().map(|row| row.created_at).min().unwrap_or(as_of);
        tx.commit().await?;
        return Ok(Seam { parts, as_of: oldest.min(as_of), has_tails: false });
    }
    for part in &mut parts {
        part.tail = tail_of(lake, &mut tx, part, wanted.tenant).await?;
    }
    tx.commit().await?;
    Ok(Seam { parts, as_of, has_tails: true })
}

/// The tenant's events of one tail, piece by piece.
async fn tail_of(lake: &Lake, tx: &mut Tx, part: &Part, tenant: TenantId) -> Result<Vec<RecordBatch>, Error> {
    let mut rest = part.beyond.as_slice();
    let (mut tail, event_type) = (Vec::new(), part.event_type);
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |row: &&Beyond| {
            bytes += row.bytes;
            bytes <= PIECE_BYTES
        };
        let (piece, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        rest = later;
        let ids: Vec<i64> = piece.iter().map(|row| row.outbox_id).collect();
        let saved = consumer::read(tx, &ids).await?;
        let left_out = store::put_aside_of(tx, &ids).await?;
        let events = lake.answer(async move { decode(event_type, &saved, &left_out, tenant) }).await?;
        tail.extend((events.num_rows() > 0).then_some(events));
    }
    Ok(tail)
}

/// The tenant's events of some rows. Lines that fit no declaration are left out, as the writer leaves them out.
fn decode(
    event_type: EventType,
    saved: &[Saved],
    left_out: &[(i64, i64)],
    tenant: TenantId,
) -> Result<RecordBatch, Error> {
    let decoding = Decoding::of(&event_type);
    let mut all = Vec::with_capacity(saved.len());
    for row in saved {
        let of_row = left_out.iter().filter(|(outbox_id, _)| *outbox_id == row.outbox_id);
        let without: Vec<i64> = of_row.map(|(_, line)| *line).collect();
        if !without.contains(&WHOLE_ROW) {
            all.push(decoding.row(&row.body, row.created_at, &without).0);
        }
    }
    let of_tenant = || -> Result<RecordBatch, ArrowError> {
        let all = concat_batches(&table_schema(&event_type), &all)?;
        let column = all.schema().index_of(TENANT)?;
        filter_record_batch(&all, &eq(all.column(column), &Int64Array::new_scalar(tenant.raw()))?)
    };
    Ok(of_tenant().map_err(DeltaTableError::from)?)
}
