//! A first look at a whole list: whether each of its rows can be taken, no code stands in it twice, and its codes can be guessed. What
//! comes of it is kept in memory, 16 bytes a code, until the list is taken in.

use std::collections::{BTreeMap, HashSet};

use tallymark_base::seal::Key;
use tallymark_codes::Gtin;

use super::hashes::{Hashed, Place};
use super::{BYTES, Label, Labels, Printed, hash_of, is_code, spelling};
use crate::rules::packing::Packing;
use crate::{Association, ListError};

/// Flaws that are told; all are counted.
pub const FLAWS_MAX: usize = 10_000;
/// A code is proof of something if who guesses hits one in a million times at most: bits of all that could be codes beyond those that are.
pub const PROOF_BITS: f64 = 20.0;

/// For what a list is.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How the items are packed.
    pub packing: Packing,
    /// Whether neighbours lie together in packs.
    pub association: Association,
    /// The product's number, which a GS1 Digital Link must name.
    pub gtin: Gtin,
    /// Which codes the list has.
    pub labels: Labels,
    /// In what they are printed.
    pub printed: Printed,
    /// Under which their hashes are made.
    pub(crate) key: Key,
}

/// A row of a list: an item with its codes and those of the packs that it lies in.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListRow<'a> {
    /// Its line in the file.
    pub line: u64,
    /// The text below each label, as [`Label::number`] counts.
    pub texts: [Option<&'a str>; 5],
}

/// Why a row cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFlaw {
    /// Its line in the file.
    pub line: u64,
    /// Below which label.
    pub label: Option<Label>,
    /// What is wrong, as a word.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub reason: String,
}

/// Codes of a row, with the serials that they get.
pub type Taken = Vec<(Label, u64, String)>;

/// Gives serials to the rows of a list, one after the other.
#[derive(Debug)]
pub struct Numbering {
    wanted: Wanted,
    rows: u64,
    /// Of each pack label, the hash of the code of the pack that items are put into at the moment, and how many there were.
    packs: [(u64, u64); 5],
    /// Hashes of pack codes that were seen, where packs are not filled by the order of rows.
    seen: HashSet<(Label, u64)>,
}

impl Numbering {
    /// Before the first row.
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, rows: 0, packs: [(0, 0); 5], seen: HashSet::new() }
    }

    /// The codes that a row adds to those of the rows before.
    ///
    /// # Errors
    /// What is wrong with it; its item counts nevertheless.
    pub fn next(&mut self, row: ListRow<'_>) -> Result<Taken, ListFlaw> {
        let item = self.rows;
        self.rows += 1;
        let mut taken = Taken::new();
        for label in self.wanted.labels.each() {
            let flaw =
                |code: &'static str, reason: String| ListFlaw { line: row.line, label: Some(label), code, reason };
            let text = row.texts[usize::from(label.number())].map(str::trim).filter(|text| !text.is_empty());
            let code = text.map(|text| self.code(text)).transpose().map_err(|(code, why)| flaw(code, why))?;
            let serial = match (label, &code) {
                (Label::Item | Label::Inner, None) => return Err(flaw("code_missing", "there is no code".to_owned())),
                (Label::Item | Label::Inner, Some(_)) => Some(item),
                (_, code) => self.pack(label, item, code.as_deref()).map_err(|(code, why)| flaw(code, why))?,
            };
            taken.extend(serial.zip(code).map(|(serial, code)| (label, serial, code)));
        }
        Ok(taken)
    }

    fn code(&self, text: &str) -> Result<String, (&'static str, String)> {
        let (code, gtin) = self.wanted.printed.code_of(text);
        if gtin.is_some_and(|gtin| gtin != self.wanted.gtin) {
            return Err(("code_other_product", format!("its link names another product than {}", self.wanted.gtin)));
        }
        if !is_code(&code) {
            let (min, max) = (BYTES.start(), BYTES.end());
            let reason =
                format!("a code has {min} to {max} letters, digits and signs of ASCII, without spaces between them");
            return Err(("code_malformed", reason));
        }
        Ok(code)
    }

    /// The serial of the pack that begins with a row; none where it began before. An empty cell means the pack of the row above, as in a
    /// sheet with joined cells.
    fn pack(&mut self, label: Label, item: u64, code: Option<&str>) -> Result<Option<u64>, (&'static str, String)> {
        let (Wanted { packing, association, key, .. }, hash) = (&self.wanted, |code| hash_of(&self.wanted.key, code));
        let size = packing.size(label.level()).unwrap_or(1);
        let count = packing.count(label.level());
        let (current, seen) = self.packs[usize::from(label.number())];
        if *association == Association::OnLine {
            let Some(code) = code else { return Ok(None) };
            if !self.seen.insert((label, hash_of(key, code))) {
                return Ok(None);
            }
            if seen == count {
                let level = label.level();
                let reason = format!("the batch has {count} codes of level {level}, and this is one more");
                return Err(("too_many_packs", reason));
            }
            self.packs[usize::from(label.number())].1 += 1;
            return Ok(Some(seen));
        }
        let code = code.map(hash);
        if item.is_multiple_of(size) {
            let Some(code) = code else {
                return Err(("code_missing", "a pack begins here and has no code".to_owned()));
            };
            if seen > 0 && code == current {
                return Err(apart(label, size));
            }
            self.packs[usize::from(label.number())] = (code, seen + 1);
            return Ok(Some(item / size));
        }
        if code.is_some_and(|code| code != current) {
            return Err(apart(label, size));
        }
        Ok(None)
    }
}

