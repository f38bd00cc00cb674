//! Settlement keeps its promises on both engines.

mod api;
mod rebate_rule;
mod rules;
