//! Traces in OpenTelemetry's protocol: where the time of a request went.
//!
//! A request is a trace of its own or part of its caller's (W3C Trace Context). Its scan waits in a `queue` span; the
//! batch that takes it serves many requests at once, so it is a trace of its own that *links* to every one of them. Below
//! a batch, a request or a job stand its statements: their name and text as they stand in the source, never a value.

mod sampling;
mod sending;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Span, span_enabled};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use sampling::Sampling;
pub use sending::Collector;

/// The target of spans that exist for traces alone. At level DEBUG, so that they cost nothing where nobody collects.
pub const TARGET: &str = "tallymark::trace";
/// The header of W3C Trace Context, in requests and answers.
pub const HEADER: &str = "traceparent";
/// A batch links to each of its requests: as many as the largest batch has.
const LINKS_MAX: u32 = 512;

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The address is not one that can be sent to.
    #[error(
        "{0} is no address of a collector; give http://HOST:PORT (OTLP over HTTP, usually port 4318); where the way to it \
         must be encrypted, run a collector on this machine that forwards"
    )]
    Address(String),
    /// The ratio is not one.
    #[error("{0} is no share of requests to trace; give a number from 0 to 1")]
    Ratio(f64),
    /// The exporter refused its settings, some of which come from OTEL_… variables.
    #[error("traces cannot be sent: {0}")]
    Exporter(String),
}

/// Traces on their way to a collector.
#[derive(Debug, Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends to `collector` the traces of a share of requests, 0 to 1. Must be called inside a tokio runtime, which does
    /// the sending.
    pub fn to(collector: Collector, share: f64) -> Result<Self, TraceError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(TraceError::Ratio(share));
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(collector.traces())
            .with_http_client(collector)
            .build()
            .map_err(|error| TraceError::Exporter(error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampling::of(share))
            .with_max_links_per_span(LINKS_MAX)
            .with_resource(
                Resource::builder()
                    .with_service_name("tallymark")
                    .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .build(),
            )
            .build();
        Ok(Self { provider })
    }

    /// What hands spans over; events stay in the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        OpenTelemetryLayer::new(self.provider.tracer("tallymark"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("tallymark")))
    }

    /// Sends what waits and ends. Waits for the collector, though not for ever.
    pub async fn stop(self) {
        // The exporter's own thread does it and needs the runtime meanwhile, so this must not hold a worker up.
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Prepares the span of a request: it is part of its caller's trace, where the caller names one, and has a name for those
/// who read traces. The span has a field `otel.kind` that is empty yet. Call it before anything happens in the span.
pub fn request(span: &Span, headers: &hyper::HeaderMap, name: impl FnOnce() -> String) {
    if !span_enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    span.record("otel.kind", "server");
    if headers.contains_key(HEADER) {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        // A span that is not collected has no place for a parent.
        span.set_parent(parent).ok();
    }
    let context = span.context();
    let known = context.span();
    if known.is_recording() {
        known.update_name(name());
    }
}

/// Says in the span of a request how it was answered, where somebody collects.
pub fn answered(span: &Span, status: u16, code: Option<&str>) {
    if !span_enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    span.set_attribute("status", i64::from(status));
    if let Some(code) = code {
        span.set_attribute("code", code.to_owned());
    }
}

/// The span as a header: what an answer returns, so that its trace can be found. `None` where nobody collects.
pub fn header_of(span: &Span) -> Option<String> {
    let context = span.context();
    let known = context.span().span_context().clone();
    known
        .is_valid()
        .then(|| format!("00-{}-{}-{:02x}", known.trace_id(), known.span_id(), known.trace_flags().to_u8() & 1))
}

/// Links a batch to what it serves, and back.
pub fn link(batch: &Span, served: &Span) {
    let served_context = served.context().span().span_context().clone();
    if served_context.is_valid() {
        batch.add_link(served_context);
    }
}

/// Links what was served to its batch, once that has begun.
pub fn link_back(served: &Span, batch: &Span) {
    let context = batch.context().span().span_context().clone();
    if context.is_sampled() {
        served.add_link(context);
    }
}
