//! Turns a migration, written once, into the words of one engine.
//!
//! `{id}` is a 64-bit key column, `{bytes}` a byte string. On SQLite tables become STRICT, and WITHOUT ROWID unless
//! the key is a single `{id}` (which then is the row id itself), so that no table has a second tree. On PostgreSQL text
//! compares by bytes (`COLLATE "C"`), as it does on SQLite.

use crate::Engine;

/// The statements of a migration for `engine`.
pub(crate) fn statements(engine: Engine, migration: &str) -> Vec<String> {
    let bare: String =
        migration.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    bare.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(|s| translate(engine, s)).collect()
}

fn translate(engine: Engine, statement: &str) -> String {
    match engine {
        Engine::Postgres => statement
            .replace("{id}", "BIGINT NOT NULL")
            .replace("{bytes}", "BYTEA")
            .replace(" TEXT", " TEXT COLLATE \"C\""),
        Engine::Sqlite => {
            let own_key = statement.contains("{id} PRIMARY KEY");
            let text = statement
                .replace("{id}", "INTEGER NOT NULL")
                .replace("{bytes}", "BLOB")
                .replace(" BIGINT", " INTEGER")
                .replace(" DOUBLE PRECISION", " REAL");
            match (text.starts_with("CREATE TABLE"), own_key) {
                (true, true) => text + " STRICT",
                (true, false) => text + " STRICT, WITHOUT ROWID",
                (false, _) => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_strict_and_has_one_tree_on_sqlite() {
        let migration = "-- distribute by a\nCREATE TABLE t (\n  a {id} PRIMARY KEY, -- note\n  b {bytes}, c TEXT NOT NULL\n);\nCREATE TABLE u (a {id}, b BIGINT NOT NULL, PRIMARY KEY (a, b));";
        assert_eq!(
            statements(Engine::Sqlite, migration),
            [
                "CREATE TABLE t (\n  a INTEGER NOT NULL PRIMARY KEY, \n  b BLOB, c TEXT NOT NULL\n) STRICT",
                "CREATE TABLE u (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID",
            ]
        );
        assert_eq!(
            statements(Engine::Postgres, migration)[0],
            "CREATE TABLE t (\n  a BIGINT NOT NULL PRIMARY KEY, \n  b BYTEA, c TEXT COLLATE \"C\" NOT NULL\n)"
        );
    }
}
