//! Goods handed to an organisation.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId, ShipmentId};
use tallymark_codes::Level;
use utoipa::ToSchema;

use super::{Serials, text};

/// Neighbouring cases or pallets of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The batch.
    pub batch: BatchId,
    /// `case` or `pallet`.
    #[serde(serialize_with = "text::shown", deserialize_with = "text::parsed")]
    #[schema(value_type = String, pattern = "^(case|pallet)$")]
    pub level: Level,
    /// Serial of the first case or pallet, from 0.
    #[serde(rename = "first")]
    pub first_serial: u64,
    /// Serial of the last one, itself included.
    #[serde(rename = "last")]
    pub last_serial: u64,
}

impl Unit {
    /// The serials of the cases or pallets.
    pub const fn serials(&self) -> Serials {
        Serials::new(self.first_serial, self.last_serial)
    }
}

/// A shipment to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// Who gets the goods.
    pub to: OrganisationId,
    /// What is shipped, 1 to 1,000 units.
    pub units: Vec<Unit>,
}

/// Goods that were handed to an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// Who got the goods.
    pub to: OrganisationId,
    /// What was shipped, as it was asked for.
    pub units: Vec<Unit>,
    /// When.
    pub at: Timestamp,
}

/// Who holds an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Custody {
    /// The holder.
    pub organisation: OrganisationId,
    /// By which shipment it got the item.
    pub shipment: ShipmentId,
    /// Since when.
    pub since: Timestamp,
}
