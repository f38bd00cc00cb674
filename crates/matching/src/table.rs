//! Records made ready: normalised, each value stored once and known by its number, in an order that does not depend on the
//! caller's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::compare::{Kind, Value, level_of};
use crate::error::Error;
use crate::level::{COLUMNS_MAX, EXACT, LEVELS, Level, Pattern};
use crate::normalise;
use crate::record::{Field, Record};

/// What a column tells about a person, which decides in which ways two people may share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Given,
    Surname,
    Birth,
    /// Of one person alone: mail, and what the caller adds.
    Own,
    Phone,
    Street,
    Area,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    pool: usize,
    /// How many records have each value of the pool.
    counts: Vec<u32>,
    /// For each value of the pool the level that agreement on it reaches in this column.
    exact: Vec<u8>,
    /// For each level from [`EXACT`]: the share of records whose value is of that level.
    pub(crate) shares: [f64; LEVELS],
    /// For each level from [`EXACT`]: the share of pairs that agree on such a value.
    pub(crate) agreeing: [f64; LEVELS],
    /// How many pairs have a value on both sides.
    pub(crate) compared: f64,
    /// The share of records that have a value.
    pub(crate) filled: f64,
}

/// The numbers of one record's values, 0 where there is none.
pub(crate) type Row = [u32; COLUMNS_MAX];

/// What several records say together.
pub(crate) struct Profile {
    pub(crate) row: Row,
    /// How many of the records have the value.
    pub(crate) support: [u8; COLUMNS_MAX],
}

pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pools: Vec<Vec<Value>>,
    pub(crate) rows: Vec<Row>,
    /// Where each row comes from: the second of two sets, and the position in it.
    pub(crate) origins: Vec<(bool, usize)>,
    /// Whether only pairs across two sets count.
    pub(crate) across: bool,
}

pub(crate) const GIVEN: usize = Field::GivenName as usize;
pub(crate) const SURNAME: usize = Field::Surname as usize;
pub(crate) const NUMBER: usize = Field::StreetNumber as usize;
pub(crate) const LINE_1: usize = Field::AddressLine1 as usize;
pub(crate) const LINE_2: usize = Field::AddressLine2 as usize;
pub(crate) const SUBURB: usize = Field::Suburb as usize;
pub(crate) const POSTCODE: usize = Field::Postcode as usize;
pub(crate) const BIRTH: usize = Field::DateOfBirth as usize;
pub(crate) const PHONE: usize = Field::Phone as usize;
pub(crate) const EMAIL: usize = Field::Email as usize;

fn shape(column: usize) -> (Kind, Role) {
    match Field::ALL.get(column) {
        Some(Field::GivenName) => (Kind::Name, Role::Given),
        Some(Field::Surname) => (Kind::Name, Role::Surname),
        Some(Field::StreetNumber) => (Kind::Code, Role::Street),
        Some(Field::AddressLine1 | Field::AddressLine2) => (Kind::Text, Role::Street),
        Some(Field::Suburb | Field::State) => (Kind::Text, Role::Area),
        Some(Field::Postcode) => (Kind::Code, Role::Area),
        Some(Field::DateOfBirth) => (Kind::Date, Role::Birth),
        Some(Field::Phone) => (Kind::Phone, Role::Phone),
        Some(Field::Email) => (Kind::Email, Role::Own),
        None => (Kind::Text, Role::Own),
    }
}

/// Names share their values, and address lines theirs, since they are compared crosswise.
fn pool_of(column: usize) -> usize {
    match column {
        SURNAME => GIVEN,
        LINE_2 => LINE_1,
        other => other,
    }
}

impl Table {
    /// Takes the records of one set, or of two.
    pub(crate) fn new(left: &[Record], right: Option<&[Record]>) -> Result<Self, Error> {
        let across = right.is_some();
        let right = right.unwrap_or_default();
        let mut sources: Vec<(bool, usize, &Record)> = Vec::with_capacity(left.len() + right.len());
        sources.extend(left.iter().enumerate().map(|(i, record)| (false, i, record)));
        sources.extend(right.iter().enumerate().map(|(i, record)| (true, i, record)));
        sources.sort_unstable_by(|a, b| (a.0, a.2.key()).cmp(&(b.0, b.2.key())));
        if let Some(twins) = sources.windows(2).find(|w| (w[0].0, w[0].2.key()) == (w[1].0, w[1].2.key())) {
            return Err(Error::KeyTwice { key: twins[0].2.key().to_owned() });
        }
        let extras: BTreeSet<&str> = sources.iter().flat_map(|s| s.2.extra().map(|(name, _)| name)).collect();
        let extras_max = COLUMNS_MAX - Field::ALL.len();
        if extras.len() > extras_max {
            return Err(Error::ExtraFields { given: extras.len(), max: extras_max });
        }
        let names: Vec<String> = Field::ALL
            .iter()
            .map(|field| field.name().to_owned())
            .chain(extras.iter().map(|&n| n.to_owned()))
            .collect();
        let mut pools = Pools::new(names.len());
        let rows: Vec<Row> = sources.iter().map(|source| pools.row(source.2, &names)).collect();
        let second = across.then_some(right.len());
        let columns = names.into_iter().enumerate();
        let columns = columns
            .map(|(column, name)| Column::new(column, name, &rows, second, pools.values[pool_of(column)].len()))
            .collect();
        let origins = sources.iter().map(|s| (s.0, s.1)).collect();
        Ok(Self { columns, pools: pools.values, rows, origins, across })
    }