fn apart(label: Label, size: u64) -> (&'static str, String) {
    let level = label.level();
    let reason = format!(
        "by the order of rows each {level} holds {size} items, and this row says something else; where packs are filled otherwise, draft a \
         batch that is packed on the line, and import the same file once more as operations that pack"
    );
    ("packed_otherwise", reason)
}

/// What a list is found to be.
#[derive(Debug)]
pub struct Surveyed {
    /// Its codes in rising order of their hashes.
    pub(crate) codes: Vec<Hashed>,
    /// Those that nobody can guess.
    pub(crate) proof: Labels,
    /// Bits that keep who guesses from a code of an item: of all that could be codes beyond those that are. None where it has no codes.
    pub(crate) guess_bits: u32,
    /// Bytes of the shortest and of the longest code.
    pub(crate) bytes: (usize, usize),
    /// Items.
    pub rows: u64,
    packing: Packing,
    association: Association,
}

impl Surveyed {
    /// The first row of a code, from 0; of a pack that is filled on the line, a row before it.
    pub(crate) fn row_of(&self, place: Place) -> u64 {
        row_of(&self.packing, self.association, self.rows, place)
    }

    /// Codes of the list.
    pub fn codes(&self) -> u64 {
        self.codes.len() as u64
    }
}

/// Looks at the rows of a list.
#[derive(Debug)]
pub struct Survey {
    numbering: Numbering,
    codes: Vec<Hashed>,
    alphabets: BTreeMap<Label, Alphabet>,
    lines: Lines,
    flaws: Vec<ListFlaw>,
    flawed: u64,
}

