//! SQL over the lake: one question, one tenant, within limits.
//!
//! A question is a single `SELECT` (or `WITH`, or `EXPLAIN` of one). It sees a view for each event type that keeps its own
//! tenant's rows and hides the tenant's column; there is nothing else to name, and no function that reads a file. It runs
//! on threads of the lake's own, holds at most [`Limits::memory_bytes`], never spills to the disk, and ends after
//! [`Limits::time`]. Dropping the answer's future ends it sooner.

mod answer;
mod error;
mod growth;
mod mask;
mod now;
mod pieces;
mod session;
mod watch;
mod yielding;

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::memory_pool::MemoryPool;
use futures::StreamExt as _;
use tallymark_base::id::TenantId;

pub use self::answer::{Answer, AnswerColumn};
pub use self::error::QueryError;
pub use self::now::{Current, SeenTable};
pub use self::pieces::Pieces;
use crate::lake::Turn;
use crate::tail::Seam;
use crate::{Error, Lake};

/// The longest question, in bytes: planning takes time with its length.
const SQL_BYTES_MAX: usize = 32 * 1024;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// One `SELECT`, in the dialect of DataFusion, which is near PostgreSQL's.
    pub sql: String,
    /// Whose rows it sees.
    pub tenant: TenantId,
    /// Whether pseudonyms are replaced by values that say the same within one answer only.
    pub is_masked: bool,
    /// Where it ends.
    pub limits: Limits,
}

/// Where a question ends.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows that are given; there may be more.
    pub rows_max: usize,
    /// Bytes of the rows that are given.
    pub bytes_max: usize,
    /// Memory that it may use; a third of it is for what sorts, joins and groups gather.
    pub memory_bytes: usize,
    /// From the start of planning to the last row.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows_max: 10_000, bytes_max: 32 << 20, memory_bytes: 256 << 20, time: Duration::from_secs(20) }
    }
}

impl Lake {
    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`QueryError`] says what is wrong with the question or which limit it met; the storage may fail as well.
    pub async fn ask(&self, question: Question) -> Result<Answer, Error> {
        refuse_long(&question)?;
        let limits = question.limits;
        let answered = async {
            let turn = self.turn(limits.memory_bytes).await;
            work(self, question, None, turn).await
        };
        within(limits, answered).await
    }
}

fn refuse_long(question: &Question) -> Result<(), QueryError> {
    match question.sql.len() {
        bytes if bytes > SQL_BYTES_MAX => Err(QueryError::TooLong { bytes, max: SQL_BYTES_MAX }),
        _ => Ok(()),
    }
}

/// Everything within one time limit: waiting for the turn, and the work.
async fn within<T>(limits: Limits, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = tokio::time::timeout(limits.time, work).await;
    done.unwrap_or_else(|_| Err(QueryError::Time { seconds: limits.time.as_secs() }.into()))
}

/// Answers on the lake's threads, and ends when the process grows too much meanwhile.
async fn work(lake: &Lake, question: Question, seam: Option<Arc<Seam>>, turn: Turn) -> Result<Answer, Error> {
    let (limits, working) = (question.limits, lake.clone());
    let work = lake.answer(async move {
        let answer = answer(&working, question, seam.as_deref(), turn.pool()).await;
        drop(turn);
        answer
    });
    tokio::select! {
        answer = work => answer,
        () = watch::overrun(lake, limits.memory_bytes) => Err(QueryError::memory(limits).into()),
    }
}

async fn answer(
    lake: &Lake,
    question: Question,
    seam: Option<&Seam>,
    pool: Arc<dyn MemoryPool>,
) -> Result<Answer, Error> {
    let limits = question.limits;
    let plan = session::plan(lake, &question, seam, pool).await?;
    let mut stream = plan.execute_stream().await.map_err(|error| QueryError::of(error, limits))?;
    let schema = stream.schema();
    let (mut batches, mut rows, mut bytes): (Vec<RecordBatch>, usize, usize) = (Vec::new(), 0, 0);
    let mut is_cut = false;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| QueryError::of(error, limits))?;
        let left = limits.rows_max - rows;
        is_cut = batch.num_rows() > left;
        let batch = if is_cut { batch.slice(0, left) } else { batch };
        bytes += answer::bytes_of(&batch);
        if bytes > limits.bytes_max {
            return Err(QueryError::Bytes { max: limits.bytes_max }.into());
        }
        rows += batch.num_rows();
        batches.push(batch);
        if is_cut {
            break;
        }
    }
    Ok(Answer { schema, batches, is_cut })
}
