//! How JSON lines stand in a row: packed, because on a busy machine they are most of what is written, read and removed.
//!
//! A packed body begins with [`PACKED`] and goes on as an LZ4 block with its length in front. Everything else is lines as
//! they are: short ones, and those of programs that did not pack.

use std::borrow::Cow;

use crate::Error;

/// No JSON begins with this byte.
const PACKED: u8 = 1;
/// Shorter bodies stay as they are: one event gains nothing.
const PACKED_FROM: usize = 1_024;
/// The longest body that is unpacked; a batch never writes half of it.
const UNPACKED_MAX: usize = 256 << 20;

/// Lines as a row holds them.
pub(super) fn pack(lines: &[u8]) -> Vec<u8> {
    if lines.len() < PACKED_FROM {
        return lines.to_vec();
    }
    let mut packed = vec![PACKED];
    packed.extend_from_slice(&lz4_flex::block::compress_prepend_size(lines));
    packed
}

/// The lines of a row. `outbox_id` is for the error.
pub(super) fn unpack(body: Vec<u8>, outbox_id: i64) -> Result<Vec<u8>, Error> {
    let Some((&PACKED, block)) = body.split_first() else {
        return Ok(body);
    };
    let unreadable = |why: Cow<'static, str>| Error::Unreadable(format!("outbox row {outbox_id}: {why}"));
    let (length, _) =
        lz4_flex::block::uncompressed_size(block).map_err(|error| unreadable(error.to_string().into()))?;
    if length > UNPACKED_MAX {
        return Err(unreadable("it claims to be longer than any batch".into()));
    }
    lz4_flex::block::decompress_size_prepended(block).map_err(|error| unreadable(error.to_string().into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_back_as_they_were(line in "\\{[ -~]{0,80}\\}\n", times in 0_usize..300) {
            let lines = line.repeat(times).into_bytes();
            prop_assert_eq!(unpack(pack(&lines), 1).unwrap(), lines);
        }

        #[test]
        fn damage_is_told(mut body in proptest::collection::vec(any::<u8>(), 0..200)) {
            body.insert(0, PACKED);
            // Either some lines or an error that names the row; never a panic, never memory without bound.
            if let Err(error) = unpack(body, 17) {
                prop_assert!(error.to_string().contains("outbox row 17"), "{error}");
            }
        }
    }

    #[test]
    fn what_an_earlier_program_wrote_is_read() {
        let lines = b"{\"id\":1}\n".repeat(500);
        assert_eq!(unpack(lines.clone(), 1).unwrap(), lines);
    }

    #[test]
    fn many_events_of_a_kind_take_a_fraction_of_the_room() {
        let line = |n: u32| {
            format!("{{\"id\":{n},\"tenant\":7,\"data\":{{\"verdict\":\"genuine\",\"place\":\"3301{n}\"}}}}\n")
        };
        let lines: String = (0..500).map(line).collect();
        assert!(pack(lines.as_bytes()).len() * 2 < lines.len());
    }
}
