//! Hashes that identifiers are kept by: salted, so that nobody who sends events can choose two that meet. What is found by a
//! hash is compared with the event itself before it is believed.

use sha2::{Digest as _, Sha256};
use tallymark_epcis::facts::{Listed, Named, Term};
use tallymark_epcis::identifier::{Key, Serial};

/// What a brand's identifiers are hashed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Salt(pub(crate) [u8; 16]);

/// Serials of an event that lie in one row of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    pub(crate) class: i64,
    /// The run has at most 2^span serials.
    pub(crate) span: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// The widest span: runs are no longer than the EPCs that an event may name.
pub(crate) const SPAN_MAX: i64 = 20;

/// Bits of an event's number that its id holds: more than a brand will ever have events.
const NUMBER_MASK: u64 = (1 << 60) - 1;

impl Salt {
    fn digest(&self, sort: u8, text: &str) -> [u8; 32] {
        Sha256::new_with_prefix(self.0).chain_update([sort]).chain_update(text).finalize().into()
    }

    fn short(&self, sort: u8, text: &str) -> i64 {
        let digest = self.digest(sort, text);
        i64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
    }

    pub(crate) fn event_id(&self, id: &str) -> [u8; 16] {
        let digest = self.digest(1, id);
        std::array::from_fn(|at| digest[at])
    }

    pub(crate) fn class(&self, class: &str) -> i64 {
        self.short(2, class)
    }

    /// A serial that is no number: below zero, where no number is.
    fn serial(&self, serial: &str) -> i64 {
        self.short(3, serial) | i64::MIN
    }

    pub(crate) fn term(&self, term: Term, text: &str) -> i64 {
        self.short(16 + term as u8, text)
    }

    pub(crate) fn word(&self, listed: Listed, text: &str) -> i64 {
        self.short(32 + listed as u8, text)
    }

    pub(crate) fn context(&self, text: &str) -> i64 {
        self.short(4, text)
    }

    /// The id of an event that the brand's own goods made: a UUID of version 8 (RFC 9562) of its number and a tag that nobody can
    /// make who does not know the salt.
    pub(crate) fn own_id(&self, number: i64) -> String {
        let tag = self.digest(5, &number.to_string());
        let tag = u64::from_be_bytes(std::array::from_fn(|at| tag[at]));
        let number = u128::from(number.cast_unsigned() & NUMBER_MASK);
        // 48 bits of the number, the version, its other 12 bits, the variant, 62 bits of the tag.
        let bits = (number >> 12) << 80 | 8 << 76 | (number & 0xfff) << 64 | 0b10 << 62 | u128::from(tag >> 2);
        let hex = format!("{bits:032x}");
        format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// The number that an own event's id holds; none where it is another's.
    pub(crate) fn own_number(&self, id: &str) -> Option<i64> {
        let hex: String = id.strip_prefix("urn:uuid:")?.chars().filter(|letter| *letter != '-').collect();
        let bits = u128::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == 32)?;
        let number = i64::try_from((bits >> 80) << 12 | (bits >> 64) & 0xfff).ok()?;
        (self.own_id(number) == id).then_some(number)
    }

    /// Where the objects of an event lie. Those of one class follow each other, so its hash is made once.
    pub(crate) fn runs<'a>(&self, named: &'a [Named]) -> impl Iterator<Item = Run> + use<'a> {
        let salt = *self;
        let mut last: Option<(&str, i64)> = None;
        named.iter().map(move |named| {
            let (Named::Class { class } | Named::Run { class, .. } | Named::Serial { class, .. }) = named;
            let key = match last {
                Some((own, key)) if own == class => key,
                _ => salt.class(class),
            };
            last = Some((class, key));
            salt.run(key, named)
        })
    }

    fn run(&self, class: i64, named: &Named) -> Run {
        match named {
            Named::Class { .. } => Run { class, span: 0, first: 0, last: 0 },
            Named::Serial { serial, .. } => {
                let serial = self.serial(serial);
                Run { class, span: 0, first: serial, last: serial }
            }
            Named::Run { first, last, .. } => {
                let count = last - first + 1;
                let span = i64::from(count.next_power_of_two().ilog2());
                let number = |serial: &u64| i64::try_from(*serial).unwrap_or(i64::MAX);
                Run { class, span, first: number(first), last: number(last) }
            }
        }
    }

    /// Class and serial of one object.
    pub(crate) fn object(&self, key: &Key) -> (i64, i64) {
        let serial = match &key.serial {
            Serial::None => 0,
            Serial::Number(number) => i64::try_from(*number).unwrap_or(i64::MAX),
            Serial::Text(text) => self.serial(text),
        };
        (self.class(&key.class), serial)
    }
}
