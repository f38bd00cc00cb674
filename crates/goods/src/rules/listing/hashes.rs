//! Hashes of codes in rising order, as they are stored: 8 bytes of hash, 5 of label and serial.

use super::Label;

/// Codes in a row of the database: about 8 KiB, of which one lookup reads one row.
pub(crate) const ROW_CODES: usize = 600;
/// Bytes of a code.
const BYTES: usize = 13;
/// Bits of a serial, below the label.
const SERIAL_BITS: u32 = 37;

/// A code of a list: which label, and which one of them from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u64);

impl Place {
    /// Of a label and serial; serials are far below 2^37 (see [`super::CODES_MAX`]).
    pub const fn new(label: Label, serial: u64) -> Self {
        Self((label.number() as u64) << SERIAL_BITS | serial)
    }

    /// The label; none where the bytes are damaged.
    pub fn label(self) -> Option<Label> {
        u8::try_from(self.0 >> SERIAL_BITS).ok().and_then(Label::of_number)
    }

    /// Which one.
    pub const fn serial(self) -> u64 {
        self.0 & ((1 << SERIAL_BITS) - 1)
    }
}

/// The hash of a code, and which code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hashed {
    /// See [`super::hash_of`].
    pub hash: u64,
    /// Which.
    pub place: Place,
}

/// Codes in rising order of their hashes as bytes.
pub(crate) fn to_bytes(codes: &[Hashed]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(codes.len() * BYTES);
    for code in codes {
        bytes.extend_from_slice(&code.hash.to_be_bytes());
        bytes.extend_from_slice(&code.place.0.to_be_bytes()[3..]);
    }
    bytes
}

/// Codes of bytes; what is left over at the end is none.
pub(crate) fn of_bytes(bytes: &[u8]) -> impl Iterator<Item = Hashed> + '_ {
    bytes.as_chunks::<BYTES>().0.iter().map(code_of)
}

/// The code that has a hash.
pub(crate) fn find(bytes: &[u8], hash: u64) -> Option<Place> {
    let (codes, _) = bytes.as_chunks::<BYTES>();
    let at = codes.binary_search_by(|code| code_of(code).hash.cmp(&hash)).ok()?;
    Some(code_of(&codes[at]).place)
}

fn code_of(bytes: &[u8; BYTES]) -> Hashed {
    let number = |part: &[u8]| part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    Hashed { hash: number(&bytes[..8]), place: Place(number(&bytes[8..])) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_code_is_found_again_and_no_other(
            mut hashes in prop::collection::btree_set(0_u64..1 << 63, 1..200), other in 0_u64..1 << 63,
        ) {
            hashes.remove(&other);
            let codes: Vec<Hashed> = hashes
                .iter()
                .enumerate()
                .map(|(n, hash)| Hashed { hash: *hash, place: Place::new(Label::ALL[n % 5], n as u64 * 7_919) })
                .collect();
            let bytes = to_bytes(&codes);
            prop_assert_eq!(bytes.len(), codes.len() * 13);
            prop_assert_eq!(of_bytes(&bytes).collect::<Vec<_>>(), codes.clone());
            for (n, code) in codes.iter().enumerate() {
                let found = find(&bytes, code.hash).unwrap();
                prop_assert_eq!((found.label(), found.serial()), (Some(Label::ALL[n % 5]), n as u64 * 7_919));
            }
            prop_assert_eq!(find(&bytes, other), None);
        }
    }

    #[test]
    fn a_place_keeps_label_and_serial() {
        let last = Place::new(Label::Pallet, (1 << 37) - 1);
        assert_eq!((last.label(), last.serial()), (Some(Label::Pallet), (1 << 37) - 1));
        assert_eq!(Place(7 << 37).label(), None);
    }
}
