//! Which identifiers must and must not stand beside each other (the `req` and `ex` rules of the dictionary).
//!
//! These rules hold for everything that marks one item, which may be more than one symbol says. So a reader does not
//! apply them to a single link; whoever has the whole does.

use thiserror::Error;

use super::ai::Ai;
use super::element::Element;

/// Why elements cannot stand together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssociationError {
    /// Something that must stand beside an identifier is missing.
    #[error("({ai}) needs one of {alternatives} beside it")]
    Missing {
        /// The identifier.
        ai: Ai,
        /// What would do, as the dictionary writes it.
        alternatives: &'static str,
    },
    /// Two identifiers exclude each other.
    #[error("({ai}) and ({other}) cannot mark the same item")]
    Excluded {
        /// The identifier.
        ai: Ai,
        /// What it excludes.
        other: Ai,
    },
    /// One identifier has two different values.
    #[error("({0}) stands there twice with different values")]
    Contradiction(Ai),
    /// A digital signature beside a key that names no single thing.
    #[error("({0}) needs its serial part beside (8030), which signs a single thing")]
    Unserialised(Ai),
}

/// Checks everything that marks one item.
///
/// # Errors
/// [`AssociationError`] names the first identifiers that do not go together.
pub fn check_associations(elements: &[Element]) -> Result<(), AssociationError> {
    for (index, element) in elements.iter().enumerate() {
        let ai = element.ai();
        let twin = elements[..index].iter().find(|other| other.ai() == ai);
        if twin.is_some_and(|twin| twin.value() != element.value()) {
            return Err(AssociationError::Contradiction(ai));
        }
        let Some(definition) = element.definition() else { continue };
        for pattern in definition.excludes.split(',') {
            if let Some(other) = beside(elements, ai, pattern) {
                return Err(AssociationError::Excluded { ai, other });
            }
        }
        for alternatives in definition.requires.split_whitespace() {
            let is_there = |group: &str| group.split('+').all(|pattern| beside(elements, ai, pattern).is_some());
            if !alternatives.split(',').any(is_there) {
                return Err(AssociationError::Missing { ai, alternatives });
            }
        }
    }
    check_signature(elements)
}

fn check_signature(elements: &[Element]) -> Result<(), AssociationError> {
    if !elements.iter().any(|element| element.ai() == *"8030") {
        return Ok(());
    }
    let is_bare = |element: &&Element| {
        let shortest = element.definition().map(super::Definition::characters_min);
        matches!(element.ai().as_str(), "253" | "255" | "8003") && shortest == Some(element.value().len())
    };
    elements.iter().find(is_bare).map_or(Ok(()), |bare| Err(AssociationError::Unserialised(bare.ai())))
}

/// An element other than `ai` that fits a pattern, in which `n` stands for any digit.
fn beside(elements: &[Element], ai: Ai, pattern: &str) -> Option<Ai> {
    let fits = |other: Ai| {
        other.as_str().len() == pattern.len()
            && other.as_str().bytes().zip(pattern.bytes()).all(|(digit, wanted)| wanted == b'n' || digit == wanted)
    };
    elements.iter().map(Element::ai).find(|other| *other != ai && fits(*other))
}
