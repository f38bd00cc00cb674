//! Aliyun's `SendSms`, as help.aliyun.com describes it: the V3 signature over the request as it came.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tallymark_base::random::hmac_sha256;

use super::{Books, Shared, TakenMessage};

/// Takes a message. The same `OutId` twice is two messages: it only comes back in reports.
pub(crate) async fn take(
    State(shared): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let delay = shared.books().trouble.sms.delay();
    tokio::time::sleep(delay).await;
    let query = query.unwrap_or_default();
    let (answer, is_lost) = {
        let mut books = shared.books();
        let answer = taken(&shared, &mut books, &headers, &query, &body);
        let is_lost = answer.is_ok() && books.trouble.sms.next_answer_is_lost();
        (answer, is_lost)
    };
    if is_lost {
        return std::future::pending().await;
    }
    let (status, answer) = match answer {
        Ok(provider_id) => (200, json!({ "Code": "OK", "Message": "OK", "BizId": provider_id, "RequestId": "SIM" })),
        Err((status, code)) => (status, json!({ "Code": code, "Message": "refused", "RequestId": "SIM" })),
    };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

fn taken(
    shared: &Shared,
    books: &mut Books,
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<String, (u16, String)> {
    if authorization(shared, headers, query, body) != text(headers, "authorization") {
        return Err((400, "SignatureDoesNotMatch".to_owned()));
    }
    if text(headers, "x-acs-action") != "SendSms" || text(headers, "x-acs-version") != "2017-05-25" {
        return Err((404, "InvalidAction.NotFound".to_owned()));
    }
    if !books.nonces.insert(text(headers, "x-acs-signature-nonce").to_owned()) {
        return Err((400, "SignatureNonceUsed".to_owned()));
    }
    if let Some(refusal) = books.trouble.sms.next() {
        return Err(refusal);
    }
    let value = |name: &str| {
        let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        pair.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned()).unwrap_or_default()
    };
    let params: Value =
        serde_json::from_str(&value("TemplateParam")).map_err(|_| (200, "isv.INVALID_JSON_PARAM".to_owned()))?;
    if !value("PhoneNumbers").bytes().all(|byte| byte.is_ascii_digit()) || value("SignName").is_empty() {
        return Err((200, "isv.MOBILE_NUMBER_ILLEGAL".to_owned()));
    }
    let provider_id = format!("{}^0", shared.word(18));
    books.messages.push(TakenMessage {
        by: "aliyun",
        message_id: value("OutId"),
        to: value("PhoneNumbers"),
        template: value("TemplateCode"),
        params,
        provider_id: provider_id.clone(),
        times: 1,
    });
    Ok(provider_id)
}

/// What the header must be, from the headers that it says are signed.
fn authorization(shared: &Shared, headers: &HeaderMap, query: &str, body: &[u8]) -> String {
    let said = text(headers, "authorization");
    let names = said.split("SignedHeaders=").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let lines: String = names.split(';').map(|name| format!("{name}:{}\n", text(headers, name).trim())).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let content = hex(&Sha256::digest(body));
    let canonical = format!("POST\n/\n{}\n{lines}\n{names}\n{content}", pairs.join("&"));
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let signature = hex(&hmac_sha256(shared.accounts.sms_secret.as_bytes(), &[to_sign.as_bytes()]));
    let key_id = &shared.accounts.sms_key_id;
    format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
