//! GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax 1.6): `https://HOST/STEM/01/GTIN/10/LOT?17=271231`.
//!
//! The key is looked for from the end of the path, because any stem may stand before it. Its qualifiers follow in the
//! order the standard gives. The query carries further identifiers as attributes; parameters whose names are no digits
//! are none of GS1's business and kept apart. What is read is checked as a whole: see [`DigitalLinkError`].

use super::ai::{Ai, Definition};
use super::compression::decompressed;
use super::element::{ELEMENTS_MAX, Element};
use super::element_string::{bracketed, element_string};
use super::link_error::DigitalLinkError;
use super::options::{Options, ai_of};
use super::query::{decoded, is_host_character, is_uri_character, parameters, push_encoded};
use crate::gtin::Gtin;

/// Bytes of a URI that are looked at. The largest QR symbol holds 2,953 (ISO/IEC 18004).
pub(super) const URI_BYTES_MAX: usize = 4_096;

/// Where GS1's own resolver answers: the stem of canonical URIs.
const CANONICAL_STEM: &str = "https://id.gs1.org";

/// What a GS1 Digital Link URI says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitalLinkUri {
    stem: String,
    /// The key, then its qualifiers.
    path: Vec<Element>,
    attributes: Vec<Element>,
    others: Vec<String>,
    is_compressed: bool,
}

