//! Floors: a crate uses only crates on lower floors, so that every capability can be read, tested and moved by itself.
//!
//! The table is the one in `ARCHITECTURE.md`.

use super::{Findings, found};
use crate::workspace::{Dependency, Package, Workspace};

/// Where a crate lives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a floor: it may use every crate on a lower one.
    Floor(u8),
    /// Beside the house, for tests and measurements: it may use others beside, and crates up to this floor, included.
    Beside(u8),
    /// Beside the house, and uses none of our crates.
    Apart,
}

const PLACES: [(&str, Place); 33] = [
    ("tallymark-base", Place::Floor(0)),
    ("tallymark-telemetry", Place::Floor(0)),
    ("tallymark-codes", Place::Floor(1)),
    ("tallymark-epcis", Place::Floor(1)),
    ("tallymark-identity", Place::Floor(1)),
    ("tallymark-matching", Place::Floor(1)),
    ("tallymark-web", Place::Floor(1)),
    ("tallymark-store", Place::Floor(1)),
    ("tallymark-tables", Place::Floor(1)),
    ("tallymark-ledger", Place::Floor(2)),
    ("tallymark-partners", Place::Floor(2)),
    ("tallymark-lake", Place::Floor(2)),
    ("tallymark-traces", Place::Floor(2)),
    ("tallymark-people", Place::Floor(3)),
    ("tallymark-goods", Place::Floor(3)),
    ("tallymark-providers", Place::Floor(3)),
    ("tallymark-exports", Place::Floor(3)),
    ("tallymark-access", Place::Floor(3)),
    ("tallymark-webhooks", Place::Floor(3)),
    ("tallymark-intake", Place::Floor(4)),
    ("tallymark-imports", Place::Floor(6)),
    ("tallymark-audience", Place::Floor(4)),
    ("tallymark-campaigns", Place::Floor(5)),
    ("tallymark-settlement", Place::Floor(5)),
    ("tallymark-scan", Place::Floor(6)),
    ("tallymark-orders", Place::Floor(5)),
    ("tallymark-insight", Place::Floor(6)),
    ("tallymark-journeys", Place::Floor(6)),
    ("tallymark-server", Place::Floor(7)),
    ("tallymark", Place::Floor(8)),
    // Every crate's tests use it, so it knows only what all of them may know.
    ("tallymark-testkit", Place::Beside(1)),
    ("tallymark-sim", Place::Beside(7)),
    ("xtask", Place::Apart),
];

/// Every arrow between our crates points down.
pub(super) fn check(workspace: &Workspace) -> Findings {
    found(findings(&workspace.packages))
}

fn findings(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let Some(place) = place_of(&package.name) else {
            found.push(format!(
                "{}: say on which floor it lives (xtask/src/check/floors.rs and ARCHITECTURE.md)",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(other) = place_of(&dependency.name) else {
                continue;
            };
            if !may_use(place, other, dependency) {
                let how = if dependency.for_tests { "tests of " } else { "" };
                let (user, used) = (shown(place), shown(other));
                found.push(format!("{how}{} ({user}) may not use {} ({used})", package.name, dependency.name));
            }
        }
    }
    found
}

fn place_of(name: &str) -> Option<Place> {
    PLACES.iter().find(|(other, _)| *other == name).map(|(_, place)| *place)
}

fn may_use(user: Place, used: Place, dependency: &Dependency) -> bool {
    match (user, used) {
        (Place::Apart, _) => false,
        (Place::Floor(user), Place::Floor(used)) => used < user,
        (Place::Floor(_), Place::Beside(_) | Place::Apart) => dependency.for_tests,
        (Place::Beside(highest), Place::Floor(used)) => used <= highest,
        (Place::Beside(_), Place::Beside(_) | Place::Apart) => true,
    }
}

fn shown(place: Place) -> String {
    match place {
        Place::Floor(floor) => format!("floor {floor}"),
        Place::Beside(highest) => format!("beside, up to floor {highest}"),
        Place::Apart => "apart".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings_of(user: &str, used: &str, for_tests: bool) -> Vec<String> {
        let dependency = Dependency { name: used.into(), rename: None, for_tests };
        let package = Package {
            name: user.into(),
            folder: "".into(),
            dependencies: vec![dependency],
            needed_unnamed: Vec::new(),
        };
        findings(&[package])
    }

    #[test]
    fn an_arrow_down_passes_and_an_arrow_up_or_sideways_fails() {
        assert!(findings_of("tallymark-scan", "tallymark-ledger", false).is_empty());
        assert_eq!(
            findings_of("tallymark-ledger", "tallymark-scan", false),
            ["tallymark-ledger (floor 2) may not use tallymark-scan (floor 6)"]
        );
        assert_eq!(findings_of("tallymark-people", "tallymark-goods", false).len(), 1);
        assert_eq!(findings_of("tallymark-people", "tallymark-goods", true).len(), 1);
    }

    #[test]
    fn side_crates_serve_tests_only() {
        assert!(findings_of("tallymark-store", "tallymark-testkit", true).is_empty());
        assert_eq!(findings_of("tallymark-store", "tallymark-testkit", false).len(), 1);
        assert!(findings_of("tallymark-sim", "tallymark-server", false).is_empty());
        assert_eq!(findings_of("tallymark-testkit", "tallymark-people", false).len(), 1);
        assert_eq!(findings_of("xtask", "tallymark-base", false).len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_fails_and_foreign_crates_are_free() {
        assert_eq!(findings_of("tallymark-surprise", "serde", false).len(), 1);
        assert!(findings_of("tallymark-base", "serde", false).is_empty());
    }
}
