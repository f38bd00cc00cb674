//! Partners keep their promises on both engines.

mod organisation;
mod rules;
mod tenant;
