//! Partners keep their promises on both engines.

mod api;
mod organisation;
mod rules;
mod tenant;