impl Survey {
    /// Before the first row.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            numbering: Numbering::new(wanted),
            codes: Vec::new(),
            alphabets: BTreeMap::new(),
            lines: Lines::default(),
            flaws: Vec::new(),
            flawed: 0,
        }
    }

    /// Looks at a row that has a cell which cannot be read.
    pub fn refuse(&mut self, flaw: ListFlaw) {
        self.lines.push(self.numbering.rows, flaw.line);
        self.numbering.rows += 1;
        self.note(flaw);
    }

    /// Looks at a row.
    pub fn look(&mut self, row: ListRow<'_>) {
        self.lines.push(self.numbering.rows, row.line);
        // More than fit are only counted.
        if self.numbering.rows >= self.numbering.wanted.packing.items {
            self.numbering.rows += 1;
            return;
        }
        match self.numbering.next(row) {
            Err(flaw) => self.note(flaw),
            Ok(taken) => {
                for (label, serial, code) in taken {
                    let hash = hash_of(&self.numbering.wanted.key, &code);
                    self.codes.push(Hashed { hash, place: Place::new(label, serial) });
                    self.alphabets.entry(label).or_default().add(&spelling(&code));
                }
            }
        }
    }

    /// All rows were looked at.
    ///
    /// # Errors
    /// What keeps the list from being taken, with flaws of single rows.
    pub fn end(mut self) -> Result<Surveyed, (ListError, Vec<ListFlaw>)> {
        let (rows, items) = (self.numbering.rows, self.numbering.wanted.packing.items);
        self.codes.sort_unstable();
        self.find_twice();
        if self.flawed > 0 {
            self.flaws.sort_by_key(|flaw| flaw.line);
            return Err((ListError::Rows { rows: self.flawed }, self.flaws));
        }
        if rows != items {
            return Err((ListError::Items { rows, items }, self.flaws));
        }
        let bits = |label: &Label| self.alphabets.get(label).map(Alphabet::bits);
        let of_items: Vec<f64> = [Label::Item, Label::Inner].iter().filter_map(bits).collect();
        let least = of_items.into_iter().fold(f64::INFINITY, f64::min).clamp(0.0, 1_000.0);
        Ok(Surveyed {
            proof: self.alphabets.iter().filter(|(_, of)| of.bits() >= PROOF_BITS).map(|(label, _)| *label).collect(),
            // A figure to be shown, at most 1,000.
            guess_bits: least as u32,
            bytes: (
                self.alphabets.values().map(|of| of.shortest).min().unwrap_or_default(),
                self.alphabets.values().map(|of| of.places.len()).max().unwrap_or_default(),
            ),
            codes: self.codes,
            rows,
            packing: self.numbering.wanted.packing,
            association: self.numbering.wanted.association,
        })
    }

    fn find_twice(&mut self) {
        let mut twice = Vec::new();
        for pair in self.codes.windows(2).filter(|pair| pair[0].hash == pair[1].hash) {
            // Of two, the one that stands further below is the repetition.
            let Some(label) = pair[1].place.label() else { continue };
            let (row, first) = (self.row_of(pair[1].place), self.row_of(pair[0].place));
            let reason = format!("this code stands in line {} already", self.lines.line_of(first.min(row)));
            twice.push(ListFlaw {
                line: self.lines.line_of(row.max(first)),
                label: Some(label),
                code: "code_twice",
                reason,
            });
        }
        twice.into_iter().for_each(|flaw| self.note(flaw));
    }

    fn row_of(&self, place: Place) -> u64 {
        let Wanted { packing, association, .. } = &self.numbering.wanted;
        row_of(packing, *association, self.numbering.rows, place)
    }

    fn note(&mut self, flaw: ListFlaw) {
        self.flawed += 1;
        if self.flaws.len() < FLAWS_MAX {
            self.flaws.push(flaw);
        }
    }
}

fn row_of(packing: &Packing, association: Association, rows: u64, place: Place) -> u64 {
    let level = place.label().map(Label::level);
    let size = level.and_then(|level| packing.size(level)).filter(|_| association == Association::ByRange);
    (place.serial() * size.unwrap_or(1)).min(rows.saturating_sub(1))
}

/// The lines of rows: mostly each the one after that of the row before.
#[derive(Debug, Default)]
struct Lines {
    /// Where they do not go on: row and line.
    jumps: Vec<(u64, u64)>,
}

impl Lines {
    fn push(&mut self, row: u64, line: u64) {
        let goes_on = self.jumps.last().is_some_and(|(from, first)| first + (row - from) == line);
        if !goes_on {
            self.jumps.push((row, line));
        }
    }