impl DigitalLinkUri {
    /// Reads a URI strictly: see [`Options`].
    ///
    /// # Errors
    /// [`DigitalLinkError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, DigitalLinkError> {
        Self::parse_with(text, &Options::default())
    }

    /// Reads a URI.
    ///
    /// # Errors
    /// [`DigitalLinkError`] says what is wrong.
    pub fn parse_with(text: &str, options: &Options) -> Result<Self, DigitalLinkError> {
        check_characters(text)?;
        let after = |scheme: &str| text.strip_prefix(scheme);
        let rest = after("https://")
            .or_else(|| after("HTTPS://"))
            .or_else(|| after("http://"))
            .or_else(|| after("HTTP://"))
            .ok_or(DigitalLinkError::Scheme)?;
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.is_empty() || !host.chars().all(is_host_character) {
            return Err(DigitalLinkError::Host(host.to_owned()));
        }
        Self::read(&text[..text.len() - target.len()], target, options)
    }

    /// Reads the path and query that a server was asked for; the stem has no scheme and host then.
    ///
    /// # Errors
    /// [`DigitalLinkError`] says what is wrong.
    pub fn parse_target(target: &str, options: &Options) -> Result<Self, DigitalLinkError> {
        check_characters(target)?;
        Self::read("", target, options)
    }

    /// Arranges elements as a link of GS1's resolver: the first key among them, its qualifiers, the rest as attributes.
    ///
    /// # Errors
    /// [`DigitalLinkError`] when there is no key, or an element can stand neither in the path nor in the query.
    pub fn from_elements(elements: Vec<Element>) -> Result<Self, DigitalLinkError> {
        let link = Self::arranged(elements).ok_or_else(|| DigitalLinkError::NoKey(String::new()))?;
        link.check(false)?;
        Ok(link)
    }

    fn read(authority: &str, target: &str, options: &Options) -> Result<Self, DigitalLinkError> {
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if options.has_trailing_slash { path.trim_end_matches('/') } else { path };
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let (place, mut link) = match key_place(&segments, options) {
            Some(place) => (place, Self { path: elements_of(&segments[place..], options)?, ..Self::empty() }),
            None if options.has_compression => Self::decompressed(path, &segments, options)?,
            None => return Err(DigitalLinkError::NoKey(path.to_owned())),
        };
        link.stem = authority.to_owned();
        for segment in &segments[..place] {
            link.stem.push('/');
            link.stem.push_str(segment);
        }
        link.take_query(query, options)?;
        link.check(options.has_unknown_attributes)?;
        Ok(link)
    }

    /// The last segment is compressed: the whole identity, or all but the key before it.
    fn decompressed(path: &str, segments: &[&str], options: &Options) -> Result<(usize, Self), DigitalLinkError> {
        let no_key = || DigitalLinkError::NoKey(path.to_owned());
        let (last, before) = segments.split_last().ok_or_else(no_key)?;
        let key_place = before.len().checked_sub(2).filter(|at| is_key(before[*at], options));
        let (place, mut all) = match key_place {
            Some(place) => (place, elements_of(&before[place..], options)?),
            None => (before.len(), Vec::new()),
        };
        let read = decompressed(last);
        let (rest, others) = if place == before.len() { read.map_err(|_| no_key())? } else { read? };
        all.extend(rest);
        let mut link = Self::arranged(all).ok_or_else(no_key)?;
        link.others = others;
        link.is_compressed = true;
        Ok((place, link))
    }

    fn empty() -> Self {
        let stem = CANONICAL_STEM.to_owned();
        Self { stem, path: Vec::new(), attributes: Vec::new(), others: Vec::new(), is_compressed: false }
    }

    fn arranged(mut elements: Vec<Element>) -> Option<Self> {
        let is_key = |element: &Element| element.definition().is_some_and(|definition| definition.key.is_some());
        let key = elements.remove(elements.iter().position(is_key)?);
        let sequences = key.definition().into_iter().flat_map(Definition::qualifiers);
        let present = sequences.map(|sequence| -> Vec<&str> {
            sequence.split(',').filter(|ai| elements.iter().any(|element| element.ai() == **ai)).collect()
        });
        // The longest; of two, the one that the dictionary names first.
        let longest = present.enumerate().max_by_key(|(index, ais)| (ais.len(), std::cmp::Reverse(*index)));
        let path_ais = longest.map(|(_, ais)| ais).unwrap_or_default();
        let mut path = vec![key];
        for ai in path_ais {
            let place = elements.iter().position(|element| element.ai() == *ai)?;
            path.push(elements.remove(place));
        }
        Some(Self { path, attributes: elements, ..Self::empty() })
    }

    fn take_query(&mut self, query: &str, options: &Options) -> Result<(), DigitalLinkError> {
        for parameter in parameters(query, options.has_semicolons) {
            if self.path.len() + self.attributes.len() + self.others.len() >= ELEMENTS_MAX {
                return Err(DigitalLinkError::TooMany);
            }
            let name = parameter.split('=').next().unwrap_or_default();
            let is_number = !name.is_empty() && name.bytes().all(|digit| digit.is_ascii_digit());
            let Some((_, value)) = parameter.split_once('=').filter(|_| is_number) else {
                self.others.push(parameter.to_owned());
                continue;
            };
            let ai = Ai::parse(name).filter(|ai| options.has_unknown_attributes || ai.definition().is_some());
            let ai = ai.ok_or_else(|| DigitalLinkError::UnknownAttribute(name.to_owned()))?;
            self.attributes.push(element(ai, value, true, options)?);
        }
        Ok(())
    }

    /// The rules that need the whole.
    fn check(&self, has_unknown_attributes: bool) -> Result<(), DigitalLinkError> {
        let key = self.key();
        let sequences = || key.definition().into_iter().flat_map(Definition::qualifiers);
        let path: Vec<Ai> = self.qualifiers().iter().map(Element::ai).collect();
        let fits = |count: &usize| sequences().any(|sequence| is_in_order(sequence, &path[..*count]));
        if let Some(count) = (1..=path.len()).find(|count| !fits(count)) {
            return Err(DigitalLinkError::Sequence { key: key.ai(), ai: path[count - 1] });
        }
        for (index, element) in self.attributes.iter().enumerate() {
            let ai = element.ai();
            if self.path.iter().chain(&self.attributes[..index]).any(|other| other.ai() == ai) {
                return Err(DigitalLinkError::Duplicate(ai));
            }
            if !element.definition().map_or(has_unknown_attributes, |definition| definition.is_attribute) {
                return Err(DigitalLinkError::NotAnAttribute(ai));
            }
            let qualifies = |sequence: &str| sequence.split(',').any(|qualifier| ai == *qualifier);
            if sequences().any(|sequence| qualifies(sequence) && is_in_order(sequence, &path)) {
                return Err(DigitalLinkError::BelongsInPath(ai));
            }
        }
        if self.path.len() + self.attributes.len() + self.others.len() > ELEMENTS_MAX {
            return Err(DigitalLinkError::TooMany);
        }
        Ok(())
    }

    /// The primary key.
    pub fn key(&self) -> &Element {
        &self.path[0]
    }

    /// What follows the key in the path.
    pub fn qualifiers(&self) -> &[Element] {
        &self.path[1..]
    }

    /// The identifiers of the query, in the order given.
    pub fn attributes(&self) -> &[Element] {
        &self.attributes
    }

    /// The parameters of the query that are none of GS1's, as they were written.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// What stood before the key: scheme, host and the rest of the path.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Was the link compressed?
    pub fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// The product, where the key is one.
    pub fn gtin(&self) -> Option<Gtin> {
        Gtin::parse(self.value("01").filter(|_| self.key().ai() == *"01")?).ok()
    }

    /// The value of an identifier in path or query.
    pub fn value(&self, ai: &str) -> Option<&str> {
        self.elements().find(|element| element.ai() == *ai).map(Element::value)
    }

    /// Key, qualifiers and attributes.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.path.iter().chain(&self.attributes)
    }

    /// The same as a barcode carries it: `^01…`, `^` standing for FNC1.
    pub fn element_string(&self) -> String {
        element_string(&self.elements().cloned().collect::<Vec<_>>())
    }

    /// The same as people read it: `(01)…`.
    pub fn bracketed(&self) -> String {
        bracketed(&self.elements().cloned().collect::<Vec<_>>())
    }

    /// The one spelling of what GS1 identifies: at GS1's own resolver, uncompressed, attributes in the order of their
    /// digits, without parameters that are none of GS1's.
    pub fn canonical(&self) -> String {
        let mut attributes: Vec<&Element> = self.attributes.iter().collect();
        attributes.sort_by_key(|element| element.ai());
        self.written(CANONICAL_STEM, &attributes, &[])
    }

    /// The same, uncompressed, at another stem (`https://brand.example`), with everything its query had.
    pub fn at(&self, stem: &str) -> String {
        let stem = stem.trim_end_matches('/');
        self.written(stem, &self.attributes.iter().collect::<Vec<_>>(), &self.others)
    }

    fn written(&self, stem: &str, attributes: &[&Element], others: &[String]) -> String {
        let mut text = stem.to_owned();
        for element in &self.path {
            text.push_str(&format!("/{}/", element.ai()));
            push_encoded(&mut text, element.value());
        }
        let mut joints = std::iter::once('?').chain(std::iter::repeat('&'));
        for element in attributes {
            text.extend(joints.next());
            text.push_str(&format!("{}=", element.ai()));
            push_encoded(&mut text, element.value());
        }
        for other in others {
            text.extend(joints.next());
            text.push_str(other);
        }
        text
    }

    /// What this is one of: the same without its last qualifier, attributes and parameters. `None` for a bare key.
    pub fn broader(&self) -> Option<Self> {
        let (_, path) = self.path.split_last().filter(|(_, path)| !path.is_empty())?;
        Some(Self { stem: self.stem.clone(), path: path.to_vec(), ..Self::empty() })
    }

    /// The class of things that this is one of: a product perhaps with variant and lot, a kind of document, of
    /// returnable asset, of coupon, of part. `None` where the key names single things only, such as an SSCC.
    pub fn class_level(&self) -> Option<Self> {
        let key = self.key();
        let characters = key.definition().map(Definition::characters_min).unwrap_or_default();
        let (value, kept): (&str, &[&str]) = match key.ai().as_str() {
            "01" | "8006" => (key.value(), &["22", "10"]),
            "253" | "255" | "8003" => (&key.value()[..characters], &[]),
            "8010" | "8013" => (key.value(), &[]),
            _ => return None,
        };
        let class = Element::of(key.ai(), value.to_owned()).ok()?;
        let qualifiers = self.qualifiers().iter().filter(|element| kept.contains(&element.ai().as_str()));
        let path = std::iter::once(class).chain(qualifiers.cloned()).collect();
        Some(Self { stem: self.stem.clone(), path, ..Self::empty() })
    }
}

