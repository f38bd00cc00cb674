//! The caller's own name for a writing request, so that a retry is not taken twice.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::problem::Problem;
use crate::refusal::Refusal;

/// The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): 1 to 200 visible ASCII characters, taken
/// as they are. Every call that would do something twice when it is sent twice requires it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The name of the header.
    pub const HEADER: &'static str = "idempotency-key";
    /// The longest key, in characters.
    pub const LENGTH_MAX: usize = 200;

    /// The key, if `text` can be one.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let malformed = |reason| Refusal::IdempotencyKeyMalformed { max: Self::LENGTH_MAX, reason };
        if text.is_empty() {
            return Err(malformed("it was empty"));
        }
        if text.len() > Self::LENGTH_MAX {
            return Err(malformed("it was longer"));
        }
        if !text.iter().all(u8::is_ascii_graphic) {
            return Err(malformed("it held other characters"));
        }
        String::from_utf8(text.to_vec()).map(Self).map_err(|_| malformed("it held other characters"))
    }

    /// The key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(Self::HEADER).iter();
        let key = values.next().ok_or(Refusal::IdempotencyKeyMissing)?;
        if values.next().is_some() {
            let reason = "the header was there more than once";
            return Err(Refusal::IdempotencyKeyMalformed { max: Self::LENGTH_MAX, reason }.into());
        }
        Ok(Self::parse(key.as_bytes())?)
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(Self::LENGTH_MAX))
            .pattern(Some("^[!-~]+$"));
        let description = "A text of the caller's own for this request. The same key with the same body is done once \
                           and gives the first answer again; where that answer held a secret, which is never stored, \
                           it is refused as a conflict that names what was made. With another body it is a conflict, \
                           too. A UUID of version 7 (RFC 9562) is best: keys made one after another are found side by \
                           side, which is much faster in a large database.";
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(utoipa::openapi::Required::True)
            .description(Some(description))
            .schema(Some(text));
        vec![parameter.build()]
    }
}
