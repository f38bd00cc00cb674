#![doc = include_str!("../README.md")]

pub mod gs1;

mod ff1;
mod gtin;
mod intervals;
mod key;
mod label;
mod link;
mod mint;
mod qr;
mod read;
mod sealed_zip;
mod sscc;
mod text;
mod types;

pub use gtin::{Gtin, GtinError};
pub use intervals::{Intervals, OverlapError};
pub use key::EpochKey;
pub use label::{Label, LabelError, LabelLayout, LabelSheets, LayoutError};
pub use link::{DigitalLink, Host, Link, LinkError, code_of};
pub use mint::Minter;
pub use qr::{Qr, QrError};
pub use read::{Keyring, KeyringError, ReadError, Reading};
pub use sealed_zip::{SealedZip, ZipError, ZipTime};
pub use sscc::{Sscc, SsccError, SsccSeries};
pub use text::{CodeText, MalformedCode};
pub use types::{CodeIndex, CodeLength, Epoch, Face, INDEX_BITS, IndexRange, Level, TypeError};
