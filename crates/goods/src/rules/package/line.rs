//! One line of a file of codes: what stands in it, and how long it is, so that the length of a file is known before a code is
//! minted.

use tallymark_codes::{CodeText, Level};

use super::Facts;
use crate::Serials;
use crate::print::Form;
use crate::types::package::{Column, Contents, Format, Part, WrittenAs};

/// Digits of an SSCC.
const SSCC_BYTES: u64 = 18;

/// What stands in a line, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The same in every line.
    Fixed(Vec<u8>),
    /// The serial, in digits.
    Serial,
    /// The characters of the code.
    Code,
    /// The code of the pack that it lies in.
    Pack(Level),
    /// The SSCC of the pack itself.
    Sscc,
}

/// How the lines of a file are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// What stands above the first line.
    pub(crate) heading: Vec<u8>,
    pub(crate) pieces: Vec<Piece>,
    /// Bytes of a code.
    code_bytes: u64,
}

impl Line {
    pub(crate) fn of(contents: &Contents, part: Part, facts: &Facts<'_>) -> Self {
        let (mut heading, mut pieces) = (Vec::new(), Vec::new());
        // A file leaves out the columns of packs that its codes do not lie in: their own level and smaller ones; and SSCCs
        // where its packs bear none.
        let columns: Vec<Column> =
            contents.columns.iter().copied().filter(|column| stands(*column, part, facts)).collect();
        match contents.format {
            Format::Csv => {
                let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
                heading = format!("{}\r\n", names.join(",")).into_bytes();
                for (at, column) in columns.iter().enumerate() {
                    pieces.extend((at > 0).then(|| Piece::Fixed(b",".to_vec())));
                    pieces.extend(value(*column, part, facts, quoted_csv));
                }
                pieces.push(Piece::Fixed(b"\r\n".to_vec()));
            }
            Format::JsonLines => {
                for (at, column) in columns.iter().enumerate() {
                    let is_text = *column != Column::Serial;
                    let (open, quote) = (if at == 0 { '{' } else { ',' }, if is_text { "\"" } else { "" });
                    pieces.push(Piece::Fixed(format!("{open}\"{}\":{quote}", column.name()).into_bytes()));
                    pieces.extend(value(*column, part, facts, escaped_json));
                    pieces.push(Piece::Fixed(quote.as_bytes().to_vec()));
                }
                pieces.push(Piece::Fixed(b"}\n".to_vec()));
            }
            Format::Txt | Format::Svg | Format::Png => {
                let column = match contents.form {
                    WrittenAs::Link => Column::Link,
                    WrittenAs::Code => Column::Code,
                    WrittenAs::DigitalLink => Column::DigitalLink,
                    WrittenAs::Sscc => Column::SsccLink,
                };
                pieces = value(column, part, facts, str::to_owned);
                pieces.push(Piece::Fixed(b"\n".to_vec()));
            }
        }
        Self { heading, pieces: joined(pieces), code_bytes: facts.length.characters() as u64 }
    }

    /// Bytes of a file of these serials.
    pub(crate) fn bytes(&self, serials: Serials) -> u64 {
        let (mut fixed, mut with_serial) = (0, 0);
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(bytes) => fixed += bytes.len() as u64,
                Piece::Serial => with_serial += 1,
                Piece::Code | Piece::Pack(_) => fixed += self.code_bytes,
                Piece::Sscc => fixed += SSCC_BYTES,
            }
        }
        self.heading.len() as u64 + fixed * serials.count() + with_serial * digits_of(serials)
    }

    /// How many codes fit into a file of so many bytes, wherever it begins.
    pub(crate) fn codes_within(&self, bytes: u64) -> u64 {
        // The largest serial below 2^40 has thirteen digits.
        let longest = Serials::new(1_000_000_000_000, 1_000_000_000_000);
        let line = self.bytes(longest) - self.heading.len() as u64;
        bytes.saturating_sub(self.heading.len() as u64) / line
    }
}

fn stands(column: Column, part: Part, facts: &Facts<'_>) -> bool {
    column.pack().is_none_or(|pack| pack > part.level) && (!column.is_sscc() || facts.sscc.includes(part.level))
}

/// What stands in a column.
fn value(column: Column, part: Part, facts: &Facts<'_>, written: fn(&str) -> String) -> Vec<Piece> {
    let fixed = |text: &str| vec![Piece::Fixed(written(text).into_bytes())];
    match column {
        Column::Serial => vec![Piece::Serial],
        Column::Code => vec![Piece::Code],
        Column::Link => linked(facts, Form::Link),
        Column::DigitalLink => linked(facts, Form::DigitalLink),
        Column::Gtin => fixed(&facts.gtin.to_string()),
        Column::Lot => fixed(facts.lot),
        Column::Level => fixed(part.level.as_str()),
        Column::Face => fixed(part.face.as_str()),
        Column::Box => vec![Piece::Pack(Level::Box)],
        Column::Case => vec![Piece::Pack(Level::Case)],
        Column::Pallet => vec![Piece::Pack(Level::Pallet)],
        Column::Sscc => vec![Piece::Sscc],
        Column::SsccLink => {
            let origin = facts.host.map(tallymark_codes::Host::origin).unwrap_or_default();
            vec![Piece::Fixed(format!("{origin}/00/").into_bytes()), Piece::Sscc]
        }
    }
}

/// A link: every form ends with the code.
fn linked(facts: &Facts<'_>, form: fn(tallymark_codes::Host) -> Form) -> Vec<Piece> {
    let form = facts.host.map_or(Form::Code, |host| form(host.clone()));
    let sample = CodeText::parse(&"0".repeat(facts.length.characters())).expect("zeros are spelled like a code");
    let written = form.written(facts.gtin, &sample);
    let before = written.strip_suffix(sample.as_str()).unwrap_or_default();
    vec![Piece::Fixed(before.as_bytes().to_vec()), Piece::Code]
}

/// Fixed pieces side by side as one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Fixed(before)), Piece::Fixed(bytes)) => before.extend(bytes),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

/// A field of CSV (RFC 4180, 2.5 to 2.7).
fn quoted_csv(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The inside of a JSON string. A lot has no control characters.
fn escaped_json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Digits of all serials together.
fn digits_of(serials: Serials) -> u64 {
    let mut sum = 0;
    let (mut low, mut digits) = (0, 1);
    while low <= serials.last {
        let high = 10_u64.saturating_pow(digits) - 1;
        let (first, last) = (serials.first.max(low), serials.last.min(high));
        if first <= last {
            sum += (last - first + 1) * u64::from(digits);
        }
        (low, digits) = (high + 1, digits + 1);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_without_going_through_all_serials() {
        for (first, last) in [(0, 0), (0, 9), (5, 123), (99, 100), (998, 10_001)] {
            let written: usize = (first..=last).map(|serial: u64| serial.to_string().len()).sum();
            assert_eq!(digits_of(Serials::new(first, last)), written as u64, "{first} to {last}");
        }
        assert_eq!(digits_of(Serials::new(1 << 39, 1 << 39)), 12);
    }

    #[test]
    fn a_lot_is_written_as_csv_and_json_want_it() {
        assert_eq!(quoted_csv("7\" A, B"), "\"7\"\" A, B\"");
        assert_eq!(escaped_json("7\" A\\B"), "7\\\" A\\\\B");
    }
}
