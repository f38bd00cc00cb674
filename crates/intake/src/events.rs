//! The events of the intake.

use serde::{Deserialize, Serialize};
use tallymark_base::event;
use tallymark_base::event::Word;
use tallymark_base::id::{AccountId, ApiKeyId, PersonId};

event! {
    /// Somebody did something at a touchpoint that another system watches: an event of an SDK or an import.
    pub struct TouchpointEvent = "intake.event", version 1, owner "intake" {
        /// what kind of event it is
        kind: Word<EventKind>,
        /// what happened, in the words of the source: the name of a tracked event, page, screen or group; null where there is none
        name: Option<String>,
        /// write key that it came by; null where somebody who was signed in sent it
        source: Option<ApiKeyId>,
        /// source account of whoever did it
        account: AccountId [pseudonym],
        /// person whom the account belonged to at that time
        person: PersonId [pseudonym],
        /// version of the tenant's definition that the properties fit; null where it defines no such event
        definition: Option<u32>,
        /// properties that the definition does not call personal, as a JSON object; null where there are none
        properties: Option<String>,
        /// everything else that the event says, sealed under the account's key, in base64; null after the account was erased
        sealed: Option<String> [pseudonym],
    }
}

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody did something.
    Track,
    /// Something was said of a person.
    Identify,
    /// Somebody saw a page.
    Page,
    /// Somebody saw a screen of an app.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Somebody was known by another id before.
    Alias,
    /// Identifiers are one person's.
    Merge,
}
