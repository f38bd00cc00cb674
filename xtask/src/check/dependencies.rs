//! Dependencies: what a crate declares, its code names.
//!
//! A crate that is needed without being named (a bundled C library, a feature switch) is listed under
//! `[package.metadata.cargo-machete] ignored`, with the reason beside it.

use super::{Findings, found};
use crate::process::Failure;
use crate::rust_text::RustText;
use crate::workspace::{Package, Workspace};

/// No crate declares a dependency that it does not use.
pub(super) fn check(workspace: &Workspace) -> Findings {
    let files = workspace.rust_files().map_err(Vec::<String>::from)?;
    let mut all = Vec::new();
    for package in &workspace.packages {
        let folder = package
            .folder
            .strip_prefix(&workspace.root)
            .map_err(|_| Vec::from(Failure::new(format!("{} lies outside the workspace", package.folder.display()))))?;
        let inside = files.iter().filter(|(file, _)| file.starts_with(folder));
        let texts: Vec<RustText> = inside.map(|(_, text)| RustText::of(text)).collect();
        all.extend(unused(package, &texts).into_iter().map(|name| format!("{} does not use {name}", package.name)));
    }
    found(all)
}

fn unused(package: &Package, texts: &[RustText]) -> Vec<String> {
    let mut names: Vec<String> = package
        .dependencies
        .iter()
        .filter(|dependency| !package.needed_unnamed.contains(&dependency.name))
        .map(|dependency| dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_"))
        .filter(|name| !texts.iter().any(|text| text.names(name)))
        .collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    #[test]
    fn a_dependency_that_only_a_comment_names_is_unused() {
        let dependency = |name: &str, rename: Option<&str>| Dependency {
            name: name.into(),
            rename: rename.map(str::to_owned),
            for_tests: false,
        };
        let package = Package {
            name: "a".into(),
            folder: "".into(),
            dependencies: vec![
                dependency("serde-json", None),
                dependency("rand", None),
                dependency("sqlx-core", Some("sql")),
                dependency("libsqlite3-sys", None),
            ],
            needed_unnamed: vec!["libsqlite3-sys".into()],
        };
        let text = RustText::of("// rand is not needed\nuse serde_json::Value; fn f() { sql::open() }");
        assert_eq!(unused(&package, &[text]), ["rand"]);
    }
}
