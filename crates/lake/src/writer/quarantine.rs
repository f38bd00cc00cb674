//! What fits no declaration is put aside, visibly, and taken back by a program that knows it.

use tallymark_store::outbox;
use tallymark_store::outbox::consumer::{self, Stamped};

use super::Writer;
use super::append::WHOLE_ROW;
use crate::Error;
use crate::decode::Decoding;
use crate::store::{self, PutAside};

/// Rows that one transaction moves; a whole row has up to 200 kB.
const PIECE: usize = 32;

impl Writer {
    /// Puts rows of a type or version aside that this program does not know.
    pub(super) async fn put_rows_aside(&self, event_type: &str, version: i64, rows: &[Stamped]) -> Result<(), Error> {
        tracing::warn!(event_type, version, rows = rows.len(), "events of an unknown version are put aside");
        for piece in rows.chunks(PIECE) {
            let ids: Vec<i64> = piece.iter().map(|row| row.outbox_id).collect();
            let mut tx = self.context.store.read().await?;
            let saved = consumer::read(&mut tx, &ids).await?;
            tx.commit().await?;
            let lines = saved.into_iter().map(|row| PutAside {
                outbox_id: row.outbox_id,
                line: WHOLE_ROW,
                event_type: event_type.to_owned(),
                version,
                events: piece.iter().find(|stamped| stamped.outbox_id == row.outbox_id).map_or(0, |found| found.events),
                body: row.body,
                reason: format!("this program knows no version {version} of {event_type}"),
                recorded_at: row.created_at,
            });
            self.put_aside(lines.collect()).await?;
        }
        Ok(())
    }

    pub(super) async fn put_aside(&self, lines: Vec<PutAside>) -> Result<(), Error> {
        let now = self.context.clock.now();
        let mut tx = self.writing().await?;
        store::put_aside(&mut tx, lines, now).await?;
        Ok(tx.commit().await?)
    }

    /// Sends what was put aside through the outbox again, where this program can read it.
    pub(super) async fn take_back_what_fits(&self) -> Result<(), Error> {
        let mut after = (0, 0);
        loop {
            let mut tx = self.context.store.read().await?;
            let page = store::all_put_aside(&mut tx, after, PIECE as u32).await?;
            tx.commit().await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = (last.outbox_id, last.line);
            let fitting: Vec<PutAside> = page.into_iter().filter(|lines| self.fits(lines)).collect();
            if fitting.is_empty() {
                continue;
            }
            let mut tx = self.writing().await?;
            let returned = store::take_back(&mut tx, fitting).await?;
            outbox::save_again(&mut tx, &self.context.ids, &*self.context.clock, returned).await?;
            tx.commit().await?;
        }
    }

    fn fits(&self, lines: &PutAside) -> bool {
        let declared = self.lake.registry().get(&lines.event_type, lines.version);
        declared.is_some_and(|declared| {
            let (_, misfits) = Decoding::of(declared).row(&lines.body, lines.recorded_at, &[]);
            misfits.is_empty()
        })
    }
}
