//! The GS1 system's identifiers, in every form they are written in: application identifiers, element strings, GS1
//! Digital Link URIs (plain and compressed) and EPC URNs.
//!
//! Everything here is strict: what is read holds to format, character set, check digit and content rules of the GS1
//! General Specifications. [`crate::Link`] is the lenient and fast reader of the links on our own goods.
//!
//! ```
//! use tallymark_codes::gs1::DigitalLinkUri;
//!
//! let link = DigitalLinkUri::parse("https://brand.example/01/09506000134352/10/LOT7?17=271231&from=poster")?;
//! assert_eq!(link.element_string(), "^010950600013435210LOT7^17271231");
//! assert_eq!(link.canonical(), "https://id.gs1.org/01/09506000134352/10/LOT7?17=271231");
//!
//! let wrong = DigitalLinkUri::parse("https://brand.example/01/09506000134353").unwrap_err();
//! assert_eq!(
//!     wrong.to_string(),
//!     "(01) GTIN: \"09506000134353\" has the check digit 3, but 2 fits the digits before it; look for a typing error",
//! );
//! # Ok::<(), tallymark_codes::gs1::DigitalLinkError>(())
//! ```

mod ai;
mod association;
mod compression;
mod coupon;
mod digital_link;
mod element;
mod element_string;
mod epc;
mod link_error;
mod linters;
mod lists;
mod options;
mod query;
mod table;

pub use ai::{Ai, CharacterSet, Component, Definition, ValueError, definitions};
pub use association::{AssociationError, check_associations};
pub use compression::CompressionError;
pub use digital_link::DigitalLinkUri;
pub use element::{Element, ElementError};
pub use element_string::{ElementStringError, bracketed, element_string, parse_bracketed, parse_element_string};
pub use epc::{Epc, EpcError};
pub use link_error::DigitalLinkError;
pub use linters::{LintError, Linter};
pub use options::Options;
