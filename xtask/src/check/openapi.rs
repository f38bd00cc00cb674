//! OpenAPI: `docs/openapi.json` is what the server says about its routes, in the same commit.

use std::path::PathBuf;

use super::Findings;
use crate::process::Failure;
use crate::workspace::Workspace;

const FILE: &str = "docs/openapi.json";
const HOW: &str = "run `cargo xtask openapi` and commit docs/openapi.json";

/// The committed description is the one that the binary prints.
pub(super) fn check(workspace: &Workspace) -> Findings {
    let path = path(workspace);
    if !path.is_file() {
        return Err(vec![format!("{FILE} is missing: {HOW}")]);
    }
    let committed = std::fs::read_to_string(&path).map_err(|error| vec![format!("cannot read {FILE}: {error}")])?;
    let served = described(workspace).map_err(Vec::<String>::from)?;
    match first_difference(&committed, &served) {
        None => Ok(String::new()),
        Some(line) => Err(vec![format!("{FILE} differs from what the server serves, first in line {line}: {HOW}")]),
    }
}

/// Writes the description that the binary prints.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let served = described(workspace)?;
    let path = path(workspace);
    std::fs::write(&path, served).map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    println!("wrote {FILE}");
    Ok(())
}

fn path(workspace: &Workspace) -> PathBuf {
    workspace.root.join(FILE)
}

fn described(workspace: &Workspace) -> Result<String, Failure> {
    let answer = workspace.said_by_program("openapi")?;
    let is_openapi = serde_json::from_str::<serde_json::Value>(&answer).is_ok_and(|value| value["openapi"].is_string());
    if !is_openapi {
        return Err(Failure::new("`tallymark openapi` printed no OpenAPI document"));
    }
    Ok(format!("{}\n", answer.trim_end()))
}

fn first_difference(committed: &str, served: &str) -> Option<usize> {
    if committed == served {
        return None;
    }
    let same = committed.lines().zip(served.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }
}
