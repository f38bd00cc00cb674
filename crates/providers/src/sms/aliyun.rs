//! Aliyun's short message service: `SendSms` of version 2017-05-25, signed by ACS3-HMAC-SHA256.
//!
//! Sources: help.aliyun.com, "V3版本请求体&签名机制" (the signature and its published example) and "SendSms - 发送短信".

use std::sync::Arc;

use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tallymark_base::random::hmac_sha256;
use tallymark_base::{Clock, Entropy};

use super::{Sending, SmsMessage, SmsProvider, SmsReceipt};
use crate::error::shortened;
use crate::http::{Answer, Http, call};
use crate::setting::Secret;
use crate::{Endpoint, Error};

/// Where the service answers.
pub const API_URL: &str = "https://dysmsapi.aliyuncs.com";

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2017-05-25";
const SIGNED_HEADERS: &str = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
/// Everything but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// An account at Aliyun. The service keeps no memory of message ids: what may have been sent is not sent again.
#[derive(Debug, Clone)]
pub struct Aliyun {
    /// How it is called.
    pub http: Http,
    /// [`API_URL`] outside tests and demos.
    pub url: Endpoint,
    /// The AccessKey id.
    pub key_id: String,
    /// The AccessKey secret.
    pub secret: Secret,
    /// The approved name before the text (短信签名).
    pub sign_name: String,
    /// For the date.
    pub clock: Arc<dyn Clock>,
    /// For the nonce.
    pub entropy: Arc<dyn Entropy>,
}

/// What a signature is made over. The body is empty: the parameters stand in the query.
struct Signed<'a> {
    action: &'a str,
    version: &'a str,
    host: &'a str,
    /// `2023-10-26T10:22:32Z`.
    date: &'a str,
    nonce: &'a str,
    /// Sorted and escaped.
    query: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    code: String,
    #[serde(default)]
    message: String,
    biz_id: Option<String>,
}

impl SmsProvider for Aliyun {
    fn name(&self) -> &'static str {
        "aliyun"
    }

    fn is_idempotent(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, message: &'a SmsMessage) -> Sending<'a> {
        Box::pin(self.send_sms(message))
    }
}

impl Aliyun {
    async fn send_sms(&self, message: &SmsMessage) -> Result<SmsReceipt, Error> {
        let params = serde_json::to_string(&message.params).map_err(|error| Error::Client(error.to_string()))?;
        let query = canonical_query(&mut [
            ("OutId", message.id.as_str()),
            ("PhoneNumbers", number(&message.phone)),
            ("SignName", self.sign_name.as_str()),
            ("TemplateCode", message.template.as_str()),
            ("TemplateParam", params.as_str()),
        ]);
        let now = self.clock.now().to_jiff();
        let (date, host) = (now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), self.url.authority());
        let nonce = HEXLOWER.encode(&self.entropy.bytes::<16>());
        let signed =
            Signed { action: "SendSms", version: VERSION, host: &host, date: &date, nonce: &nonce, query: &query };
        let mut url = self.url.at("/", &[]);
        url.set_query(Some(&query));
        let request = self
            .http
            .request(&self.url, Method::POST, url)?
            .header("authorization", signed.authorization(&self.key_id, self.secret.text()))
            .header("x-acs-action", signed.action)
            .header("x-acs-version", signed.version)
            .header("x-acs-date", signed.date)
            .header("x-acs-signature-nonce", signed.nonce)
            .header("x-acs-content-sha256", content_hash());
        receipt_of(&call(request).await?)
    }
}

/// The number as the service wants it: 11 digits for mainland China, else country code and number without the plus.
fn number(phone: &str) -> &str {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    digits.strip_prefix("86").filter(|rest| rest.len() == 11 && rest.starts_with('1')).unwrap_or(digits)
}

