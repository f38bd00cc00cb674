//! Codes that were made elsewhere, as a supplier's list has them: how their texts are spelled, which of them are found by which hash, and
//! whether they can be guessed.

pub mod hashes;
pub mod survey;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tallymark_base::seal::Key;
use tallymark_codes::{CodeText, Face, Gtin, Level, Sscc, code_of};
use utoipa::ToSchema;

use crate::ListError;

/// Most codes of a list, all labels together: their hashes are sorted in memory.
pub const CODES_MAX: u64 = 10_000_000;
/// Bytes of a code.
pub const BYTES: std::ops::RangeInclusive<usize> = 4..=200;
/// The place of the code in the link that it is printed in.
const PLACE: &str = "{code}";

/// What a code is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CodeLabel)]
pub enum Label {
    /// The outside of an item.
    Item,
    /// The inside of an item, under the cap or a scratch layer.
    Inner,
    /// A box.
    Box,
    /// A case.
    Case,
    /// A pallet.
    Pallet,
}

impl Label {
    /// Every label, items first.
    pub const ALL: [Self; 5] = [Self::Item, Self::Inner, Self::Box, Self::Case, Self::Pallet];

    /// The stored number, from 0.
    pub const fn number(self) -> u8 {
        match self {
            Self::Item => 0,
            Self::Inner => 1,
            Self::Box => 2,
            Self::Case => 3,
            Self::Pallet => 4,
        }
    }

    /// From the stored number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.number() == number)
    }

    /// The level of what bears it.
    pub const fn level(self) -> Level {
        match self {
            Self::Item | Self::Inner => Level::Item,
            Self::Box => Level::Box,
            Self::Case => Level::Case,
            Self::Pallet => Level::Pallet,
        }
    }

    /// The face that it is.
    pub const fn face(self) -> Face {
        match self {
            Self::Inner => Face::Inner,
            _ => Face::Outer,
        }
    }

    /// That of a level and face, where there are codes of it.
    pub fn of(level: Level, face: Face) -> Option<Self> {
        Self::ALL.into_iter().find(|label| (label.level(), label.face()) == (level, face))
    }
}

/// Some of the labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Labels(u8);

impl Labels {
    /// Whether it is among them.
    pub const fn has(self, label: Label) -> bool {
        self.0 & (1 << label.number()) != 0
    }

    /// Those of a stored number.
    pub const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The stored number.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().filter(move |label| self.has(*label))
    }
}

impl FromIterator<Label> for Labels {
    fn from_iter<T: IntoIterator<Item = Label>>(labels: T) -> Self {
        Self(labels.into_iter().fold(0, |bits, label| bits | 1 << label.number()))
    }
}

/// In what the codes of a list are printed: as they are, or in a link of somebody else's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    before: String,
    after: String,
}

impl Printed {
    /// From a link with the place of the code, such as `https://q.supplier.example/v?c={code}`.
    ///
    /// # Errors
    /// [`ListError::Link`].
    pub fn parse(link: &str) -> Result<Self, ListError> {
        let wrong = || ListError::Link { given: link.chars().take(100).collect() };
        let (before, after) = link.trim().split_once(PLACE).ok_or_else(wrong)?;
        let before = with_plain_host(before);
        let has_host = ["https://", "http://"]
            .iter()
            .any(|scheme| before.strip_prefix(scheme).is_some_and(|rest| rest.find('/').is_some_and(|end| end > 0)));
        let is_visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !has_host || after.contains(PLACE) || !is_visible(&before) || !is_visible(after) || link.len() > 200 {
            return Err(wrong());
        }
        Ok(Self { before: before.into_owned(), after: after.to_owned() })
    }

    /// From what is stored.
    pub(crate) const fn new(before: String, after: String) -> Self {
        Self { before, after }
    }

