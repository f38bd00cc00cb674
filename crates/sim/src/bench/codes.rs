//! Figures of the codes themselves, on one thread and without I/O: reading, labels; and minting by the command line.

use std::hint::black_box;

use aes::Aes128;
use fpe::ff1::{BinaryNumeralString, FF1};
use tallymark_codes::{
    CodeIndex, CodeLength, CodeText, Epoch, EpochKey, Face, Host, IndexRange, Keyring, Label, LabelLayout, LabelSheets,
    Level, Minter, Qr,
};

use super::Bench;
use crate::failure::Result;
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// What a read baseline is called in reports.
const FPE: &str = "the fpe crate's FF1";

/// `read_code_per_s`: two faces, three epochs, nine of ten codes genuine.
pub(crate) fn read(bench: &mut Bench) -> Result<()> {
    let keys: Vec<EpochKey> = (1..=3).map(|epoch| EpochKey::new(Epoch(epoch), [epoch; 32])).collect();
    let texts = texts(&keys);
    let keyring = Keyring::new(keys)?;
    let (count, few) = (bench.sized(2_000_000), bench.sized(10_000));
    let (mut runs, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        runs.push(rate(count, || {
            for text in texts.iter().cycle().take(count as usize) {
                // Unknown codes are part of the mix.
                let _ = black_box(keyring.read(text));
            }
        }));
        baseline.push(rate(few, || fpe_read(few)));
    }
    bench.report(Measured::new("read_code_per_s", "codes/s", runs).against(FPE, baseline).with("threads", 1))
}

/// `label_per_s`: links as QR symbols on A4 sheets.
pub(crate) fn label(bench: &mut Bench) -> Result<()> {
    let key = EpochKey::new(Epoch(1), [1; 32]);
    let count = bench.sized(20_000);
    let (mut runs, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let watch = Stopwatch::start();
        labels(&key, count)?;
        runs.push(count as f64 / watch.seconds());
        let watch = Stopwatch::start();
        for (link, _) in links(&key, count)? {
            black_box(Qr::new(&link)?);
        }
        baseline.push(count as f64 / watch.seconds());
    }
    let measured = Measured::new("label_per_s", "labels/s", runs);
    bench.report(measured.against("the QR symbols alone, not drawn", baseline).with("threads", 1))
}

/// Codes a second that the `fpe` crate enciphers on one thread, without writing them.
pub(crate) fn fpe_mint_rate(count: u64) -> f64 {
    rate(count, || {
        let cipher = FF1::<Aes128>::new(&[3; 16], 2).expect("radix 2 is valid");
        for index in 0..count {
            let numerals = BinaryNumeralString::from_bytes_le(&numeral_bytes(index));
            black_box(cipher.encrypt(&[1, 1, 3, 16], &numerals).expect("80 bits are valid"));
        }
    })
}

fn rate(count: u64, run: impl FnOnce()) -> f64 {
    let watch = Stopwatch::start();
    run();
    count as f64 / watch.seconds()
}

fn numeral_bytes(index: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&index.to_le_bytes());
    bytes
}

/// Tries six keys one after another, as reading with two faces and three epochs would.
fn fpe_read(count: u64) {
    let ciphers = [1, 2, 3, 4, 5, 6].map(|key| FF1::<Aes128>::new(&[key; 16], 2).expect("radix 2 is valid"));
    for index in 0..count {
        let numerals = BinaryNumeralString::from_bytes_le(&numeral_bytes(index));
        for cipher in &ciphers {
            black_box(cipher.decrypt(&[1, 1, 3, 16], &numerals).expect("80 bits are valid"));
        }
    }
}

/// Codes of every key in no foreseeable order; one of ten minted under a key that nobody knows.
fn texts(keys: &[EpochKey]) -> Vec<String> {
    let stranger = EpochKey::new(Epoch(9), [99; 32]);
    let minter = |key, face| Minter::new(key, face, CodeLength::STANDARD);
    let minters: Vec<Minter> = keys.iter().flat_map(|key| Face::ALL.map(|face| minter(key, face))).collect();
    let unknown = minter(&stranger, Face::Outer);
    (0..10_000)
        .map(|index| {
            let pick = crate::random::nth(7, index);
            let minter =
                if pick.is_multiple_of(10) { &unknown } else { &minters[(pick >> 8) as usize % minters.len()] };
            minter.mint(CodeIndex::new(index).expect("a small index")).to_string()
        })
        .collect()
}

fn links(key: &EpochKey, count: u64) -> Result<Vec<(String, CodeText)>> {
    let host = Host::parse("q.example.com")?;
    let range = IndexRange::from_count(CodeIndex::new(0)?, count)?;
    let mut links = Vec::with_capacity(count as usize);
    Minter::new(key, Face::Outer, CodeLength::STANDARD)
        .mint_range(range, |_, code| links.push((host.short_link(code), *code)));
    Ok(links)
}

fn labels(key: &EpochKey, count: u64) -> Result<()> {
    let mut sheets = LabelSheets::new(std::io::sink(), &LabelLayout::A4)?;
    for (link, code) in links(key, count)? {
        sheets.push(&Label { link: &link, code: &code, level: Level::Item, gtin: None })?;
    }
    sheets.finish()?;
    Ok(())
}