fn check_characters(text: &str) -> Result<(), DigitalLinkError> {
    if text.len() > URI_BYTES_MAX {
        return Err(DigitalLinkError::TooLong { bytes: text.len() });
    }
    let wrong = text.chars().find(|character| !is_uri_character(*character));
    wrong.map_or(Ok(()), |character| Err(DigitalLinkError::Character(character)))
}

/// Do these follow each other in a sequence, whatever it has between them?
fn is_in_order(sequence: &str, ais: &[Ai]) -> bool {
    let mut rest = sequence.split(',');
    ais.iter().all(|ai| rest.any(|qualifier| *ai == *qualifier))
}

/// The last key in a path that is read from its end in pairs of identifier and value, as far as they are identifiers.
fn key_place(segments: &[&str], options: &Options) -> Option<usize> {
    let (odd, pairs) = segments.as_rchunks::<2>();
    let names = pairs.iter().enumerate().rev().map_while(|(index, [name, _])| {
        let definition = ai_of(name, options)?.definition()?;
        Some((index, definition.key.is_some()))
    });
    names.filter(|(_, is_key)| *is_key).map(|(index, _)| odd.len() + 2 * index).next()
}

fn is_key(segment: &str, options: &Options) -> bool {
    let definition = ai_of(segment, options).and_then(Ai::definition);
    definition.is_some_and(|definition| definition.key.is_some())
}

/// Pairs of identifiers and values, which [`key_place`] has looked at.
fn elements_of(segments: &[&str], options: &Options) -> Result<Vec<Element>, DigitalLinkError> {
    let (pairs, _) = segments.as_chunks::<2>();
    let known = pairs.iter().filter_map(|[name, value]| Some((ai_of(name, options)?, value)));
    known.map(|(ai, value)| element(ai, value, false, options)).collect()
}

fn element(ai: Ai, encoded: &str, is_query: bool, options: &Options) -> Result<Element, DigitalLinkError> {
    let value = decoded(encoded, is_query).ok_or_else(|| DigitalLinkError::Percent(encoded.to_owned()))?;
    let is_short = options.has_zero_suppressed_gtins && ai == *"01" && matches!(value.len(), 8 | 12 | 13);
    let value = if is_short { format!("{value:0>14}") } else { value };
    Ok(Element::of(ai, value)?)
}
