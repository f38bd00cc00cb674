//! What the API description says of every operation, written once.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::HeaderBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, PartialSchema};

use crate::problem::ProblemBody;

/// Adds to an API description what the others here refer to: the schema `Problem` and the security schemes `api_key`
/// (`Authorization: Bearer …`) and `session` (the cookie of a person who is signed in). Use as
/// `#[openapi(modifiers(&SharedParts))]`, and `security(("api_key" = []))` on an operation.
#[derive(Debug, Clone, Copy)]
pub struct SharedParts;

impl Modify for SharedParts {
    fn modify(&self, api: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key of the tenant."));
        let session = ApiKeyValue::with_description(
            "__Host-tm_session",
            "A person who is signed in. Writing calls carry the session's token in the header X-Csrf-Token as well.",
        );
        let components = api.components.take().map_or_else(ComponentsBuilder::new, ComponentsBuilder::from);
        let components = components
            .schema("Problem", ProblemBody::schema())
            .security_scheme("api_key", SecurityScheme::Http(bearer.build()))
            .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
        api.components = Some(components.build());
    }
}

/// The problems any reading operation can answer with: `responses((status = OK, body = X), ReadProblems)`.
#[derive(Debug, Clone, Copy)]
pub struct ReadProblems;

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        READ.into_iter().map(documented).collect()
    }
}

/// The problems any writing operation can answer with: those of reading, and what can be wrong with a body or an
/// idempotency key.
#[derive(Debug, Clone, Copy)]
pub struct WriteProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        READ.into_iter().chain(WRITE).map(documented).collect()
    }
}

/// Names every operation by its method and path, `get_people_id_timeline`: programs that are made out of a description
/// need names that are different.
pub fn name_operations(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let steps: Vec<&str> = path.trim_start_matches("/v1").split(['/', '{', '}', '-', '.', ':', '*']).collect();
        let steps: Vec<&str> = steps.into_iter().filter(|step| !step.is_empty()).collect();
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}_{}", steps.join("_")));
            }
        }
    }
}

type Documented = (StatusCode, &'static str);

const READ: [Documented; 7] = [
    (StatusCode::BAD_REQUEST, "The request cannot be read."),
    (StatusCode::UNAUTHORIZED, "Neither a known API key nor a session."),
    (StatusCode::FORBIDDEN, "The caller may not do this."),
    (StatusCode::NOT_FOUND, "It does not exist, or not for this caller."),
    (StatusCode::TOO_MANY_REQUESTS, "Too many requests; see Retry-After."),
    (StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours; nothing was changed."),
    (StatusCode::SERVICE_UNAVAILABLE, "Not possible right now; see Retry-After."),
];

const WRITE: [Documented; 4] = [
    (StatusCode::CONFLICT, "It contradicts what is stored, or the Idempotency-Key was used for another body."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too long."),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has another content type than asked for."),
    (StatusCode::UNPROCESSABLE_ENTITY, "A value breaks a rule; the detail says which."),
];

fn documented((status, description): Documented) -> (String, RefOr<Response>) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response = ResponseBuilder::new().description(description).content("application/problem+json", content);
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let seconds = HeaderBuilder::new().schema(Some(u32::schema())).description(Some("Seconds to wait.")).build();
        response = response.header("Retry-After", seconds);
    }
    (status.as_str().to_owned(), response.build().into())
}
