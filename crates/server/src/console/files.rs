//! The console's files as its build left them (`console/scripts/pack.mjs`): `index.html` as it is, every other file once
//! by brotli (`.br`) and once by gzip (`.gz`).

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;

include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// The page that every address of the console is.
const PAGE: &str = "index.html";

/// The console that a server hands out, or the want of one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console(Place);

#[derive(Debug, Clone)]
enum Place {
    InProgram,
    Folder(Arc<PathBuf>),
}

impl Console {
    /// The one that was there when the program was built. A debug build reads it from the repository at each request.
    pub fn built_in() -> Self {
        FOLDER.map_or(Self(Place::InProgram), Self::of_folder)
    }

    /// The one in a folder, as the console's build packs it.
    pub fn of_folder(folder: impl Into<PathBuf>) -> Self {
        Self(Place::Folder(Arc::new(folder.into())))
    }

    /// The page, before the nonce is written into it; nothing where the console was not built.
    pub(super) async fn page(&self) -> Option<String> {
        String::from_utf8(self.read(PAGE).await?.into()).ok()
    }

    /// A file under its packed name.
    pub(super) async fn read(&self, name: &str) -> Option<Bytes> {
        match &self.0 {
            Place::InProgram => {
                let at = FILES.binary_search_by_key(&name, |(name, _)| name).ok()?;
                Some(Bytes::from_static(FILES[at].1))
            }
            // A name from an address: it does not leave the folder.
            Place::Folder(folder) if name.split('/').all(is_plain) => {
                tokio::fs::read(folder.join(name)).await.ok().map(Bytes::from)
            }
            Place::Folder(_) => None,
        }
    }
}

/// Neither hidden nor a way out.
fn is_plain(segment: &str) -> bool {
    let is_known = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_leave_the_folder() {
        assert!(is_plain("index-Ab_3.js.br"));
        for segment in ["", ".", "..", ".gitignore", "a\\b", "a b", "a:b"] {
            assert!(!is_plain(segment), "{segment}");
        }
    }
}