    fn line_of(&self, row: u64) -> u64 {
        let place = self.jumps.partition_point(|(from, _)| *from <= row);
        let (from, first) = place.checked_sub(1).map_or((row, 0), |place| self.jumps[place]);
        first + (row - from)
    }
}

/// Which characters stand in each place of codes: all texts that they could make are what somebody has to try who knows how such codes
/// look. An upper bound: codes that follow each other have few characters in their first places and are found out, a counter behind a
/// checksum is not.
#[derive(Debug, Default)]
struct Alphabet {
    /// A bit for each ASCII character; the highest, which is none, for a code that is shorter.
    places: Vec<u128>,
    shortest: usize,
    codes: u64,
}

/// Codes below which not every character of an alphabet is likely to stand in every place: of 1,000 drawn out of 62, one is missing in
/// one place of 186,000.
const SMALL: u64 = 1_000;
/// The bit of a code that has no character in a place.
const SHORTER: u128 = 1 << 127;

impl Alphabet {
    fn add(&mut self, code: &str) {
        if code.len() > self.places.len() {
            let before = if self.codes > 0 { SHORTER } else { 0 };
            self.places.resize(code.len(), before);
        }
        self.shortest = if self.codes == 0 { code.len() } else { self.shortest.min(code.len()) };
        self.codes += 1;
        for (place, byte) in self.places.iter_mut().zip(code.bytes()) {
            *place |= 1 << (byte & 127);
        }
        if let Some(place) = self.places.get_mut(code.len()) {
            *place |= SHORTER;
        }
    }

