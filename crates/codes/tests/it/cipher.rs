//! The cipher against the `fpe` crate, and `fpe` against NIST's published samples.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use fpe::ff1::{FF1, FlexibleNumeralString};
use hmac::{Hmac, Mac};
use proptest::prelude::*;
use sha2::Sha256;
use tallymark_codes::{CodeIndex, CodeLength, Epoch, EpochKey, Face, IndexRange, Minter};

const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
const DIGITS: &str = "0123456789";
const DIGITS_AND_LETTERS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn ff1<C: BlockCipherEncrypt + KeyInit + Clone>(key: &[u8], tweak: &[u8], alphabet: &str, plaintext: &str) -> String {
    let numerals = plaintext.chars().map(|letter| alphabet.find(letter).expect("a numeral") as u16);
    let cipher = FF1::<C>::new(key, alphabet.len() as u32).expect("a valid radix");
    let ciphertext =
        cipher.encrypt(tweak, &FlexibleNumeralString::from(numerals.collect::<Vec<_>>())).expect("a valid length");
    let letters = alphabet.as_bytes();
    Vec::from(ciphertext).into_iter().map(|numeral| char::from(letters[numeral as usize])).collect()
}

/// NIST, "FF1 Samples" (Cryptographic Standards and Guidelines, examples with intermediate values),
/// samples 1 to 9.
#[test]
fn the_reference_cipher_gives_nists_nine_ff1_samples() {
    let key = hex(KEY);
    let ten = hex("39383736353433323130");
    let eleven = hex("3737373770717273373737");
    let letters = (&eleven[..], DIGITS_AND_LETTERS, "0123456789abcdefghi");
    let samples = [
        ((&[][..], DIGITS, DIGITS), ["2433477484", "2830668132", "6657667009"]),
        ((&ten[..], DIGITS, DIGITS), ["6124200773", "2496655549", "1001623463"]),
        (letters, ["a9tv40mll9kdu509eum", "xbj3kv35jrawxv32ysr", "xs8a0azh2avyalyzuwd"]),
    ];
    for ((tweak, alphabet, plaintext), [aes_128, aes_192, aes_256]) in samples {
        assert_eq!(ff1::<Aes128>(&key[..16], tweak, alphabet, plaintext), aes_128);
        assert_eq!(ff1::<Aes192>(&key[..24], tweak, alphabet, plaintext), aes_192);
        assert_eq!(ff1::<Aes256>(&key, tweak, alphabet, plaintext), aes_256);
    }
}

/// A code as the README specifies it, made from other people's HMAC and FF1 and plain arithmetic.
fn specified_code(secret: [u8; 32], epoch: u8, face: u8, length: u8, index: u64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length");
    mac.update(b"tallymark code");
    mac.update(&[1, epoch]);
    let derived = mac.finalize().into_bytes();
    let cipher = FF1::<Aes128>::new(&derived[..16], 2).expect("radix 2");

    let check_bits = usize::from(length) * 5 - 40;
    let index_bits = (0..40).rev().map(|bit| (index >> bit & 1) as u16);
    let plaintext: Vec<u16> = index_bits.chain(std::iter::repeat_n(0, check_bits)).collect();
    let ciphertext =
        cipher.encrypt(&[1, face, epoch, length], &FlexibleNumeralString::from(plaintext)).expect("70 to 100 bits");
    let alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    Vec::from(ciphertext)
        .chunks(5)
        .map(|bits| bits.iter().fold(0, |value, bit| value << 1 | usize::from(*bit)))
        .map(|value| char::from(alphabet[value]))
        .collect()
}

proptest! {
    #[test]
    fn every_code_equals_the_one_made_by_another_ff1(
        secret: [u8; 32],
        epoch: u8,
        index in 0..1_u64 << 40,
    ) {
        let key = EpochKey::new(Epoch(epoch), secret);
        let index = CodeIndex::new(index)?;
        for length in CodeLength::all() {
            for (face, number) in [(Face::Outer, 1), (Face::Inner, 2)] {
                let code = Minter::new(&key, face, length).mint(index);
                let characters = length.characters() as u8;
                let expected = specified_code(secret, epoch, number, characters, index.get());
                prop_assert_eq!(code.as_str(), expected);
            }
        }
    }

    #[test]
    fn a_range_gives_the_codes_that_single_indexes_give(
        first in 0..(1_u64 << 40) - 200,
        count in 1..200_u64,
        length in 14..=20_u64,
    ) {
        let key = EpochKey::new(Epoch(3), [9; 32]);
        let minter = Minter::new(&key, Face::Inner, CodeLength::new(length)?);
        let mut next = first;
        minter.mint_range(IndexRange::from_count(CodeIndex::new(first)?, count)?, |index, code| {
            assert_eq!(index.get(), next);
            assert_eq!(*code, minter.mint(index));
            next += 1;
        });
        prop_assert_eq!(next, first + count);
    }
}
