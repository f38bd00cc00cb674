//! Work that waits: jobs, and those who are to be told.

use tallymark_base::Timestamp;
use tallymark_store::job::State as JobState;
use tallymark_traces::Standing;
use tallymark_webhooks::{Webhook, WebhookState};

use super::Finding;

/// Messages wait for no longer than this where a receiver takes them, in seconds.
const TOLD_WITHIN_S: i64 = 600;

/// Whether work was given up, and which.
pub fn jobs(counts: &[(String, JobState, i64)]) -> Finding {
    let of = |wanted| counts.iter().filter(move |(_, state, _)| *state == wanted);
    let sum = |wanted| of(wanted).map(|(_, _, count)| count).sum::<i64>();
    let (running, waiting) = (sum(JobState::Running), sum(JobState::Ready));
    let dead: Vec<String> = of(JobState::Dead).map(|(kind, _, count)| format!("{count} of {kind}")).collect();
    let finding = if dead.is_empty() {
        Finding::ok("jobs", format!("none was given up; {running} run, {waiting} wait for their time")).says("jobs.ok")
    } else {
        let dead = dead.join(", ");
        let text = format!(
            "given up: {dead}; the log and GET /v1/tasks tell why, and POST /v1/tasks/{{id}}/retry does what somebody asked \
             for again"
        );
        Finding::wrong("jobs", text).says("jobs.dead").with("dead", dead)
    };
    finding.with("running", running).with("waiting", waiting)
}

/// Whether addresses take what they are told.
pub fn webhooks(all: &[Webhook], now: Timestamp) -> Finding {
    if all.is_empty() {
        return Finding::ok("webhooks", "none is set").says("webhooks.none");
    }
    let off = all.iter().filter(|one| one.state == WebhookState::Off && one.failures > 0).count();
    let failing = all.iter().filter(|one| one.state == WebhookState::On && one.failures > 0).count();
    let waiting: u64 = all.iter().map(|one| one.waiting).sum();
    let behind = all.iter().filter(|one| is_behind(one, now)).count();
    let finding = if off > 0 {
        let text = format!(
            "{off} of {} were turned off because they failed for days; put the address right and turn them on",
            all.len()
        );
        Finding::wrong("webhooks", text).says("webhooks.off").with("off", off)
    } else if failing > 0 || behind > 0 {
        let late = failing.max(behind);
        let text = format!(
            "{late} of {} are behind, {waiting} messages wait; each tells why, and is tried again by itself",
            all.len()
        );
        Finding::note("webhooks", text).says("webhooks.behind").with("behind", late)
    } else {
        Finding::ok("webhooks", format!("{} are told, {waiting} messages wait", all.len())).says("webhooks.ok")
    };
    finding.with("webhooks", all.len()).with("waiting", waiting)
}

/// Something waits, and nothing was taken for a while.
fn is_behind(one: &Webhook, now: Timestamp) -> bool {
    let last = one.told_at.unwrap_or(one.created_at);
    one.state == WebhookState::On && one.waiting > 0 && now.since(last) > TOLD_WITHIN_S * Timestamp::SECOND
}

/// Whether those who subscribed to a query of EPCIS take what they are told.
pub fn subscriptions(standing: &Standing) -> Finding {
    let Standing { subscriptions, failing } = *standing;
    let finding = if subscriptions == 0 {
        Finding::ok("subscriptions", "nobody subscribed to a query").says("subscriptions.none")
    } else if failing > 0 {
        let text = format!(
            "{failing} of {subscriptions} did not take what they were told last; GET \
             /epcis/v2/queries/{{name}}/subscriptions tells why, and each is tried again by itself"
        );
        Finding::note("subscriptions", text).says("subscriptions.failing").with("failing", failing)
    } else {
        Finding::ok("subscriptions", format!("{subscriptions} are told")).says("subscriptions.ok")
    };
    finding.with("subscriptions", subscriptions)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn work_that_was_given_up_is_named_and_what_only_waits_is_not_wrong() {
        let count = |kind: &str, state, count| (kind.to_owned(), state, count);
        let sound = [count("export.run", JobState::Running, 1), count("export.run", JobState::Done, 7)];
        let told = jobs(&sound);
        assert_eq!((told.state, &told.values["running"]), (State::Ok, &1.into()));
        let told = jobs(&[count("import.run", JobState::Dead, 2), count("export.run", JobState::Ready, 3)]);
        assert_eq!(told.state, State::Wrong);
        assert!(told.text.starts_with("given up: 2 of import.run;"), "{}", told.text);
    }

    #[test]
    fn a_subscriber_who_fails_is_worth_a_word() {
        assert_eq!(subscriptions(&Standing { subscriptions: 3, failing: 0 }).state, State::Ok);
        assert_eq!(subscriptions(&Standing { subscriptions: 3, failing: 1 }).state, State::Note);
    }
}
