//! Rust source seen by a lint: the code without comments and string contents, and the strings by themselves.
//!
//! A scanner of characters, not a parser: it knows comments (nested), strings (raw, byte, C), characters and lifetimes.
//! That is enough to count lines, find functions and read SQL, and it never fails on code that does not compile yet.

/// One source file, taken apart.
pub(crate) struct RustText {
    /// The file with every comment, string and character replaced by spaces; line breaks are kept.
    pub(crate) code: String,
    /// The string literals, in order.
    pub(crate) strings: Vec<Literal>,
}

/// A string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The line that it starts on, from 1.
    pub(crate) line: usize,
    /// What is between its quotes; an escape such as `\n` is one space.
    pub(crate) text: String,
}

impl RustText {
    pub(crate) fn of(source: &str) -> Self {
        let characters: Vec<char> = source.chars().collect();
        let mut scanner = Scanner { characters: &characters, at: 0, line: 1, code: String::new(), strings: Vec::new() };
        while scanner.at < characters.len() {
            scanner.step();
        }
        Self { code: scanner.code, strings: scanner.strings }
    }

    /// Whether the code names `word`, as a whole word.
    pub(crate) fn names(&self, word: &str) -> bool {
        self.code.match_indices(word).any(|(start, _)| {
            let before = self.code[..start].chars().next_back();
            let after = self.code[start + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }
}

/// Whether `character` can be part of an identifier.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

struct Scanner<'a> {
    characters: &'a [char],
    at: usize,
    line: usize,
    code: String,
    strings: Vec<Literal>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.line_comment(),
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('\''), _) => self.character_or_lifetime(),
            (Some(first), _) if is_word(first) => self.word(),
            _ => self.keep(),
        }
    }

    /// Copies one character to the code.
    fn keep(&mut self) {
        let character = self.characters[self.at];
        self.line += usize::from(character == '\n');
        self.code.push(character);
        self.at += 1;
    }

    /// Leaves one character out of the code, keeping its place.
    fn blank(&mut self) {
        let character = self.characters[self.at];
        self.line += usize::from(character == '\n');
        self.code.push(if character == '\n' { '\n' } else { ' ' });
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|character| character != '\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.characters.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.blank();
        while let Some(character) = self.peek(0) {
            if character == '"' {
                self.blank();
                break;
            }
            let escaped = character == '\\' && self.peek(1).is_some();
            text.push(if escaped { ' ' } else { character });
            if escaped {
                self.blank();
            }
            self.blank();
        }
        self.strings.push(Literal { line, text });
    }

    fn raw_string(&mut self, hashes: usize) {
        let line = self.line;
        let mut text = String::new();
        for _ in 0..=hashes {
            self.blank();
        }
        while let Some(character) = self.peek(0) {
            let ends = character == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if ends {
                for _ in 0..=hashes {
                    self.blank();
                }
                break;
            }
            text.push(character);
            self.blank();
        }
        self.strings.push(Literal { line, text });
    }

    fn character_or_lifetime(&mut self) {
        let is_character = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        if !is_character {
            self.keep();
            return;
        }
        self.blank();
        while let Some(character) = self.peek(0) {
            if character == '\\' && self.peek(1).is_some() {
                self.blank();
            }
            self.blank();
            if character == '\'' {
                break;
            }
        }
    }

    /// An identifier, or the prefix of a raw string (`r`, `br`, `cr`).
    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.keep();
        }
        let word: String = self.characters[start..self.at].iter().collect();
        if ["r", "br", "cr"].contains(&word.as_str()) {
            let hashes = self.characters[self.at..].iter().take_while(|character| **character == '#').count();
            if self.peek(hashes) == Some('"') {
                self.raw_string(hashes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(source: &str) -> Vec<String> {
        RustText::of(source).strings.into_iter().map(|literal| literal.text).collect()
    }

    #[test]
    fn strings_are_found_in_every_spelling() {
        assert_eq!(strings(r##"f("a", r"b\", r#"c "d""#, b"e", "f\"g")"##), ["a", "b\\", "c \"d\"", "e", "f g"]);
    }

    #[test]
    fn quotes_in_comments_characters_and_lifetimes_open_no_string() {
        assert_eq!(
            strings("// it's \"x\n/* \" /* \" */ */ let c = '\"'; let d = '\\''; fn f<'a>(s: &'a str) { g(\"y\") }"),
            ["y"]
        );
    }

    #[test]
    fn a_string_knows_its_line_and_the_code_keeps_its_lines() {
        let text = RustText::of("/* one\ntwo */\nlet a = \"SELECT \\\n x\";\nlet r#type = 1;");
        assert_eq!(text.strings, [Literal { line: 3, text: "SELECT   x".into() }]);
        assert_eq!(text.code.lines().count(), 5);
        assert!(text.code.ends_with("let r#type = 1;"));
    }

    #[test]
    fn only_whole_words_outside_comments_and_strings_count_as_names() {
        let text = RustText::of("// uses serde\nlet x = \"serde\"; serde_json::from_str(y); tokio::spawn(z);");
        assert!(!text.names("serde") && text.names("serde_json") && text.names("tokio"));
    }
}
