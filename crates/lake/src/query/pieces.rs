//! Answers that are taken piece by piece, for whoever writes many rows down and keeps none of them.

use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::answer::{Answer, AnswerColumn};
use super::{QueryError, Question, refuse_long, session, watch, within};
use crate::lake::{Ended, Turn};
use crate::{Error, Lake};

/// Pieces that wait for whoever takes them; the engine pauses meanwhile.
const WAITING_MAX: usize = 2;

type Given = mpsc::Sender<Result<Answer, Error>>;

/// An answer on its way, each piece some thousand rows. Dropping it ends the question.
#[derive(Debug)]
pub struct Pieces {
    columns: Vec<AnswerColumn>,
    pieces: mpsc::Receiver<Result<Answer, Error>>,
    _work: JoinSet<()>,
}

impl Pieces {
    /// The columns of every piece.
    pub fn columns(&self) -> &[AnswerColumn] {
        &self.columns
    }

    /// The next rows, never none of them; `None` at the end. [`Answer::is_cut`] of the last tells whether there are more.
    ///
    /// # Errors
    ///
    /// Those of [`Lake::ask`]: what was taken before is no whole answer then.
    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        self.pieces.recv().await.transpose()
    }
}

impl Lake {
    /// Answers a question piece by piece. All limits hold but that of the bytes of the rows, which go as they come; the time
    /// runs until the last row was taken.
    ///
    /// # Errors
    ///
    /// Those of [`Lake::ask`], as far as they show before the first row.
    pub async fn ask_in_pieces(&self, question: Question) -> Result<Pieces, Error> {
        refuse_long(&question)?;
        let (give, mut pieces) = mpsc::channel(WAITING_MAX);
        let (lake, limits) = (self.clone(), question.limits);
        let mut work = JoinSet::new();
        work.spawn(async move {
            let told = give.clone();
            let done = within(limits, async {
                let turn = lake.turn(limits.memory_bytes).await;
                worked(&lake, question, turn, give).await
            });
            if let Err(error) = done.await {
                // Whoever asked may be gone.
                told.send(Err(error)).await.ok();
            }
        });
        let head = pieces.recv().await.unwrap_or_else(|| Err(Ended("no answer came".to_owned()).into()))?;
        Ok(Pieces { columns: head.columns(), pieces, _work: work })
    }
}

/// Works on the lake's threads, and ends when the process grows too much meanwhile.
async fn worked(lake: &Lake, question: Question, turn: Turn, give: Given) -> Result<(), Error> {
    let (limits, working) = (question.limits, lake.clone());
    let work = lake.answer(async move {
        let given = given(&working, question, turn.pool(), give).await;
        drop(turn);
        given
    });
    tokio::select! {
        given = work => given,
        () = watch::overrun(lake, limits.memory_bytes) => Err(QueryError::memory(limits).into()),
    }
}

/// Gives the head, which has no rows, and the pieces.
async fn given(lake: &Lake, question: Question, pool: Arc<dyn MemoryPool>, give: Given) -> Result<(), Error> {
    let limits = question.limits;
    let plan = session::plan(lake, &question, None, pool).await?;
    let mut stream = plan.execute_stream().await.map_err(|error| QueryError::of(error, limits))?;
    let schema = stream.schema();
    let piece = |batches, is_cut| Ok(Answer { schema: schema.clone(), batches, is_cut });
    let mut is_wanted = give.send(piece(Vec::new(), false)).await.is_ok();
    let mut left = limits.rows_max;
    while is_wanted && let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| QueryError::of(error, limits))?;
        if batch.num_rows() == 0 {
            continue;
        }
        let is_cut = batch.num_rows() > left;
        let batch = if is_cut { batch.slice(0, left) } else { batch };
        left -= batch.num_rows();
        is_wanted = give.send(piece(vec![batch], is_cut)).await.is_ok() && !is_cut;
    }
    Ok(())
}
