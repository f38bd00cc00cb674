//! What the crate promises, checked against the standards and other implementations.

mod cipher;
mod codes;
mod gs1;
mod gtin;
mod intervals;
mod links;
mod pictures;
