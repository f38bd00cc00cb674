#![doc = include_str!("../README.md")]

pub mod actor;
pub mod currency;
pub mod decimal;
pub mod error;
pub mod event;
pub mod geography;
pub mod id;
pub mod lifecycle;
pub mod money;
pub mod random;
pub mod seal;
pub mod time;

pub use actor::{Act, Actor};
pub use currency::Currency;
pub use error::{Fault, Kind};
pub use id::{IdSource, TypedId};
pub use money::{Money, Unit};
pub use random::Entropy;
pub use time::{Clock, Timestamp};
