//! Every statement of orders.

mod article;
mod order;
mod rule;

pub(crate) use article::{articles, put_articles};
pub(crate) use order::{
    KeyOf, Returned, after, by_keys, claim, find, insert, list, of_accounts, set_returned, standings,
};
pub(crate) use rule::{insert_rule, rule, rules, set_rule_status};
