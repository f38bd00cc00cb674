//! Short messages: what is asked of whoever sends them, and two that do.

mod aliyun;
mod gateway;

use std::collections::BTreeMap;
use std::pin::Pin;

pub use aliyun::{API_URL as ALIYUN_URL, Aliyun};
pub use gateway::{Gateway, MESSAGES_PATH, SIGNATURE_SCHEME, signature};

use crate::Error;

/// A message to be sent. Its text is the provider's template, which the operator had approved there.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// Names the message for ever: a provider that is told twice sends once. 1 to 64 letters, digits, `_` or `-`.
    pub id: String,
    /// E.164: a plus and digits. Personal: never into a log.
    pub phone: String,
    /// The template's code at the provider.
    pub template: String,
    /// The values of the template's places. They may be secret, as a one-time code is.
    pub params: BTreeMap<String, String>,
}

impl std::fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsMessage({}, {}, hidden)", self.id, self.template)
    }
}

/// What a provider said of a message it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReceipt {
    /// The provider's own name for it.
    pub provider_id: String,
    /// What it costs in fen, where the provider tells.
    pub cost_fen: Option<i64>,
    /// The provider had it before under the same id, and sent nothing this time.
    pub is_repeat: bool,
}

/// What [`SmsProvider::send`] gives.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<SmsReceipt, Error>> + Send + 'a>>;

/// Who sends short messages.
pub trait SmsProvider: Send + Sync + std::fmt::Debug {
    /// Its name in records: `gateway`, `aliyun`.
    fn name(&self) -> &'static str;

    /// Whether a message that is sent again under the same id is sent once. Where it is not, whoever sends must not
    /// try again after an error that [may have happened](Error::may_have_happened).
    fn is_idempotent(&self) -> bool;

    /// Hands a message over. When this gives a receipt the provider has taken it; whether it arrives is another matter.
    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a>;
}
