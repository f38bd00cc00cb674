//! What is sold.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::ProductId;
use tallymark_codes::Gtin;
use utoipa::ToSchema;

use super::text;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its GS1 number, fourteen digits. Several products may share one, such as a promotion pack and the usual one.
    #[serde(serialize_with = "text::shown")]
    #[schema(value_type = String, pattern = "^[0-9]{14}$")]
    pub gtin: Gtin,
    /// The brand's own number for it, unique in the tenant.
    pub sku: String,
    /// Its name, 1 to 120 characters.
    pub name: String,
    /// When it was made known.
    pub created_at: Timestamp,
}

/// A product to be made known.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// GTIN-8, -12, -13 or -14 with its check digit.
    #[serde(deserialize_with = "text::parsed")]
    #[schema(value_type = String, pattern = "^[0-9]{8}([0-9]{4,6})?$", example = "6901234567892")]
    pub gtin: Gtin,
    /// The brand's own number for it, 1 to 40 characters, unique in the tenant.
    pub sku: String,
    /// Its name, 1 to 120 characters.
    pub name: String,
}
