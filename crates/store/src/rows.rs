//! Many rows in one statement, with texts that stay constant.
//!
//! A prepared statement is only reused when its text is the same. PostgreSQL takes each column as an array, so that one text
//! serves any number of rows. Elsewhere rows go out in chunks of 1, 2, 3, 4, 6, 8, 12, 16 … 192, 256: sixteen texts for
//! each statement, whatever the batch size, and two chunks for most batches; reads pad the last chunk by repeating the last
//! key.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use crate::{Error, Value};

/// Rows in the largest chunk. With up to 30 columns this stays under SQLite's 32,766 parameters.
const CHUNK_MAX: usize = 256;
/// Rows that are written by one statement as arrays: their memory is held on both sides meanwhile.
const ARRAY_MAX: usize = 1_024;

/// In which form the rows of a statement go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// `(?, ?), (?, ?)`: SQLite.
    Marks,
    /// `($1, $2), ($3, $4)`: Citus, and a single row.
    Numbers,
    /// `unnest($1, $2)`, an array for each column: PostgreSQL.
    Arrays,
}

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

    /// The statements that write every row, each once.
    pub(crate) fn writes<'v>(
        &'v self,
        form: Form,
        template: &'static str,
        fixed: &'v [Value],
    ) -> impl Iterator<Item = Result<Statement<'v>, Error>> {
        self.exact_chunks(form).map(move |chunk| Statement::of_rows(form, template, fixed, chunk, chunk.len()))
    }

    /// The statements that ask for every key, some perhaps several times.
    pub(crate) fn reads<'v>(
        &'v self,
        form: Form,
        template: &'static str,
        fixed: &'v [Value],
    ) -> impl Iterator<Item = Result<Statement<'v>, Error>> {
        self.rows
            .chunks(CHUNK_MAX)
            .map(move |chunk| Statement::of_rows(form, template, fixed, chunk, chunk_around(chunk.len())))
    }

    /// Cuts the rows into chunks, for which there are texts.
    fn exact_chunks(&self, form: Form) -> impl Iterator<Item = &[[Value; N]]> {
        let mut rest = self.rows.as_slice();
        std::iter::from_fn(move || {
            let size = match (rest.len(), form) {
                (0, _) => return None,
                (rows, Form::Arrays) => rows.min(ARRAY_MAX),
                (rows, Form::Marks | Form::Numbers) => chunk_within(rows).min(CHUNK_MAX),
            };
            let (chunk, tail) = rest.split_at(size);
            rest = tail;
            Some(chunk)
        })
    }
}

impl<const N: usize> FromIterator<[Value; N]> for Rows<N> {
    fn from_iter<T: IntoIterator<Item = [Value; N]>>(rows: T) -> Self {
        Self { rows: rows.into_iter().collect() }
    }
}

/// A statement on its way to the database.
#[derive(Debug)]
pub(crate) struct Statement<'v> {
    /// As it stands in the source.
    pub(crate) template: &'static str,
    pub(crate) text: &'static str,
    /// How many rows it sends.
    pub(crate) rows: usize,
    /// The first parameters.
    pub(crate) values: Vec<&'v Value>,
    /// And those after them, on PostgreSQL.
    pub(crate) columns: Vec<Column<'v>>,
}

/// A column of rows.
#[derive(Debug, PartialEq)]
pub(crate) enum Column<'v> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'v str>>),
    Bytes(Vec<Option<&'v [u8]>>),
    Reals(Vec<f64>),
}

impl<'v> Statement<'v> {
    /// One that sends no rows.
    pub(crate) fn of_values(text: &'static str, values: &'v [Value]) -> Self {
        Self { template: text, text, rows: 0, values: values.iter().collect(), columns: Vec::new() }
    }

