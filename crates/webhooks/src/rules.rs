//! Which events a webhook asks for, how a message is signed, and how long a failing one waits. Pure.

use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tallymark_base::Timestamp;

use crate::{Error, NewWebhook};

/// Most webhooks of a brand.
pub const WEBHOOKS_MAX: usize = 20;
/// Most events that one asks for.
pub const EVENTS_MAX: usize = 50;
/// Characters of an address.
pub const URL_MAX: usize = 500;
/// How long an old secret signs beside the new one.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
/// How long a webhook may fail before it is turned off.
pub const PATIENCE: Duration = Duration::from_secs(5 * 24 * 3_600);
/// The wait after a first failure; it doubles with each further one.
const RETRY_MIN: Duration = Duration::from_secs(5);
/// The longest wait.
const RETRY_MAX: Duration = Duration::from_secs(6 * 3_600);

/// Accepts a webhook; `known` are the names of all events.
pub fn check(new: &NewWebhook, known: &[&str]) -> Result<(), Error> {
    check_url(&new.url)?;
    let is_wrong = |pattern: &&String| !known.iter().any(|name| asks_for(pattern, name));
    if let Some(given) = new.events.iter().find(is_wrong) {
        return Err(Error::Events { given: given.chars().take(100).collect(), max: EVENTS_MAX });
    }
    if new.events.is_empty() || new.events.len() > EVENTS_MAX {
        return Err(Error::Events { given: String::new(), max: EVENTS_MAX });
    }
    Ok(())
}

/// Accepts addresses over https; over http only this machine, which the server calls where its operator allows it.
fn check_url(url: &str) -> Result<(), Error> {
    let refused = || Error::Url { max: URL_MAX };
    let (scheme, rest) = url.split_once("://").ok_or_else(refused)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let is_loopback = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|host| authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')));
    let is_secure = scheme == "https" || (scheme == "http" && is_loopback);
    let is_plain = url.len() <= URL_MAX && url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains('#');
    if is_secure && is_plain && !authority.is_empty() && !authority.contains('@') { Ok(()) } else { Err(refused()) }
}

/// Whether a webhook that asks for `pattern` is told of events of a name.
pub fn asks_for(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(beginning) => beginning.ends_with('.') && name.starts_with(beginning),
        None => pattern == name,
    }
}

/// The signature of a message (Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, joined by full stops).
pub fn signature(secret: &[u8], id: &str, at: Timestamp, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is one");
    mac.update(format!("{id}.{}.{body}", seconds(at)).as_bytes());
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

/// A moment as messages tell it: whole seconds since 1970.
pub const fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(Timestamp::SECOND)
}

/// How long to wait after `failures` in a row.
pub fn wait_after(failures: u32) -> Duration {
    RETRY_MIN.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WebhookState;

    #[test]
    fn a_signature_is_that_of_the_standards_libraries() {
        // The example of the reference libraries of Standard Webhooks.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp(1_614_265_330 * Timestamp::SECOND);
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_webhook_asks_for_names_domains_or_everything_that_there_is() {
        assert!(asks_for("goods.*", "goods.shipped") && asks_for("*", "goods.shipped"));
        assert!(asks_for("goods.shipped", "goods.shipped") && !asks_for("goods.ship", "goods.shipped"));
        assert!(!asks_for("goods*", "goods.shipped") && !asks_for("scan.*", "goods.shipped"));
        let new = |url: &str, events: &[&str]| NewWebhook {
            url: url.into(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            state: WebhookState::On,
        };
        let known = ["goods.shipped", "scan.decided"];
        for url in ["https://erp.example/hook?k=1", "http://127.0.0.1:8080/hook", "http://localhost"] {
            assert!(check(&new(url, &["goods.*"]), &known).is_ok(), "{url}");
        }
        let long = format!("https://erp.example/{}", "a".repeat(500));
        for url in [
            "http://erp.example/",
            "http://127.0.0.1.example/",
            "https://",
            "https://a:b@c/",
            "https://a/#b",
            "ftp://a",
            "erp",
            &long,
        ] {
            assert!(check(&new(url, &["goods.*"]), &known).is_err(), "{url}");
        }
        for events in [&[][..], &["goods.nothing"], &["good*"], &["orders.*"]] {
            assert!(check(&new("https://erp.example/", events), &known).is_err(), "{events:?}");
        }
    }

    #[test]
    fn who_fails_waits_twice_as_long_each_time_and_six_hours_at_most() {
        let waits: Vec<u64> = (1..=4).map(|failures| wait_after(failures).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40]);
        assert_eq!(wait_after(40).as_secs(), 21_600);
    }
}
