//! Carrying out a run: the file is read by a thread of its own, batch by batch, and each batch is one transaction that also
//! moves the run on. So it may end anywhere and goes on where it stopped.

use std::ops::ControlFlow;

use tallymark_base::id::{ImportId, TenantId};
use tallymark_goods::listing::{self, NewCodeList};
use tallymark_goods::rules::listing::survey::Wanted;
use tallymark_partners::{Tenant, tenant};
use tallymark_store::Context;
use tallymark_tables::{Header, Options, Row, Sink, Source, read};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::batch::{Take, Worker};
use super::manage::{fail, found, refuse};
use super::take::{Articles, Codes, Members, Operations, Orders};
use crate::mapping::CodesMapping;
use crate::members::Defaults;
use crate::pieces::{Assemble, Batch, Piece, Refused};
use crate::store::{self, Kept};
use crate::{Error, FileMapping, Run, State, articles, codes, members, operations, orders};

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

/// Who is told how far a run is, and says whether to stop.
struct Watcher<'a> {
    tell: &'a mut (dyn FnMut(Progress) + Send),
    stop: &'a (dyn Fn() -> bool + Send + Sync),
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
    let file = File { source: source.clone(), options };
    let defaults = Defaults { source: run.source.clone(), zone: owner.time_zone()?, at: run.created_at };
    let watcher = Watcher { tell, stop };
    match FileMapping::parse(run.kind, mapping.as_bytes())? {
        FileMapping::Members(mapping) => {
            let (own, taker) = (mapping.clone(), Members::new(mapping));
            let make = move |header: &Header| members::Assembler::new(&own, header, &defaults);
            carried(context, owner, run, file, make, taker, watcher).await
        }
        FileMapping::Orders(mapping) => {
            let taker = Orders::new(&owner, &run)?;
            let make = move |header: &Header| orders::Assembler::of(&mapping, header, &defaults);
            carried(context, owner, run, file, make, taker, watcher).await
        }
        FileMapping::Operations(mapping) => {
            let (own, taker) = (mapping.clone(), Operations::new(*mapping));
            let make = move |header: &Header| operations::Assembler::of(&own, header, &defaults);
            carried(context, owner, run, file, make, taker, watcher).await
        }
        FileMapping::Codes(mapping) => {
            let wanted = match wanted(context, tenant, &mapping).await {
                Err(error) if error.is_of_file() => return fail(context, tenant, id, &error).await,
                wanted => wanted?,
            };
            let found = codes::Found::default();
            let taker = Codes::new(mapping.batch()?, wanted.clone(), found.clone());
            let make = move |header: &Header| codes::Assembler::of(&mapping, header, &wanted, &found);
            carried(context, owner, run, file, make, taker, watcher).await
        }
        FileMapping::Articles(mapping) => {
            let make = move |header: &Header| articles::Assembler::new(&mapping, header);
            carried(context, owner, run, file, make, Articles, watcher).await
        }
    }
}

/// By what a list of codes is looked at.
pub async fn wanted(context: &Context, tenant: TenantId, mapping: &CodesMapping) -> Result<Wanted, Error> {
    let new = NewCodeList { batch: mapping.batch()?, labels: mapping.labels(), printed: mapping.printed()? };
    Ok(listing::wanted(&mut context.store.read().await?, tenant, &context.master, &new).await?)
}

/// A file and how it is read.
struct File {
    source: Source,
    options: Options,
}

async fn carried<A: Assemble, T: Take<Unit = A::Unit>>(
    context: &Context,
    owner: Tenant,
    run: Run,
    file: File,
    make: impl Fn(&Header) -> Result<A, Error> + Send + 'static,
    taker: T,
    watcher: Watcher<'_>,
) -> Result<Run, Error> {
    let (tenant, id) = (owner.id, run.id);
    let (file, looked) = match looked(file, make).await {
        Ok(looked) => looked,
        Err(Refused { error: error @ Error::Internal(_), .. }) => return Err(error),
        Err(refused) => return refuse(context, tenant, id, &refused).await,
    };
    let mut tx = context.store.write().await?;
    let is_on = store::count(&mut tx, tenant, id, looked.rows, context.clock.now()).await?;
    tx.commit().await?;
    if !is_on {
        return find(context, tenant, id).await;
    }
    let mut worker = Worker::new(context, tenant, taker, Run { state: State::Running, ..run });
    match taken(&mut worker, file, looked, watcher).await {
        Err(Error::Elsewhere { .. }) => {
            // It may have been cancelled, or finished by another server.
            let run = find(context, tenant, id).await?;
            if run.state.is_ended() { Ok(run) } else { Err(Error::Elsewhere { id }) }
        }
        // What only the whole file tells, after parts of it were taken, or what goods tell of it.
        Err(error) if error.is_of_file() => fail(context, tenant, id, &error).await,
        Err(error) => Err(error),
        Ok(()) => ended(context, tenant, id).await,
    }
}

