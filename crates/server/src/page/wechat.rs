//! Signing in inside WeChat: the page is left for WeChat and come back to, without a word to the person.
//!
//! A page that opens in WeChat's browser sends it away with a state. The state belongs to this device and this page, is
//! good for ten minutes and for one return ([`State`]), so nobody can make a phone sign in as somebody else. The openid
//! that comes of it is sealed into a cookie of the device, and shown with every scan from then on. Whatever goes wrong,
//! the page opens as it does elsewhere, and the next try waits ten minutes.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Fault, Timestamp, TypedId as _};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_providers::WechatAccount;
use tallymark_store::idempotency;
use tallymark_web::{Problem, Query};

use super::cookie::{cookie, set_cookie};
use super::device::Device;
use super::text::say;
use super::{App, Visit, html};

/// Holds the sealed openid, or [`NOT_LATELY`].
const COOKIE: &str = "tm_wechat";
/// How long a phone is known without asking WeChat again.
const COOKIE_SECONDS: u32 = 30 * 24 * 3600;
/// The value after a try that failed.
const NOT_LATELY: &str = "0";
const NOT_LATELY_SECONDS: u32 = 600;
/// How long a state is good for.
const STATE_LIFE: Duration = Duration::from_secs(600);
/// The longest path that is come back to; those of printed codes have less than 60 characters.
const PATH_LENGTH_MAX: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/wechat", get(back))
}

/// What the browser brings from WeChat.
#[derive(Debug, Deserialize)]
struct Returned {
    #[serde(default)]
    to: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

async fn back(visit: Visit, returned: Result<Query<Returned>, Problem>) -> Response {
    match returned {
        Ok(Query(returned)) if may_return_to(&returned.to) => visit.back(&returned).await,
        Ok(_) => {
            let headline = say(visit.language, "页面已过期", "This page has expired");
            let sentence = say(visit.language, "请重新扫描二维码。", "Scan the code again.");
            html(StatusCode::CONFLICT, visit.notice(headline, sentence, None))
        }
        Err(problem) => visit.problem(&problem),
    }
}

/// Why a sign-in did not complete; for the log.
enum Failure {
    /// The phone keeps no cookie, or another phone began.
    NoDevice,
    /// Not ours, of another device or page, or too old.
    State,
    /// It was returned with before.
    StateUsed,
    /// The person was not sent back with a code.
    NoCode,
    /// The tenant has no account at WeChat any more.
    NoAccount,
    /// WeChat, or the database.
    Fault(String),
}

impl Failure {
    fn name(&self) -> &str {
        match self {
            Self::NoDevice => "no_device",
            Self::State => "state_wrong",
            Self::StateUsed => "state_used",
            Self::NoCode => "no_code",
            Self::NoAccount => "no_account",
            Self::Fault(code) => code,
        }
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        Self::Fault(fault.code().to_owned())
    }
}

impl Visit {
    /// Sends a browser inside WeChat away to sign in, unless it is signed in, has just come back, or failed lately.
    pub(super) async fn to_wechat(&self, device: &Device) -> Option<Response> {
        if self.method != Method::GET || self.options.wechat.is_some() || !is_wechat(&self.headers) {
            return None;
        }
        let accounts = self.accounts().await;
        let account = accounts.wechat.as_ref()?;
        let is_known = self.openid_of(device).is_some_and(|openid| openid.starts_with(&account.app_id));
        let failed_lately = cookie(&self.headers, COOKIE) == Some(NOT_LATELY);
        let host = self.headers.get(header::HOST)?.to_str().ok()?;
        if is_known || failed_lately || !may_return_to(&self.path) {
            return None;
        }
        let (clock, entropy) = (&self.app.context.clock, &*self.app.context.entropy);
        let state = State::new(&self.brand.page_key, device, &self.path, clock.now(), entropy);
        let scheme = if self.app.is_https { "https" } else { "http" };
        let to = utf8_percent_encode(&self.path, NON_ALPHANUMERIC);
        let back = format!("{scheme}://{host}/wechat?to={to}{}", self.language_parameter('&'));
        let mut response = redirect(StatusCode::FOUND, &account.authorize_url(&back, &state.0));
        self.remember(device, &mut response);
        Some(response)
    }

