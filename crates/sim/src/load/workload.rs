//! The bench scans: 70 % first scans of a code, 20 % repeats, 10 % codes that nobody issued; 30 % from people who were
//! never seen before. Scan number `n` is a pure function of `n` and the workload, so that any scan can be sent again
//! and a run can go on where another one stopped.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::{Source, Write};
use crate::failure::{Context as _, Failure, Result};
use crate::random;

/// Characters of the codes that are used for load.
pub(crate) const CODE_BYTES: usize = 16;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Where people scan, if they say so: counties of Zhejiang, Shanghai, Guangdong, Sichuan and Beijing.
pub(crate) const PLACES: [u32; 8] = [330_106, 330_108, 310_115, 310_104, 440_305, 440_106, 510_107, 110_105];

// Sequences of `random` that must not meet.
const DEVICES: u64 = 0x6465_7669_6365;
const INVALID_CODES: u64 = 0x696E_7661_6C69;

/// Codes in a file, one a line, all of [`CODE_BYTES`] characters, kept without line ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Codes(Vec<u8>);

impl Codes {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).while_doing(|| format!("reading the codes in {}", path.display()))?;
        let mut codes = Self::default();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            codes.push(line)?;
        }
        Ok(codes)
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
        for place in 0..self.len() {
            out.write_all(self.get(place))?;
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    /// Adds a code.
    pub(crate) fn push(&mut self, code: &[u8]) -> Result<()> {
        if code.len() != CODE_BYTES {
            return Err(Failure::new(format!("{:?} is not a code of 16 characters", String::from_utf8_lossy(code))));
        }
        self.0.extend_from_slice(code);
        Ok(())
    }

    /// How many.
    pub(crate) fn len(&self) -> u64 {
        (self.0.len() / CODE_BYTES) as u64
    }

    /// The code at a place below `len`.
    pub(crate) fn get(&self, place: u64) -> &[u8] {
        let start = place as usize * CODE_BYTES;
        &self.0[start..start + CODE_BYTES]
    }

    /// Every `of`-th code, from `place` on: what one of several servers gets.
    pub(crate) fn share(&self, place: u64, of: u64) -> Self {
        Self((place..self.len()).step_by(of as usize).flat_map(|place| self.get(place)).copied().collect())
    }

    /// The codes from `place` on.
    pub(crate) fn after(&self, place: u64) -> Self {
        Self(self.0[place as usize * CODE_BYTES..].to_vec())
    }

    /// The codes in a random order.
    pub(crate) fn shuffled(&self, seed: u64) -> Self {
        let mut order: Vec<u64> = (0..self.len()).collect();
        random::Sequence::new(seed).shuffle(&mut order);
        Self(order.into_iter().flat_map(|place| self.get(place)).copied().collect())
    }
}

/// What a scan is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The first scan of the fresh code with this number.
    First(u64),
    /// Another scan of a fresh code that this workload scanned before.
    Again(u64),
    /// Another scan of a code that was used before the workload began.
    Used(u64),
    /// A well-formed code that nobody issued.
    Invalid,
}

/// Where scans come from.
#[derive(Debug)]
pub(crate) struct Workload {
    /// Active codes that nobody scanned.
    pub(crate) fresh: Codes,
    /// Codes that were scanned before the workload; may be empty.
    pub(crate) used: Codes,
    /// How many devices the server knows already: devices 0 up to here.
    pub(crate) known: u64,
    /// Tells workloads on one database apart.
    pub(crate) seed: u64,
    /// When scan 0 was asked for, as its idempotency key tells, in milliseconds; there are eight in each millisecond.
    pub(crate) since_ms: u64,
}

impl Workload {
    /// How many scans there are until fresh codes run out.
    pub(crate) fn scans_max(&self) -> u64 {
        self.fresh.len() / 7 * 10
    }

