//! Minting and reading, seen from outside.

use std::collections::HashSet;

use proptest::prelude::*;
use tallymark_codes::{
    CodeIndex, CodeLength, CodeText, Epoch, EpochKey, Face, IndexRange, Keyring, KeyringError, Level, MalformedCode,
    Minter, ReadError, Reading,
};

fn key(epoch: u8) -> EpochKey {
    EpochKey::new(Epoch(epoch), [epoch ^ 0x5A; 32])
}

fn keyring(epochs: &[u8]) -> Keyring {
    Keyring::new(epochs.iter().copied().map(key).collect()).expect("a valid keyring")
}

fn code(epoch: u8, face: Face, length: CodeLength, index: u64) -> CodeText {
    Minter::new(&key(epoch), face, length).mint(CodeIndex::new(index).expect("below 2^40"))
}

proptest! {
    #[test]
    fn a_code_reads_back_as_what_it_was_minted_for(
        index in 0..1_u64 << 40,
        epoch in 1..=8_u8,
        inner: bool,
    ) {
        let keyring = keyring(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let face = if inner { Face::Inner } else { Face::Outer };
        for length in CodeLength::all() {
            let code = code(epoch, face, length, index);
            prop_assert_eq!(code.as_str().len(), length.characters());
            let index = CodeIndex::new(index)?;
            let expected = Reading { index, face, epoch: Epoch(epoch), length };
            prop_assert_eq!(keyring.read(code.as_str()), Ok(expected));
        }
    }

    #[test]
    fn every_spelling_people_use_reads_as_the_same_code(index in 0..1_u64 << 40) {
        let code = code(1, Face::Outer, CodeLength::STANDARD, index);
        let careless = code.grouped().to_lowercase().replace('0', "o").replace('1', "l");
        prop_assert_eq!(careless.parse(), Ok(code));
        prop_assert_eq!(careless.replace('l', "I").replace('-', " ").parse(), Ok(code));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC*") {
        let _ = keyring(&[1]).read(&text);
    }
}

/// Every other character in every place of codes of every length. A wrong code passes by chance
/// once in 2^30 at the shortest length; none of these does, and they are the same in every run.
#[test]
fn a_code_with_one_wrong_character_is_unknown() {
    let keyring = keyring(&[1, 2, 3]);
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for length in CodeLength::all() {
        for index in [0, 1, 77, (1 << 40) - 1] {
            let genuine = code(2, Face::Inner, length, index).to_string();
            for place in 0..genuine.len() {
                for letter in alphabet.iter().filter(|letter| **letter != genuine.as_bytes()[place]) {
                    let mut wrong = genuine.clone().into_bytes();
                    wrong[place] = *letter;
                    let wrong = String::from_utf8(wrong).expect("ASCII");
                    assert_eq!(keyring.read(&wrong), Err(ReadError::Unknown), "{wrong}");
                }
            }
        }
    }
}

#[test]
fn a_code_is_known_only_to_its_tenant_and_epoch() {
    let code = code(2, Face::Outer, CodeLength::STANDARD, 5);
    let other_tenant = Keyring::new(vec![EpochKey::new(Epoch(2), [1; 32])]).expect("one epoch");
    assert_eq!(other_tenant.read(code.as_str()), Err(ReadError::Unknown));
    assert_eq!(keyring(&[1, 3]).read(code.as_str()), Err(ReadError::Unknown));
    // The same secret under another epoch number is another key.
    let renumbered = Keyring::new(vec![EpochKey::new(Epoch(3), [2 ^ 0x5A; 32])]).expect("one epoch");
    assert_eq!(renumbered.read(code.as_str()), Err(ReadError::Unknown));
}

#[test]
fn all_codes_of_neighbouring_indexes_faces_lengths_and_epochs_differ() {
    let range = IndexRange::from_count(CodeIndex::new(0).expect("small"), 10_000).expect("valid");
    let mut seen = HashSet::new();
    for epoch in [1, 2] {
        for face in Face::ALL {
            for length in CodeLength::all() {
                Minter::new(&key(epoch), face, length).mint_range(range, |_, code| {
                    assert!(seen.insert(*code), "{code} was minted twice");
                });
            }
        }
    }
    assert_eq!(seen.len(), 2 * 2 * 7 * 10_000);
}

#[test]
fn a_malformed_text_is_told_what_is_wrong() {
    let malformed = |text: &str| CodeText::parse(text).expect_err("no code is spelled like that");
    assert_eq!(malformed(""), MalformedCode::Length { characters: 0 });
    assert_eq!(malformed("0123-4567-89ABC"), MalformedCode::Length { characters: 13 });
    assert_eq!(malformed("0123456789ABCDEFGHJKM"), MalformedCode::Length { characters: 21 });
    assert_eq!(malformed(&"0".repeat(41)), MalformedCode::TooLong { bytes: 41 });
    let letter_u = MalformedCode::Character { found: 'U', position: 3 };
    assert_eq!(malformed("01U3456789ABCDEF"), letter_u);
    let chinese = MalformedCode::Character { found: '码', position: 2 };
    assert_eq!(malformed("0码23456789ABCD"), chinese);
}

#[test]
fn a_keyring_refuses_what_it_cannot_serve() {
    let refusal = |epochs: &[u8]| Keyring::new(epochs.iter().copied().map(key).collect()).expect_err("must be refused");
    assert_eq!(refusal(&[]), KeyringError::Empty);
    assert_eq!(refusal(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), KeyringError::TooManyEpochs(9));
    assert_eq!(refusal(&[4, 2, 4]), KeyringError::RepeatedEpoch(Epoch(4)));
}

#[test]
fn no_secret_is_ever_printed() {
    let key = EpochKey::new(Epoch(4), [0xAB; 32]);
    let minter = Minter::new(&key, Face::Outer, CodeLength::STANDARD);
    let keyring = Keyring::new(vec![key.clone()]).expect("one epoch");
    assert_eq!(format!("{key:?}"), "EpochKey { epoch: Epoch(4), .. }");
    assert_eq!(format!("{keyring:?}"), "[Epoch(4)]");
    assert_eq!(format!("{minter:?}"), "Minter { epoch: Epoch(4), face: Outer, length: CodeLength(16), .. }");
}

#[test]
fn faces_and_levels_keep_their_stored_forms() {
    let faces = Face::ALL.map(|face| (face.as_i64(), face.as_str()));
    assert_eq!(faces, [(1, "outer"), (2, "inner")]);
    let levels = Level::ALL.map(|level| (level.as_i64(), level.as_str()));
    assert_eq!(levels, [(1, "item"), (2, "box"), (3, "case"), (4, "pallet")]);
    assert!(Level::Item < Level::Box && Level::Box < Level::Case && Level::Case < Level::Pallet);
    for face in Face::ALL {
        assert_eq!(Face::from_i64(face.as_i64()), Some(face));
        assert_eq!(face.as_str().parse(), Ok(face));
    }
    for level in Level::ALL {
        assert_eq!(Level::from_i64(level.as_i64()), Some(level));
        assert_eq!(level.as_str().parse(), Ok(level));
    }
    assert_eq!((Face::from_i64(0), Level::from_i64(5)), (None, None));
    assert!("OUTER".parse::<Face>().is_err() && "crate".parse::<Level>().is_err());
}

#[test]
fn indexes_ranges_and_lengths_stay_within_their_limits() {
    assert!(CodeIndex::new(1 << 40).is_err());
    let last = CodeIndex::new((1 << 40) - 1).expect("the largest index");
    assert!(IndexRange::from_count(last, 1).is_ok());
    assert!(IndexRange::from_count(last, 2).is_err());
    assert!(IndexRange::from_count(last, 0).is_err());
    assert!(IndexRange::new(last, CodeIndex::new(0).expect("small")).is_err());
    assert!(CodeLength::new(13).is_err() && CodeLength::new(21).is_err());
    assert!(CodeLength::new(1 << 32 | 16).is_err());
    let mut minted = 0;
    let whole_end = IndexRange::from_count(CodeIndex::new((1 << 40) - 70).expect("large"), 70);
    Minter::new(&key(1), Face::Outer, CodeLength::STANDARD)
        .mint_range(whole_end.expect("ends at the largest index"), |_, _| minted += 1);
    assert_eq!(minted, 70);
}
