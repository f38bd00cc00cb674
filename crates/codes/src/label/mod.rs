//! Sheets of labels as a PDF file: each label a QR symbol with its code in clear beneath it.

mod helvetica;
mod layout;
mod pdf_file;
mod sheets;

pub use layout::{LabelLayout, LayoutError};
pub use sheets::{Label, LabelError, LabelSheets};
