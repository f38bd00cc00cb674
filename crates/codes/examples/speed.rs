//! Measures minting, reading and label printing on one core, each beside its baseline in the same
//! run. Every figure is the median of seven rounds.

use std::hint::black_box;
use std::time::Instant;

use aes::Aes128;
use fpe::ff1::{BinaryNumeralString, FF1};
use tallymark_codes::{
    CodeIndex, CodeLength, CodeText, Epoch, EpochKey, Face, Host, IndexRange, Keyring, Label, LabelLayout, LabelSheets,
    Level, Minter, Qr,
};

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys: Vec<EpochKey> = (1..=3).map(|epoch| EpochKey::new(Epoch(epoch), [epoch; 32])).collect();
    let mint_baseline = per_second(20_000, fpe_mint);
    let mint = per_second(2_000_000, |count| mint_lines(&keys[2], count));
    figure("mint_per_s", mint, "codes/s", mint_baseline, "fpe 0.7 FF1 without text");

    let keyring = Keyring::new(keys.clone())?;
    let read_baseline = per_second(10_000, fpe_read);
    for (name, genuine_percent) in
        [("read_code_per_s", 90), ("read_genuine_code_per_s", 100), ("read_unknown_code_per_s", 0)]
    {
        let texts = texts(&keys, genuine_percent);
        let read = per_second(1_000_000, |count| read(&keyring, &texts, count));
        figure(name, read, "codes/s", read_baseline, "fpe 0.7 FF1, six keys one after another");
    }

    let symbol_baseline = per_second(5_000, |count| symbols(&keys[2], count));
    let label = per_second(20_000, |count| labels(&keys[2], count));
    figure("label_per_s", label, "labels/s", symbol_baseline, "the QR symbols alone (fast_qr)");
    Ok(())
}

fn figure(name: &str, value: f64, unit: &str, baseline: f64, baseline_name: &str) {
    println!("figure {name} {value:.0} {unit} ratio {:.2} against {baseline_name}", value / baseline);
}

#[allow(clippy::disallowed_methods, reason = "a stopwatch needs the real clock")]
fn per_second(count: u64, mut run: impl FnMut(u64)) -> f64 {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run(count);
            count as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[ROUNDS / 2]
}

fn range(first: u64, count: u64) -> IndexRange {
    let first = CodeIndex::new(first).expect("a small index");
    IndexRange::from_count(first, count).expect("a small range")
}

fn mint_lines(key: &EpochKey, count: u64) {
    let minter = Minter::new(key, Face::Outer, CodeLength::STANDARD);
    let mut lines = Vec::with_capacity(1 << 20);
    minter.mint_range(range(0, count), |_, code| {
        if lines.len() + 32 > lines.capacity() {
            black_box(&lines);
            lines.clear();
        }
        lines.extend_from_slice(code.as_bytes());
        lines.push(b'\n');
    });
    black_box(&lines);
}

fn fpe_mint(count: u64) {
    let cipher = FF1::<Aes128>::new(&[3; 16], 2).expect("radix 2 is valid");
    for index in 0..count {
        let mut plaintext = [0; 10];
        plaintext[..5].copy_from_slice(&index.to_le_bytes()[..5]);
        let numerals = BinaryNumeralString::from_bytes_le(&plaintext);
        black_box(cipher.encrypt(&[1, 1, 3, 16], &numerals).expect("80 bits are valid"));
    }
}

fn fpe_read(count: u64) {
    let ciphers = [1, 2, 3, 4, 5, 6].map(|key| FF1::<Aes128>::new(&[key; 16], 2).expect("radix 2 is valid"));
    for index in 0..count {
        let mut ciphertext = [0; 10];
        ciphertext[..8].copy_from_slice(&index.to_le_bytes());
        let numerals = BinaryNumeralString::from_bytes_le(&ciphertext);
        for cipher in &ciphers {
            black_box(cipher.decrypt(&[1, 1, 3, 16], &numerals).expect("80 bits are valid"));
        }
    }
}

/// Codes of both faces and three epochs in turn; the rest minted under a key nobody knows.
fn texts(keys: &[EpochKey], genuine_percent: u64) -> Vec<String> {
    let stranger = EpochKey::new(Epoch(9), [99; 32]);
    let minter = |key, face| Minter::new(key, face, CodeLength::STANDARD);
    let minters: Vec<Minter> = keys.iter().flat_map(|key| Face::ALL.map(|face| minter(key, face))).collect();
    let unknown = minter(&stranger, Face::Outer);
    (0..10_000)
        .map(|index| {
            let index = CodeIndex::new(index).expect("a small index");
            // A multiplicative hash spreads the mix, so that no branch can be foreseen.
            let pick = index.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            let genuine = pick % 100 < genuine_percent;
            let minter = if genuine { &minters[(pick >> 8) as usize % 6] } else { &unknown };
            minter.mint(index).to_string()
        })
        .collect()
}

fn read(keyring: &Keyring, texts: &[String], count: u64) {
    for text in texts.iter().cycle().take(count as usize) {
        let _ = black_box(keyring.read(text));
    }
}

fn links(key: &EpochKey, count: u64) -> Vec<(String, CodeText)> {
    let host = Host::parse("q.example.com").expect("a host name");
    let minter = Minter::new(key, Face::Outer, CodeLength::STANDARD);
    let mut links = Vec::new();
    minter.mint_range(range(0, count), |_, code| links.push((host.short_link(code), *code)));
    links
}

fn symbols(key: &EpochKey, count: u64) {
    for (link, _) in links(key, count) {
        black_box(Qr::new(&link).expect("a short text"));
    }
}

fn labels(key: &EpochKey, count: u64) {
    let mut sheets = LabelSheets::new(std::io::sink(), &LabelLayout::A4).expect("the layout is sound");
    for (link, code) in links(key, count) {
        let label = Label { link: &link, code: &code, level: Level::Item, gtin: None };
        sheets.push(&label).expect("a sink takes everything");
    }
    sheets.finish().expect("a sink takes everything");
}
