//! Migrations as a lint reads them: statements with their comments, and the tables that they declare.
//!
//! It reads the small dialect that migrations are written in (see "Storage" in `ARCHITECTURE.md`), not SQL at large.

/// One statement of a migration.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The line of its first word, from 1.
    pub(crate) line: usize,
    /// Its words, marks and placeholders such as `{id}`; quoted text is one token `'…'`.
    pub(crate) tokens: Vec<String>,
    /// The column after `-- distribute by` in the comments before it.
    pub(crate) distribute_by: Option<String>,
}

/// A `CREATE TABLE`.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) distribute_by: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// The columns of its primary key and of each unique constraint.
    pub(crate) keys: Vec<Key>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As written: `BIGINT`, `DOUBLE PRECISION`, `{id}`.
    pub(crate) kind: String,
}

/// A primary key, a unique constraint or a unique index.
#[derive(Debug)]
pub(crate) struct Key {
    /// How a developer would call it in this file.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

/// A `CREATE UNIQUE INDEX`.
#[derive(Debug)]
pub(crate) struct UniqueIndex {
    pub(crate) table: String,
    pub(crate) line: usize,
    pub(crate) key: Key,
}

/// Words that end a column's type.
const AFTER_TYPE: [&str; 11] = [
    "NOT",
    "NULL",
    "DEFAULT",
    "CHECK",
    "PRIMARY",
    "UNIQUE",
    "REFERENCES",
    "GENERATED",
    "COLLATE",
    "CONSTRAINT",
    "AUTOINCREMENT",
];

/// The statements of a migration, in order.
pub(crate) fn statements(sql: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open = Statement { line: 0, tokens: Vec::new(), distribute_by: None };
    for (index, line) in sql.lines().enumerate() {
        let (code, comment) = split_comment(line);
        if let Some(column) = comment.trim().strip_prefix("distribute by ") {
            open.distribute_by = Some(column.trim().to_owned());
        }
        for token in tokens(code) {
            if token == ";" {
                let next = Statement { line: 0, tokens: Vec::new(), distribute_by: None };
                found.push(std::mem::replace(&mut open, next));
                continue;
            }
            if open.tokens.is_empty() {
                open.line = index + 1;
            }
            open.tokens.push(token);
        }
    }
    found.push(open);
    found.retain(|statement| !statement.tokens.is_empty());
    found
}

/// The words of a piece of SQL: names, numbers, `{placeholders}`, quoted text as `'…'`, and single marks.
pub(crate) fn tokens(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            '{' => rest.find('}').map_or(rest.len(), |end| end + 1),
            _ if is_name(first) => rest.find(|character| !is_name(character)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        found.push(if first == '\'' { "'…'".to_owned() } else { rest[..length].to_owned() });
        rest = rest[length..].trim_start();
    }
    found
}

impl Statement {
    /// Whether it begins with these words, in either case.
    fn begins(&self, words: &[&str]) -> bool {
        self.tokens.len() >= words.len()
            && self.tokens.iter().zip(words).all(|(token, word)| token.eq_ignore_ascii_case(word))
    }

    /// The table that it declares.
    pub(crate) fn table(&self) -> Option<Table> {
        if !self.begins(&["CREATE", "TABLE"]) {
            return None;
        }
        let open = self.tokens.iter().position(|token| token == "(")?;
        let name = self.tokens.get(open.checked_sub(1)?)?.clone();
        let mut table = Table {
            name,
            line: self.line,
            distribute_by: self.distribute_by.clone(),
            columns: Vec::new(),
            keys: Vec::new(),
        };
        for part in parts(&self.tokens[open..]) {
            table.add(&part);
        }
        Some(table)
    }

    /// The unique index that it creates.
    pub(crate) fn unique_index(&self) -> Option<UniqueIndex> {
        if !self.begins(&["CREATE", "UNIQUE", "INDEX"]) {
            return None;
        }
        let on = self.tokens.iter().position(|token| token.eq_ignore_ascii_case("ON"))?;
        let name = format!("unique index {}", self.tokens.get(on.checked_sub(1)?)?);
        let columns = first_names(&self.tokens[on + 2..]);
        Some(UniqueIndex { table: self.tokens.get(on + 1)?.clone(), line: self.line, key: Key { name, columns } })
    }

