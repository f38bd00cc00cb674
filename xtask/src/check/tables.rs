//! Tables: each can be spread over a cluster by one column, holds only types that every engine has, and belongs to one
//! crate, the only one whose SQL names it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Findings, found};
use crate::migration::{self, Column, Key, Statement, Table};
use crate::process::Failure;
use crate::rust_text::RustText;
use crate::workspace::Workspace;

/// What SQLite, PostgreSQL and Citus all store alike; `store` turns `{id}` and `{bytes}` into each engine's own.
const TYPES: [&str; 5] = ["BIGINT", "TEXT", "DOUBLE PRECISION", "{bytes}", "{id}"];

/// Words of features that do not survive distribution (references, sequences) or differ between engines.
const FORBIDDEN: [&str; 10] = [
    "FOREIGN",
    "REFERENCES",
    "SERIAL",
    "BIGSERIAL",
    "SMALLSERIAL",
    "GENERATED",
    "IDENTITY",
    "AUTOINCREMENT",
    "SEQUENCE",
    "NEXTVAL",
];

/// Words that a table's name follows. SQL is written in upper case here, English is not.
const BEFORE_TABLE: [&str; 5] = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"];

/// Crates whose SQL may name a table that another crate owns, as (crate, table, reason).
const EXCEPTIONS: [(&str, &str, &str); 13] = [
    ("sim", "account", A_PAST),
    ("sim", "campaign_cap", A_PAST),
    ("sim", "code_use", A_PAST),
    ("sim", "goods_operation", ALIKE),
    ("sim", "identifier", A_PAST),
    ("sim", "identity_link", ALIKE),
    ("sim", "lake_writer", "measuring scans beside the lake's writer holds it off until it is to begin"),
    ("sim", "person_tag", A_PAST),
    ("sim", "request", A_PAST),
    ("sim", "scan", A_PAST),
    ("sim", "shipment", A_PAST),
    ("sim", "source_account", A_PAST),
    ("sim", "transfer", A_PAST),
];
const A_PAST: &str =
    "measuring writes a past of millions of scans in minutes, and recounts the books by SQL of its own";

const ALIKE: &str = "telling whether two worlds were decided alike reads every decision";

/// One crate's file.
struct Source {
    owner: String,
    file: PathBuf,
    text: String,
}

/// Every table follows the rules of storage.
pub(super) fn check_rules(workspace: &Workspace) -> Findings {
    let migrations = sources(workspace, "migrations", "sql")?;
    let mut all = Vec::new();
    let mut declared = BTreeMap::new();
    for source in &migrations {
        all.extend(rule_findings(source, &mut declared));
    }
    found(all)
}

/// Every table is declared once, and named only by the SQL of the crate that declares it.
pub(super) fn check_owners(workspace: &Workspace) -> Findings {
    let migrations = sources(workspace, "migrations", "sql")?;
    let code = sources(workspace, "src", "rs")?;
    let mut scripts = Vec::new();
    for source in all_sources(workspace, "sql")? {
        if migrations.iter().all(|migration| migration.file != source.file) {
            scripts.push(source);
        }
    }
    found(owner_findings(&migrations, &scripts, &code))
}

/// The files `crates/OWNER/FOLDER/**.EXTENSION`.
fn sources(workspace: &Workspace, folder: &str, extension: &str) -> Result<Vec<Source>, Failure> {
    let mut found = all_sources(workspace, extension)?;
    found.retain(|source| source.file.iter().nth(2).is_some_and(|inside| inside == folder));
    Ok(found)
}

/// The files `crates/OWNER/**.EXTENSION`.
fn all_sources(workspace: &Workspace, extension: &str) -> Result<Vec<Source>, Failure> {
    let mut found = Vec::new();
    for file in workspace.files()? {
        let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
        if let ["crates", owner, _, ..] = parts[..]
            && file.extension().is_some_and(|other| other == extension)
            && let Some(text) = workspace.read(&file)?
        {
            found.push(Source { owner: owner.to_owned(), file: file.clone(), text });
        }
    }
    Ok(found)
}

