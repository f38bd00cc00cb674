#![doc = include_str!("../README.md")]

mod csv;
mod encoding;
mod error;
mod feed;
mod format;
mod limits;
mod moment;
mod number;
mod parquet;
mod read;
mod source;
mod types;
mod xlsx;

pub use error::Error;
pub use format::Format;
pub use limits::Limits;
pub use moment::{TimeFormat, moment};
pub use read::{Options, Shape, Sink, header, read, shape};
pub use source::Source;
pub use types::{Cell, Flaw, Header, Row};
