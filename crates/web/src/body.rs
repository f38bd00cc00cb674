//! Request bodies: JSON and HTML forms, read strictly and refused with a problem that says where.
//!
//! Bytes that are not UTF-8 are refused rather than replaced, and so is U+0000, also as the escape `\u0000`:
//! PostgreSQL cannot store it. Unknown fields are refused where the type says `deny_unknown_fields`.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::params::read_pairs;
use crate::problem::Problem;
use crate::refusal::{Refusal, shorten};

/// A JSON body in, a JSON body out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// A JSON body together with the bytes it was read from, which an idempotent call compares on a retry.
///
/// utoipa knows `Json<T>` by its name; with this extractor say `request_body = T` in `#[utoipa::path]`.
#[derive(Debug, Clone)]
pub struct JsonBody<T> {
    /// What was read.
    pub value: T,
    /// The body as it was sent.
    pub raw: Bytes,
}

/// The body of an HTML form (`application/x-www-form-urlencoded`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        expect_media_type(request.headers(), "application/json", |essence| {
            essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
        })?;
        let raw = read_body(request, state).await?;
        let value = read_json(utf8(&raw)?)?;
        Ok(Self { value, raw })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        JsonBody::from_request(request, state).await.map(|body| Self(body.value))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        const FORM: &str = "application/x-www-form-urlencoded";
        expect_media_type(request.headers(), FORM, |essence| essence == FORM)?;
        let raw = read_body(request, state).await?;
        let value = read_pairs(utf8(&raw)?, "the body", |message| Refusal::BodyInvalid { message })?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => Problem::internal("server.answer_unwritable", error).into_response(),
        }
    }
}

fn expect_media_type(headers: &HeaderMap, expected: &'static str, fits: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let got = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let essence = got.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if fits(&essence) { Ok(()) } else { Err(Refusal::MediaType { expected, got: shorten(got) }) }
}

/// Reads the body up to the limit that [`crate::Edge`] or the route sets.
async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Refusal::BodyTooLarge,
        _ => Refusal::BodyInterrupted,
    })
}

fn utf8(raw: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(raw).map_err(|error| Refusal::BodyNotUtf8 { offset: error.valid_up_to() })
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    match serde_json::from_str(text) {
        Ok(_) if holds_nul(text) => Err(Refusal::Nul { place: "the body" }),
        Ok(value) => Ok(value),
        Err(error) if error.is_data() => Err(Refusal::BodyInvalid { message: with_field::<T>(text, &error) }),
        Err(error) => Err(Refusal::BodyMalformed { message: shorten(error) }),
    }
}

/// The message of `error` and the field it concerns. Keeping track of the field slows reading down, so the text is
/// read again for it.
fn with_field<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> String {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(located) if located.path().iter().len() > 0 => shorten(format!("{}: {}", located.path(), located.inner())),
        _ => shorten(error),
    }
}

/// Whether a JSON text has the escape of U+0000 in a string or a key. (Unescaped, JSON does not allow it.)
fn holds_nul(json: &str) -> bool {
    let mut rest = json.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            return true;
        }
        // Past the backslash and the character it escapes, which may be a backslash too.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_before_u0000_is_not_one() {
        for text in [r#""\u0000""#, r#"{"a":"x\\\u0000"}"#, r#"{"\u0000":1}"#, r#""\n\u0000y""#] {
            assert!(holds_nul(text), "{text}");
        }
        for text in [r#""\\u0000""#, r#""\u0001""#, r#""u0000""#, r#""\\\\u0000""#, r#""\u00000""#.split_at(3).0] {
            assert!(!holds_nul(text), "{text}");
        }
    }
}
