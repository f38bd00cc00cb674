//! An event that was looked over.

use std::sync::Arc;

use serde_json::{Map, Value};
use tallymark_base::Timestamp;

use crate::{Context, EventType, hash, time};

/// An event as it was given, with what its words mean.
#[derive(Debug, Clone)]
pub struct Event {
    body: Map<String, Value>,
    /// What its words mean: what it was given with, and what it declares itself.
    context: Arc<Context>,
    /// What it was given with.
    given: Arc<Context>,
}

impl Event {
    /// An event whose fields are known to be right.
    pub fn new(body: Map<String, Value>, context: &Arc<Context>) -> Self {
        let given = context.clone();
        let context = match body.get("@context") {
            Some(own) if own != context.value() => Arc::new(context.with(own)),
            _ => context.clone(),
        };
        Self { body, context, given }
    }

    /// An event as it was kept, under the context it was given with.
    ///
    /// # Errors
    /// The text is no JSON object.
    pub fn kept(text: &[u8], context: &Arc<Context>) -> Result<Self, serde_json::Error> {
        Ok(Self::new(serde_json::from_slice(text)?, context))
    }

    /// Its fields.
    pub const fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// Its fields, given away.
    pub fn into_body(self) -> Map<String, Value> {
        self.body
    }

    /// What its words mean.
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// The `@context` that it was given with.
    pub fn given_context(&self) -> &Value {
        self.given.value()
    }

    /// Gives it an id.
    pub fn name(&mut self, id: &str) {
        self.body.insert("eventID".to_owned(), id.into());
    }

    /// The name of its type.
    pub fn type_name(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// Its type.
    pub fn event_type(&self) -> EventType {
        EventType::of(self.type_name())
    }

    /// A field that holds a text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field)?.as_str()
    }

    /// When it happened.
    pub fn event_time(&self) -> Timestamp {
        self.text("eventTime").and_then(time::read).map_or(Timestamp(0), |moment| moment.at)
    }

    /// Whether it says that the event of its id was wrong.
    pub fn is_declaration(&self) -> bool {
        self.body.contains_key("errorDeclaration")
    }

    /// Its id; where it was given none, the hash of what it says (CBV 2.0, 8.9).
    pub fn id(&self) -> String {
        self.text("eventID").map_or_else(|| hash::event_id(self), str::to_owned)
    }

    /// Completes it as a server does: its id, and when it was recorded, in milliseconds.
    pub fn record(&mut self, id: &str, at: Timestamp) {
        self.name(id);
        self.body.insert("recordTime".to_owned(), time::text_of(at).into());
    }
}
