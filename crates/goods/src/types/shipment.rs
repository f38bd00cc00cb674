//! Goods handed to an organisation.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, OrganisationId, ShipmentId};
use tallymark_codes::Level;
use utoipa::ToSchema;

use super::{Serials, text};

/// Neighbouring codes of one level of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The batch.
    pub batch: BatchId,
    /// `item`, `box`, `case` or `pallet`.
    #[serde(serialize_with = "text::shown", deserialize_with = "text::parsed")]
    #[schema(value_type = String, pattern = "^(item|box|case|pallet)$")]
    pub level: Level,
    /// Serial of the first, from 0.
    #[serde(rename = "first")]
    pub first_serial: u64,
    /// Serial of the last, itself included.
    #[serde(rename = "last")]
    pub last_serial: u64,
}

impl Unit {
    /// A single code.
    pub const fn one(batch: BatchId, level: Level, serial: u64) -> Self {
        Self { batch, level, first_serial: serial, last_serial: serial }
    }

    /// The serials.
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
    /// Who ships them: it must hold all of them. None: whoever holds them.
    #[serde(default)]
    pub from: Option<OrganisationId>,
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

/// A shipment in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShipmentLine {
    /// Its id.
    pub id: ShipmentId,
    /// Who got the goods.
    pub to: OrganisationId,
    /// How many runs of cases or pallets it was asked for.
    pub units: u64,
    /// When.
    pub at: Timestamp,
}
