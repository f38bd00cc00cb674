#![doc = include_str!("../README.md")]

pub mod definition;
mod event;
pub mod identifier;
mod json;
mod limits;
mod reply;
mod time;
pub mod wire;

pub use event::context::{App, Campaign, Context, Device, ExternalId, Library, Page, System};
pub use event::{Event, Flaw, Kind};
pub use json::object::Object;
pub use limits::Limits;
pub use reply::{Refusal, SUCCESS_BODY};
pub use time::{EventTime, TimeBasis, TimeFlag};
pub use wire::{Endpoint, Outcome, Quarantined, Request, receive};
