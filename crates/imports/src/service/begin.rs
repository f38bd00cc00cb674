//! Beginning a run: once for a file, a mapping and a source, however often the file is given.

use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tallymark_base::actor::Act;
use tallymark_base::id::{ImportId, JobId, OrganisationId};
use tallymark_people::rules::profile::is_word;
use tallymark_store::audit::{self, Entry};
use tallymark_store::job::{self, NewJob};
use tallymark_store::{Context, Tx};

use crate::service::manage::found;
use crate::store::{self, Kept, NewRun};
use crate::upload::Uploaded;
use crate::{Error, FileMapping, RUN_JOB, Run, State, keys};

/// Characters of a file's name that are kept.
const NAME_CHARS_MAX: usize = 200;
/// Attempts of the job of a run: a run of a large file meets more restarts of servers than other jobs.
const ATTEMPTS_MAX: u32 = 20;

/// A file to import.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name; a folder before it is not kept.
    pub name: &'a str,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Which sheet of a spreadsheet.
    pub sheet: Option<&'a str>,
    /// What its columns mean.
    pub mapping: &'a FileMapping,
    /// Who says what it says: a word.
    pub source: &'a str,
    /// The part of the channel tree to which its caller is limited.
    pub within: Option<OrganisationId>,
    /// The pieces that were sent; none where the file is at hand.
    pub uploaded: Option<Uploaded>,
}

/// What came of beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A run that there was not before.
    New(Run),
    /// The same file was begun before and not finished: it goes on where it stopped.
    GoesOn(Run),
    /// The same file was imported before, or is being imported by a server. Nothing is to be done.
    Already(Run),
}

impl Begun {
    /// The run.
    pub const fn run(&self) -> &Run {
        match self {
            Self::New(run) | Self::GoesOn(run) | Self::Already(run) => run,
        }
    }
}

/// Begins the run of a file, or finds the one that there is. With `again`, a file that was imported before gets another run.
///
/// Where the file was sent, the server's job that carries the run out is enqueued with it, and pieces that nobody needs are
/// deleted.
pub async fn begin(tx: &mut Tx, context: &Context, act: Act, file: File<'_>, again: bool) -> Result<Begun, Error> {
    file.mapping.check()?;
    if let FileMapping::Codes(codes) = file.mapping {
        codes.batch()?;
    }
    if !is_word(file.source) {
        return Err(Error::NotAWord { what: "the source" });
    }
    let text = file.mapping.text();
    let mapping_hash = keys::of_text(&text);
    let key =
        keys::of_run(file.mapping.kind().name(), file.source, file.sheet, (&file.sha256, &mapping_hash), file.within);
    let id: ImportId = context.ids.next(&*context.clock)?;
    if let Some(known) = store::claim(tx, act.tenant, key, id).await? {
        let Kept { run, upload, .. } = found(tx, act.tenant, known).await?;
        let is_served = upload.is_some() && !run.state.is_ended();
        if is_served || (run.state == State::Done && !again) {
            if let Some(uploaded) = file.uploaded {
                store::delete_chunks(tx, act.tenant, uploaded.id).await?;
            }
            return Ok(Begun::Already(run));
        }
        if run.state != State::Done {
            return go_on(tx, context, act, file, run).await.map(Begun::GoesOn);
        }
        if !store::move_claim(tx, act.tenant, key, known, id).await? {
            return Err(tallymark_store::Error::Contended.into());
        }
    }
    let new = NewRun {
        id,
        kind: file.mapping.kind(),
        source: file.source,
        file: &bare(file.name),
        file_hash: file.sha256,
        mapping_hash,
        mapping: text,
        sheet: file.sheet,
        upload: file.uploaded.map(|uploaded| uploaded.id),
        within: file.within,
        by: act.actor.to_string(),
        at: context.clock.now(),
    };
    store::insert_run(tx, act.tenant, new).await?;
    let run = found(tx, act.tenant, id).await?.run;
    enqueue(tx, context, act, file, id).await?;
    audit::record(tx, context, Entry::new(act, "import.begun", id).after(&run)).await?;
    Ok(Begun::New(run))
}

async fn go_on(tx: &mut Tx, context: &Context, act: Act, file: File<'_>, run: Run) -> Result<Run, Error> {
    let upload = file.uploaded.map(|uploaded| uploaded.id);
    store::go_on(tx, act.tenant, run.id, upload, context.clock.now()).await?;
    enqueue(tx, context, act, file, run.id).await?;
    audit::record(tx, context, Entry::new(act, "import.continued", run.id).before(&run)).await?;
    Ok(found(tx, act.tenant, run.id).await?.run)
}

async fn enqueue(tx: &mut Tx, context: &Context, act: Act, file: File<'_>, run: ImportId) -> Result<(), Error> {
    if file.uploaded.is_none() {
        return Ok(());
    }
    let id: JobId = context.ids.next(&*context.clock)?;
    let now = context.clock.now();
    let args = serde_json::json!({ "run": run });
    let new = NewJob { id, tenant: act.tenant, kind: RUN_JOB, args, run_at: now, attempts_max: ATTEMPTS_MAX };
    Ok(job::enqueue(tx, &new, now).await?)
}

/// A file's name without its folder.
fn bare(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// SHA-256 of a file on this machine. It blocks.
pub fn fingerprint(path: &Path) -> std::io::Result<[u8; 32]> {
    let (mut file, mut digest) = (std::fs::File::open(path)?, Sha256::new());
    let mut piece = vec![0; 256 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(digest.finalize().into()),
            count => digest.update(&piece[..count]),
        }
    }
}