    /// What stands before the code and behind it.
    pub fn parts(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    /// The link with the place of the code; none where codes are printed as they are.
    pub fn link(&self) -> Option<String> {
        (!self.before.is_empty()).then(|| format!("{}{PLACE}{}", self.before, self.after))
    }

    /// The code in a link that codes of the list are printed in; none in any other text.
    pub fn code_in_link(&self, link: &str) -> Option<String> {
        if self.before.is_empty() {
            return None;
        }
        let plain = with_plain_host(link);
        let code = plain.strip_prefix(&self.before)?.strip_suffix(self.after.as_str())?;
        Some(code.to_owned())
    }

    /// The code that a text says, and the product number beside it where it names one: out of the link that codes are printed in, else as
    /// our own codes are read.
    pub fn code_of(&self, text: &str) -> (String, Option<Gtin>) {
        let text = text.trim();
        if let Some(code) = self.code_in_link(text) {
            return (code, None);
        }
        let (code, gtin) = code_of(text);
        // The scan page of any brand, with a code that is none of our own making.
        if code == text
            && let Some((_, path)) = text.split_once("://")
            && let Some((_, rest)) = path.split_once("/C/").or_else(|| path.split_once("/c/"))
        {
            let rest = rest.split(['?', '#']).next().unwrap_or_default();
            return (percent_decode_str(rest).decode_utf8_lossy().into_owned(), None);
        }
        (code, gtin)
    }

    /// The text that is printed for a code.
    pub fn text_of(&self, code: &str) -> String {
        format!("{}{code}{}", self.before, self.after)
    }
}

/// A link with its scheme and host in lower case, as browsers send them; other texts as they are.
fn with_plain_host(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find("://").map(|at| at + 3) else { return text.into() };
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    match text[..end].bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => format!("{}{}", text[..end].to_ascii_lowercase(), &text[end..]).into(),
        false => text.into(),
    }
}

/// Whether a text can be a code of a list: visible ASCII of a sensible length. Codes travel in links and are typed by people.
pub fn is_code(text: &str) -> bool {
    BYTES.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The spelling in which codes are compared. What looks like an SSCC or like a code of our own making is scanned, typed and printed in
/// several ways, so it is compared as those are; every other text is what it is.
pub(crate) fn spelling(code: &str) -> Cow<'_, str> {
    if let Ok(sscc) = Sscc::parse(code) {
        return sscc.to_string().into();
    }
    CodeText::parse(code).map_or(Cow::Borrowed(code), |own| own.as_str().to_owned().into())
}

/// The hash under which a code is found: 63 bits of HMAC-SHA-256 under a key of the tenant's, so that a stolen table tells no code and
/// nobody can search for texts that fall together.
pub(crate) fn hash_of(key: &Key, code: &str) -> u64 {
    let derived = key.derive(&spelling(code));
    let mut first = [0; 8];
    first.copy_from_slice(&derived.bytes()[..8]);
    u64::from_be_bytes(first) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_out_of_the_link_that_it_is_printed_in() {
        let printed = Printed::parse("https://Q.Supplier.example/v?c={code}&s=1").unwrap();
        let code = |text: &str| printed.code_of(text).0;
        assert_eq!(code("https://q.supplier.example/v?c=aB3-x&s=1"), "aB3-x");
        assert_eq!(code("HTTPS://Q.SUPPLIER.EXAMPLE/v?c=aB3-x&s=1 "), "aB3-x");
        // Typed by hand, without the link.
        assert_eq!(code(" aB3-x"), "aB3-x");
        // Somebody else's link is no code of the list, whatever stands in it.
        assert_eq!(code("https://q.other.example/v?c=aB3-x&s=1"), "https://q.other.example/v?c=aB3-x&s=1");
        assert_eq!(printed.text_of("aB3-x"), "https://q.supplier.example/v?c=aB3-x&s=1");
    }

    #[test]
    fn a_serial_number_is_read_out_of_a_gs1_digital_link() {
        let (code, gtin) = Printed::default().code_of("https://id.example.com/01/06901234567892/21/S-7741");
        assert_eq!((code.as_str(), gtin.map(|gtin| gtin.to_string()).as_deref()), ("S-7741", Some("06901234567892")));
    }

    #[test]
    fn spellings_of_one_code_are_one() {
        let key = Key::new([1; 32]);
        let same = |one: &str, other: &str| hash_of(&key, one) == hash_of(&key, other);
        // GS1's example of an SSCC, as it is keyed in and as a scanner of GS1-128 sends it.
        assert!(same("106141412345678908", "(00)106141412345678908"));
        assert!(same("106141412345678908", "00106141412345678908"));
        assert!(same("q7Zr81kLm2Xe5T93", "Q7ZR-81K1-M2XE-5T93"));
        // U is in no code of ours, and 12 characters are too few for one.
        assert!(!same("u7Zr81kLm2Xe5T93", "U7ZR81KLM2XE5T93"));
        assert!(!same("k7Qm2vX9pL4d", "K7QM2VX9PL4D"));
    }

    #[test]
    fn a_link_has_a_host_and_one_place_for_the_code() {
        for link in
            ["q.supplier.example/{code}", "https://q.supplier.example/", "https:///{code}", "https://a/{code}/{code}"]
        {
            assert!(Printed::parse(link).is_err(), "{link}");
        }
    }
}