    /// The table and column of `ALTER TABLE … ADD [COLUMN] …`.
    pub(crate) fn added_column(&self) -> Option<(String, Column)> {
        if !self.begins(&["ALTER", "TABLE"]) || !self.tokens.get(3)?.eq_ignore_ascii_case("ADD") {
            return None;
        }
        let start = if self.tokens.get(4)?.eq_ignore_ascii_case("COLUMN") { 5 } else { 4 };
        Some((self.tokens[2].clone(), column(&self.tokens[start..])?))
    }
}

impl Table {
    /// Reads one part of the list in parentheses: a column or a table constraint.
    fn add(&mut self, part: &[String]) {
        let part = if is(part, 0, "CONSTRAINT") { part.get(2..).unwrap_or_default() } else { part };
        if is(part, 0, "PRIMARY") {
            self.keys.push(Key { name: "primary key".into(), columns: first_names(part) });
        } else if is(part, 0, "UNIQUE") {
            let columns = first_names(part);
            self.keys.push(Key { name: format!("UNIQUE ({})", columns.join(", ")), columns });
        } else if !is(part, 0, "CHECK")
            && let Some(column) = column(part)
        {
            let columns = vec![column.name.clone()];
            if part.iter().any(|token| token.eq_ignore_ascii_case("PRIMARY")) {
                self.keys.push(Key { name: "primary key".into(), columns });
            } else if part.iter().any(|token| token.eq_ignore_ascii_case("UNIQUE")) {
                self.keys.push(Key { name: format!("UNIQUE on {}", column.name), columns });
            }
            self.columns.push(column);
        }
    }
}

fn is(tokens: &[String], index: usize, word: &str) -> bool {
    tokens.get(index).is_some_and(|token| token.eq_ignore_ascii_case(word))
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$'
}

fn split_comment(line: &str) -> (&str, &str) {
    let mut quoted = false;
    for (index, character) in line.char_indices() {
        quoted ^= character == '\'';
        if !quoted && line[index..].starts_with("--") {
            return (&line[..index], &line[index + 2..]);
        }
    }
    (line, "")
}

fn column(tokens: &[String]) -> Option<Column> {
    let ends = |token: &&String| !AFTER_TYPE.iter().any(|word| token.eq_ignore_ascii_case(word));
    let kind: Vec<&str> = tokens.get(1..)?.iter().take_while(ends).map(String::as_str).collect();
    Some(Column { name: tokens[0].clone(), kind: kind.join(" ") })
}

/// The parts between the first parenthesis and its partner, split at the commas of that depth.
fn parts(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut depth = 0_usize;
    for token in tokens {
        depth += usize::from(token == "(");
        match token.as_str() {
            ")" if depth <= 1 => break,
            "(" if depth == 1 => {}
            "," if depth == 1 => found.push(Vec::new()),
            _ => found.last_mut().into_iter().for_each(|part| part.push(token.clone())),
        }
        depth -= usize::from(token == ")");
    }
    found.retain(|part| !part.is_empty());
    found
}

/// The first word of each part of the first list in parentheses.
fn first_names(tokens: &[String]) -> Vec<String> {
    let open = tokens.iter().position(|token| token == "(").unwrap_or(tokens.len());
    parts(&tokens[open..]).into_iter().map(|mut part| part.swap_remove(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_columns_keys_and_distribution() {
        let sql = "-- Balances; they never fall below zero.
            -- distribute by account_id
            CREATE TABLE balance (
                account_id {id},
                note TEXT NOT NULL DEFAULT 'a;b -- c', -- why
                share DOUBLE PRECISION NOT NULL CHECK (share >= 0),
                PRIMARY KEY (account_id, note),
                UNIQUE (account_id, share)
            );
            CREATE UNIQUE INDEX by_note ON balance (note) WHERE share > 0;";
        let statements = statements(sql);
        let table = statements[0].table().unwrap();
        assert_eq!(
            (table.name.as_str(), table.line, table.distribute_by.as_deref()),
            ("balance", 3, Some("account_id"))
        );
        let columns: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.kind.as_str())).collect();
        assert_eq!(columns, [("account_id", "{id}"), ("note", "TEXT"), ("share", "DOUBLE PRECISION")]);
        let keys: Vec<_> = table.keys.iter().map(|key| key.columns.join("+")).collect();
        assert_eq!(keys, ["account_id+note", "account_id+share"]);
        let index = statements[1].unique_index().unwrap();
        assert_eq!((index.table.as_str(), index.key.columns), ("balance", vec!["note".to_owned()]));
    }

    #[test]
    fn an_added_column_is_read_with_its_type() {
        let (table, column) = statements("ALTER TABLE person ADD COLUMN born {bytes};")[0].added_column().unwrap();
        assert_eq!((table.as_str(), column.name.as_str(), column.kind.as_str()), ("person", "born", "{bytes}"));
    }
}