    /// What scan `n` is.
    pub(crate) fn kind(&self, n: u64) -> Kind {
        let (round, step) = (n / 10, n % 10);
        let firsts_before = round * 7 + step.min(7);
        match step {
            0..=6 => Kind::First(firsts_before),
            7 if self.used.len() > 0 => Kind::Used(random::nth(self.seed, n) % self.used.len()),
            7 | 8 => Kind::Again(random::nth(self.seed, n) % firsts_before),
            _ => Kind::Invalid,
        }
    }

    /// The code of scan `n`.
    pub(crate) fn code(&self, n: u64) -> [u8; CODE_BYTES] {
        let code = match self.kind(n) {
            Kind::First(place) | Kind::Again(place) => self.fresh.get(place),
            Kind::Used(place) => self.used.get(place),
            Kind::Invalid => return invalid_code(self.seed, n),
        };
        code.try_into().unwrap_or_else(|_| unreachable!("codes are kept in pieces of {CODE_BYTES}"))
    }

    /// The number of the device of scan `n`: three of ten are new.
    pub(crate) fn device(&self, n: u64) -> u64 {
        let chance = random::nth(self.seed ^ DEVICES, n);
        if chance % 10 < 3 || self.known == 0 {
            // Above every known device, and different for each workload.
            1 << 63 | (self.seed & 0xFFFF) << 40 | n
        } else {
            (chance >> 8) % self.known
        }
    }

    /// The idempotency key of scan `n`: a UUID of version 7, as the API advises.
    pub(crate) fn key(&self, n: u64) -> String {
        let ms = self.since_ms + n / 8;
        let (head, middle) = (ms >> 16, ms & 0xFFFF);
        let (seed, number) = (self.seed & 0xFFF, n & 0xFFFF_FFFF_FFFF);
        format!("{head:08x}-{middle:04x}-7{seed:03x}-8000-{number:012x}")
    }

    /// Writes the JSON body of scan `n`.
    pub(crate) fn write_body(&self, n: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"code\":\"");
        out.extend_from_slice(&self.code(n));
        out.extend_from_slice(b"\",\"identifiers\":[{\"kind\":\"device\",\"value\":\"");
        out.extend_from_slice(&device_value(self.device(n)));
        out.extend_from_slice(b"\"}],");
        if n.is_multiple_of(2) {
            let place = PLACES[(n / 2) as usize % PLACES.len()];
            // A write to memory cannot fail.
            let _ = write!(out, "\"place\":{{\"adcode\":\"{place}\"}},");
        }
        out.extend_from_slice(b"\"claim\":true}");
    }
}

impl Source for Workload {
    fn requests_max(&self) -> u64 {
        self.scans_max()
    }

    fn writer<'a>(&'a self, address: SocketAddr, api_key: &str) -> Write<'a> {
        let mut writer = RequestWriter::new(address, api_key);
        Box::new(move |n, out| writer.write(self, n, out))
    }
}

/// The identifier of device `number`: 32 hexadecimal digits.
pub(crate) fn device_value(number: u64) -> [u8; 32] {
    let halves = [random::nth(DEVICES, number), random::nth(!DEVICES, number)];
    let mut text = [0; 32];
    for (place, digit) in text.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(halves[place / 16] >> (place % 16 * 4)) as usize & 15];
    }
    text
}

fn invalid_code(seed: u64, n: u64) -> [u8; CODE_BYTES] {
    let bits =
        u128::from(random::nth(INVALID_CODES ^ seed, n)) << 64 | u128::from(random::nth(!INVALID_CODES ^ seed, n));
    std::array::from_fn(|place| ALPHABET[(bits >> (place * 5)) as usize & 31])
}

/// Writes whole requests for one server.
#[derive(Debug)]
pub(crate) struct RequestWriter {
    /// Request line and headers up to the key.
    head: Vec<u8>,
    body: Vec<u8>,
}

