//! Sizes: a function fits on a screen or two, a file can be read in one sitting.

use std::path::Path;

use super::{Findings, found};
use crate::process::Failure;
use crate::rust_text::{RustText, is_word};
use crate::workspace::Workspace;

/// A reader keeps about this much in mind; a longer file holds more than one subject and becomes a folder.
const FILE_LINES_MAX: usize = 500;
/// Tests repeat one shape many times, so a longer file is still easy to read.
const TEST_FILE_LINES_MAX: usize = 800;
/// Two screens: we aim at one (50 lines), and a table or a match may need more.
const FUNCTION_LINES_MAX: usize = 80;

const SOURCES: [&str; 6] = ["rs", "ts", "tsx", "js", "mjs", "sql"];

/// A file that says so near its top is made by a program, and read by nobody.
const GENERATED: &str = concat!("@", "generated");

/// No source file and no Rust function is longer than agreed.
pub(super) fn check(workspace: &Workspace) -> Findings {
    let mut all = Vec::new();
    for file in workspace.files().map_err(Vec::<String>::from)? {
        if file.extension().is_some_and(|extension| SOURCES.iter().any(|source| extension == *source)) {
            all.extend(findings_in(workspace, &file)?);
        }
    }
    found(all)
}

fn findings_in(workspace: &Workspace, file: &Path) -> Result<Vec<String>, Failure> {
    Ok(workspace.read(file)?.map(|text| findings(file, &text)).unwrap_or_default())
}

fn findings(file: &Path, text: &str) -> Vec<String> {
    if text.lines().take(5).any(|line| line.contains(GENERATED)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (lines, lines_max) = (text.lines().count(), if is_test(file) { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX });
    if lines > lines_max {
        found.push(format!("{}: {lines} lines, more than {lines_max}: split it by subject", file.display()));
    }
    if file.extension().is_some_and(|extension| extension == "rs") {
        for function in functions(&RustText::of(text).code) {
            if function.lines > FUNCTION_LINES_MAX {
                let Function { name, line, lines } = function;
                found.push(format!(
                    "{}:{line}: `{name}` has {lines} lines, more than {FUNCTION_LINES_MAX}",
                    file.display()
                ));
            }
        }
    }
    found
}

fn is_test(file: &Path) -> bool {
    let in_folder = file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "e2e");
    in_folder || file.file_stem().is_some_and(|stem| stem == "tests")
}

#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    line: usize,
    /// From the line with `fn` to the line with the closing brace.
    lines: usize,
}

/// The functions with a body in `code`, which holds neither comments nor strings; nested ones count by themselves too.
fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        if code[..start].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let name: String = code[start + 3..].chars().take_while(|character| is_word(*character)).collect();
        if let (false, Some(end)) = (name.is_empty(), end_of_body(&code[start..])) {
            let line = 1 + code[..start].matches('\n').count();
            found.push(Function { name, line, lines: 1 + code[start..start + end].matches('\n').count() });
        }
    }
    found
}

/// Where the body's last brace is; `None` for a signature alone.
fn end_of_body(code: &str) -> Option<usize> {
    let (mut nesting, mut braces) = (0_usize, 0_usize);
    for (index, character) in code.char_indices() {
        match character {
            '(' | '[' if braces == 0 => nesting += 1,
            ')' | ']' if braces == 0 => nesting = nesting.saturating_sub(1),
            ';' if braces == 0 && nesting == 0 => return None,
            '{' => braces += 1,
            '}' if braces <= 1 => return (braces == 1).then_some(index),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_80_lines_passes_and_one_of_81_fails() {
        let function = |lines: usize| format!("fn long(a: [u8; 2]) {{\n{}}}\n", "    step(\"}\");\n".repeat(lines - 2));
        assert!(findings(Path::new("src/a.rs"), &function(80)).is_empty());
        assert_eq!(findings(Path::new("src/a.rs"), &function(81)), ["src/a.rs:1: `long` has 81 lines, more than 80"]);
    }

    #[test]
    fn a_file_may_have_500_lines_and_a_test_file_800() {
        assert!(findings(Path::new("src/a.ts"), &"\n".repeat(500)).is_empty());
        assert_eq!(findings(Path::new("src/a.ts"), &"\n".repeat(501)).len(), 1);
        assert!(findings(Path::new("crates/a/tests/it/b.rs"), &"\n".repeat(800)).is_empty());
        assert_eq!(findings(Path::new("crates/a/tests/it/b.rs"), &"\n".repeat(801)).len(), 1);
        assert!(findings(Path::new("src/a.ts"), &format!("// {GENERATED}\n{}", "\n".repeat(900))).is_empty());
    }

    #[test]
    fn signatures_and_function_pointers_are_no_functions() {
        let names = |code: &str| functions(code).into_iter().map(|function| function.name).collect::<Vec<_>>();
        assert!(names("trait A { fn a(&self) -> [u8; 4]; }\nstruct B { call: fn (u8) -> u8 }").is_empty());
        assert_eq!(names("fn outer() { fn inner() {} }"), ["outer", "inner"]);
    }
}
