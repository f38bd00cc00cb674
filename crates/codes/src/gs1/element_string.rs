//! Element strings: what a barcode carries, `^0109506000134352…` with `^` for the separator FNC1, and what people read
//! below it, `(01)09506000134352…`.

use thiserror::Error;

use super::ai::{Ai, Definition, identifier_before};
use super::element::{ELEMENTS_MAX, Element, ElementError};

/// Bytes of an element string that are looked at; the largest symbols hold fewer.
const BYTES_MAX: usize = 8_192;

/// What separates elements in the data of a reader: FNC1 arrives as the group separator.
const SEPARATORS: [char; 2] = ['^', '\u{1d}'];

/// Why a text is not an element string.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ElementStringError {
    /// More than is read.
    #[error("the text has {bytes} bytes; at most {max} are read", max = BYTES_MAX)]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// More elements than are read.
    #[error("the text has more than {max} elements", max = ELEMENTS_MAX)]
    TooMany,
    /// It does not start as its form does.
    #[error("an element string starts with {0:?}")]
    Start(&'static str),
    /// There is nothing in it.
    #[error("an element string has at least one element")]
    Empty,
    /// No identifier of GS1 stands where one must.
    #[error("no application identifier of GS1 stands at {0:?}")]
    Identifier(String),
    /// An element is wrong.
    #[error(transparent)]
    Element(#[from] ElementError),
}

/// Elements as a barcode carries them, `^` standing for FNC1.
///
/// ```
/// use tallymark_codes::gs1::{Element, element_string};
///
/// let elements = [Element::new("01", "09506000134352")?, Element::new("10", "A")?, Element::new("21", "7")?];
/// assert_eq!(element_string(&elements), "^010950600013435210A^217");
/// # Ok::<(), tallymark_codes::gs1::ElementError>(())
/// ```
pub fn element_string(elements: &[Element]) -> String {
    let mut text = String::new();
    let mut is_separated = true;
    for element in elements {
        if is_separated {
            text.push(SEPARATORS[0]);
        }
        text.push_str(element.ai().as_str());
        text.push_str(element.value());
        is_separated = element.needs_separator();
    }
    text
}

/// Elements as people read them: `(01)09506000134352(21)7`. A bracket in a value is written `\(`.
pub fn bracketed(elements: &[Element]) -> String {
    let mut text = String::new();
    for element in elements {
        text.push('(');
        text.push_str(element.ai().as_str());
        text.push(')');
        text.push_str(&element.value().replace('(', "\\("));
    }
    text
}

/// Reads what a barcode carries. `^` and the group separator both stand for FNC1, which must come first.
///
/// # Errors
/// [`ElementStringError`] says what is wrong.
pub fn parse_element_string(text: &str) -> Result<Vec<Element>, ElementStringError> {
    let mut rest = limited(text)?.strip_prefix(SEPARATORS).ok_or(ElementStringError::Start("^"))?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (ai, definition) =
            identifier_before(rest).ok_or_else(|| ElementStringError::Identifier(beginning(rest)))?;
        let after = &rest[ai.as_str().len()..];
        let (value, following) = value_before(after, definition);
        push(&mut elements, ai, value.to_owned())?;
        rest = following.strip_prefix(SEPARATORS).unwrap_or(following);
    }
    complete(elements)
}

/// Reads what stands below a barcode.
///
/// # Errors
/// [`ElementStringError`] says what is wrong.
pub fn parse_bracketed(text: &str) -> Result<Vec<Element>, ElementStringError> {
    let mut rest = limited(text)?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('(').ok_or(ElementStringError::Start("("))?;
        let unknown = || ElementStringError::Identifier(beginning(rest));
        let (digits, after) = inner.split_once(')').ok_or_else(unknown)?;
        let ai = Ai::parse(digits).filter(|ai| ai.definition().is_some()).ok_or_else(unknown)?;
        let brackets = after.match_indices('(').map(|(at, _)| at);
        let end = brackets.into_iter().find(|at| !after[..*at].ends_with('\\')).unwrap_or(after.len());
        push(&mut elements, ai, after[..end].replace("\\(", "("))?;
        rest = &after[end..];
    }
    complete(elements)
}

/// The value ends at a separator or, where its length is predefined, after so many characters.
fn value_before<'a>(text: &'a str, definition: &Definition) -> (&'a str, &'a str) {
    let separator = text.find(SEPARATORS).unwrap_or(text.len());
    let fixed = text.char_indices().nth(definition.characters_max()).map_or(text.len(), |(end, _)| end);
    text.split_at(if definition.is_fixed { separator.min(fixed) } else { separator })
}

fn push(elements: &mut Vec<Element>, ai: Ai, value: String) -> Result<(), ElementStringError> {
    if elements.len() == ELEMENTS_MAX {
        return Err(ElementStringError::TooMany);
    }
    elements.push(Element::of(ai, value)?);
    Ok(())
}

fn limited(text: &str) -> Result<&str, ElementStringError> {
    if text.len() > BYTES_MAX { Err(ElementStringError::TooLong { bytes: text.len() }) } else { Ok(text) }
}

fn complete(elements: Vec<Element>) -> Result<Vec<Element>, ElementStringError> {
    if elements.is_empty() { Err(ElementStringError::Empty) } else { Ok(elements) }
}

/// Enough of a text to find the place.
fn beginning(text: &str) -> String {
    text.chars().take(12).collect()
}