impl RequestWriter {
    /// Requests to `address` with this API key.
    pub(crate) fn new(address: SocketAddr, api_key: &str) -> Self {
        let head = format!(
            "POST /v1/scans HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {api_key}\r\n\
             content-type: application/json\r\nidempotency-key: "
        );
        Self { head: head.into_bytes(), body: Vec::with_capacity(256) }
    }

    /// Puts the request of scan `n` into `out`.
    pub(crate) fn write(&mut self, workload: &Workload, n: u64, out: &mut Vec<u8>) {
        self.body.clear();
        workload.write_body(n, &mut self.body);
        out.clear();
        out.extend_from_slice(&self.head);
        // A write to memory cannot fail.
        let _ = write!(out, "{}\r\ncontent-length: {}\r\n\r\n", workload.key(n), self.body.len());
        out.extend_from_slice(&self.body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    const SINCE_MS: u64 = 1_645_557_742_000;

    fn codes(count: u64, letter: char) -> Codes {
        let mut codes = Codes::default();
        for number in 0..count {
            codes.push(format!("{letter}{number:015}").as_bytes()).unwrap();
        }
        codes
    }

    fn workload() -> Workload {
        Workload { fresh: codes(70_000, 'A'), used: codes(100, 'B'), known: 1_000, seed: 5, since_ms: SINCE_MS }
    }

    #[test]
    fn a_hundred_thousand_scans_have_the_promised_mix() {
        let workload = workload();
        assert_eq!(workload.scans_max(), 100_000);
        let mut kinds: HashMap<&str, u64> = HashMap::new();
        let mut scanned = HashSet::new();
        let mut new_devices = HashSet::new();
        for n in 0..100_000 {
            let (code, device) = (workload.code(n), workload.device(n));
            let kind = match workload.kind(n) {
                Kind::First(_) => {
                    assert!(scanned.insert(code), "scan {n} must be the first of its code");
                    "first"
                }
                Kind::Again(_) => {
                    assert!(scanned.contains(&code), "scan {n} must repeat a scanned code");
                    "repeat"
                }
                Kind::Used(_) => "repeat",
                Kind::Invalid => "invalid",
            };
            *kinds.entry(kind).or_default() += 1;
            if device >= workload.known {
                assert!(new_devices.insert(device), "a new device is new once");
            }
        }
        assert_eq!(kinds, HashMap::from([("first", 70_000), ("repeat", 20_000), ("invalid", 10_000)]));
        assert!((29_000..31_000).contains(&new_devices.len()), "{}", new_devices.len());
    }

    #[test]
    fn keys_are_uuids_of_version_7_in_the_order_of_their_numbers() {
        let workload = workload();
        // RFC 9562, appendix A.6, holds the same moment.
        assert_eq!(workload.key(0), "017f22e2-79b0-7005-8000-000000000000");
        assert!((0..100).map(|n| workload.key(n)).is_sorted_by(|first, second| first < second));
    }

    #[test]
    fn a_request_is_valid_http_with_a_json_body_and_the_same_each_time() {
        let (workload, mut first, mut second) = (workload(), Vec::new(), Vec::new());
        let mut writer = RequestWriter::new(([127, 0, 0, 1], 8080).into(), "secret");
        writer.write(&workload, 18, &mut first);
        RequestWriter::new(([127, 0, 0, 1], 8080).into(), "secret").write(&workload, 18, &mut second);
        assert_eq!(first, second);
        let text = String::from_utf8(first).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /v1/scans HTTP/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["claim"], true);
        assert_eq!(body["identifiers"][0]["value"].as_str().unwrap().len(), 32);
    }

    #[test]
    fn codes_survive_a_file_and_a_shuffle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        codes(50, 'C').shuffled(9).write(&path).unwrap();
        let read = Codes::read(&path).unwrap();
        let all: HashSet<Vec<u8>> = (0..read.len()).map(|place| read.get(place).to_vec()).collect();
        assert_eq!(all.len(), 50);
        assert!(Codes::default().push(b"short").is_err());
    }
}