    /// The browser comes back.
    async fn back(self, returned: &Returned) -> Response {
        let device = self.device();
        if let Some(refused) = self.refusal(&device, &returned.to) {
            return refused;
        }
        let signed_in = self.sign_in(&device, returned).await;
        let outcome = if signed_in.is_ok() { "ok" } else { "failed" };
        let to = format!("{}?wechat={outcome}{}", returned.to, self.language_parameter('&'));
        let mut response = redirect(StatusCode::SEE_OTHER, &to);
        match signed_in {
            Ok(sealed) => set_cookie(&mut response, COOKIE, &sealed, COOKIE_SECONDS, self.app.is_https),
            Err(failure) => {
                tracing::warn!(reason = failure.name(), "a sign-in by WeChat did not complete; the page opens without");
                set_cookie(&mut response, COOKIE, NOT_LATELY, NOT_LATELY_SECONDS, self.app.is_https);
            }
        }
        response
    }

    /// The cookie's value that shows who signed in.
    async fn sign_in(&self, device: &Device, returned: &Returned) -> Result<String, Failure> {
        if device.is_new {
            return Err(Failure::NoDevice);
        }
        let state = State(returned.state.clone());
        if !state.is_good(&self.brand.page_key, device, &returned.to, self.app.context.clock.now()) {
            return Err(Failure::State);
        }
        if !self.take(&state).await? {
            return Err(Failure::StateUsed);
        }
        if returned.code.is_empty() {
            return Err(Failure::NoCode);
        }
        let accounts = self.accounts().await;
        let account: &WechatAccount = accounts.wechat.as_ref().ok_or(Failure::NoAccount)?;
        let user = account.exchange(&self.app.outside.http, &returned.code).await.map_err(|error| {
            tracing::warn!(code = error.code(), cause = error.cause(), %error, "WeChat gave no openid");
            Failure::from(error)
        })?;
        let openid = Identifier::parse(IdentifierKind::WechatOpenid, &format!("{}:{}", account.app_id, user.openid))?;
        self.touch(device, Some(openid.clone()), "WeChat Signed In");
        let entropy = &*self.app.context.entropy;
        let sealed = self.openid_key().seal(device.id.as_bytes(), openid.value().as_bytes(), entropy);
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Takes a state once, on whichever server.
    async fn take(&self, state: &State) -> Result<bool, tallymark_store::Error> {
        let context = &self.app.context;
        let key = idempotency::Key::new(self.brand.tenant.raw(), "wechat.state", &state.0);
        let claim = idempotency::Claim { key, body: idempotency::body_hash(&state.0, b""), origin: None };
        let mut tx = context.store.write().await?;
        let taken = idempotency::claim(&mut tx, &[claim], context.clock.now()).await?;
        tx.commit().await?;
        Ok(taken.is_empty())
    }

    /// Who the device signed in as: the text of the identifier.
    fn openid_of(&self, device: &Device) -> Option<String> {
        let sealed = BASE64URL_NOPAD.decode(cookie(&self.headers, COOKIE)?.as_bytes()).ok()?;
        String::from_utf8(self.openid_key().open(device.id.as_bytes(), &sealed).ok()?).ok()
    }

    /// The identifier that the device signed in with.
    pub(super) fn wechat_identifier(&self, device: &Device) -> Option<Identifier> {
        Identifier::parse(IdentifierKind::WechatOpenid, &self.openid_of(device)?).ok()
    }

    fn openid_key(&self) -> Key {
        self.brand.page_key.derive("wechat_openid")
    }
}

/// What goes to WeChat and comes back: eight digits of time, 26 random letters, and a MAC over both, the device and the
/// page. WeChat passes on letters and digits only, 128 at most.
struct State(String);

const TIME_LENGTH: usize = 8;
const RANDOM_LENGTH: usize = 26;

impl State {
    fn new(key: &Key, device: &Device, path: &str, at: Timestamp, entropy: &dyn Entropy) -> Self {
        let seconds = u32::try_from(at.0 / Timestamp::SECOND).unwrap_or(0);
        let head =
            format!("{}{}", HEXLOWER.encode(&seconds.to_be_bytes()), BASE32_NOPAD.encode(&entropy.bytes::<16>()));
        let mac = Self::mac(key, device, path, &head);
        Self(head + &mac)
    }

