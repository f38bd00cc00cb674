//! Campaigns as events name them, for the lake.

use tallymark_base::Timestamp;
use tallymark_base::event;
use tallymark_base::event::{Event as _, Word};
use tallymark_base::id::CampaignId;
use tallymark_base::lifecycle::Status;
use tallymark_store::dimension::Dimension;

use crate::store;

event! {
    /// The campaigns.
    pub struct Campaign = "dim.campaign", version 1, owner "campaigns" {
        /// id of the campaign
        campaign: CampaignId,
        /// its name
        name: String,
        /// where it is in its life
        status: Word<Status>,
        /// when it begins
        starts: Timestamp,
        /// when it ends
        ends: Timestamp,
        /// money that it was funded with
        budget_fen: i64 [fen],
        /// points that it was funded with
        budget_points: i64 [points],
    }
}

/// Campaigns.
pub const ALL: &[Dimension] =
    &[Dimension { declared: Campaign::TYPE, read: |tx, after, limit| Box::pin(store::dimension(tx, after, limit)) }];
