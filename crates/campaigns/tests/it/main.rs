//! Campaigns keep their promises on both engines.

mod api;
mod campaign;
mod caps;
mod days;
mod decision;
mod drawing;
mod eligibility;
mod fixture;
mod model;
mod slices;
mod terms;
