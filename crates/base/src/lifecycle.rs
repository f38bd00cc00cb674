//! The life of what a brand starts and stops: campaigns and rebate rules.
//!
//! ```text
//! draft ──> running <──> paused
//!   └──────────┴──────────┴────> ended
//! ```

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where something is in its life. Scans ask only what is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = LifecycleStatus)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Made and funded, never started.
    Draft,
    /// Scans win or earn by it, within its time.
    Running,
    /// Stopped for a while.
    Paused,
    /// Over for good.
    Ended,
}

impl Status {
    /// Every status, in the order of life.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Running, Self::Paused, Self::Ended];

    /// Whether what is in this status may step to `to`. Staying is no step.
    pub const fn may_become(self, to: Self) -> bool {
        use Status::{Draft, Ended, Paused, Running};
        matches!((self, to), (Draft, Running | Ended) | (Running, Paused | Ended) | (Paused, Running | Ended))
    }

    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::Draft => 1,
            Self::Running => 2,
            Self::Paused => 3,
            Self::Ended => 4,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_draft_again_and_nothing_comes_back_from_its_end() {
        // A row: from; its columns: to draft, running, paused, ended.
        let table = [
            (Status::Draft, [false, true, false, true]),
            (Status::Running, [false, false, true, true]),
            (Status::Paused, [false, true, false, true]),
            (Status::Ended, [false, false, false, false]),
        ];
        for (from, allowed) in table {
            for (to, allowed) in Status::ALL.into_iter().zip(allowed) {
                assert_eq!(from.may_become(to), allowed, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn a_status_reads_back_from_its_number_and_from_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::from_number(status.number()), Some(status));
            let name = format!("{:?}", status.name());
            assert_eq!(serde_json::to_string(&status).unwrap(), name);
            assert_eq!(serde_json::from_str::<Status>(&name).unwrap(), status);
        }
        assert_eq!(Status::from_number(0), None);
    }
}
