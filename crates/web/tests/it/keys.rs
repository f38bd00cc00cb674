//! Who may call, and the caller's key for a request.

use crate::app::{app, caller, order, send};
use tallymark_web::Caller;

const GOOD: &str = r#"{"name":"a","lines":[]}"#;

#[tokio::test]
async fn without_a_caller_the_answer_is_401_and_says_how_to_sign_in() {
    let mut request = order(GOOD);
    request.extensions_mut().remove::<Caller>();
    let answer = send(app(false), request).await;
    answer.is_problem(401, "auth.key_missing", "Authorization: Bearer");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_key_of_another_scope_is_refused_and_told_which_is_needed() {
    let mut request = order(GOOD);
    request.extensions_mut().insert(caller("scan read"));
    let answer = send(app(false), request).await;
    answer.is_problem(403, "auth.scope_missing", "the permission goods; you have: scan read");
    let mut request = order(GOOD);
    request.extensions_mut().insert(caller("owner"));
    assert_eq!(send(app(false), request).await.status, 200);
}

#[tokio::test]
async fn a_writing_call_needs_one_idempotency_key_of_visible_ascii() {
    let with = |keys: &[&[u8]]| {
        let mut request = order(GOOD);
        request.headers_mut().remove("idempotency-key");
        for key in keys {
            request.headers_mut().append("idempotency-key", (*key).try_into().unwrap());
        }
        send(app(false), request)
    };
    with(&[]).await.is_problem(400, "request.idempotency_key_missing", "Idempotency-Key");
    assert_eq!(with(&[&[b'~'; 200]]).await.status, 200);
    let malformed: [&[&[u8]]; 5] = [&[b""], &[&[b'a'; 201]], &[b"a b"], &[b"caf\xc3\xa9"], &[b"a", b"b"]];
    for keys in malformed {
        with(keys).await.is_problem(400, "request.idempotency_key_malformed", "1 to 200 visible ASCII");
    }
}
