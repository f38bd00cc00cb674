//! What a delivery may be. Every limit of the crate that a server may want to set is here; those that the meaning of a
//! field sets (128 bytes of a message id) stand where the field is read.

use std::time::Duration;

/// The limits of a delivery.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body, after inflating.
    pub body_bytes_max: usize,
    /// Bytes of one event.
    pub event_bytes_max: usize,
    /// Objects and lists inside each other, the event itself counted.
    pub depth_max: usize,
    /// Events of a batch.
    pub events_max: usize,
    /// How far in the future an event may lie; one that lies further is taken to have happened when it was received.
    pub future_max: Duration,
    /// How far the sender's clock may be from ours, the way of the request included, and still be taken for right.
    pub clock_tolerance: Duration,
}

impl Default for Limits {
    /// What Segment and RudderStack document for their own servers (32 KB an event; 4 MB a batch at RudderStack), and
    /// room for any batch that their SDKs make (100 events by default).
    fn default() -> Self {
        Self {
            body_bytes_max: 4 << 20,
            event_bytes_max: 32 << 10,
            depth_max: 32,
            events_max: 5_000,
            future_max: Duration::from_secs(5 * 60),
            clock_tolerance: Duration::from_secs(5),
        }
    }
}
