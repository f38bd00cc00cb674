//! Where a lake is: a folder, or a prefix of a bucket that speaks S3.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::Error;
use crate::durable::DurableFolder;

/// A folder (made where it is missing) or `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket; the keys and the endpoint come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`). It must support conditional writes (`If-None-Match`), as S3,
    /// MinIO, Ceph and R2 do.
    Bucket(Url),
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("s3://") {
            let url = Url::parse(text).map_err(|error| Error::Location(format!("{text:?} is no address: {error}")))?;
            return match url.host_str() {
                Some(_) => Ok(Self::Bucket(url)),
                None => Err(Error::Location(format!("{text:?} names no bucket: give s3://BUCKET/PREFIX"))),
            };
        }
        match text.split_once("://") {
            None if !text.is_empty() => Ok(Self::Folder(PathBuf::from(text))),
            _ => Err(Error::Location(format!("{text:?} is no place for a lake: give a folder or s3://BUCKET/PREFIX"))),
        }
    }
}

/// The opened storage of a lake.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    root: Arc<dyn ObjectStore>,
    url: Url,
}

impl Storage {
    pub(crate) fn open(location: &Location) -> Result<Self, Error> {
        match location {
            Location::Folder(path) => Self::folder(path),
            Location::Bucket(url) => {
                let built = AmazonS3Builder::from_env().with_url(url.as_str()).build();
                let store = built.map_err(|error| Error::Location(format!("{url} cannot be used: {error}")))?;
                Ok(Self { root: Arc::new(store), url: url.clone() })
            }
        }
    }

    fn folder(path: &Path) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Location(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(failed)?;
        let full = path.canonicalize().map_err(failed)?;
        let url = Url::from_directory_path(&full)
            .map_err(|()| Error::Location(format!("{} is no folder of this machine", full.display())))?;
        Ok(Self { root: Arc::new(DurableFolder::root()), url })
    }

    /// The store in which the table of this name lives.
    pub(crate) fn table(&self, name: &str) -> LogStoreRef {
        let mut url = self.url.clone();
        let path = format!("{}/{name}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let prefix = ObjectPath::from_url_path(url.path()).unwrap_or_else(|_| ObjectPath::from(name));
        let prefixed = Arc::new(PrefixStore::new(self.root.clone(), prefix));
        default_logstore(prefixed, self.root.clone(), &url, &StorageConfig::default())
    }
}