/// The findings in one migration; `declared` keeps each table's distribution column for the indexes that follow.
fn rule_findings(source: &Source, declared: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut all = Vec::new();
    for statement in migration::statements(&source.text) {
        let mut report =
            |line: usize, message: String| all.push(format!("{}:{line}: {message}", source.file.display()));
        for word in &statement.tokens {
            if FORBIDDEN.iter().any(|forbidden| word.eq_ignore_ascii_case(forbidden)) {
                report(
                    statement.line,
                    format!("{} does not work on a distributed table or on every engine", word.to_uppercase()),
                );
            }
        }
        if let Some(table) = statement.table() {
            table_messages(&table).into_iter().for_each(|message| report(table.line, message));
            declared.insert(table.name, table.distribute_by.unwrap_or_default());
        } else if let Some(index) = statement.unique_index() {
            let column = declared.get(&index.table).map(String::as_str).unwrap_or_default();
            key_message(&index.table, column, &index.key).into_iter().for_each(|message| report(index.line, message));
        } else if let Some((table, column)) = statement.added_column() {
            type_message(&table, &column).into_iter().for_each(|message| report(statement.line, message));
        }
    }
    all
}

fn table_messages(table: &Table) -> Vec<String> {
    let name = &table.name;
    let mut messages: Vec<String> = table.columns.iter().filter_map(|column| type_message(name, column)).collect();
    let Some(distribute_by) = &table.distribute_by else {
        messages.push(format!("{name}: a comment line `-- distribute by COLUMN` is missing before CREATE TABLE"));
        return messages;
    };
    if table.columns.iter().all(|column| column.name != *distribute_by) {
        messages.push(format!("{name}: there is no column {distribute_by} to distribute by"));
    }
    if !table.keys.iter().any(|key| key.name == "primary key") {
        messages.push(format!("{name}: a primary key is missing"));
    }
    messages.extend(table.keys.iter().filter_map(|key| key_message(name, distribute_by, key)));
    messages
}

fn key_message(table: &str, distribute_by: &str, key: &Key) -> Option<String> {
    let leads = key.columns.first().is_some_and(|first| first == distribute_by);
    (!leads).then(|| format!("{table}: {} must begin with the distribution column `{distribute_by}`", key.name))
}

fn type_message(table: &str, column: &Column) -> Option<String> {
    let allowed = TYPES.contains(&column.kind.as_str());
    (!allowed).then(|| {
        let types = TYPES.join(", ");
        format!("{table}.{}: the type `{}` is not portable, use one of {types}", column.name, column.kind)
    })
}

/// `scripts` are files of SQL that are no migrations.
fn owner_findings(migrations: &[Source], scripts: &[Source], code: &[Source]) -> Vec<String> {
    let mut all = Vec::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    let statements: Vec<(&Source, Statement)> = migrations
        .iter()
        .flat_map(|source| migration::statements(&source.text).into_iter().map(move |statement| (source, statement)))
        .collect();
    for (source, statement) in &statements {
        if let Some((old, new)) = renamed(&statement.tokens)
            && let Some(owner) = owners.remove(old)
        {
            owners.insert(new.to_owned(), owner);
        }
        if let Some(table) = statement.table()
            && let Some(first) = owners.insert(table.name.clone(), &source.owner)
        {
            all.push(format!(
                "{}:{}: {} is already declared by {first}",
                source.file.display(),
                table.line,
                table.name
            ));
        }
    }
    for (source, statement) in &statements {
        let mut named = tables_named(&statement.tokens);
        named.extend(statement.unique_index().map(|index| index.table));
        all.extend(strangers(source, statement.line, named, &owners));
    }
    for source in scripts {
        for statement in migration::statements(&source.text) {
            all.extend(strangers(source, statement.line, tables_named(&statement.tokens), &owners));
        }
    }
    for source in code {
        for literal in RustText::of(&source.text).strings {
            let named = tables_named(&migration::tokens(&literal.text));
            all.extend(strangers(source, literal.line, named, &owners));
        }
    }
    all
}

