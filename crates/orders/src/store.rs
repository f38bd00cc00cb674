//! Every statement of orders.

mod article;
mod order;
mod rule;

pub(crate) use article::{articles, list_articles, put_articles};
pub(crate) use order::{
    BY_ACCOUNT, KeyOf, Returned, after, by_ids, by_keys, claim, find, insert, list, set_returned, standings,
};
pub(crate) use rule::{insert_rule, rule, rules, set_rule_status};
