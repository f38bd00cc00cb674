//! Texts: the repository speaks of the product, not of the machine that it was written on.

use super::{Findings, found};
use crate::workspace::Workspace;

/// Folders of one machine; spelled in two pieces, so that this file does not find itself.
const MACHINE_FOLDERS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// No text names a folder of somebody's machine.
pub(super) fn check(workspace: &Workspace) -> Findings {
    let mut all = Vec::new();
    for file in workspace.files().map_err(Vec::<String>::from)? {
        if let Some(text) = workspace.read(&file).map_err(Vec::<String>::from)? {
            let lines = text.lines().enumerate().filter(|(_, line)| names_machine_folder(line));
            all.extend(lines.map(|(index, _)| format!("{}:{}: a path of one machine", file.display(), index + 1)));
        }
    }
    found(all)
}

/// Whether a path in `line` begins at one of those folders; `docs/work/` or a URL's path does not.
fn names_machine_folder(line: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|folder| {
        line.match_indices(folder).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            !before.is_some_and(|character| character.is_alphanumeric() || "._-~}".contains(character))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_from_the_root_is_found_and_a_path_inside_the_repository_is_not() {
        let [first, second] = MACHINE_FOLDERS;
        assert!(names_machine_folder(&format!("see {first}a.txt")));
        assert!(names_machine_folder(&format!("HOME={second}")));
        assert!(!names_machine_folder(&format!("docs{first}a.txt and https://example.com{second}")));
    }
}
