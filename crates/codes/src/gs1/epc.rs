//! EPC URNs (GS1 EPC Tag Data Standard): `urn:epc:id:sgtin:9506000.134352.LOT7`, and the class forms
//! `urn:epc:class:lgtin:…` and `urn:epc:idpat:sgtin:….*`.
//!
//! A URN says where the company prefix ends; a GS1 key does not. So a URN is read as the key it means, and two
//! spellings of one thing are compared, but no URN is made of a key: the length of the prefix would be a guess.

use thiserror::Error;

use super::digital_link::DigitalLinkUri;
use super::element::{Element, ElementError};
use super::link_error::DigitalLinkError;
use super::query::decoded;
use crate::gtin::check_digit;

/// Bytes of a URN that are looked at.
const URN_BYTES_MAX: usize = 512;

/// Digits of a GS1 company prefix.
const COMPANY_PREFIX_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Why a text is not an EPC URN of a GS1 key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EpcError {
    /// More than is read.
    #[error("the URN has {bytes} bytes; at most {max} are read", max = URN_BYTES_MAX)]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// It starts like no URN of the standard.
    #[error("an EPC URN starts with urn:epc:id:, urn:epc:class: or urn:epc:idpat:, and a scheme such as sgtin:")]
    Start,
    /// A scheme that writes no GS1 key.
    #[error("{0:?} is not a scheme of GS1 keys in this form of URN")]
    Scheme(String),
    /// Too few or too many parts between dots, or a wild card where none can stand.
    #[error("{scheme} has {expected} parts between dots, the last being a wild card in a pattern")]
    Parts {
        /// The scheme.
        scheme: String,
        /// How many it has.
        expected: usize,
    },
    /// The company prefix is not 4 to 12 digits.
    #[error("{0:?} is not a GS1 company prefix of 4 to 12 digits")]
    CompanyPrefix(String),
    /// Company prefix and reference have not the digits of their key together.
    #[error("company prefix and reference must have {expected} digits together, not {found}")]
    Digits {
        /// Digits that they must have.
        expected: usize,
        /// Digits that they have.
        found: usize,
    },
    /// A percent sign without two hexadecimal digits.
    #[error("{0:?} has a percent sign without two hexadecimal digits")]
    Percent(String),
    /// A value breaks the rules of its key.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// The elements make no identity.
    #[error(transparent)]
    Link(#[from] DigitalLinkError),
}

/// How a scheme writes its key.
struct Scheme {
    name: &'static str,
    ai: &'static str,
    /// Digits of company prefix and reference together, without check digit; 0 where they are free.
    digits: usize,
    /// Is the first digit of the reference the first of the key (indicator or extension digit)?
    has_indicator: bool,
    /// What stands behind.
    tail: Tail,
}

enum Tail {
    Nothing,
    /// The end of the key itself.
    Serial,
    /// A qualifier.
    Qualifier(&'static str),
    /// Piece and total at the end of the key, then a qualifier.
    Pieces(&'static str),
}

const fn scheme(name: &'static str, ai: &'static str, digits: usize, tail: Tail) -> Scheme {
    Scheme { name, ai, digits, has_indicator: matches!(digits, 13) || matches!(name.as_bytes(), b"sscc"), tail }
}

/// The schemes of `urn:epc:id:`.
const SCHEMES: [Scheme; 15] = [
    scheme("sgtin", "01", 13, Tail::Qualifier("21")),
    scheme("upui", "01", 13, Tail::Qualifier("235")),
    scheme("itip", "8006", 13, Tail::Pieces("21")),
    scheme("sscc", "00", 17, Tail::Nothing),
    scheme("sgln", "414", 12, Tail::Qualifier("254")),
    scheme("pgln", "417", 12, Tail::Nothing),
    scheme("grai", "8003", 12, Tail::Serial),
    scheme("gdti", "253", 12, Tail::Serial),
    scheme("sgcn", "255", 12, Tail::Serial),
    scheme("giai", "8004", 0, Tail::Nothing),
    scheme("gsrn", "8018", 17, Tail::Nothing),
    scheme("gsrnp", "8017", 17, Tail::Nothing),
    scheme("cpi", "8010", 0, Tail::Qualifier("8011")),
    scheme("ginc", "401", 0, Tail::Nothing),
    scheme("gsin", "402", 16, Tail::Nothing),
];

/// The scheme of `urn:epc:class:`.
const LOTS: Scheme = scheme("lgtin", "01", 13, Tail::Qualifier("10"));

/// A GS1 key that was written as an EPC URN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epc {
    link: DigitalLinkUri,
    is_class: bool,
    company_prefix: String,
}

impl Epc {
    /// Reads a URN.
    ///
    /// ```
    /// use tallymark_codes::gs1::{DigitalLinkUri, Epc};
    ///
    /// let epc = Epc::parse("urn:epc:id:sgtin:9506000.013435.32a%2Fb")?;
    /// assert!(epc.names(&DigitalLinkUri::parse("https://brand.example/01/09506000134352/21/32a%2Fb")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EpcError`] says what is wrong.
    pub fn parse(urn: &str) -> Result<Self, EpcError> {
        if urn.len() > URN_BYTES_MAX {
            return Err(EpcError::TooLong { bytes: urn.len() });
        }
        let rest = urn.strip_prefix("urn:epc:").ok_or(EpcError::Start)?;
        let (form, rest) = rest.split_once(':').ok_or(EpcError::Start)?;
        let (name, text) = rest.split_once(':').ok_or(EpcError::Start)?;
        let known = SCHEMES.iter().find(|scheme| scheme.name == name);
        let scheme = match form {
            "id" | "idpat" => known,
            "class" => Some(&LOTS).filter(|scheme| scheme.name == name),
            _ => return Err(EpcError::Start),
        };
        let scheme = scheme.ok_or_else(|| EpcError::Scheme(name.to_owned()))?;
        let (elements, company_prefix) = scheme.read(text, form == "idpat")?;
        Ok(Self { link: DigitalLinkUri::from_elements(elements)?, is_class: form != "id", company_prefix })
    }

    /// What it names, as a link of GS1's resolver.
    pub fn link(&self) -> &DigitalLinkUri {
        &self.link
    }

    /// Does it name a class of things and not a single one?
    pub fn is_class(&self) -> bool {
        self.is_class
    }

    /// The digits that GS1 gave to the company.
    pub fn company_prefix(&self) -> &str {
        &self.company_prefix
    }

    /// Does a link name the same? Stem, attributes and parameters play no part.
    pub fn names(&self, link: &DigitalLinkUri) -> bool {
        self.link.key() == link.key() && self.link.qualifiers() == link.qualifiers()
    }
}

impl Scheme {
    fn read(&self, text: &str, is_pattern: bool) -> Result<(Vec<Element>, String), EpcError> {
        let behind = match self.tail {
            Tail::Nothing => 0,
            Tail::Serial | Tail::Qualifier(_) => 1,
            Tail::Pieces(_) => 3,
        };
        // A serial may hold dots; nothing before it does.
        let parts: Vec<&str> = text.splitn(2 + behind, '.').collect();
        let is_wild = parts.last() == Some(&"*");
        let wild_cards = parts.iter().filter(|part| **part == "*").count();
        if parts.len() != 2 + behind || is_wild != is_pattern || wild_cards > 1 || is_pattern && behind == 0 {
            return Err(EpcError::Parts { scheme: self.name.to_owned(), expected: 2 + behind });
        }
        let mut key = self.key(parts[0], parts[1])?;
        let part = |at: usize| decoded(parts[at], false).ok_or_else(|| EpcError::Percent(parts[at].to_owned()));
        let mut qualifier = None;
        match self.tail {
            Tail::Serial if !is_wild => key.push_str(&part(2)?),
            // An SGLN without extension has a zero in its place.
            Tail::Qualifier("254") if parts[2] == "0" => {}
            Tail::Qualifier(ai) if !is_wild => qualifier = Some(Element::new(ai, part(2)?)?),
            Tail::Pieces(ai) => {
                key.push_str(&(part(2)? + &part(3)?));
                qualifier = if is_wild { None } else { Some(Element::new(ai, part(4)?)?) };
            }
            _ => {}
        }
        let elements = std::iter::once(Element::new(self.ai, key)?).chain(qualifier).collect();
        Ok((elements, parts[0].to_owned()))
    }

    /// Company prefix and reference as the key has them, with its check digit.
    fn key(&self, prefix: &str, reference: &str) -> Result<String, EpcError> {
        let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if !COMPANY_PREFIX_DIGITS.contains(&prefix.len()) || !is_number(prefix) {
            return Err(EpcError::CompanyPrefix(prefix.to_owned()));
        }
        if self.digits == 0 {
            let reference = decoded(reference, false).ok_or_else(|| EpcError::Percent(reference.to_owned()))?;
            return Ok(format!("{prefix}{reference}"));
        }
        let found = prefix.len() + reference.bytes().filter(u8::is_ascii_digit).count();
        if found != self.digits || !is_number(reference) {
            return Err(EpcError::Digits { expected: self.digits, found });
        }
        let (indicator, reference) = reference.split_at(usize::from(self.has_indicator && !reference.is_empty()));
        let digits = format!("{indicator}{prefix}{reference}");
        let check = check_digit(digits.parse().unwrap_or_default());
        // A GRAI has a zero in front.
        let zero = if self.ai == "8003" { "0" } else { "" };
        Ok(format!("{zero}{digits}{check}"))
    }
}
