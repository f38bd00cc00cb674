//! What `MATCH_` parameters of a query take: an identifier, or a pattern URN whose last parts are `*` (EPC Tag Data Standard
//! 2.0, section 8).

use super::{Key, key, name, urn};

/// A pattern that identifiers are compared with by what they name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// One object or one class.
    Same { name: String, key: Key },
    /// Everything of a class: the class itself, and what begins with `prefix`.
    Class { class: String, prefix: String },
    /// Everything of a company: the key begins with `ai/`, and has `company` at the digit `at`.
    Company { ai: String, company: String, at: usize },
}

/// Where a pattern's matches lie in an index by [`Key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach<'a> {
    /// One key.
    Key(&'a Key),
    /// All serials of a class.
    Class(&'a str),
    /// Everywhere: an index by class does not help.
    Anywhere,
}

impl Pattern {
    /// Reads a parameter: any URI is a pattern of itself.
    pub fn read(text: &str) -> Self {
        of_urn(text).unwrap_or_else(|| Self(Form::Same { name: name(text).into_owned(), key: key(text) }))
    }

    /// Whether an identifier is one of those meant.
    pub fn matches(&self, uri: &str) -> bool {
        let name = name(uri);
        match &self.0 {
            Form::Same { name: own, .. } => *own == *name,
            Form::Class { class, prefix } => *class == *name || name.starts_with(prefix.as_str()),
            Form::Company { ai, company, at } => name
                .strip_prefix(ai.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .and_then(|key| key.get(*at..))
                .is_some_and(|key| key.starts_with(company.as_str())),
        }
    }

    /// Where to look for matches.
    pub fn reach(&self) -> Reach<'_> {
        match &self.0 {
            Form::Same { key, .. } => Reach::Key(key),
            Form::Class { class, .. } => Reach::Class(class),
            Form::Company { .. } => Reach::Anywhere,
        }
    }
}

fn of_urn(text: &str) -> Option<Pattern> {
    let (sort, rest) = text.strip_prefix("urn:epc:")?.split_once(':')?;
    if !matches!(sort, "idpat" | "class") {
        return None;
    }
    let (scheme_name, value) = rest.split_once(':')?;
    let scheme = urn::scheme(scheme_name)?;
    let parts: Vec<&str> = value.split('.').collect();
    if parts.len() < 2 || parts.last() != Some(&"*") {
        return None;
    }
    let company = parts[0].to_owned();
    if parts[1] == "*" {
        let at = usize::from(scheme.lead != urn::Lead::None);
        return Some(Pattern(Form::Company { ai: scheme.ai.to_owned(), company, at }));
    }
    if parts.len() < 3 || scheme.digits == 0 || scheme_name == "itip" {
        return None;
    }
    let class = format!("{}/{}", scheme.ai, urn::key_digits(&scheme, parts[0], parts[1])?);
    let prefix = match scheme_name {
        "sgtin" => format!("{class}/21/"),
        "lgtin" => format!("{class}/10/"),
        "upui" => format!("{class}/235/"),
        "sgln" => format!("{class}/254/"),
        _ => class.clone(),
    };
    // A lot has a key of its own, and so has a place within a place: only serials lie in an index under their class.
    match scheme_name {
        "sgtin" | "grai" | "gdti" => Some(Pattern(Form::Class { class, prefix })),
        _ => {
            let ai = scheme.ai.to_owned();
            let company = class[ai.len() + 1..].to_owned();
            Some(Pattern(Form::Company { ai, company, at: 0 }))
        }
    }
}
