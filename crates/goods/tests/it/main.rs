//! Goods keep their promises on both engines.

mod activation;
mod api;
mod batch;
mod catalog;
mod code_lists;
mod key;
mod links;
mod lists;
mod own_events;
mod pack_profile;
mod package;
mod print;
mod product;
mod recall;
mod selling;
mod shipping;
mod trace;
mod world;
