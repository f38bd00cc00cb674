//! One event type of one batch, from outbox rows to a Delta commit.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_base::event::EventType;
use tallymark_store::outbox::consumer::{self, Saved, Stamped};
use tokio::sync::mpsc;

use super::Writer;
use super::pace::Pace;
use crate::decode::{Decoding, Misfit};
use crate::store::{self, Held, PutAside};
use crate::table::{FileWriter, Table, Written};
use crate::{Error, Lake};

/// Bytes of JSON that are read at a time; while one piece is decoded, the next is read.
const PIECE_BYTES: i64 = 4 << 20;
const PIECES_AHEAD: usize = 2;
/// The number under which a row is put aside as a whole.
pub(crate) const WHOLE_ROW: i64 = 0;

/// What the lake's threads made of some rows: files, and the lines that do not fit, by row.
struct Encoded {
    written: Written,
    misfits: Vec<(i64, Timestamp, Misfit)>,
}

impl Writer {
    /// Appends rows of one type to its table, unless the table has the batch already.
    pub(super) async fn append(
        &mut self,
        held: Held,
        batch: i64,
        event_type: EventType,
        rows: &[Stamped],
        pace: &Pace,
    ) -> Result<(), Error> {
        let (lake, name) = (self.lake.clone(), event_type.table());
        if self.written.contains(&name) {
            let (lake, table) = (lake.clone(), name.clone());
            self.lake.run(async move { refuse_gone(&lake, table).await }).await?;
        }
        let found = self.lake.run(async move { fresh(&lake, held, batch, event_type).await }).await?;
        let Some(mut table) = found else {
            return self.remember_tables().await;
        };
        let encoded = self.encode(&table, event_type, rows, pace).await?;
        if !encoded.misfits.is_empty() {
            // Durable before the commit, so that a second attempt leaves out the same lines, whatever it knows by then.
            let lines = encoded.misfits.into_iter().map(|(outbox_id, recorded_at, misfit)| PutAside {
                outbox_id,
                line: misfit.line,
                event_type: event_type.name.to_owned(),
                version: i64::from(event_type.version),
                events: 1,
                body: misfit.body,
                reason: misfit.reason,
                recorded_at,
            });
            self.put_aside(lines.collect()).await?;
        }
        fail::fail_point!("lake::before_commit", |_| std::process::abort());
        let (written, app_id) = (encoded.written, held.app_id());
        self.lake.run(async move { table.commit(written, &app_id, batch).await }).await?;
        fail::fail_point!("lake::after_commit", |_| std::process::abort());
        self.written.insert(name);
        self.remember_tables().await
    }

    /// Reads rows in pieces while the lake's threads decode and compress the pieces before.
    async fn encode(
        &self,
        table: &Table,
        event_type: EventType,
        rows: &[Stamped],
        pace: &Pace,
    ) -> Result<Encoded, Error> {
        let ids: Vec<i64> = rows.iter().map(|row| row.outbox_id).collect();
        let mut tx = self.context.store.read().await?;
        let left_out = store::put_aside_of(&mut tx, &ids).await?;
        tx.commit().await?;
        let (send, receive) = mpsc::channel(PIECES_AHEAD);
        let files = table.writer()?;
        let encoding = self.lake.run(encode(files, Decoding::of(&event_type), left_out, receive, pace.clone()));
        let ((), encoded) = tokio::try_join!(self.send_pieces(rows, send), encoding)?;
        Ok(encoded)
    }

    async fn send_pieces(&self, rows: &[Stamped], send: mpsc::Sender<Vec<Saved>>) -> Result<(), Error> {
        let mut rest = rows;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |row: &&Stamped| {
                bytes += row.bytes;
                bytes <= PIECE_BYTES
            };
            let (piece, tail) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            rest = tail;
            let ids: Vec<i64> = piece.iter().map(|row| row.outbox_id).collect();
            let mut tx = self.context.store.read().await?;
            let mut saved = consumer::read(&mut tx, &ids).await?;
            tx.commit().await?;
            saved.sort_by_key(|row| row.outbox_id);
            if send.send(saved).await.is_err() {
                // The other end has failed, and tells why.
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Decodes pieces into files until no more come.
async fn encode(
    mut files: FileWriter,
    decoding: Decoding,
    left_out: Vec<(i64, i64)>,
    mut receive: mpsc::Receiver<Vec<Saved>>,
    mut pace: Pace,
) -> Result<Encoded, Error> {
    let mut misfits = Vec::new();
    while let Some(piece) = receive.recv().await {
        pace.begin();
        for row in piece {
            let without: Vec<i64> =
                left_out.iter().filter(|(outbox_id, _)| *outbox_id == row.outbox_id).map(|(_, line)| *line).collect();
            if without.contains(&WHOLE_ROW) {
                continue;
            }
            let (events, wrong) = decoding.row(&row.body, row.created_at, &without);
            misfits.extend(wrong.into_iter().map(|misfit| (row.outbox_id, row.created_at, misfit)));
            if events.num_rows() > 0 {
                files.write(&events).await?;
            }
        }
        pace.rest(Duration::ZERO).await;
    }
    Ok(Encoded { written: files.finish().await?, misfits })
}

/// The table of a type, unless it has the batch.
async fn fresh(lake: &Lake, held: Held, batch: i64, event_type: EventType) -> Result<Option<Table>, Error> {
    let table = Table::of(lake.storage(), &event_type, &held.lake_name()).await?;
    let stored = table.last_batch(&held.app_id()).await?;
    Ok((stored < batch).then_some(table))
}

/// Fails when a table that was there is not: a new one in its place would be an empty lake on the wrong disk.
async fn refuse_gone(lake: &Lake, table: String) -> Result<(), Error> {
    if Table::exists(lake.storage(), &table).await? { Ok(()) } else { Err(Error::Gone { table }) }
}
