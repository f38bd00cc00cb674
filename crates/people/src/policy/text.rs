//! A policy as somebody writes it.
//!
//! JSON, one line a kind:
//!
//! ```json
//! {
//!   "members_max": 1024,
//!   "shared_from": 8,
//!   "kinds": {
//!     "phone": {"priority": 1, "per_person": 3},
//!     "device": {"priority": 4, "per_person": null, "shareable": true, "on_shared": true}
//!   }
//! }
//! ```
//!
//! What is left out is as in [`standard_policy`]; `null` for `per_person` is no limit. The parts of a kind are those of
//! [`KindPolicy`].

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use tallymark_identity::{KINDS_MAX, KindPolicy, MEMBERS_MAX, PRIORITY_MAX, Policy, PolicyError};

use super::standard_policy;
use crate::{Error, IdentifierKind};

/// Bytes of a policy: far more than one of every kind takes.
const TEXT_BYTES_MAX: usize = 65_536;

/// A policy with what is left out taken from the standard one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    members_max: Option<u32>,
    shared_from: Option<u32>,
    #[serde(default)]
    kinds: BTreeMap<String, GivenKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenKind {
    priority: Option<u8>,
    /// Inside, `None` for as many as there are.
    #[serde(default, deserialize_with = "even_null")]
    per_person: Option<Option<u32>>,
    scoped: Option<bool>,
    shareable: Option<bool>,
    on_shared: Option<bool>,
}

/// Tells `null` from nothing.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a policy.
///
/// # Errors
/// [`Error::Policy`], which names the kind and its part.
pub fn parse(text: &str) -> Result<Policy, Error> {
    let refused = |at: &str, reason: String| Error::Policy { at: at.to_owned(), reason };
    if text.len() > TEXT_BYTES_MAX {
        return Err(refused("the whole", format!("it has at most {TEXT_BYTES_MAX} bytes, not {}", text.len())));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let given: Given = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(if path == "." { "the whole" } else { &path }, error.into_inner().to_string())
    })?;
    json.end().map_err(|error| refused("the end", error.to_string()))?;

    let is_unknown = |name: &&String| !IdentifierKind::ALL.iter().any(|kind| kind.name() == name.as_str());
    if let Some(unknown) = given.kinds.keys().find(is_unknown) {
        let known = IdentifierKind::ALL.map(IdentifierKind::name).join(", ");
        return Err(refused(&format!("kinds.{unknown}"), format!("there is no such kind; the kinds are {known}")));
    }

    let standard = standard_policy();
    let kinds = IdentifierKind::ALL.map(|kind| {
        let of_kind = standard.kind(kind.in_policy()).copied().unwrap_or_default();
        (kind.in_policy(), given.kinds.get(kind.name()).map_or(of_kind, |given| given.over(of_kind)))
    });
    let shared_from = given.shared_from.unwrap_or_else(|| standard.shared_from());
    let members_max = given.members_max.unwrap_or_else(|| standard.members_max());
    Policy::new(&kinds, shared_from, members_max).map_err(explained)
}

/// A policy in the form that [`parse`] reads, with nothing left out.
pub fn show(policy: &Policy) -> String {
    let listed = IdentifierKind::ALL.iter().filter_map(|kind| Some((kind, policy.kind(kind.in_policy())?)));
    let lines: Vec<String> = listed
        .map(|(kind, of_kind)| {
            let KindPolicy { priority, per_person, scoped, shareable, on_shared } = of_kind;
            let per_person = per_person.map_or_else(|| "null".to_owned(), |limit| limit.to_string());
            format!(
                "    \"{}\": {{\"priority\": {priority}, \"per_person\": {per_person}, \"scoped\": {scoped}, \
                 \"shareable\": {shareable}, \"on_shared\": {on_shared}}}",
                kind.name()
            )
        })
        .collect();
    format!(
        "{{\n  \"members_max\": {},\n  \"shared_from\": {},\n  \"kinds\": {{\n{}\n  }}\n}}\n",
        policy.members_max(),
        policy.shared_from(),
        lines.join(",\n")
    )
}

impl GivenKind {
    /// This kind, with what is left out taken from another.
    fn over(&self, other: KindPolicy) -> KindPolicy {
        KindPolicy {
            priority: self.priority.unwrap_or(other.priority),
            per_person: self.per_person.unwrap_or(other.per_person),
            scoped: self.scoped.unwrap_or(other.scoped),
            shareable: self.shareable.unwrap_or(other.shareable),
            on_shared: self.on_shared.unwrap_or(other.on_shared),
        }
    }
}

/// A policy that cannot be meant, told by the names that stand in the text.
fn explained(error: PolicyError) -> Error {
    let name = |kind: u8| IdentifierKind::from_number(i64::from(kind)).map_or("", IdentifierKind::name);
    let of_kind = |kind: u8, part: &str| format!("kinds.{}.{part}", name(kind));
    let (at, reason) = match error {
        PolicyError::Priority { kind, priority } => {
            (of_kind(kind, "priority"), format!("{priority} is too weak; choose 0 (strongest) to {PRIORITY_MAX}"))
        }
        PolicyError::ZeroLimit { kind } => {
            (of_kind(kind, "per_person"), "nobody could have one; choose at least 1, or null for no limit".to_owned())
        }
        PolicyError::LimitAboveMembers { kind, limit, members_max } => (
            of_kind(kind, "per_person"),
            format!(
                "{limit} is more than the {members_max} accounts of a person; lower it, or write null for no limit"
            ),
        ),
        PolicyError::ScopedWithoutLimit { kind } => (
            of_kind(kind, "scoped"),
            "there is no limit to count by app or shop; set per_person, or scoped to false".to_owned(),
        ),
        PolicyError::NothingShared { kind } => (
            of_kind(kind, "shareable"),
            "evidence to every kind may be shared, so nothing shows that it is; set on_shared of one kind to false"
                .to_owned(),
        ),
        PolicyError::SharedFrom { shared_from } => {
            ("shared_from".to_owned(), format!("{shared_from} neighbours do not tell many from one; choose at least 2"))
        }
        PolicyError::MembersMax { members_max } => {
            ("members_max".to_owned(), format!("{members_max} is out of range; choose 2 to {MEMBERS_MAX}"))
        }
        // Every kind is listed once, by its own number; rules are no part of a policy.
        PolicyError::NoKinds
        | PolicyError::KindNumber { .. }
        | PolicyError::KindTwice { .. }
        | PolicyError::RuleRank { .. } => ("kinds".to_owned(), format!("{error} (there are at most {KINDS_MAX})")),
    };
    Error::Policy { at, reason }
}
