//! Many rows in one statement, with texts that stay constant.
//!
//! A prepared statement is only reused when its text is the same, so rows go out in chunks of 1, 2, 3, 4, 6, 8, 12, 16 …
//! 192, 256 rows: sixteen texts for each statement, whatever the batch size, and two chunks for most batches. Reads pad
//! the last chunk by repeating the last key.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use crate::{Engine, Value};

/// Rows in the largest chunk. With up to 30 columns this stays under SQLite's 32,766 parameters.
const CHUNK_MAX: usize = 256;

/// The largest chunk of at most `rows` rows: a power of two, or one and a half.
fn chunk_within(rows: usize) -> usize {
    let power = 1 << rows.ilog2();
    if power + power / 2 <= rows { power + power / 2 } else { power }
}

/// The smallest chunk that holds `rows` rows.
fn chunk_around(rows: usize) -> usize {
    let within = chunk_within(rows);
    let next = if within.is_power_of_two() { within + within / 2 } else { within.next_power_of_two() };
    if within == rows { rows } else { next }
}

/// The mark in a statement that is replaced by `($1, $2), ($3, $4), …`.
const MARK: char = '…';

/// Rows to send, each of `N` columns.
#[derive(Debug, Clone, Default)]
pub struct Rows<const N: usize> {
    rows: Vec<[Value; N]>,
}

impl<const N: usize> Rows<N> {
    /// No rows yet.
    pub const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: [Value; N]) {
        self.rows.push(row);
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Cuts the rows into chunks of the sizes that have texts; a write must not send a row twice.
    pub(crate) fn exact_chunks(&self) -> impl Iterator<Item = &[[Value; N]]> {
        let mut rest = self.rows.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let size = chunk_within(rest.len()).min(CHUNK_MAX);
            let (chunk, tail) = rest.split_at(size);
            rest = tail;
            Some(chunk)
        })
    }

    /// Cuts the rows into chunks and says up to which size each is to be filled by repeating its last row.
    pub(crate) fn padded_chunks(&self) -> impl Iterator<Item = (&[[Value; N]], usize)> {
        self.rows.chunks(CHUNK_MAX).map(|chunk| (chunk, chunk_around(chunk.len())))
    }
}

impl<const N: usize> FromIterator<[Value; N]> for Rows<N> {
    fn from_iter<T: IntoIterator<Item = [Value; N]>>(rows: T) -> Self {
        Self { rows: rows.into_iter().collect() }
    }
}

/// The text of `template` for `rows` rows of `width` columns after `fixed` leading parameters.
///
/// Texts are kept for the life of the process: there are at most sixteen for each statement in the source.
pub(crate) fn text_for(
    engine: Engine,
    template: &'static str,
    fixed: usize,
    width: usize,
    rows: usize,
) -> &'static str {
    type Texts = HashMap<(Engine, &'static str, usize), &'static str>;
    static TEXTS: LazyLock<Mutex<Texts>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    texts
        .entry((engine, template, rows))
        .or_insert_with(|| Box::leak(expand(engine, template, fixed, width, rows).into_boxed_str()))
}

/// SQLite's driver looks a numbered parameter up by its name in a list, so a text of `n` of them costs `n²`; a plain
/// `?` costs nothing. Where the numbers would only count upwards they are left out (see decision 0001).
fn expand(engine: Engine, template: &str, fixed: usize, width: usize, rows: usize) -> String {
    let (head, tail) = template.split_once(MARK).expect("a statement of many rows holds the mark …");
    let bare = engine == Engine::Sqlite && counts_up_to(fixed, head) && !tail.contains('$');
    let mut text = String::with_capacity(template.len() + rows * width * 6);
    if bare {
        text.extend(without_numbers(head));
    } else {
        text.push_str(head);
    }
    let mut parameter = fixed;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            parameter += 1;
            text.push_str(if column == 0 { "" } else { ", " });
            if bare {
                text.push('?');
            } else {
                text.push('$');
                text.push_str(&parameter.to_string());
            }
        }
        text.push(')');
    }
    text.push_str(tail);
    text
}

/// Whether the parameters of `text` are `$1` to `$last`, each once and in this order.
fn counts_up_to(last: usize, text: &str) -> bool {
    let numbers = text.split('$').skip(1).map(|rest| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest[..digits].parse::<usize>().unwrap_or(0)
    });
    numbers.eq(1..=last)
}

fn without_numbers(text: &str) -> impl Iterator<Item = char> {
    let mut after_mark = false;
    text.chars().filter_map(move |c| match c {
        '$' => {
            after_mark = true;
            Some('?')
        }
        digit if after_mark && digit.is_ascii_digit() => None,
        other => {
            after_mark = false;
            Some(other)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_numbers_its_parameters_after_the_fixed_ones() {
        assert_eq!(
            expand(Engine::Postgres, "INSERT INTO t VALUES … RETURNING a", 1, 2, 2),
            "INSERT INTO t VALUES ($2, $3), ($4, $5) RETURNING a"
        );
    }

    #[test]
    fn numbers_are_left_out_on_sqlite_only_where_they_count_upwards() {
        let read = "SELECT a FROM t WHERE b = $1 AND a IN (…)";
        assert_eq!(expand(Engine::Sqlite, read, 1, 1, 2), "SELECT a FROM t WHERE b = ? AND a IN ((?), (?))");
        let tail = "WITH v (a) AS (VALUES …) SELECT a FROM v WHERE b = $1";
        assert_eq!(expand(Engine::Sqlite, tail, 1, 1, 1), "WITH v (a) AS (VALUES ($2)) SELECT a FROM v WHERE b = $1");
        let twice = "SELECT $1, $1 FROM t WHERE a IN (…)";
        assert_eq!(expand(Engine::Sqlite, twice, 1, 1, 1), "SELECT $1, $1 FROM t WHERE a IN (($2))");
    }

    const SIZES: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

    #[test]
    fn a_read_is_padded_to_the_next_size_that_has_a_text() {
        for length in 1..=CHUNK_MAX {
            let rows: Rows<1> = (0..length as i64).map(|number| [Value::from(number)]).collect();
            let padded: Vec<usize> = rows.padded_chunks().map(|(_, size)| size).collect();
            let next = SIZES.into_iter().find(|size| *size >= length).unwrap();
            assert_eq!(padded, [next], "{length}");
        }
    }

    #[test]
    fn chunks_hold_every_row_once_and_only_sizes_that_have_texts() {
        for length in [0_i64, 1, 2, 3, 7, 255, 256, 257, 511, 700] {
            let rows: Rows<1> = (0..length).map(|number| [Value::from(number)]).collect();
            let sent: Vec<i64> = rows
                .exact_chunks()
                .inspect(|chunk| assert!(SIZES.contains(&chunk.len()), "{}", chunk.len()))
                .flatten()
                .map(|[value]| match value {
                    Value::Int(Some(number)) => *number,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(sent, (0..length).collect::<Vec<_>>());
        }
    }
}
