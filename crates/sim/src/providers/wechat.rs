//! WeChat's web authorisation (微信网页授权), as developers.weixin.qq.com describes it.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tallymark_base::Timestamp;

use super::Shared;

/// A code can be exchanged for five minutes.
const CODE_LIFE: Duration = Duration::from_secs(300);
/// Keeps who a browser is, as WeChat knows who holds the phone.
const COOKIE: &str = "wx_user";

/// A code that a browser was sent back with.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    openid: String,
    at: Timestamp,
    is_used: bool,
}

#[derive(Deserialize)]
pub(crate) struct Authorize {
    #[serde(default)]
    appid: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
}

/// Sends the browser back at once, with a code and the state it brought.
pub(crate) async fn authorize(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(asked): Query<Authorize>,
) -> Response {
    let page = |text: &str| (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], text.to_owned()).into_response();
    if asked.appid != shared.accounts.wechat_app_id {
        return page("appid 参数错误 (10016)");
    }
    if asked.response_type != "code" || asked.scope != "snsapi_base" {
        return page("scope 参数错误或没有 scope 权限 (10005)");
    }
    let state_fits = asked.state.len() <= 128 && asked.state.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !asked.redirect_uri.starts_with("http") || !state_fits {
        return page("redirect_uri 参数错误 (10003)");
    }
    let openid = cookie(&headers).unwrap_or_else(|| format!("o{}", shared.word(27)));
    let mut code = shared.word(32);
    let mut state = asked.state;
    {
        let mut books = shared.books();
        let given = Given { openid: openid.clone(), at: shared.clock.now(), is_used: false };
        books.codes.insert(code.clone(), given);
        if books.trouble.wechat.wrong_state {
            state = "anotherstate".to_owned();
        }
        if books.trouble.wechat.wrong_code {
            code = "anothercode".to_owned();
        }
    }
    let joint = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    let state = utf8_percent_encode(&state, NON_ALPHANUMERIC);
    let back = format!("{}{joint}code={code}&state={state}", asked.redirect_uri);
    let cookie = format!("{COOKIE}={openid}; Path=/; HttpOnly");
    (StatusCode::FOUND, [(header::LOCATION, back), (header::SET_COOKIE, cookie)]).into_response()
}

/// Who the browser is.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    let (_, openid) =
        line.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE)?;
    Some(openid.to_owned())
}

#[derive(Deserialize)]
pub(crate) struct Exchange {
    #[serde(default)]
    appid: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    grant_type: String,
}

/// Exchanges a code, once.
pub(crate) async fn access_token(State(shared): State<Shared>, Query(asked): Query<Exchange>) -> Response {
    let delay = shared.books().trouble.wechat.delay();
    tokio::time::sleep(delay).await;
    // WeChat sends JSON as text, and errors with status 200.
    let text = |body: String| ([(header::CONTENT_TYPE, "text/plain")], body).into_response();
    if shared.books().trouble.wechat.next_is_garbled() {
        return text("<html>502</html>".to_owned());
    }
    text(exchanged(&shared, &asked).unwrap_or_else(|(errcode, errmsg)| {
        json!({ "errcode": errcode, "errmsg": format!("{errmsg}, hints: [ req_id: demo ]") })
    }).to_string())
}

fn exchanged(shared: &Shared, asked: &Exchange) -> Result<Value, (i64, &'static str)> {
    let mut books = shared.books();
    if let Some(errcode) = books.trouble.wechat.next() {
        return Err((errcode, "trouble"));
    }
    if asked.appid != shared.accounts.wechat_app_id {
        return Err((40_013, "invalid appid"));
    }
    if asked.secret != shared.accounts.wechat_secret {
        return Err((40_125, "invalid appsecret"));
    }
    if asked.grant_type != "authorization_code" {
        return Err((40_002, "invalid grant_type"));
    }
    if asked.code.is_empty() {
        return Err((41_008, "missing code"));
    }
    let is_snapshot = books.trouble.wechat.snapshot;
    let given = books.codes.get_mut(&asked.code).ok_or((40_029, "invalid code"))?;
    if given.is_used {
        return Err((40_163, "code been used"));
    }
    if shared.clock.now().0 > given.at.plus(CODE_LIFE).0 {
        return Err((42_003, "code expired"));
    }
    given.is_used = true;
    let mut answer = json!({
        "access_token": "demo-access-token", "expires_in": 7200, "refresh_token": "demo-refresh-token",
        "openid": given.openid, "scope": "snsapi_base",
    });
    if is_snapshot {
        answer["is_snapshotuser"] = json!(1);
    }
    Ok(answer)
}
