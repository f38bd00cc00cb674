//! Tallymark's own gateway protocol, for an adapter that an operator puts before whichever company sends its messages.
//! The README of this crate describes it for those who write adapters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use tallymark_base::random::hmac_sha256;
use tallymark_base::{Clock, Entropy, Timestamp};

use super::{Sending, SmsMessage, SmsProvider, SmsReceipt};
use crate::error::shortened;
use crate::http::{Answer, Http, call};
use crate::setting::Secret;
use crate::{Endpoint, Error};

/// Where an adapter takes messages, below its base address.
pub const MESSAGES_PATH: &str = "/v1/messages";
/// What stands before the hexadecimal digits of a signature.
pub const SIGNATURE_SCHEME: &str = "v1=";

/// No message of a campaign costs more; a higher figure is a mistake in a unit.
const COST_FEN_MAX: i64 = 10_000;

/// The signature of a request: HMAC-SHA256 over `timestamp "\n" nonce "\n" body`, as `v1=` and hexadecimal digits.
/// `timestamp` is in seconds since 1970, `nonce` 32 hexadecimal digits, neither of them holds a line end.
pub fn signature(secret: &[u8], timestamp: &str, nonce: &str, body: &[u8]) -> String {
    let digest = hmac_sha256(secret, &[timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body]);
    format!("{SIGNATURE_SCHEME}{}", HEXLOWER.encode(&digest))
}

/// An adapter that speaks the gateway protocol.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// How it is called.
    pub http: Http,
    /// Its base address.
    pub url: Endpoint,
    /// Which secret signs: sent with every request.
    pub key_id: String,
    /// The secret that both sides know.
    pub secret: Secret,
    /// The name before the text (短信签名), where the adapter does not choose it.
    pub sign_name: Option<String>,
    /// For the timestamp.
    pub clock: Arc<dyn Clock>,
    /// For the nonce.
    pub entropy: Arc<dyn Entropy>,
}

#[derive(Serialize)]
struct Body<'a> {
    message_id: &'a str,
    to: &'a str,
    template: &'a str,
    params: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_name: Option<&'a str>,
}

#[derive(Deserialize)]
struct Taken {
    provider_id: String,
    #[serde(default)]
    cost_fen: Option<i64>,
    #[serde(default)]
    repeat: bool,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    #[serde(default)]
    message: String,
}

impl SmsProvider for Gateway {
    fn name(&self) -> &'static str {
        "gateway"
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

impl Gateway {
    async fn post(&self, message: &SmsMessage) -> Result<SmsReceipt, Error> {
        let body = Body {
            message_id: &message.id,
            to: &message.phone,
            template: &message.template,
            params: &message.params,
            sign_name: self.sign_name.as_deref(),
        };
        let body = serde_json::to_vec(&body).map_err(|error| Error::Client(error.to_string()))?;
        let timestamp = (self.clock.now().0 / Timestamp::SECOND).to_string();
        let nonce = HEXLOWER.encode(&self.entropy.bytes::<16>());
        let signature = signature(self.secret.text().as_bytes(), &timestamp, &nonce, &body);
        let request = self
            .http
            .request(&self.url, Method::POST, self.url.at(MESSAGES_PATH, &[]))?
            .header("content-type", "application/json")
            .header("tallymark-key", &self.key_id)
            .header("tallymark-timestamp", timestamp)
            .header("tallymark-nonce", nonce)
            .header("tallymark-signature", signature)
            .body(body);
        receipt_of(&call(request).await?)
    }
}

fn receipt_of(answer: &Answer) -> Result<SmsReceipt, Error> {
    let unreadable = |reason: &str| Error::AnswerUnreadable { reason: reason.to_owned() };
    if answer.status == 200 {
        let taken: Taken =
            serde_json::from_slice(&answer.body).map_err(|_| unreadable("it has no provider_id; see the protocol"))?;
        if taken.provider_id.is_empty() || taken.provider_id.chars().count() > 128 {
            return Err(unreadable("its provider_id has not 1 to 128 characters"));
        }
        if taken.cost_fen.is_some_and(|fen| !(0..=COST_FEN_MAX).contains(&fen)) {
            return Err(unreadable("its cost_fen is not between 0 and 10000"));
        }
        return Ok(SmsReceipt { provider_id: taken.provider_id, cost_fen: taken.cost_fen, is_repeat: taken.repeat });
    }
    let (code, message) = match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(refusal) => (shortened(&refusal.code), shortened(&refusal.message)),
        Err(_) => (format!("status_{}", answer.status), String::new()),
    };
    // A refusal that another try cannot change, unless the adapter says that it is busy or broken.
    if answer.status == 429 || answer.status >= 500 {
        Err(Error::Busy { code, wait: answer.retry_after.map(|wait| wait.min(Duration::from_secs(3600))) })
    } else {
        Err(Error::Refused { code, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<SmsReceipt, Error> {
        receipt_of(&Answer { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_signature_is_what_openssl_makes_of_the_same_bytes() {
        // printf '1772323200\n000102030405060708090a0b0c0d0e0f\n{"a":1}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            signature(b"secret", "1772323200", "000102030405060708090a0b0c0d0e0f", br#"{"a":1}"#),
            "v1=db6ae71ce61436b52c6f9ad658aa0f1624bad8d5a04970c2726734730a26b509"
        );
    }

    #[test]
    fn only_a_whole_receipt_is_one() {
        let taken = read(200, r#"{"provider_id":"p1","cost_fen":5,"repeat":true,"more":1}"#).unwrap();
        assert_eq!(taken, SmsReceipt { provider_id: "p1".into(), cost_fen: Some(5), is_repeat: true });
        assert_eq!(read(200, r#"{"provider_id":"p1"}"#).unwrap().cost_fen, None);
        for body in ["", "{}", r#"{"provider_id":""}"#, r#"{"provider_id":"p","cost_fen":-1}"#] {
            let error = read(200, body).unwrap_err();
            assert!(error.may_have_happened() && !error.is_worth_repeating(), "{body}: {error}");
        }
    }

    #[test]
    fn a_refusal_is_final_and_a_busy_gateway_is_not() {
        let refused = read(422, r#"{"code":"number_invalid","message":"no such number"}"#).unwrap_err();
        assert!(matches!(&refused, Error::Refused { code, .. } if code == "number_invalid"));
        assert!(!refused.is_worth_repeating() && !refused.may_have_happened());
        assert!(read(429, r#"{"code":"rate_limited"}"#).unwrap_err().is_worth_repeating());
        assert!(read(503, "down").unwrap_err().is_worth_repeating());
        assert!(matches!(read(302, "").unwrap_err(), Error::Refused { code, .. } if code == "status_302"));
    }
}
