//! GS1's identifiers in all their forms, checked against GS1's own dictionary, tests and tools.

mod compression;
mod dictionary;
mod digital_links;
mod element_strings;
mod epcs;
mod linters;
mod properties;
mod vectors;

use std::path::PathBuf;

/// A file of the shared test material; `None`, said aloud, where the material is not at hand.
fn shared(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("TALLYMARK_SHARED_DATA") else {
        println!("skipped: TALLYMARK_SHARED_DATA is not set");
        return None;
    };
    Some(std::fs::read_to_string(PathBuf::from(folder).join(file)).expect("the shared data holds the file"))
}
