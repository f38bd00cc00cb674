//! Puts the console into the program: what its build left in `console/packed`, where there is something.
//!
//! A debug build holds no file: it reads them from that folder, so that a console that was built anew is there at once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name| PathBuf::from(env::var_os(name).unwrap_or_default());
    let packed = of("CARGO_MANIFEST_DIR").join("../../console/packed");
    let is_debug = env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    let mut text = String::new();
    if is_debug {
        writeln!(text, "/// Where the files are.\nconst FOLDER: Option<&str> = Some({packed:?});")
            .map_err(io::Error::other)?;
    } else {
        println!("cargo::rerun-if-changed={}", packed.display());
        writeln!(text, "/// They are in the program.\nconst FOLDER: Option<&str> = None;").map_err(io::Error::other)?;
    }
    writeln!(text, "/// Names and contents, by name.\nstatic FILES: &[(&str, &[u8])] = &[")
        .map_err(io::Error::other)?;
    if !is_debug {
        for name in names(&packed)? {
            let path = packed.join(&name).canonicalize()?;
            writeln!(text, "    ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
        }
    }
    writeln!(text, "];").map_err(io::Error::other)?;
    fs::write(of("OUT_DIR").join("console.rs"), text)
}

/// The files below `folder`, by their path in it, in order; none where there is no page among them.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Ok(path) = entry.path().strip_prefix(folder) {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.retain(|name| !name.starts_with('.'));
    found.sort();
    if !found.iter().any(|name| name == "index.html") {
        found.clear();
    }
    Ok(found)
}
