//! The records of a ZIP file (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3), little-endian.

use super::OVERHEAD_BYTES;

/// Features that a reader needs: AES encryption (5.1), ZIP64 included.
const VERSION: u16 = 51;
/// Bit 0: encrypted. Bit 11: names are UTF-8.
const FLAGS: u16 = 1 | 1 << 11;
/// The method of AE-x; the true one stands in its extra field.
const METHOD_AES: u16 = 99;
/// The extra field of AE-x: version AE-2, vendor AE, AES-256, stored uncompressed.
const AES_FIELD: [u8; 11] = [0x01, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 0, 0];
/// A number that does not fit stands in the ZIP64 field.
const ELSEWHERE: u32 = u32::MAX;

/// When files of a ZIP file were made: a date and a time of day without a zone, in steps of two seconds, from 1980 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipTime {
    time: u16,
    date: u16,
}

impl ZipTime {
    /// The first moment of 1980.
    pub const EARLIEST: Self = Self { time: 0, date: 1 << 5 | 1 };

    /// The moment of so many microseconds since 1970, UTC, as the nearest that a ZIP file can tell.
    pub const fn from_unix_micros(micros: i64) -> Self {
        let seconds = micros.div_euclid(1_000_000);
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        if year < 1980 {
            return Self::EARLIEST;
        }
        let of_day = seconds.rem_euclid(86_400);
        let time = (of_day / 3_600) << 11 | (of_day / 60 % 60) << 5 | (of_day % 60 / 2);
        // Seven bits of years.
        let years = if year > 2107 { 127 } else { year - 1980 };
        Self { time: time as u16, date: (years << 9 | month << 5 | day) as u16 }
    }
}

/// Year, month and day of a day since 1970 (Hinnant, <https://howardhinnant.github.io/date_algorithms.html>,
/// `civil_from_days`).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// One file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Its length before encryption.
    pub(super) bytes: u64,
    /// Where its local header begins.
    pub(super) offset: u64,
    pub(super) time: ZipTime,
}

impl Entry {
    const fn stored_bytes(&self) -> u64 {
        self.bytes + OVERHEAD_BYTES
    }

    const fn is_large(&self) -> bool {
        self.stored_bytes() >= ELSEWHERE as u64
    }

    /// The header before the file.
    pub(super) fn local(&self) -> Vec<u8> {
        let mut extra = AES_FIELD.to_vec();
        if self.is_large() {
            extra.extend(zip64_field(&[self.bytes, self.stored_bytes()]));
        }
        let mut head = 0x0403_4b50_u32.to_le_bytes().to_vec();
        head.extend(VERSION.to_le_bytes());
        self.put_common(&mut head, &extra);
        head.extend(self.name.as_bytes());
        head.extend(extra);
        head
    }

    /// Its record in the directory at the end.
    pub(super) fn central(&self) -> Vec<u8> {
        let is_far = self.offset >= u64::from(ELSEWHERE);
        let mut numbers = if self.is_large() { vec![self.bytes, self.stored_bytes()] } else { Vec::new() };
        if is_far {
            numbers.push(self.offset);
        }
        let mut extra = AES_FIELD.to_vec();
        if !numbers.is_empty() {
            extra.extend(zip64_field(&numbers));
        }
        let mut record = 0x0201_4b50_u32.to_le_bytes().to_vec();
        // Made by version, on a system whose file attributes are of no use here.
        record.extend(VERSION.to_le_bytes());
        record.extend(VERSION.to_le_bytes());
        self.put_common(&mut record, &extra);
        // No comment, the first disk, no attributes.
        record.extend([0; 10]);
        record.extend(short(self.offset).to_le_bytes());
        record.extend(self.name.as_bytes());
        record.extend(extra);
        record
    }

    /// Flags to lengths, as both records have them. AE-2 leaves out the CRC: it would tell of the content.
    fn put_common(&self, out: &mut Vec<u8>, extra: &[u8]) {
        out.extend(FLAGS.to_le_bytes());
        out.extend(METHOD_AES.to_le_bytes());
        out.extend(self.time.time.to_le_bytes());
        out.extend(self.time.date.to_le_bytes());
        out.extend([0; 4]);
        let (stored, bytes) =
            if self.is_large() { (ELSEWHERE, ELSEWHERE) } else { (short(self.stored_bytes()), short(self.bytes)) };
        out.extend(stored.to_le_bytes());
        out.extend(bytes.to_le_bytes());
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend((extra.len() as u16).to_le_bytes());
    }
}

fn zip64_field(numbers: &[u64]) -> Vec<u8> {
    let mut field = 1_u16.to_le_bytes().to_vec();
    field.extend((numbers.len() as u16 * 8).to_le_bytes());
    field.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    field
}

/// A number of 32 bits, or that it stands elsewhere.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

const END_BYTES: u64 = 22;
const ZIP64_END_BYTES: u64 = 56 + 20;

const fn is_zip64(start: u64, length: u64) -> bool {
    start >= ELSEWHERE as u64 || length >= ELSEWHERE as u64
}

/// Bytes of [`end`].
pub(super) const fn end_bytes(start: u64, length: u64) -> u64 {
    if is_zip64(start, length) { END_BYTES + ZIP64_END_BYTES } else { END_BYTES }
}

/// The last records, behind a directory of `count` files that begins at `start` and has `length` bytes.
pub(super) fn end(count: u64, start: u64, length: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if is_zip64(start, length) {
        out.extend(0x0606_4b50_u32.to_le_bytes());
        out.extend(44_u64.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 8]);
        for number in [count, count, length, start] {
            out.extend(number.to_le_bytes());
        }
        out.extend(0x0706_4b50_u32.to_le_bytes());
        out.extend([0; 4]);
        out.extend((start + length).to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    out.extend(0x0605_4b50_u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend((count as u16).to_le_bytes());
    out.extend((count as u16).to_le_bytes());
    out.extend(short(length).to_le_bytes());
    out.extend(short(start).to_le_bytes());
    out.extend([0; 2]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-07-09T08:53:21Z: 46 years after 1980, month 7, day 9; 8 h 53 min 20 s.
    #[test]
    fn a_moment_is_told_in_steps_of_two_seconds() {
        let at = ZipTime::from_unix_micros(1_783_587_201_000_000);
        assert_eq!((at.date, at.time), (46 << 9 | 7 << 5 | 9, 8 << 11 | 53 << 5 | 10));
        assert_eq!(ZipTime::from_unix_micros(-1), ZipTime::EARLIEST);
        // The last day of February of a leap year.
        let leap = ZipTime::from_unix_micros(1_709_164_800_000_000);
        assert_eq!((leap.date, leap.time), (44 << 9 | 2 << 5 | 29, 0));
    }

    #[test]
    fn what_does_not_fit_32_bits_stands_in_the_fields_of_zip64() {
        let large = Entry { name: "a".into(), bytes: 5 << 30, offset: 6 << 30, time: ZipTime::EARLIEST };
        // 46 and 1 bytes of the record, 11 of AES, 4 + 3 * 8 of ZIP64.
        assert_eq!(large.central().len(), 46 + 1 + 11 + 28);
        assert_eq!(large.local().len(), 30 + 1 + 11 + 20);
        let small = Entry { name: "a".into(), bytes: 5, offset: 6, time: ZipTime::EARLIEST };
        assert_eq!((small.central().len(), small.local().len()), (46 + 1 + 11, 30 + 1 + 11));
        assert_eq!(end(1, 5 << 30, 90).len() as u64, end_bytes(5 << 30, 90));
        assert_eq!(end(1, 5, 90).len() as u64, end_bytes(5, 90));
    }
}
