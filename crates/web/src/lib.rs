#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod caller;
mod client_address;
mod edge;
mod idempotency;
mod limits;
mod list;
mod openapi;
mod page_headers;
mod paging;
mod params;
mod permission;
mod problem;
mod refusal;
mod request_id;
mod scope;
mod standing;

pub use answer::stored;
pub use body::{Form, Json, JsonBody};
pub use caller::{AuthError, Caller, Subtree, bearer, cookie};
pub use client_address::{ClientAddress, client_address};
pub use edge::{Edge, method_not_allowed, not_found};
pub use idempotency::IdempotencyKey;
pub use limits::{Limits, Quota, Quotas, RetryAfter, Subject};
pub use list::{ListCount, ListPage, Listed};
pub use openapi::{ReadProblems, SharedParts, WriteProblems, name_operations};
pub use page_headers::{ContentPolicy, Nonce, PageHeaders};
pub use paging::{Page, Paged};
pub use params::{Path, Query};
pub use permission::{Limited, Need, PERMISSION, Permission, Permissions, SUBTREE, Undeclared, accept_sessions};
pub use problem::{Problem, ProblemBody};
pub use refusal::Refusal;
pub use request_id::{MakeRequestId, request_id};
pub use scope::{Scope, Scopes, UnknownScope};
pub use standing::{Standing, asks_for_websocket};