    /// How many pairs there are in all: within one set, or across two.
    pub(crate) fn pairs(&self) -> f64 {
        let right = self.origins.iter().filter(|origin| origin.0).count() as f64;
        let all = self.rows.len() as f64;
        if self.across { (all - right) * right } else { all * (all - 1.0) / 2.0 }
    }

    /// Whether two rows are a pair: any two, or two of different sets.
    pub(crate) fn is_pair(&self, one: usize, two: usize) -> bool {
        one != two && (!self.across || self.origins[one].0 != self.origins[two].0)
    }

    /// The characters of a row's value, none where it is missing.
    pub(crate) fn characters(&self, row: usize, column: usize) -> &[char] {
        self.pools[pool_of(column)][self.rows[row][column] as usize].characters()
    }

    /// Compares two records.
    pub(crate) fn compare(&self, one: usize, two: usize) -> Pattern {
        self.compare_rows(&self.rows[one], &self.rows[two])
    }

    /// What several records say together: for each column the value that most of them have. Among values of equal number it is
    /// the one that is more common among all records, since a mistyped value is seldom written twice.
    pub(crate) fn profile(&self, rows: &[u32]) -> Profile {
        let mut profile = Profile { row: [0; COLUMNS_MAX], support: [0; COLUMNS_MAX] };
        let mut values = Vec::with_capacity(rows.len());
        for (column, of) in self.columns.iter().enumerate() {
            values.clear();
            values.extend(rows.iter().map(|row| self.rows[*row as usize][column]).filter(|value| *value != 0));
            values.sort_unstable();
            let counted =
                values.chunk_by(|a, b| a == b).map(|equal| (equal.len(), of.counts[equal[0] as usize], equal[0]));
            if let Some((times, _, value)) = counted.max_by_key(|(times, all, value)| (*times, *all, u32::MAX - value))
            {
                (profile.row[column], profile.support[column]) = (value, times.min(usize::from(u8::MAX)) as u8);
            }
        }
        profile
    }

    /// Compares two rows, of records or of profiles.
    pub(crate) fn compare_rows(&self, one: &Row, two: &Row) -> Pattern {
        let mut pattern = Pattern::default();
        for column in (0..self.columns.len()).filter(|c| !matches!(*c, GIVEN | SURNAME | LINE_1 | LINE_2)) {
            pattern.set(column, self.level(column, column, one, two));
        }
        if self.cross(&mut pattern, GIVEN, SURNAME, one, two) {
            pattern.cross_names();
        }
        if self.cross(&mut pattern, LINE_1, LINE_2, one, two) {
            pattern.cross_lines();
        }
        pattern
    }

    /// Sets the levels of two columns that may be exchanged in one of the records, and tells whether they are: crosswise they
    /// must agree clearly better.
    fn cross(&self, pattern: &mut Pattern, first: usize, second: usize, one: &Row, two: &Row) -> bool {
        let straight = [self.level(first, first, one, two), self.level(second, second, one, two)];
        let agreement = |levels: [u8; 2]| levels.iter().map(|level| points(*level)).sum::<i32>();
        let mut chosen = straight;
        let mut crossed = false;
        if agreement(straight) < points(EXACT) {
            let across = [self.level(first, second, one, two), self.level(second, first, one, two)];
            if agreement(across) >= 2 && agreement(across) >= agreement(straight) + 2 {
                (chosen, crossed) = (across, true);
            }
        }
        pattern.set(first, chosen[0]);
        pattern.set(second, chosen[1]);
        crossed
    }

    fn level(&self, column: usize, other: usize, one: &Row, two: &Row) -> u8 {
        let (a, b) = (one[column], two[other]);
        if a == 0 || b == 0 {
            return Level::Missing as u8;
        }
        let of = &self.columns[column];
        if a == b {
            return of.exact[a as usize].min(self.columns[other].exact[a as usize]);
        }
        let pool = &self.pools[of.pool];
        level_of(of.kind, &pool[a as usize], &pool[b as usize])
    }
}

