//! All event types that a program knows.

use super::EventType;

/// The event types of every domain, by name and version. A version that was raised stays, until no database can hold
/// waiting events of it any more.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// By name, then version.
    types: Vec<EventType>,
}

impl Registry {
    /// The types of several domains.
    ///
    /// # Panics
    ///
    /// When a name and version is declared twice: that is a defect of the program, seen by its first test.
    pub fn of(domains: &[&[EventType]]) -> Self {
        let mut types: Vec<EventType> = domains.iter().copied().flatten().copied().collect();
        types.sort_by_key(|event_type| (event_type.name, event_type.version));
        for pair in types.windows(2) {
            let [left, right] = pair else { continue };
            let is_same = (left.name, left.version) == (right.name, right.version);
            assert!(!is_same, "{} version {} is declared twice", left.name, left.version);
        }
        Self { types }
    }

    /// The declaration of a name and version, as the outbox keeps them.
    pub fn get(&self, name: &str, version: i64) -> Option<&EventType> {
        let key = (name, version);
        let found = self.types.binary_search_by_key(&key, |declared| (declared.name, i64::from(declared.version)));
        found.ok().and_then(|index| self.types.get(index))
    }

    /// Every declaration, by name, then version.
    pub fn iter(&self) -> impl Iterator<Item = &EventType> {
        self.types.iter()
    }

    /// The declaration whose table in the lake has this name.
    pub fn by_table(&self, table: &str) -> Option<&EventType> {
        self.iter().find(|event_type| event_type.table() == table)
    }
}
