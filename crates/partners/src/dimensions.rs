//! The channel tree as events name it, for the lake.

use tallymark_base::event;
use tallymark_base::event::{Event as _, Word};
use tallymark_base::geography::Adcode;
use tallymark_base::id::OrganisationId;
use tallymark_store::dimension::Dimension;

use crate::{OrganisationKind, store};

event! {
    /// The organisations of the channel tree.
    pub struct Organisation = "dim.organisation", version 1, owner "partners" {
        /// id of the organisation
        organisation: OrganisationId,
        /// id of the organisation above it; null at a root
        parent: Option<OrganisationId>,
        /// what it is
        kind: Word<OrganisationKind>,
        /// the brand's own number of it
        code: String,
        /// its name
        name: String,
        /// where it is; null where that is not known
        place: Option<Adcode>,
        /// the ids from the root down to itself without their `org_`, each with a slash after it: what begins with the path of
        /// an organisation is its subtree
        path: String,
    }
}

/// Organisations.
pub const ALL: &[Dimension] = &[Dimension {
    declared: Organisation::TYPE,
    read: |tx, after, limit| Box::pin(store::organisation::dimension(tx, after, limit)),
}];
