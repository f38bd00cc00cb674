//! Settlement keeps its promises on both engines.

mod rebate_rule;
mod rules;
