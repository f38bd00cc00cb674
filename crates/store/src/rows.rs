//! Many rows in one statement, with texts that stay constant.
//!
//! A prepared statement is only reused when its text is the same, so rows go out in chunks whose sizes are powers of
//! two: nine texts for each statement, whatever the batch size. Reads pad the last chunk by repeating the last key.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use crate::Value;

/// Rows in the largest chunk. With up to 30 columns this stays under SQLite's 32,766 parameters.
const CHUNK_MAX: usize = 256;

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
            let size = (1 << rest.len().ilog2()).min(CHUNK_MAX);
            let (chunk, tail) = rest.split_at(size);
            rest = tail;
            Some(chunk)
        })
    }

    /// Cuts the rows into chunks and says up to which size each is to be filled by repeating its last row.
    pub(crate) fn padded_chunks(&self) -> impl Iterator<Item = (&[[Value; N]], usize)> {
        self.rows.chunks(CHUNK_MAX).map(|chunk| (chunk, chunk.len().next_power_of_two()))
    }
}

impl<const N: usize> FromIterator<[Value; N]> for Rows<N> {
    fn from_iter<T: IntoIterator<Item = [Value; N]>>(rows: T) -> Self {
        Self { rows: rows.into_iter().collect() }
    }
}

/// The text of `template` for `rows` rows of `width` columns after `fixed` leading parameters.
///
/// Texts are kept for the life of the process: there are at most nine for each statement in the source.
pub(crate) fn text_for(template: &'static str, fixed: usize, width: usize, rows: usize) -> &'static str {
    type Texts = HashMap<(&'static str, usize), &'static str>;
    static TEXTS: LazyLock<Mutex<Texts>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    texts.entry((template, rows)).or_insert_with(|| Box::leak(expand(template, fixed, width, rows).into_boxed_str()))
}

fn expand(template: &str, fixed: usize, width: usize, rows: usize) -> String {
    let (head, tail) = template.split_once(MARK).expect("a statement of many rows holds the mark …");
    let mut text = String::with_capacity(template.len() + rows * width * 6);
    text.push_str(head);
    let mut parameter = fixed;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            parameter += 1;
            text.push_str(if column == 0 { "$" } else { ", $" });
            text.push_str(&parameter.to_string());
        }
        text.push(')');
    }
    text.push_str(tail);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_numbers_its_parameters_after_the_fixed_ones() {
        assert_eq!(
            expand("INSERT INTO t VALUES … RETURNING a", 1, 2, 2),
            "INSERT INTO t VALUES ($2, $3), ($4, $5) RETURNING a"
        );
    }

    #[test]
    fn chunks_hold_every_row_once_and_only_sizes_that_have_texts() {
        for length in [0_i64, 1, 2, 3, 7, 255, 256, 257, 511, 700] {
            let rows: Rows<1> = (0..length).map(|number| [Value::from(number)]).collect();
            let sent: Vec<i64> = rows
                .exact_chunks()
                .inspect(|chunk| assert!(chunk.len().is_power_of_two() && chunk.len() <= CHUNK_MAX))
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