    /// One that sends `rows`, the last of them as often as it takes to fill `size`.
    fn of_rows<const N: usize>(
        form: Form,
        template: &'static str,
        fixed: &'v [Value],
        rows: &'v [[Value; N]],
        size: usize,
    ) -> Result<Self, Error> {
        let (form, size) = match form {
            Form::Arrays if rows.len() > 1 => (form, 0),
            Form::Arrays => (Form::Numbers, 1),
            Form::Marks | Form::Numbers => (form, size),
        };
        let text = text_for(form, template, fixed.len(), N, size);
        let mut values: Vec<&Value> = fixed.iter().collect();
        let mut columns = Vec::new();
        if form == Form::Arrays {
            columns = (0..N).map(|at| Column::of(rows, at)).collect::<Result<_, _>>()?;
        } else {
            values.reserve(size * N);
            values.extend(rows.iter().flatten());
            values.extend(rows.last().into_iter().cycle().take(size - rows.len()).flatten());
        }
        Ok(Self { template, text, rows: rows.len(), values, columns })
    }
}

impl<'v> Column<'v> {
    fn of<const N: usize>(rows: &'v [[Value; N]], at: usize) -> Result<Self, Error> {
        let column = || rows.iter().map(|row| &row[at]);
        let whole = match rows.first().map(|row| &row[at]) {
            Some(Value::Text(_)) => column()
                .map(|value| if let Value::Text(text) = value { Some(text.as_deref()) } else { None })
                .collect::<Option<_>>()
                .map(Self::Texts),
            Some(Value::Bytes(_)) => column()
                .map(|value| if let Value::Bytes(bytes) = value { Some(bytes.as_deref()) } else { None })
                .collect::<Option<_>>()
                .map(Self::Bytes),
            Some(Value::Real(_)) => column()
                .map(|value| if let Value::Real(number) = value { Some(*number) } else { None })
                .collect::<Option<_>>()
                .map(Self::Reals),
            Some(Value::Int(_)) | None => column()
                .map(|value| if let Value::Int(number) = value { Some(*number) } else { None })
                .collect::<Option<_>>()
                .map(Self::Ints),
        };
        whole.ok_or_else(|| Error::Unreadable(format!("values of two kinds in column {at} of the rows to send")))
    }
}