/// The old and the new name of a table that a statement renames.
fn renamed(tokens: &[String]) -> Option<(&str, &str)> {
    match tokens.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ALTER", "TABLE", old, "RENAME", "TO", new, ..] => Some((old, new)),
        _ => None,
    }
}

/// Tables in `named` that another crate owns.
fn strangers(source: &Source, line: usize, named: Vec<String>, owners: &BTreeMap<String, &str>) -> Vec<String> {
    let mut all = Vec::new();
    for table in named {
        let Some(owner) = owners.get(&table).filter(|owner| **owner != source.owner) else {
            continue;
        };
        if !EXCEPTIONS.iter().any(|(user, excepted, _)| *user == source.owner && *excepted == table) {
            all.push(format!("{}: {table} belongs to {owner}: ask that crate for it", at(&source.file, line)));
        }
    }
    all
}

fn at(file: &Path, line: usize) -> String {
    format!("{}:{line}", file.display())
}

/// The names after `FROM`, `JOIN`, `INTO`, `UPDATE` and `TABLE`, with those that follow in a list (`FROM a, b AS c`).
fn tables_named(tokens: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| BEFORE_TABLE.contains(&token.as_str())) {
        let skipped =
            tokens[index + 1..].iter().take_while(|token| ["IF", "NOT", "EXISTS", "ONLY"].contains(&token.as_str()));
        let mut rest = &tokens[index + 1 + skipped.count()..];
        while let Some((name, after)) = rest.split_first() {
            found.push(name.clone());
            let alias = after.iter().take_while(|token| *token == "AS" || is_lower(token)).count();
            match after.get(alias) {
                Some(comma) if comma == "," => rest = &after[alias + 1..],
                _ => break,
            }
        }
    }
    found.retain(|name| is_lower(name));
    found
}

