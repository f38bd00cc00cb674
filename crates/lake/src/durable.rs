//! A folder that keeps what it acknowledged when power fails.
//!
//! `object_store`'s own folder leaves written files in the page cache. The lake writer removes events from the database
//! once their commit stands in the Delta log, so data, log and the folders that name them are synced before a write is
//! acknowledged; a log entry is synced before it gets its name, so that no half entry can ever be seen.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// Folders above a file that may be new with it: the partition's or the log's, the table's, the lake's.
const NEW_FOLDERS_MAX: usize = 3;

/// The machine's file system.
#[derive(Debug)]
pub(crate) struct DurableFolder {
    inner: LocalFileSystem,
}

impl DurableFolder {
    /// Its root is `/`.
    pub(crate) fn root() -> Self {
        Self { inner: LocalFileSystem::new() }
    }
}

impl std::fmt::Display for DurableFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "synced {}", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for DurableFolder {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        fail::fail_point!("lake::put", |_| Err(named(location.to_string(), ErrorKind::StorageFull.into())));
        let target = self.inner.path_to_filesystem(location)?;
        let is_new = match options.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => return self.inner.put_opts(location, payload, options).await,
        };
        let location = location.to_string();
        blocking(move || write_synced(&target, &payload, is_new).map_err(|error| named(location, error))).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let target = self.inner.path_to_filesystem(location)?;
        let inner = self.inner.put_multipart_opts(location, options).await?;
        Ok(Box::new(SyncedUpload { inner, target }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

/// An upload in parts, synced when it is complete. Nothing refers to the file before that.
#[derive(Debug)]
struct SyncedUpload {
    inner: Box<dyn MultipartUpload>,
    target: PathBuf,
}

#[async_trait::async_trait]
impl MultipartUpload for SyncedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let target = self.target.clone();
        blocking(move || {
            let synced = File::open(&target).and_then(|file| file.sync_all()).and_then(|()| sync_folders(&target));
            synced.map_err(|error| named(target.display().to_string(), error))
        })
        .await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

/// Writes a file under another name, syncs it, and only then gives it its name.
fn write_synced(target: &FilePath, payload: &PutPayload, is_new: bool) -> std::io::Result<()> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let (mut file, staged) = staged(target)?;
    let written = payload
        .iter()
        .try_for_each(|part| write_part(&mut file, part))
        .and_then(|()| file.sync_all())
        .and_then(|()| if is_new { std::fs::hard_link(&staged, target) } else { std::fs::rename(&staged, target) });
    if is_new || written.is_err() {
        // A stray one is never listed, and its name is free again after this.
        std::fs::remove_file(&staged).ok();
    }
    written?;
    sync_folders(target)
}

fn write_part(file: &mut File, part: &[u8]) -> std::io::Result<()> {
    fail::fail_point!("lake::put_half", |_| -> std::io::Result<()> {
        file.write_all(&part[..part.len() / 2])?;
        Err(ErrorKind::StorageFull.into())
    });
    file.write_all(part)
}

/// A file beside the target, of a name that `object_store` takes for an unfinished upload and does not list.
fn staged(target: &FilePath) -> std::io::Result<(File, PathBuf)> {
    let mut number = 0_u64;
    loop {
        let mut name = target.as_os_str().to_owned();
        name.push(format!("#{number}"));
        let path = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            opened => return opened.map(|file| (file, path)),
        }
    }
}

fn sync_folders(target: &FilePath) -> std::io::Result<()> {
    for folder in target.ancestors().skip(1).take(NEW_FOLDERS_MAX) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn named(path: String, error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => Error::AlreadyExists { path, source: error.into() },
        ErrorKind::NotFound => Error::NotFound { path, source: error.into() },
        _ => Error::Generic { store: "synced folder", source: error.into() },
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::JoinError { source: error }),
    }
}