    fn is_good(&self, key: &Key, device: &Device, path: &str, at: Timestamp) -> bool {
        let Some((head, mac)) = self.0.split_at_checked(TIME_LENGTH + RANDOM_LENGTH) else { return false };
        if !bool::from(mac.as_bytes().ct_eq(Self::mac(key, device, path, head).as_bytes())) {
            return false;
        }
        let seconds = i64::from_str_radix(&head[..TIME_LENGTH], 16).unwrap_or(0);
        let age = at.since(Timestamp(seconds * Timestamp::SECOND));
        (0..=STATE_LIFE.as_micros() as i64).contains(&age)
    }

    fn mac(key: &Key, device: &Device, path: &str, head: &str) -> String {
        let digest = hmac_sha256(key.bytes(), &[["wechat_state", &device.id, path, head].join("\0").as_bytes()]);
        BASE32_NOPAD.encode(&digest[..16])
    }
}

/// Whether the browser is WeChat's own. WeCom's says so too, but signs in by another account.
fn is_wechat(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.contains("MicroMessenger") && !agent.contains("wxwork")
}

/// Whether a path is one of a scan page: nothing else is come back to, whoever asks.
fn may_return_to(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/%._~-".contains(&byte);
    let is_scan = ["/C/", "/c/", "/01/"].iter().any(|start| path.starts_with(start));
    is_scan && path.len() <= PATH_LENGTH_MAX && path.bytes().all(is_plain)
}

fn redirect(status: StatusCode, to: &str) -> Response {
    (status, [(header::LOCATION, to.to_owned())]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallymark_base::random::SeededEntropy;

    #[test]
    fn a_state_belongs_to_device_page_and_ten_minutes() {
        let (key, entropy) = (Key::new([3; 32]), SeededEntropy::new([1; 32]));
        let (mine, other) = (Device::new(&entropy), Device::new(&entropy));
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let state = State::new(&key, &mine, "/C/A", at, &entropy);
        assert!(state.0.len() <= 128 && state.0.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", state.0);
        assert!(state.is_good(&key, &mine, "/C/A", at) && state.is_good(&key, &mine, "/C/A", at.plus(STATE_LIFE)));
        assert!(!state.is_good(&key, &mine, "/C/A", at.plus(STATE_LIFE + Duration::from_secs(1))));
        assert!(!state.is_good(&key, &mine, "/C/A", Timestamp(at.0 - 1)), "from the future");
        assert!(!state.is_good(&key, &mine, "/C/B", at) && !state.is_good(&key, &other, "/C/A", at));
        assert!(!state.is_good(&Key::new([4; 32]), &mine, "/C/A", at));
        for wrong in ["", "x", "字字字字字字字字字字字字字", &state.0[1..], &format!("{}A", state.0)] {
            assert!(!State(wrong.to_owned()).is_good(&key, &mine, "/C/A", at), "{wrong}");
        }
    }

    #[test]
    fn only_scan_pages_of_this_site_are_come_back_to() {
        for path in ["/C/ABC", "/c/abc", "/01/06901234567892/21/ABC", "/C/%E5%AD%97"] {
            assert!(may_return_to(path), "{path}");
        }
        for path in ["", "/", "//evil.example/C/", "https://evil.example", "/C/a?b", "/C/a\\b", "/v1/x", "/C/a#b"] {
            assert!(!may_return_to(path), "{path}");
        }
        assert!(!may_return_to(&format!("/C/{}", "a".repeat(PATH_LENGTH_MAX))));
    }

    #[test]
    fn wechat_is_told_by_its_agent_and_wecom_is_not_wechat() {
        let agent = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, text.parse().unwrap());
            is_wechat(&headers)
        };
        assert!(agent("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50(0x18003237)"));
        assert!(!agent("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"));
        assert!(!agent("Mozilla/5.0 (iPhone) wxwork/4.1.22 MicroMessenger/7.0.1"));
    }
}
