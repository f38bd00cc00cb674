//! Which traces are recorded.
//!
//! The share holds whatever callers say: a stranger who marks every request as sampled gets no more than the share, since
//! the trace id decides, and one who marks none gets none. What belongs to a recorded request is recorded with it.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

/// Spans that begin a trace. Another without a parent, such as a statement of the server's own chores, begins none.
const ROOTS: [&str; 2] = ["request", "job"];

#[derive(Debug, Clone)]
pub(super) struct Sampling {
    by_id: Sampler,
}

impl Sampling {
    pub(super) fn of(share: f64) -> Self {
        Self { by_id: Sampler::TraceIdRatioBased(share) }
    }
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let caller = parent.map(|context| context.span().span_context().clone()).filter(|known| known.is_valid());
        let by_id = || self.by_id.should_sample(None, trace, name, kind, attributes, links).decision;
        let decision = match &caller {
            Some(caller) if !caller.is_sampled() => SamplingDecision::Drop,
            Some(caller) if caller.is_remote() => by_id(),
            Some(_) => SamplingDecision::RecordAndSample,
            None if links.iter().any(|link| link.span_context.is_sampled()) => SamplingDecision::RecordAndSample,
            None if ROOTS.contains(&name) => by_id(),
            None => SamplingDecision::Drop,
        };
        let trace_state = caller.map(|caller| caller.trace_state().clone()).unwrap_or_default();
        SamplingResult { decision, attributes: Vec::new(), trace_state }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};

    use super::*;

    fn context(is_sampled: bool, is_remote: bool) -> SpanContext {
        let flags = if is_sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        SpanContext::new(TraceId::from(7), SpanId::from(9), flags, is_remote, TraceState::default())
    }

    fn records(share: f64, name: &str, parent: Option<SpanContext>, links: &[SpanContext]) -> bool {
        let parent = parent.map(|parent| Context::new().with_remote_span_context(parent));
        let links: Vec<Link> = links.iter().map(|link| Link::new(link.clone(), Vec::new(), 0)).collect();
        let sampled = Sampling::of(share).should_sample(
            parent.as_ref(),
            TraceId::from(7),
            name,
            &SpanKind::Internal,
            &[],
            &links,
        );
        sampled.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_batch_is_recorded_when_one_of_its_requests_is_and_a_statement_alone_never() {
        assert!(records(0.0, "batch", None, &[context(false, false), context(true, false)]));
        assert!(!records(1.0, "batch", None, &[context(false, false)]));
        assert!(!records(1.0, "statement", None, &[]));
        assert!(records(1.0, "request", None, &[]));
        assert!(!records(0.0, "request", None, &[]));
    }

    #[test]
    fn what_happens_in_a_recorded_span_is_recorded_and_in_another_not() {
        assert!(records(0.0, "statement", Some(context(true, false)), &[]));
        assert!(!records(1.0, "statement", Some(context(false, false)), &[]));
    }

    #[test]
    fn a_caller_cannot_have_more_than_the_share_recorded() {
        assert!(!records(0.0, "request", Some(context(true, true)), &[]));
        assert!(records(1.0, "request", Some(context(true, true)), &[]));
        assert!(!records(1.0, "request", Some(context(false, true)), &[]));
    }
}
