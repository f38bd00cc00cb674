//! Values in the query and in the path.

use axum::extract::FromRequestParts;
use axum::extract::rejection::PathRejection;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::refusal::{Refusal, shorten};

/// The query as a struct. An unknown parameter is refused where the type says `deny_unknown_fields`; such a type
/// cannot stand next to [`crate::Page`], which reads the same query.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// The parts of the path that the route names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(read_query(parts)?))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if percent_decode_str(parts.uri.path()).any(|byte| byte == 0) {
            return Err(Refusal::Nul { place: "the path" }.into());
        }
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            Err(PathRejection::FailedToDeserializePathParams(error)) if error.status().is_client_error() => {
                Err(Refusal::PathInvalid { message: shorten(error.into_kind()) }.into())
            }
            Err(defect) => Err(Problem::internal("server.path_misread", defect.body_text())),
        }
    }
}

pub(crate) fn read_query<T: DeserializeOwned>(parts: &Parts) -> Result<T, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    read_pairs(query, "the query", |message| Refusal::QueryInvalid { message })
}

/// Reads `a=1&b=2`. The decoder behind it would put U+FFFD where an escape is not UTF-8; that is refused here.
pub(crate) fn read_pairs<T: DeserializeOwned>(
    text: &str,
    place: &'static str,
    refuse: impl Fn(String) -> Refusal,
) -> Result<T, Refusal> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| refuse("its escapes are not UTF-8".to_owned()))?;
    if decoded.contains('\0') {
        return Err(Refusal::Nul { place });
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| refuse(shorten(error)))
}
