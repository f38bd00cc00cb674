//! The one form in which the product says over HTTP that something did not work: RFC 9457 problem details.
//!
//! This is the only place that gives a [`Kind`] its status. The text of a fault is for the caller; what caused an
//! internal fault is logged under the request id and never leaves the server.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tallymark_base::{Fault, Kind, id::RequestId};
use utoipa::ToSchema;

use crate::request_id::request_id;

/// Every problem has a type of its own: this, followed by its code. It is a name, not a page that must exist
/// (RFC 9457, 3.1.1); `about:blank` would say that the status alone tells everything, which the code contradicts.
const TYPE_BASE: &str = "https://tallymark.dev/problems/";

/// What `Retry-After` says when nobody knows better.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

const INTERNAL_DETAIL: &str =
    "something went wrong on our side; if it happens again, report it together with the request id";

/// The body of `application/problem+json` (RFC 9457).
///
/// `instance` is not sent: the request id says which occurrence it was, and a path may hold a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A name for the sort of problem, as a URI; ends in the code. It need not lead to a page.
    #[serde(rename = "type")]
    #[schema(example = "https://tallymark.dev/problems/campaign.budget_zero")]
    pub type_uri: String,
    /// The name of the status.
    #[schema(example = "Unprocessable Entity")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened, with which value, and what to do.
    pub detail: String,
    /// The stable name of the problem, for programs. Never reused for something else.
    #[schema(example = "campaign.budget_zero")]
    pub code: String,
    /// The request in which it happened, for questions to the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
}

/// A problem on its way to the caller. A handler gives `Result<T, Problem>` and uses `?` on any [`Fault`].
///
/// As a response it is problem+json with `Retry-After` (429, 503) and `WWW-Authenticate` (401) where they belong. A
/// page for people takes that response and replaces body and content type; status and headers stay.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    retry_after: Option<Duration>,
    /// For the log: the fault with everything that caused it.
    cause: Option<Box<str>>,
}

/// The code of the problem that a response holds, in the response's extensions: for the request's log line.
#[derive(Debug, Clone)]
pub(crate) struct ProblemCode(pub(crate) Cow<'static, str>);

impl Problem {
    /// A problem with a status finer than its [`Kind`] has, or without a [`Fault`] behind it.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code: Cow::Borrowed(code), detail: detail.into(), retry_after: None, cause: None }
    }

    /// Whether the same may succeed later, without the caller changing anything.
    pub fn may_pass(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// A defect of ours: the caller gets status 500 and a general text, the log gets `cause`.
    pub fn internal(code: &'static str, cause: impl std::fmt::Display) -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, code, INTERNAL_DETAIL);
        Self { cause: Some(cause.to_string().into()), ..problem }
    }

    /// The same problem, which may be gone after `wait`. Sent as `Retry-After` in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable name.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What the caller is told.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is sent, with the request id when called while a request is served; the cause goes to the log. For
    /// answers that hold one problem per item.
    pub fn into_body(self) -> ProblemBody {
        self.log();
        ProblemBody {
            type_uri: format!("{TYPE_BASE}{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.into_owned(),
            request_id: request_id(),
        }
    }

    fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let request_id = request_id().map(tracing::field::display);
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(request_id, code = %self.code, cause, "internal fault");
        } else {
            tracing::warn!(request_id, code = %self.code, cause, "unavailable");
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let is_temporary = matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(wait) = self.retry_after.or(is_temporary.then_some(RETRY_AFTER_DEFAULT)) {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        headers
    }
}

/// The status of each family of faults.
const fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A fault and what caused it, outermost first, in one line.
fn chain(fault: &impl Fault) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl<F: Fault> From<F> for Problem {
    fn from(fault: F) -> Self {
        match fault.kind() {
            Kind::Internal => Self::internal(fault.code(), chain(&fault)),
            kind => {
                let cause = (kind == Kind::Unavailable).then(|| chain(&fault).into());
                Self { cause, ..Self::new(status_of(kind), fault.code(), fault.to_string()) }
            }
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, headers, code) = (self.status, self.headers(), ProblemCode(self.code.clone()));
        // A struct of texts and numbers always has a JSON form.
        let body = serde_json::to_vec(&self.into_body()).unwrap_or_default();
        let mut response = (status, headers, body).into_response();
        response.extensions_mut().insert(code);
        response
    }
}
