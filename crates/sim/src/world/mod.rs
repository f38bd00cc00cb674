//! The demo world: a drinks brand over China's provinces, told by a seed and played to a server that runs as a simulation.
//!
//! The story is a pure function of a [`Shape`]: the same shape is the same world. It is played through the API a clerk, a
//! warehouse, an event SDK and a phone would use, as numbered requests with their own moments, so that the server decides
//! the same whatever the connections do. The truth that no server is told (which code was copied, which case strayed, who
//! is who) goes to files of its own.

mod book;
mod calendar;
mod chance;
mod channel;
mod demand;
mod digest;
mod events;
mod goods;
mod names;
mod offers;
mod people;
mod places;
mod play;
mod request;
mod shape;
mod step;
mod stock;
mod story;
mod supply;
mod truth;
mod visits;

use std::net::SocketAddr;

pub use digest::digest;
pub use play::{Options, Played, next_number, play};
pub use shape::Shape;

/// The brand's name.
pub const BRAND: &str = "清泉饮料 Qingquan";

/// The server that plays a world.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// A host name of the brand.
    pub host: String,
    /// The owner's key, which may number requests.
    pub api_key: String,
}

/// When a world begins: the brand is made then.
pub fn begins(shape: &Shape) -> jiff::Timestamp {
    story::begins(shape)
}