/// How much a level speaks for reading two fields in this order.
fn points(level: u8) -> i32 {
    match Level::of(level) {
        Level::Exact => 4,
        Level::Close | Level::Variant => 3,
        Level::Similar => 2,
        Level::Weak | Level::Partial | Level::Missing => 0,
        Level::Different => -1,
    }
}

struct Pools {
    values: Vec<Vec<Value>>,
    numbers: Vec<HashMap<String, u32>>,
}

impl Pools {
    fn new(columns: usize) -> Self {
        let values = (0..columns).map(|column| vec![Value::new(shape(column).0, "")]).collect();
        Self { values, numbers: vec![HashMap::new(); columns] }
    }

    fn number(&mut self, column: usize, text: String) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let pool = pool_of(column);
        let values = &mut self.values[pool];
        *self.numbers[pool].entry(text).or_insert_with_key(|text| {
            values.push(Value::new(shape(column).0, text));
            values.len() as u32 - 1
        })
    }

    fn row(&mut self, record: &Record, names: &[String]) -> Row {
        let mut row = [0; COLUMNS_MAX];
        let given = |field| record.get(field).unwrap_or_default();
        let (name, surname) = normalise::names(given(Field::GivenName), given(Field::Surname));
        row[GIVEN] = self.number(GIVEN, name);
        row[SURNAME] = self.number(SURNAME, surname);
        let mut line = normalise::address(given(Field::AddressLine1));
        let second = normalise::address(given(Field::AddressLine2));
        let [state, suburb] =
            [(Field::State, &mut line.province), (Field::Suburb, &mut line.district)].map(|(field, found)| {
                let own = normalise::place(given(field));
                if own.is_empty() { std::mem::take(found) } else { own }
            });
        for field in Field::ALL {
            let text = given(field);
            let value = match field {
                Field::GivenName | Field::Surname => continue,
                Field::StreetNumber => normalise::number(text),
                Field::AddressLine1 => normalise::without_places(&line.street, &[&state, &suburb]).to_owned(),
                Field::AddressLine2 => second.street.clone(),
                Field::Suburb => suburb.clone(),
                Field::State => state.clone(),
                Field::Postcode => normalise::joined(text),
                Field::DateOfBirth => normalise::date(text).unwrap_or_default(),
                Field::Phone => normalise::phone(text),
                Field::Email => normalise::email(text),
            };
            row[field as usize] = self.number(field as usize, value);
        }
        let extra: BTreeMap<&str, &str> = record.extra().collect();
        for (column, name) in names.iter().enumerate().skip(Field::ALL.len()) {
            row[column] = self.number(column, normalise::joined(extra.get(name.as_str()).copied().unwrap_or_default()));
        }
        row
    }
}

impl Column {
    /// Counts the values of a column. When only pairs across two sets count, the last `second` of the rows are the second set.
    fn new(column: usize, name: String, rows: &[Row], second: Option<usize>, values: usize) -> Self {
        let first = rows.len() - second.unwrap_or_default();
        let (kind, role) = shape(column);
        let mut counts = vec![[0_u32; 2]; values];
        for (i, row) in rows.iter().enumerate() {
            counts[row[column] as usize][usize::from(i >= first)] += 1;
        }
        let filled: [f64; 2] = [0, 1].map(|set| counts.iter().skip(1).map(|count| f64::from(count[set])).sum());
        let all = filled[0] + filled[1];
        let pairs_of = |[left, right]: [f64; 2]| match second {
            Some(_) => left * right,
            None => left * (left - 1.0) / 2.0,
        };
        let mut this = Self {
            name,
            kind,
            role,
            pool: pool_of(column),
            counts: counts.iter().map(|[left, right]| left + right).collect(),
            exact: vec![0; values],
            shares: [0.0; LEVELS],
            agreeing: [0.0; LEVELS],
            compared: pairs_of(filled),
            filled: all / (rows.len() as f64).max(1.0),
        };
        for (value, count) in counts.iter().enumerate().skip(1) {
            let [left, other] = count.map(f64::from);
            // A value that this column lacks may be in the column that it is compared with crosswise.
            let share = (left + other).max(1.0) / all.max(1.0);
            let rarity = ((-share.log2() / OCTAVES) as u8).min(LEVELS as u8 - 1 - EXACT);
            let level = EXACT + rarity;
            this.exact[value] = level;
            this.shares[level as usize] += (left + other) / all.max(1.0);
            this.agreeing[level as usize] += pairs_of([left, other]) / this.compared.max(1.0);
        }
        this
    }
}

/// How many halvings of a value's share lie between two levels of agreement on it.
const OCTAVES: f64 = 2.0;