fn is_lower(token: &str) -> bool {
    token.chars().next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
-- distribute by account_id
CREATE TABLE balance (
    account_id {id},
    kind TEXT NOT NULL,
    debits BIGINT NOT NULL DEFAULT 0,
    seal {bytes},
    share DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account_id, kind)
);
CREATE UNIQUE INDEX balance_by_kind ON balance (account_id, kind DESC);
CREATE INDEX balance_of_kind ON balance (kind);
";

    fn source(owner: &str, file: &str, text: &str) -> Source {
        Source { owner: owner.into(), file: format!("crates/{owner}/{file}").into(), text: text.into() }
    }

    fn rules(sql: &str) -> Vec<String> {
        let findings = rule_findings(&source("ledger", "migrations/0001.sql", sql), &mut BTreeMap::new());
        findings.into_iter().map(|finding| finding.replace("crates/ledger/migrations/0001.sql:", "")).collect()
    }

    #[test]
    fn a_good_migration_has_no_findings() {
        assert_eq!(rules(GOOD), Vec::<String>::new());
    }

    #[test]
    fn a_table_needs_a_distribution_column_that_exists_and_leads_every_key() {
        assert!(rules("CREATE TABLE a (id {id} PRIMARY KEY);")[0].contains("`-- distribute by COLUMN` is missing"));
        assert!(rules("-- distribute by b\nCREATE TABLE a (id {id} PRIMARY KEY);")[0].contains("no column b"));
        assert_eq!(rules("-- distribute by id\nCREATE TABLE a (id {id});"), ["2: a: a primary key is missing"]);
        let wrong = "-- distribute by b
            CREATE TABLE a (id {id}, b BIGINT NOT NULL, PRIMARY KEY (id, b), UNIQUE (id));
            CREATE UNIQUE INDEX i ON a (id, b);";
        assert_eq!(
            rules(wrong),
            [
                "2: a: primary key must begin with the distribution column `b`",
                "2: a: UNIQUE (id) must begin with the distribution column `b`",
                "3: a: unique index i must begin with the distribution column `b`",
            ]
        );
    }

    #[test]
    fn references_sequences_and_engine_types_are_refused() {
        let wrong = "-- distribute by id
            CREATE TABLE a (
                id {id} PRIMARY KEY, b BIGINT REFERENCES c (id), d BOOLEAN, e NUMERIC(10, 2)
            );
            ALTER TABLE a ADD COLUMN f TIMESTAMPTZ;";
        let findings = rules(wrong).join("\n");
        for part in [
            "REFERENCES does not",
            "a.d: the type `BOOLEAN`",
            "a.e: the type `NUMERIC ( 10 , 2 )`",
            "a.f: the type `TIMESTAMPTZ`",
        ] {
            assert!(findings.contains(part), "{part} in {findings}");
        }
        assert_eq!(rules("-- distribute by id\nCREATE TABLE a (id BIGSERIAL PRIMARY KEY);").len(), 2);
    }

    #[test]
    fn a_table_is_named_only_by_the_crate_that_owns_it() {
        let migrations = [source("ledger", "migrations/0001.sql", GOOD)];
        let sql = r#"fn a() {
            query("SELECT kind\nFROM balance AS b, v\nJOIN x ON 1");
            error("paid from balance"); // FROM balance
        }"#;
        assert!(owner_findings(&migrations, &[], &[source("ledger", "src/store.rs", sql)]).is_empty());
        assert_eq!(
            owner_findings(&migrations, &[], &[source("scan", "src/store.rs", sql)]),
            ["crates/scan/src/store.rs:2: balance belongs to ledger: ask that crate for it"]
        );
        for sql in [
            "UPDATE balance SET x = 1",
            "INSERT INTO balance (a) VALUES",
            "FROM v, balance AS b",
            "DELETE FROM balance",
        ] {
            let code = format!("const Q: &str = r#\"{sql}\"#;");
            assert_eq!(owner_findings(&migrations, &[], &[source("scan", "src/store.rs", &code)]).len(), 1, "{sql}");
        }
        let script = [source("scan", "prior/books.sql", "SELECT 1;\n\nDELETE FROM balance;")];
        assert_eq!(
            owner_findings(&migrations, &script, &[]),
            ["crates/scan/prior/books.sql:3: balance belongs to ledger: ask that crate for it"]
        );
    }

    #[test]
    fn a_table_is_declared_once_and_changed_only_by_its_owner() {
        let migrations = [
            source("ledger", "migrations/0001.sql", GOOD),
            source("people", "migrations/0001.sql", "CREATE TABLE balance (id {id});"),
            source("ledger", "migrations/0002.sql", "-- distribute by a\nCREATE TABLE person (a BIGINT);"),
            source("people", "migrations/0002.sql", "ALTER TABLE person ADD b BIGINT;"),
        ];
        let findings = owner_findings(&migrations, &[], &[]).join("\n");
        assert!(findings.contains("balance is already declared by ledger"), "{findings}");
        assert!(findings.contains("person belongs to ledger"), "{findings}");
    }

    #[test]
    fn a_table_may_be_declared_anew_once_it_bears_another_name() {
        let anew = "ALTER TABLE balance RENAME TO balance_before;\n-- distribute by id\nCREATE TABLE balance (id {id});\n\
                    DROP TABLE balance_before;";
        let migrations = [source("ledger", "migrations/0001.sql", GOOD), source("ledger", "migrations/0002.sql", anew)];
        assert!(owner_findings(&migrations, &[], &[]).is_empty());
        let query = [source("scan", "src/store.rs", "const Q: &str = \"SELECT 1 FROM balance\";")];
        assert_eq!(owner_findings(&migrations, &[], &query).len(), 1);
    }
}
