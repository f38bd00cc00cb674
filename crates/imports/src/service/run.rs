//! Carrying out a run: the file is read by a thread of its own, batch by batch, and each batch is one transaction that also
//! moves the run on. So it may end anywhere and goes on where it stopped.

use std::ops::ControlFlow;

use tallymark_base::id::{ImportId, TenantId};
use tallymark_partners::{Tenant, tenant};
use tallymark_store::Context;
use tallymark_tables::{Header, Options, Row, Sink, Source, read, shape};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::batch::Worker;
use super::manage::{fail, found};
use crate::members::{Defaults, Plan};
use crate::store::{self, Kept};
use crate::{Error, Mapping, ROWS_MAX, Run, State};

/// Batches that wait to be taken.
const WAITING: usize = 2;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows below the header.
    pub total: u64,
    /// Rows that were read, before this process began as well.
    pub read: u64,
}

/// Reads the file and takes its rows, from where the run stopped before. A file that cannot be read, or that has not the
/// columns of the mapping, fails the run before anything of it is taken: it is read once beforehand, to its end.
///
/// `tell` is called after every batch, `stop` before each: with [`Error::Stopped`] the run can go on later. Any other error leaves the
/// run as it is, too.
pub async fn carry_out(
    context: &Context,
    tenant: TenantId,
    id: ImportId,
    source: &Source,
    tell: &mut (dyn FnMut(Progress) + Send),
    stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Run, Error> {
    let mut tx = context.store.read().await?;
    let Kept { run, mapping, .. } = found(&mut tx, tenant, id).await?;
    let owner = tenant::find(&mut tx, &context.master, tenant).await?;
    let owner = owner.ok_or_else(|| Error::Internal(format!("there is no tenant {tenant}")))?;
    tx.commit().await?;
    if run.state.is_ended() {
        return Ok(run);
    }
    let options = Options { sheet: run.sheet.clone(), ..Options::default() };
    let mapping = Mapping::parse(mapping.as_bytes())?;
    let (plan, total) = match planned(source, &options, &mapping, &run, &owner).await {
        Ok(planned) => planned,
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(error) => return fail(context, tenant, id, &error).await,
    };
    let mut tx = context.store.write().await?;
    let is_on = store::count(&mut tx, tenant, id, total, context.clock.now()).await?;
    tx.commit().await?;
    if !is_on {
        return find(context, tenant, id).await;
    }
    let mut worker = Worker::new(context, &owner, mapping, plan, Run { state: State::Running, ..run });
    match taken(&mut worker, source, options, total, tell, stop).await {
        Err(Error::Elsewhere { .. }) => {
            // It may have been cancelled, or finished by another server.
            let run = find(context, tenant, id).await?;
            if run.state.is_ended() { Ok(run) } else { Err(Error::Elsewhere { id }) }
        }
        Err(error) => Err(error),
        Ok(()) => ended(context, tenant, id).await,
    }
}

async fn find(context: &Context, tenant: TenantId, id: ImportId) -> Result<Run, Error> {
    Ok(found(&mut context.store.read().await?, tenant, id).await?.run)
}

/// What the columns of the file are, and how many rows it has.
async fn planned(
    source: &Source,
    options: &Options,
    mapping: &Mapping,
    run: &Run,
    owner: &Tenant,
) -> Result<(Plan, u64), Error> {
    let (source, options) = (source.clone(), options.clone());
    let shape = spawn_blocking(move || shape(&source, &options)).await.map_err(|_| unreadable())??;
    let defaults = Defaults { source: run.source.clone(), zone: owner.time_zone()?, at: run.created_at };
    Ok((Plan::new(mapping, &shape.header, &defaults)?, shape.rows))
}

/// A reader of another's making panicked over the file; the log has its words.
fn unreadable() -> Error {
    let why = "it is damaged".to_owned();
    tallymark_tables::Error::Malformed { format: "table", why }.into()
}

/// Takes every batch that is left.
async fn taken(
    worker: &mut Worker<'_>,
    source: &Source,
    options: Options,
    total: u64,
    tell: &mut (dyn FnMut(Progress) + Send),
    stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<(), Error> {
    let (sender, mut batches) = mpsc::channel(WAITING);
    let (source, skip) = (source.clone(), worker.run.rows_read);
    let reader = spawn_blocking(move || {
        let mut batches = Batches { sender, skip, rows: Vec::with_capacity(ROWS_MAX) };
        read(&source, &options, &mut batches)?;
        // Nobody waits any more where this fails.
        let _ = batches.send();
        Ok::<(), tallymark_tables::Error>(())
    });
    while let Some(rows) = batches.recv().await {
        if stop() {
            return Err(Error::Stopped { id: worker.run.id });
        }
        worker.take(&rows).await?;
        tell(Progress { total, read: worker.run.rows_read });
    }
    Ok(reader.await.map_err(|_| unreadable())??)
}

/// Rows on their way to the database.
struct Batches {
    sender: mpsc::Sender<Vec<Row>>,
    /// Rows that were taken before.
    skip: u64,
    rows: Vec<Row>,
}

impl Batches {
    fn send(&mut self) -> ControlFlow<()> {
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(ROWS_MAX));
        if rows.is_empty() || self.sender.blocking_send(rows).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

impl Sink for Batches {
    fn header(&mut self, _: &Header) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        if self.skip > 0 {
            self.skip -= 1;
            return ControlFlow::Continue(());
        }
        self.rows.push(row);
        if self.rows.len() < ROWS_MAX { ControlFlow::Continue(()) } else { self.send() }
    }
}

/// Ends a run whose rows were all taken.
async fn ended(context: &Context, tenant: TenantId, id: ImportId) -> Result<Run, Error> {
    let mut tx = context.store.write().await?;
    let upload = found(&mut tx, tenant, id).await?.upload;
    store::end(&mut tx, tenant, id, State::Done, None, context.clock.now()).await?;
    if let Some(upload) = upload {
        store::delete_chunks(&mut tx, tenant, upload).await?;
    }
    let run = found(&mut tx, tenant, id).await?.run;
    tx.commit().await?;
    Ok(run)
}
