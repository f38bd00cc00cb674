//! What can be seen of an event without reading it.

use std::collections::HashSet;

use tallymark_base::Timestamp;
use tallymark_epcis::EventType;
use tallymark_epcis::facts::Listed;
use tallymark_epcis::query::{Comparison, Condition, Query, Time};

use crate::keys::Salt;
use crate::service::prepare::{number_of_action, number_of_type};
use crate::store::event::Line;

/// What a query asks of lines, so that most events need not be read.
pub(super) struct Filter {
    event_types: Option<HashSet<i64>>,
    actions: Option<HashSet<i64>>,
    words: [Option<HashSet<i64>>; 4],
    recorded: (i64, i64),
    pub(super) happened: (i64, i64),
}

impl Filter {
    pub(super) fn of(query: &Query, salt: Salt) -> Self {
        let mut filter = Self {
            event_types: None,
            actions: None,
            words: [const { None }; 4],
            recorded: (i64::MIN, i64::MAX),
            happened: (i64::MIN, i64::MAX),
        };
        for condition in &query.conditions {
            match condition {
                Condition::Listed(Listed::EventType, names) => {
                    let numbers = names.iter().map(|name| number_of_type(EventType::of(name)));
                    filter.event_types = Some(numbers.collect());
                }
                Condition::Listed(listed, values) => {
                    let hashes = values.iter().map(|value| salt.word(*listed, value));
                    filter.words[*listed as usize - 1] = Some(hashes.collect());
                }
                Condition::Action(actions) => {
                    filter.actions = Some(actions.iter().map(|action| number_of_action(Some(action))).collect());
                }
                Condition::Time(Time::Event, comparison, at) => narrow(&mut filter.happened, *comparison, *at),
                Condition::Time(Time::Record, comparison, at) => narrow(&mut filter.recorded, *comparison, *at),
                _ => {}
            }
        }
        filter
    }

    pub(super) fn passes(&self, line: &Line) -> bool {
        let within = |(from, until): (i64, i64), at: Timestamp| at.0 >= from && at.0 < until;
        let is_one = |wanted: &Option<HashSet<i64>>, value: Option<i64>| {
            wanted.as_ref().is_none_or(|wanted| value.is_some_and(|value| wanted.contains(&value)))
        };
        within(self.happened, line.event_time)
            && within(self.recorded, line.recorded_at)
            && is_one(&self.event_types, Some(line.event_type))
            && is_one(&self.actions, Some(line.action))
            && self.words.iter().zip(line.words).all(|(wanted, value)| is_one(wanted, value))
    }
}

/// Narrows a stretch of moments, from (with it) until (without it).
fn narrow((from, until): &mut (i64, i64), comparison: Comparison, at: Timestamp) {
    match comparison {
        Comparison::GreaterOrEqual => *from = (*from).max(at.0),
        Comparison::Greater => *from = (*from).max(at.0.saturating_add(1)),
        Comparison::Less => *until = (*until).min(at.0),
        Comparison::LessOrEqual => *until = (*until).min(at.0.saturating_add(1)),
        Comparison::Equal => {
            *from = (*from).max(at.0);
            *until = (*until).min(at.0.saturating_add(1));
        }
    }
}
