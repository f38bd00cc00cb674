//! Pure decisions: values in, decision out.

mod decision;
mod drawing;
mod eligibility;
mod explanation;
mod funding;
mod movement;
mod record;
mod terms;

pub use decision::{Left, Need, NeedsMore, Seen, decide, replay};
pub use drawing::{DRAW_PURPOSE, Draw, draw};
pub use eligibility::{Facts, Ineligible, eligible};
pub use explanation::explain;
pub use funding::funding;
pub use movement::{TRANSFERS_MAX, transfers};
pub use record::{Decision, Gain, Outcome, Reason, Record};
pub use terms::{AMOUNT_MAX, LISTED_MAX, PRIZES_MAX, check};

/// The version of the decision procedure in this module. A campaign keeps the version it was made under and a record the
/// one it was decided by, so that a replay never applies another procedure.
pub const VERSION: u32 = 1;