    fn bits(&self) -> f64 {
        let varying = || self.places.iter().filter(|place| place.count_ones() > 1);
        // Of few codes not every character is seen in every place: what stands in one could stand in the others.
        let anywhere = varying().fold(0, |all, place| all | place);
        let is_small = self.codes < SMALL;
        let all: f64 = varying()
            .map(|place| if is_small { anywhere | place } else { *place })
            .map(|place| f64::from(place.count_ones()).log2())
            .sum();
        // Counts up to 10^7 are exact.
        all - (self.codes as f64).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(items: u64, association: Association, labels: &[Label]) -> Wanted {
        Wanted {
            packing: Packing { items, items_per_box: 0, items_per_case: 3, cases_per_pallet: 0 },
            association,
            gtin: Gtin::parse("06901234567892").unwrap(),
            labels: labels.iter().copied().collect(),
            printed: Printed::default(),
            key: Key::new([7; 32]),
        }
    }

    fn surveyed(wanted: Wanted, rows: &[(&str, Option<&str>)]) -> Result<Surveyed, (ListError, Vec<ListFlaw>)> {
        let mut survey = Survey::new(wanted);
        for (n, (item, case)) in rows.iter().enumerate() {
            survey.look(ListRow { line: n as u64 + 2, texts: [Some(item), None, None, *case, None] });
        }
        survey.end()
    }

    fn flaws(wanted: Wanted, rows: &[(&str, Option<&str>)]) -> Vec<(u64, &'static str)> {
        surveyed(wanted, rows).unwrap_err().1.iter().map(|flaw| (flaw.line, flaw.code)).collect()
    }

    const BOTH: [Label; 2] = [Label::Item, Label::Case];

    #[test]
    fn packs_that_are_filled_by_the_order_of_rows_get_serials() {
        let rows = [("AAAA", Some("C-01")), ("BBBB", None), ("CCCC", Some("C-01")), ("DDDD", Some("C-02"))];
        let surveyed = surveyed(wanted(4, Association::ByRange, &BOTH), &rows).unwrap();
        let mut places: Vec<_> =
            surveyed.codes.iter().map(|code| (code.place.label().unwrap(), code.place.serial())).collect();
        places.sort_unstable();
        let items = (0..4).map(|serial| (Label::Item, serial));
        assert_eq!(places, items.chain([(Label::Case, 0), (Label::Case, 1)]).collect::<Vec<_>>());
        assert!(surveyed.codes.is_sorted());
        assert_eq!((surveyed.rows, surveyed.codes(), surveyed.bytes), (4, 6, (4, 4)));
    }

    #[test]
    fn packs_that_are_filled_otherwise_are_refused_by_row() {
        let rows = [("AAAA", Some("C-01")), ("BBBB", Some("C-02")), ("CCCC", Some("C-01")), ("DDDD", Some("C-01"))];
        let told = flaws(wanted(4, Association::ByRange, &BOTH), &rows);
        assert_eq!(told, [(3, "packed_otherwise"), (5, "packed_otherwise")]);
        // On the line they are labels side by side with items: two different ones of the two that the batch has.
        let surveyed = surveyed(wanted(4, Association::OnLine, &BOTH), &rows).unwrap();
        assert_eq!(surveyed.codes(), 6);
        let rows = [("AAAA", Some("C-01")), ("BBBB", Some("C-02")), ("CCCC", Some("C-03"))];
        assert_eq!(flaws(wanted(4, Association::OnLine, &BOTH), &rows), [(4, "too_many_packs")]);
    }

    #[test]
    fn a_code_that_stands_twice_is_told_with_both_lines() {
        let rows = [("AAAA", Some("C-01")), ("BBBB", None), ("AAAA", None), ("C-01", Some("C-02"))];
        let (error, flaws) = surveyed(wanted(4, Association::ByRange, &BOTH), &rows).unwrap_err();
        assert!(matches!(error, ListError::Rows { rows: 2 }));
        let told: Vec<_> = flaws.iter().map(|flaw| (flaw.line, flaw.code, flaw.reason.as_str())).collect();
        let reason = "this code stands in line 2 already";
        assert_eq!(told, [(4, "code_twice", reason), (5, "code_twice", reason)]);
    }

    #[test]
    fn a_list_has_as_many_items_as_its_batch() {
        let rows = [("AAAA", None), ("BBBB", None), ("CCCC", None)];
        for items in [2, 4] {
            let (error, _) = surveyed(wanted(items, Association::ByRange, &[Label::Item]), &rows).unwrap_err();
            assert!(matches!(error, ListError::Items { rows: 3, items: said } if said == items), "{error}");
        }
        assert_eq!(
            flaws(wanted(2, Association::ByRange, &[Label::Item]), &[("A A A", None), ("é1234", None)]).len(),
            2
        );
        assert_eq!(
            flaws(
                wanted(1, Association::ByRange, &[Label::Item]),
                &[("https://a.example/01/04006381333931/21/7", None)]
            ),
            [(2, "code_other_product")]
        );
    }

    /// Log2 of all that could be codes over those that are: 100 numbers that follow each other leave 0 bits; of 16^8 words 100 leave
    /// 32 - 6.6.
    #[test]
    fn codes_that_follow_each_other_are_no_proof() {
        let proof = |codes: &[String]| {
            let rows: Vec<(&str, Option<&str>)> = codes.iter().map(|code| (code.as_str(), None)).collect();
            let surveyed = surveyed(wanted(codes.len() as u64, Association::ByRange, &[Label::Item]), &rows).unwrap();
            (surveyed.guess_bits, surveyed.proof.has(Label::Item))
        };
        let rising: Vec<String> = (0..100).map(|n| format!("20260701{n:02}")).collect();
        assert_eq!(proof(&rising), (0, false));
        // A linear congruence with a full period: each of the eight hexadecimal digits takes all values.
        let mut state = 1_u32;
        let scattered: Vec<String> = (0..100)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                format!("{:08X}", state.reverse_bits() ^ state)
            })
            .collect();
        let (bits, is_proof) = proof(&scattered);
        assert!((24..=25).contains(&bits) && is_proof, "{bits}");
    }
}
