//! Questions whose answer is up to the last commit: over the lake and what the database has beyond it.

use std::sync::Arc;

use tallymark_base::{Clock, Timestamp};
use tallymark_store::Store;

use super::{Answer, Question, refuse_long, session, within, work};
use crate::tail::{Seam, TailLimits, Wanted, gather};
use crate::{Error, Lake};

/// An answer, and what it was made of.
#[derive(Debug, Clone)]
pub struct Current {
    /// The rows.
    pub answer: Answer,
    /// Every event that was committed before this moment is in it.
    pub as_of: Timestamp,
    /// Whether what waits in the database is in it. Otherwise that was over the limits, and the lake alone answered.
    pub is_current: bool,
    /// The tables that the question named.
    pub tables: Vec<SeenTable>,
}

/// A table that a question named, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct SeenTable {
    /// Its name.
    pub table: String,
    /// The version of its Delta log; missing where it was never written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The last batch in it, which is its application transaction; 0 where there is none.
    pub batch: i64,
    /// Events of the brand that came from the database, because they are not in that version yet.
    pub beyond: usize,
}

impl Lake {
    /// Answers a question over the lake and what waits for it in `store`, each event once. Its tables look as they do to
    /// readers outside: they have the column `tenant`, and every declared column. The rows are its tenant's alone.
    ///
    /// Where more waits than `tail` allows, the answer is as of the lake, and says so.
    ///
    /// # Errors
    ///
    /// Those of [`Lake::ask`] and of the database; [`Error::Moving`] where the lake took in batch after batch meanwhile.
    pub async fn ask_now(
        &self,
        store: &Store,
        clock: &dyn Clock,
        question: Question,
        tail: TailLimits,
    ) -> Result<Current, Error> {
        refuse_long(&question)?;
        let limits = question.limits;
        let answered = async {
            // The tail's memory counts, and is taken within the turn.
            let tail_bytes = usize::try_from(tail.bytes_max).unwrap_or(usize::MAX);
            let turn = self.turn(limits.memory_bytes.saturating_add(tail_bytes)).await;
            let (lake, asked, pool) = (self.clone(), question.clone(), turn.pool());
            let types = self.answer(async move { session::named(&lake, &asked, pool) }).await?;
            let wanted = Wanted { types, tenant: question.tenant, limits: tail };
            let seam = Arc::new(gather(self, store, clock, &wanted).await?);
            let answer = work(self, question, Some(seam.clone()), turn).await?;
            Ok(Current { answer, as_of: seam.as_of, is_current: seam.has_tails, tables: seen(&seam) })
        };
        within(limits, answered).await
    }
}

fn seen(seam: &Seam) -> Vec<SeenTable> {
    let table = |part: &crate::tail::Part| SeenTable {
        table: part.event_type.table(),
        version: part.table.as_ref().and_then(|table| table.delta.version()),
        batch: part.batch,
        beyond: part.tail_events(),
    };
    seam.parts.iter().map(table).collect()
}
