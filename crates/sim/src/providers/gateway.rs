//! The gateway protocol from the adapter's side, as the README of crate `providers` describes it.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tallymark_base::Timestamp;
use tallymark_base::random::hmac_sha256;

use super::{Books, Shared, TakenMessage};

/// How far a timestamp may be off.
const SKEW_MAX: Duration = Duration::from_secs(300);
/// What every message costs.
const COST_FEN: i64 = 5;

#[derive(Deserialize)]
struct Message {
    message_id: String,
    to: String,
    template: String,
    params: Value,
}

/// Takes a message, once for each id.
pub(crate) async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let delay = shared.books().trouble.sms.delay();
    tokio::time::sleep(delay).await;
    let (answer, is_lost) = {
        let mut books = shared.books();
        let answer = taken(&shared, &mut books, &headers, &body);
        let is_lost = answer.is_ok() && books.trouble.sms.next_answer_is_lost();
        (answer, is_lost)
    };
    if is_lost {
        return std::future::pending().await;
    }
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err((status, code)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(json!({ "code": code, "message": "refused by the stand-in" }))).into_response()
        }
    }
}

fn taken(shared: &Shared, books: &mut Books, headers: &HeaderMap, body: &[u8]) -> Result<Value, (u16, String)> {
    signed(shared, books, headers, body)?;
    if let Some(refusal) = books.trouble.sms.next() {
        return Err(refusal);
    }
    let message: Message = serde_json::from_slice(body).map_err(|error| (400, format!("body_unreadable {error}")))?;
    let digits = message.to.strip_prefix('+').unwrap_or_default();
    if digits.len() < 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err((422, "number_invalid".to_owned()));
    }
    if let Some(known) = books.messages.iter_mut().find(|known| known.message_id == message.message_id) {
        known.times += 1;
        let answer = json!({ "provider_id": known.provider_id, "cost_fen": COST_FEN, "repeat": true });
        let is_same = books.bodies.get(&message.message_id).is_some_and(|first| first == body);
        return if is_same { Ok(answer) } else { Err((409, "message_id_reused".to_owned())) };
    }
    let provider_id = format!("sim-{}", shared.word(12));
    books.bodies.insert(message.message_id.clone(), body.to_vec());
    books.messages.push(TakenMessage {
        by: "gateway",
        message_id: message.message_id,
        to: message.to,
        template: message.template,
        params: message.params,
        provider_id: provider_id.clone(),
        times: 1,
    });
    Ok(json!({ "provider_id": provider_id, "cost_fen": COST_FEN }))
}

fn signed(shared: &Shared, books: &mut Books, headers: &HeaderMap, body: &[u8]) -> Result<(), (u16, String)> {
    let refused = |code: &str| (401, code.to_owned());
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (timestamp, nonce) = (header("tallymark-timestamp"), header("tallymark-nonce"));
    let secret = shared.accounts.sms_secret.as_bytes();
    let digest = hmac_sha256(secret, &[timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body]);
    let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if header("tallymark-key") != shared.accounts.sms_key_id
        || header("tallymark-signature") != format!("v1={expected}")
        || nonce.len() != 32
    {
        return Err(refused("signature_wrong"));
    }
    let at: i64 = timestamp.parse().map_err(|_| refused("timestamp_off"))?;
    let off = (shared.clock.now().0 / Timestamp::SECOND - at).unsigned_abs();
    if off > SKEW_MAX.as_secs() {
        return Err(refused("timestamp_off"));
    }
    if !books.nonces.insert(nonce.to_owned()) {
        return Err(refused("nonce_used"));
    }
    Ok(())
}
