//! Licences: everything that is linked into the binary may be given away with it.
//!
//! With `cargo-deny` installed its own reading of `deny.toml` is used; otherwise this one, of the licence expressions
//! in `cargo metadata`. Advisories need the network: `cargo deny check advisories` by hand, or in a nightly job.

use std::process::Command;

use serde_json::Value;

use super::{Findings, found};
use crate::process;
use crate::workspace::{self, Workspace, text};

/// Licences that allow shipping a binary under Apache-2.0; the same list as in `deny.toml`.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

/// Every crate that ours are built from has an allowed licence.
pub(super) fn check(workspace: &Workspace) -> Findings {
    if process::succeeds("cargo-deny", &["--version"]) {
        let mut deny = Command::new("cargo-deny");
        deny.args(["--color", "never", "check", "licenses", "bans", "sources"]).current_dir(&workspace.root);
        return process::run_silently(&mut deny)
            .map(|()| "by cargo-deny; advisories need the network: skipped".into())
            .map_err(Vec::from);
    }
    let metadata = workspace::metadata(&[]).map_err(Vec::<String>::from)?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    found(packages.iter().filter_map(finding).collect())
        .map(|_| format!("of {} crates, by `cargo metadata`; advisories need cargo-deny: skipped", packages.len()))
}

fn finding(package: &Value) -> Option<String> {
    let (name, version) = (text(&package["name"]), text(&package["version"]));
    let Some(expression) = package["license"].as_str() else {
        return Some(format!("{name} {version}: its Cargo.toml names no licence"));
    };
    (!is_allowed(expression))
        .then(|| format!("{name} {version}: `{expression}` is not on the list of allowed licences"))
}

/// Whether an SPDX expression (or the older `MIT/Apache-2.0`) can be met by allowed licences.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest).is_some_and(|allowed| allowed && rest.is_empty())
}

/// `a OR b`, the weaker binding; `None` for something that is no expression.
fn any_of(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(rest)?;
    while take(rest, "OR") {
        allowed |= all_of(rest)?;
    }
    Some(allowed)
}

fn all_of(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(rest)?;
    while take(rest, "AND") {
        allowed &= one(rest)?;
    }
    Some(allowed)
}

fn one(rest: &mut &[&str]) -> Option<bool> {
    if take(rest, "(") {
        let allowed = any_of(rest)?;
        return take(rest, ")").then_some(allowed);
    }
    let (name, after) = rest.split_first()?;
    *rest = after;
    // An exception only grants more than the licence does.
    if take(rest, "WITH") {
        *rest = rest.split_first()?.1;
    }
    Some(ALLOWED.contains(name))
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if *first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_read_as_spdx_means_them() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "MIT OR GPL-2.0-only AND AGPL-3.0-only",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT OR ISC) AND SSPL-1.0", "", "MIT OR", "(MIT"] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }

    #[test]
    fn a_crate_without_a_licence_is_named() {
        let package = serde_json::json!({ "name": "a", "version": "1.0.0", "license": null });
        assert_eq!(finding(&package).unwrap(), "a 1.0.0: its Cargo.toml names no licence");
    }

    #[test]
    fn deny_toml_allows_the_same_licences() {
        let deny = include_str!("../../../deny.toml");
        let list = deny.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']')).unwrap().0;
        let named: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(named, ALLOWED);
    }
}