fn canonical_query(parameters: &mut [(&str, &str)]) -> String {
    parameters.sort_unstable();
    let escaped = |text| utf8_percent_encode(text, ESCAPED);
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

/// The hash of an empty body.
fn content_hash() -> String {
    HEXLOWER.encode(&Sha256::digest(b""))
}

impl Signed<'_> {
    fn authorization(&self, key_id: &str, secret: &str) -> String {
        let Self { action, version, host, date, nonce, query } = self;
        let content = content_hash();
        let canonical = format!(
            "POST\n/\n{query}\nhost:{host}\nx-acs-action:{action}\nx-acs-content-sha256:{content}\n\
             x-acs-date:{date}\nx-acs-signature-nonce:{nonce}\nx-acs-version:{version}\n\n{SIGNED_HEADERS}\n{content}"
        );
        let to_sign = format!("{ALGORITHM}\n{}", HEXLOWER.encode(&Sha256::digest(canonical.as_bytes())));
        let signature = HEXLOWER.encode(&hmac_sha256(secret.as_bytes(), &[to_sign.as_bytes()]));
        format!("{ALGORITHM} Credential={key_id},SignedHeaders={SIGNED_HEADERS},Signature={signature}")
    }
}

fn receipt_of(answer: &Answer) -> Result<SmsReceipt, Error> {
    let said: Said = serde_json::from_slice(&answer.body)
        .map_err(|_| Error::AnswerUnreadable { reason: "it is no JSON with a Code".to_owned() })?;
    match (said.code.as_str(), said.biz_id) {
        ("OK", Some(provider_id)) if answer.status == 200 => {
            Ok(SmsReceipt { provider_id, cost_fen: None, is_repeat: false })
        }
        ("OK", _) => Err(Error::AnswerUnreadable { reason: "it is OK without a BizId".to_owned() }),
        // The service says that it took nothing.
        (code, _) if code.starts_with("Throttling") || code == "ServiceUnavailable" => {
            Err(Error::Busy { code: shortened(code), wait: answer.retry_after })
        }
        (code, _) => Err(Error::Refused { code: shortened(code), message: shortened(&said.message) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_published_one() {
        // The example with fixed parameters of "V3版本请求体&签名机制".
        let query = canonical_query(&mut [
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]);
        let signed = Signed {
            action: "RunInstances",
            version: "2014-05-26",
            host: "ecs.cn-shanghai.aliyuncs.com",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &query,
        };
        assert_eq!(
            signed.authorization("YourAccessKeyId", "YourAccessKeySecret"),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn parameters_are_sorted_and_escaped_as_rfc_3986_says() {
        let query = canonical_query(&mut [("b", "短 信*~"), ("a", r#"{"code":"1"}"#)]);
        assert_eq!(query, "a=%7B%22code%22%3A%221%22%7D&b=%E7%9F%AD%20%E4%BF%A1%2A~");
    }

    #[test]
    fn a_number_is_written_as_the_service_wants_it() {
        assert_eq!(number("+8613800138000"), "13800138000");
        assert_eq!(number("+85291234567"), "85291234567");
        assert_eq!(number("+8613"), "8613");
    }

    #[test]
    fn an_answer_is_a_receipt_only_with_ok_and_a_biz_id() {
        let read =
            |status, body: &str| receipt_of(&Answer { status, retry_after: None, body: body.as_bytes().to_vec() });
        // The answers of "SendSms - 发送短信".
        let ok = r#"{"Message":"OK","RequestId":"F655A8D5","Code":"OK","BizId":"900619746936498440^0"}"#;
        assert_eq!(read(200, ok).unwrap().provider_id, "900619746936498440^0");
        let limited = r#"{"Message":"触发小时级流控Permits:5","RequestId":"F","Code":"isv.BUSINESS_LIMIT_CONTROL"}"#;
        assert!(matches!(read(200, limited), Err(Error::Refused { code, .. }) if code == "isv.BUSINESS_LIMIT_CONTROL"));
        assert!(matches!(read(400, r#"{"Code":"Throttling.User","Message":""}"#), Err(Error::Busy { .. })));
        for body in ["<html>", r#"{"Code":"OK","Message":"OK"}"#] {
            assert!(read(200, body).unwrap_err().may_have_happened(), "{body}");
        }
    }
}
