//! Events as SDKs deliver them: batches of what users of a web shop do.

use std::io::Write as _;
use std::net::SocketAddr;

use super::{Source, Write};
use crate::random;

/// Tells the draws of this file from others.
const USERS: u64 = 0x75_73_65_72;
/// Deliveries of a run; far more than are sent.
const DELIVERIES_MAX: u64 = u64::MAX / 1_000_000;

/// Where events come from. Of ten events six are tracked of a user who is signed in, with the browser; two are pages that a
/// browser saw; one says what is known of a user; one is tracked of a browser.
#[derive(Debug)]
pub(crate) struct Deliveries {
    /// Events of each delivery.
    pub(crate) events: u64,
    /// Users, each with a browser and a phone number.
    pub(crate) users: u64,
    /// Tells runs on one database apart.
    pub(crate) seed: u64,
}

impl Deliveries {
    fn write_event(&self, event: u64, out: &mut Vec<u8>) {
        let user = random::nth(USERS ^ self.seed, event) % self.users;
        let browser = random::nth(USERS, user);
        // Writes to memory cannot fail.
        let _ = write!(
            out,
            r#"{{"messageId":"m-{:x}-{event:x}","anonymousId":"{:08x}-{:04x}-4000-8000-{user:012x}","timestamp":"2026-03-01T08:30:00.123Z","#,
            self.seed,
            browser >> 32,
            browser & 0xFFFF
        );
        let context =
            r#""context":{"library":{"name":"analytics-node","version":"3.1.0"},"locale":"zh-CN","ip":"203.0.113.7"}"#;
        let _ = match event % 10 {
            0..6 => write!(
                out,
                r#""type":"track","userId":"u-{user}","event":"Product Viewed","properties":{{"sku":"S{}","price":9.25,"quantity":1}},{context}}}"#,
                event % 97
            ),
            6 | 7 => write!(
                out,
                r#""type":"page","name":"Shelf","properties":{{"url":"https://shop.example.org/shelf/{}","title":"货架"}},{context}}}"#,
                event % 97
            ),
            8 => write!(
                out,
                r#""type":"identify","userId":"u-{user}","traits":{{"phone":"+86139{user:08}","level":"{}"}},{context}}}"#,
                event % 7
            ),
            _ => write!(out, r#""type":"track","event":"Banner Seen","properties":{{"place":"top"}},{context}}}"#),
        };
    }
}

impl Source for Deliveries {
    fn requests_max(&self) -> u64 {
        DELIVERIES_MAX
    }

    fn writer<'a>(&'a self, address: SocketAddr, api_key: &str) -> Write<'a> {
        let head = format!(
            "POST /v1/batch HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {api_key}\r\n\
             content-type: application/json\r\ncontent-length: "
        );
        let mut body = Vec::with_capacity(16 << 10);
        Box::new(move |n, out| {
            body.clear();
            body.extend_from_slice(br#"{"batch":["#);
            for place in 0..self.events {
                if place > 0 {
                    body.push(b',');
                }
                self.write_event(n * self.events + place, &mut body);
            }
            body.extend_from_slice(br#"],"sentAt":"2026-03-01T08:30:01.000Z"}"#);
            out.clear();
            out.extend_from_slice(head.as_bytes());
            let _ = write!(out, "{}\r\n\r\n", body.len());
            out.extend_from_slice(&body);
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_delivery_is_a_batch_of_events_as_promised() {
        let deliveries = Deliveries { events: 20, users: 50, seed: 3 };
        let mut writer = deliveries.writer("127.0.0.1:1".parse().unwrap(), "k");
        let (mut out, mut kinds, mut ids) =
            (Vec::new(), BTreeMap::<String, u32>::new(), BTreeMap::<String, u32>::new());
        for n in 0..5 {
            writer(n, &mut out);
            let text = String::from_utf8(out.clone()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.ends_with(&format!("content-length: {}", body.len())));
            let batch: serde_json::Value = serde_json::from_str(body).unwrap();
            for event in batch["batch"].as_array().unwrap() {
                *kinds.entry(event["type"].as_str().unwrap().to_owned()).or_default() += 1;
                *ids.entry(event["messageId"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        assert_eq!(kinds, BTreeMap::from([("identify".into(), 10), ("page".into(), 20), ("track".into(), 70)]));
        assert_eq!(ids.len(), 100);
    }
}