async fn find(context: &Context, tenant: TenantId, id: ImportId) -> Result<Run, Error> {
    Ok(found(&mut context.store.read().await?, tenant, id).await?.run)
}

/// A file that was read to its end once.
struct Looked<A> {
    rows: u64,
    assembler: A,
}

/// Reads a file whole before anything of it is taken.
async fn looked<A: Assemble>(
    file: File,
    make: impl Fn(&Header) -> Result<A, Error> + Send + 'static,
) -> Result<(File, Looked<A>), Refused> {
    let look = move || {
        let mut looking = Looking { make, assembler: None, rows: 0 };
        read(&file.source, &file.options, &mut looking)?;
        let mut assembler = looking.assembler.unwrap_or_else(|| Err(tallymark_tables::Error::Empty.into()))?;
        assembler.looked()?;
        Ok((file, Looked { rows: looking.rows, assembler }))
    };
    spawn_blocking(look).await.map_err(|_| unreadable())?
}

/// Looks at every row.
pub(super) struct Looking<A, M> {
    pub(super) make: M,
    pub(super) assembler: Option<Result<A, Error>>,
    pub(super) rows: u64,
}

impl<A: Assemble, M: Fn(&Header) -> Result<A, Error>> Sink for Looking<A, M> {
    fn header(&mut self, header: &Header) -> ControlFlow<()> {
        let assembler = self.assembler.insert((self.make)(header));
        if assembler.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self.rows += 1;
        if let Some(Ok(assembler)) = &mut self.assembler {
            assembler.look(&row);
        }
        ControlFlow::Continue(())
    }
}

/// A reader of another's making panicked over the file; the log has its words.
fn unreadable() -> Error {
    let why = "it is damaged".to_owned();
    tallymark_tables::Error::Malformed { format: "table", why }.into()
}

/// Takes every batch that is left.
async fn taken<A: Assemble, T: Take<Unit = A::Unit>>(
    worker: &mut Worker<'_, T>,
    file: File,
    looked: Looked<A>,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    let (sender, mut batches) = mpsc::channel(WAITING);
    let (total, skip) = (looked.rows, worker.run.rows_read);
    let reader = spawn_blocking(move || {
        let mut batches = Batches {
            assembler: looked.assembler,
            out: Out { sender, skip, batch: Batch::default(), limit: A::BATCH, is_closed: false },
            failed: None,
        };
        read(&file.source, &file.options, &mut batches)?;
        batches.end()
    });
    while let Some(batch) = batches.recv().await {
        if (watcher.stop)() {
            return Err(Error::Stopped { id: worker.run.id });
        }
        worker.take(batch).await?;
        (watcher.tell)(Progress { total, read: worker.run.rows_read });
    }
    reader.await.map_err(|_| unreadable())?
}

/// Rows on their way to the database.
struct Batches<A: Assemble> {
    assembler: A,
    out: Out<A::Unit>,
    failed: Option<Error>,
}

/// Pieces on their way to the database.
struct Out<U> {
    sender: mpsc::Sender<Batch<U>>,
    /// Rows of pieces that were taken before.
    skip: u64,
    batch: Batch<U>,
    limit: (usize, u64),
    /// Nobody waits any more.
    is_closed: bool,
}

impl<U> Out<U> {
    fn piece(&mut self, piece: Piece<U>) {
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(piece.rows);
            return;
        }
        self.batch.add(piece);
        if self.batch.is_full(self.limit) {
            self.send();
        }
    }

    fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if batch.rows > 0 && self.sender.blocking_send(batch).is_err() {
            self.is_closed = true;
        }
    }
}

impl<A: Assemble> Batches<A> {
    fn end(mut self) -> Result<(), Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !self.out.is_closed {
            self.assembler.end(&mut |piece| self.out.piece(piece));
            self.out.send();
        }
        Ok(())
    }
}

impl<A: Assemble> Sink for Batches<A> {
    fn header(&mut self, _: &Header) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        let Self { assembler, out, failed } = self;
        *failed = assembler.row(row, &mut |piece| out.piece(piece)).err();
        if failed.is_some() || out.is_closed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
