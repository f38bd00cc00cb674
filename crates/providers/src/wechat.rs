//! WeChat web authorisation (微信网页授权) with the silent scope `snsapi_base`: the browser inside WeChat is sent to
//! WeChat and comes back with a code, which the server exchanges for the openid.
//!
//! Source: developers.weixin.qq.com, "网页授权" and "换取用户授权凭证" (snsAccessToken).

use reqwest::Method;
use serde::Deserialize;

use crate::error::shortened;
use crate::http::{Http, call};
use crate::setting::Secret;
use crate::{Endpoint, Error};

/// Where WeChat sends browsers.
pub(crate) const AUTHORIZE_URL: &str = "https://open.weixin.qq.com";
/// Where WeChat answers servers.
pub(crate) const API_URL: &str = "https://api.weixin.qq.com";
/// The longest state that WeChat gives back: letters and digits, 128 bytes.
pub const STATE_LENGTH_MAX: usize = 128;

/// Codes WeChat sends are far shorter; what is longer is none.
const CODE_LENGTH_MAX: usize = 512;
/// How often the exchange is tried while WeChat says that it is busy; a busy WeChat has not used the code up.
const TRIES_MAX: u32 = 2;

/// An official account (公众号) of a brand.
#[derive(Debug, Clone)]
pub struct WechatAccount {
    /// Its appid.
    pub app_id: String,
    /// Its appsecret.
    pub secret: Secret,
    /// Where browsers are sent; [`AUTHORIZE_URL`] outside tests and demos.
    pub authorize: Endpoint,
    /// Where codes are exchanged; [`API_URL`] outside tests and demos.
    pub api: Endpoint,
}

/// Who came back from WeChat.
#[derive(Clone, PartialEq, Eq)]
pub struct WechatUser {
    /// The user as this official account sees it. Personal: never into a log or an event.
    pub openid: String,
    /// The user across the accounts of one owner, where WeChat tells it. Personal as well.
    pub unionid: Option<String>,
}

impl std::fmt::Debug for WechatUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WechatUser(hidden)")
    }
}

/// The errors that mean that the code, not the account, is wrong.
const CODE_ERRORS: [i64; 3] = [40_029, 40_163, 42_003];
/// The errors that pass by themselves: busy, and too many calls in a minute.
const PASSING_ERRORS: [i64; 2] = [-1, 45_011];

/// Both sorts of answer in one: WeChat tells them apart by `errcode` and always answers with status 200.
#[derive(Deserialize)]
struct Exchanged {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    openid: String,
    unionid: Option<String>,
    /// 1 where WeChat showed a preview of the page under an account that nobody has.
    #[serde(default)]
    is_snapshotuser: u8,
}

impl WechatAccount {
    /// Where to send a browser so that it comes back to `back` (an absolute address) with `code` and `state`. `state`
    /// has letters and digits, at most [`STATE_LENGTH_MAX`].
    pub fn authorize_url(&self, back: &str, state: &str) -> String {
        let query = [
            ("appid", self.app_id.as_str()),
            ("redirect_uri", back),
            ("response_type", "code"),
            ("scope", "snsapi_base"),
            ("state", state),
        ];
        let mut url = self.authorize.at("/connect/oauth2/authorize", &query);
        // WeChat's page does nothing without it.
        url.set_fragment(Some("wechat_redirect"));
        url.into()
    }

    /// Exchanges the code that a browser brought. It can be exchanged once, within five minutes.
    ///
    /// A code that is wrong, used or too old is [`Error::Refused`] with WeChat's number as its code: 40029, 40163 or
    /// 42003. So is a preview account, as `snapshot`, for it stands for nobody.
    pub async fn exchange(&self, http: &Http, code: &str) -> Result<WechatUser, Error> {
        if code.is_empty() || code.len() > CODE_LENGTH_MAX || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Refused { code: "40029".to_owned(), message: "that is no code of WeChat".to_owned() });
        }
        let mut tries = 1;
        loop {
            match self.exchange_once(http, code).await {
                Err(Error::Busy { .. } | Error::Unreachable { .. }) if tries < TRIES_MAX => tries += 1,
                result => return result,
            }
        }
    }

    async fn exchange_once(&self, http: &Http, code: &str) -> Result<WechatUser, Error> {
        let query = [
            ("appid", self.app_id.as_str()),
            ("secret", self.secret.text()),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        let url = self.api.at("/sns/oauth2/access_token", &query);
        let answer = call(http.request(&self.api, Method::GET, url)?).await?;
        let unreadable = |reason: &str| Error::AnswerUnreadable { reason: reason.to_owned() };
        if answer.status >= 500 {
            return Err(Error::Busy { code: answer.status.to_string(), wait: answer.retry_after });
        }
        // WeChat sends JSON as text/plain.
        let got: Exchanged = serde_json::from_slice(&answer.body).map_err(|_| unreadable("it is no JSON of WeChat"))?;
        if PASSING_ERRORS.contains(&got.errcode) {
            return Err(Error::Busy { code: got.errcode.to_string(), wait: None });
        }
        if got.errcode != 0 {
            return Err(Error::Refused { code: got.errcode.to_string(), message: shortened(&got.errmsg) });
        }
        if got.is_snapshotuser != 0 {
            return Err(Error::Refused {
                code: "snapshot".to_owned(),
                message: "WeChat showed a preview under an account that nobody has".to_owned(),
            });
        }
        if got.openid.is_empty() {
            return Err(unreadable("it has no openid"));
        }
        Ok(WechatUser { openid: got.openid, unionid: got.unionid.filter(|id| !id.is_empty()) })
    }

    /// Whether WeChat answers and knows the account: a made-up code must be refused as a wrong code, and not for any
    /// other reason.
    pub async fn check(&self, http: &Http) -> Result<(), Error> {
        match self.exchange(http, "tallymark-check").await {
            Ok(_) => Err(Error::AnswerUnreadable { reason: "a made-up code was accepted".to_owned() }),
            Err(Error::Refused { code, .. }) if CODE_ERRORS.iter().any(|number| number.to_string() == code) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