/// The text of `template` for `rows` rows of `width` columns after `fixed` leading parameters.
///
/// Texts are kept for the life of the process: there are at most sixteen for each statement in the source.
fn text_for(form: Form, template: &'static str, fixed: usize, width: usize, rows: usize) -> &'static str {
    type Texts = HashMap<(Form, &'static str, usize), &'static str>;
    static TEXTS: LazyLock<Mutex<Texts>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    texts
        .entry((form, template, rows))
        .or_insert_with(|| Box::leak(expand(form, template, fixed, width, rows).into_boxed_str()))
}

/// The text for arrays: as rows of a table where rows stood, as an array where keys stood.
fn unnesting((head, tail): (&str, &str), fixed: usize, width: usize) -> String {
    let arrays: Vec<String> = (fixed + 1..=fixed + width).map(|number| format!("${number}")).collect();
    let arrays = arrays.join(", ");
    match (head.strip_suffix("VALUES "), head.strip_suffix(" IN (")) {
        (Some(head), _) => format!("{head}SELECT * FROM unnest({arrays}){tail}"),
        (None, Some(head)) if width == 1 => format!("{head} = ANY({arrays}{tail}"),
        _ => panic!("rows of a statement stand after VALUES, or are keys in IN (…)"),
    }
}

/// SQLite's driver looks a numbered parameter up by its name in a list, so a text of `n` of them costs `n²`; a plain
/// `?` costs nothing. Where the numbers would only count upwards they are left out (see decision 0001).
fn expand(form: Form, template: &str, fixed: usize, width: usize, rows: usize) -> String {
    let (head, tail) = template.split_once(MARK).expect("a statement of many rows holds the mark …");
    if form == Form::Arrays {
        return unnesting((head, tail), fixed, width);
    }
    let bare = form == Form::Marks && counts_up_to(fixed, head) && !tail.contains('$');
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
            expand(Form::Numbers, "INSERT INTO t VALUES … RETURNING a", 1, 2, 2),
            "INSERT INTO t VALUES ($2, $3), ($4, $5) RETURNING a"
        );
    }

    #[test]
    fn numbers_are_left_out_on_sqlite_only_where_they_count_upwards() {
        let read = "SELECT a FROM t WHERE b = $1 AND a IN (…)";
        assert_eq!(expand(Form::Marks, read, 1, 1, 2), "SELECT a FROM t WHERE b = ? AND a IN ((?), (?))");
        let tail = "WITH v (a) AS (VALUES …) SELECT a FROM v WHERE b = $1";
        assert_eq!(expand(Form::Marks, tail, 1, 1, 1), "WITH v (a) AS (VALUES ($2)) SELECT a FROM v WHERE b = $1");
        let twice = "SELECT $1, $1 FROM t WHERE a IN (…)";
        assert_eq!(expand(Form::Marks, twice, 1, 1, 1), "SELECT $1, $1 FROM t WHERE a IN (($2))");
    }

    #[test]
    fn a_text_of_arrays_serves_any_number_of_rows() {
        let expand = |template, fixed, width| expand(Form::Arrays, template, fixed, width, 0);
        assert_eq!(
            expand("INSERT INTO t (a, b) VALUES … ON CONFLICT DO NOTHING", 0, 2),
            "INSERT INTO t (a, b) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            expand("SELECT a FROM t WHERE b = $1 AND a IN (…) LIMIT 5", 1, 1),
            "SELECT a FROM t WHERE b = $1 AND a = ANY($2) LIMIT 5"
        );
        assert_eq!(
            expand("WITH v (a, b) AS (VALUES …) UPDATE t SET a = v.a FROM v WHERE t.b = v.b AND c = $1", 1, 2),
            "WITH v (a, b) AS (SELECT * FROM unnest($2, $3)) UPDATE t SET a = v.a FROM v WHERE t.b = v.b AND c = $1"
        );
    }

    const SIZES: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

    fn numbers(length: i64) -> Rows<1> {
        (0..length).map(|number| [Value::from(number)]).collect()
    }

    #[test]
    fn a_read_is_padded_to_the_next_size_that_has_a_text() {
        for length in 1..=CHUNK_MAX {
            let rows = numbers(length as i64);
            let sent: Vec<Statement<'_>> =
                rows.reads(Form::Marks, "SELECT a FROM t WHERE a IN (…)", &[]).map(Result::unwrap).collect();
            let next = SIZES.into_iter().find(|size| *size >= length).unwrap();
            assert_eq!(sent.iter().map(|statement| statement.values.len()).collect::<Vec<_>>(), [next], "{length}");
            assert_eq!(sent[0].values.last(), rows.rows.last().map(|[value]| value).as_ref());
        }
    }

    #[test]
    fn chunks_hold_every_row_once_and_only_sizes_that_have_texts() {
        for length in [0_i64, 1, 2, 3, 7, 255, 256, 257, 511, 700] {
            let rows = numbers(length);
            let sent: Vec<i64> = rows
                .writes(Form::Marks, "INSERT INTO t VALUES …", &[])
                .map(Result::unwrap)
                .inspect(|chunk| assert!(SIZES.contains(&chunk.rows), "{}", chunk.rows))
                .flat_map(|chunk| chunk.values)
                .map(|value| match value {
                    Value::Int(Some(number)) => *number,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(sent, (0..length).collect::<Vec<_>>());
        }
    }

    #[test]
    fn arrays_hold_every_row_once_and_a_single_row_is_no_array() {
        for length in [0_i64, 1, 2, 1_024, 1_025, 2_500] {
            let rows: Rows<2> = (0..length).map(|n| [Value::from(n), Value::Text(None)]).collect();
            let mut sent = Vec::new();
            for statement in rows.writes(Form::Arrays, "INSERT INTO t VALUES …", &[]) {
                let statement = statement.unwrap();
                match statement.columns.as_slice() {
                    [Column::Ints(numbers), Column::Texts(texts)] => {
                        assert!(statement.rows > 1 && statement.rows <= ARRAY_MAX && statement.values.is_empty());
                        assert_eq!(texts, &vec![None; statement.rows]);
                        sent.extend(numbers.iter().map(|number| Value::Int(*number)));
                    }
                    [] => sent.extend(statement.values.chunks(2).map(|row| row[0].clone())),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(sent, (0..length).map(Value::from).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_column_of_two_kinds_is_refused() {
        let rows: Rows<1> = [[Value::from(1)], [Value::from("one")]].into_iter().collect();
        let sent = rows.writes(Form::Arrays, "INSERT INTO t VALUES …", &[]).next().unwrap();
        assert!(matches!(sent, Err(Error::Unreadable(_))), "{sent:?}");
    }
}
