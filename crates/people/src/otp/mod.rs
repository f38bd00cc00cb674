//! A phone proves its number: a code is sent to it, and whoever can read it there types it in.
//!
//! Guarantees
//!
//! - A code is six random digits, lives five minutes, and is good for five answers. Only a keyed hash of it is kept, and
//!   the message that carries it sealed until it was handed over.
//! - Limits hold exactly, however many servers are asked at once: a minute between two codes for a phone, codes per phone
//!   and per network address in a day, messages and money per tenant in a day. A code that is not sent costs nothing.
//! - Whether a phone was known before can be told neither from what is answered nor from what is limited.
//! - Asking for a code, its message and the job that sends it are one transaction ([`request_code`]). A message is told
//!   to a provider again only where that cannot send it twice ([`begin_sending`]).
//!
//! Walk-through: the page calls [`request_code`] and commits. A worker takes the [`SEND_JOB`], calls [`begin_sending`],
//! commits, tells the provider, and records the end by [`end_sending`]. The person types the code in: [`join_by_code`]
//! counts the answer and, if it is right, joins the phone's account with the device's, in the caller's transaction.

mod error;
mod join;
mod keys;
mod request;
mod rules;
mod sending;
mod store;
mod types;

pub use error::{CodeError, Limit};
pub use join::join_by_code;
pub use keys::CodeKeys;
pub use request::{SEND_JOB, promise, request_code};
pub use rules::{ANSWERS_MAX, CODE_LIFE, CODES_PER_ADDRESS_MAX, CODES_PER_PHONE_MAX, RESEND_AFTER};
pub use sending::{Begun, Ended, begin_sending, end_sending, forget, left_behind, messages};
pub use types::{Answered, CodeRequest, Message, MessageStatus, Outgoing, Page};
