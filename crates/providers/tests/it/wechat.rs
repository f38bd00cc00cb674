//! WeChat's web authorisation.

use std::time::Duration;

use tallymark_providers::{Endpoint, Error, Http, Secret, WechatAccount};
use tallymark_sim::providers::{Trouble, WechatTrouble};

use crate::outside::{Outside, nobody};

impl Outside {
    fn account(&self) -> WechatAccount {
        WechatAccount {
            app_id: self.accounts.wechat_app_id.clone(),
            secret: Secret::new(self.accounts.wechat_secret.clone()).unwrap(),
            authorize: self.url(),
            api: self.url(),
        }
    }

    /// What a browser does that is sent to WeChat: where it is sent back to.
    async fn browser(&self, url: &str) -> String {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 302, "{}", answer.text().await.unwrap());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// A code that WeChat gave to a browser.
    async fn code(&self) -> String {
        let back = self.browser(&self.account().authorize_url("https://spring.example/wechat", "s1")).await;
        let query = back.split_once("code=").unwrap().1;
        query.split('&').next().unwrap().to_owned()
    }

    fn wechat_trouble(&self, wechat: WechatTrouble) {
        self.servers.trouble(Trouble { wechat, ..Trouble::default() });
    }
}

fn refusal(error: &Error) -> &str {
    match error {
        Error::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_address_is_the_documented_one() {
    let account = WechatAccount {
        app_id: "wx520c15f417810387".into(),
        secret: Secret::new("s").unwrap(),
        authorize: Endpoint::parse("https://open.weixin.qq.com").unwrap(),
        api: Endpoint::parse("https://api.weixin.qq.com").unwrap(),
    };
    // The parameters in the order in which WeChat's page insists on them, escaped, with the fragment at the end.
    assert_eq!(
        account.authorize_url("https://chong.qq.com/php/index.php?d=1", "123"),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx520c15f417810387\
         &redirect_uri=https%3A%2F%2Fchong.qq.com%2Fphp%2Findex.php%3Fd%3D1\
         &response_type=code&scope=snsapi_base&state=123#wechat_redirect"
    );
}

#[tokio::test]
async fn a_browser_comes_back_with_its_state_and_a_code_that_names_the_user_once() {
    let outside = Outside::new().await;
    let back = outside.browser(&outside.account().authorize_url("https://spring.example/wechat?c=A", "s1")).await;
    assert!(back.starts_with("https://spring.example/wechat?c=A&code=") && back.ends_with("&state=s1"), "{back}");
    let code = outside.code().await;
    let user = outside.account().exchange(&outside.http, &code).await.unwrap();
    assert!(user.openid.starts_with('o') && user.openid.len() == 28, "{}", user.openid);
    assert_eq!(format!("{user:?}"), "WechatUser(hidden)");
    let again = outside.account().exchange(&outside.http, &code).await.unwrap_err();
    assert_eq!(refusal(&again), "40163");
}

#[tokio::test]
async fn wrong_old_and_impossible_codes_are_refused_with_wechats_number() {
    let outside = Outside::new().await;
    let account = outside.account();
    for code in ["nobody-gave-this", "", "a b", &"a".repeat(513)] {
        assert_eq!(refusal(&account.exchange(&outside.http, code).await.unwrap_err()), "40029", "{code}");
    }
    let code = outside.code().await;
    outside.clock.advance(Duration::from_secs(301));
    assert_eq!(refusal(&account.exchange(&outside.http, &code).await.unwrap_err()), "42003");
    let stranger = WechatAccount { secret: Secret::new("another").unwrap(), ..account.clone() };
    assert_eq!(refusal(&stranger.exchange(&outside.http, &outside.code().await).await.unwrap_err()), "40125");
    outside.wechat_trouble(WechatTrouble { snapshot: true, ..WechatTrouble::default() });
    assert_eq!(refusal(&account.exchange(&outside.http, &outside.code().await).await.unwrap_err()), "snapshot");
}

#[tokio::test]
async fn a_busy_wechat_is_asked_once_more_and_then_left_alone() {
    let outside = Outside::new().await;
    outside.wechat_trouble(WechatTrouble { times: 1, errcode: -1, ..WechatTrouble::default() });
    outside.account().exchange(&outside.http, &outside.code().await).await.unwrap();
    outside.wechat_trouble(WechatTrouble { times: 2, errcode: -1, ..WechatTrouble::default() });
    let code = outside.code().await;
    let error = outside.account().exchange(&outside.http, &code).await.unwrap_err();
    assert!(matches!(&error, Error::Busy { code, .. } if code == "-1"), "{error:?}");
    outside.account().exchange(&outside.http, &code).await.unwrap();
}

#[tokio::test]
async fn a_slow_garbled_or_missing_wechat_is_an_error_that_holds_no_secret() {
    let outside = Outside::new().await;
    let http = Http::with_time(true, Duration::from_millis(200)).unwrap();
    outside.wechat_trouble(WechatTrouble { delay_ms: 5_000, ..WechatTrouble::default() });
    let slow = outside.account().exchange(&http, "c").await.unwrap_err();
    assert!(matches!(slow, Error::NoAnswer { .. }), "{slow:?}");
    outside.wechat_trouble(WechatTrouble { garbled: 1, ..WechatTrouble::default() });
    let garbled = outside.account().exchange(&outside.http, "c").await.unwrap_err();
    assert!(matches!(garbled, Error::AnswerUnreadable { .. }), "{garbled:?}");
    let nowhere = WechatAccount { api: nobody().await, ..outside.account() };
    let missing = nowhere.exchange(&outside.http, "c").await.unwrap_err();
    assert!(matches!(missing, Error::Unreachable { .. }), "{missing:?}");
    let shown = format!("{slow:?} {garbled:?} {missing:?} {:?}", outside.account());
    assert!(!shown.contains(&outside.accounts.wechat_secret), "{shown}");
}

#[tokio::test]
async fn this_machine_is_called_only_where_that_is_allowed() {
    let outside = Outside::new().await;
    let error = outside.account().exchange(&Http::new(false).unwrap(), "c").await.unwrap_err();
    assert!(matches!(error, Error::LoopbackRefused), "{error:?}");
}

#[tokio::test]
async fn a_check_tells_a_known_account_from_an_unknown_one() {
    let outside = Outside::new().await;
    outside.account().check(&outside.http).await.unwrap();
    let unknown = WechatAccount { app_id: "wx0000".into(), ..outside.account() };
    assert_eq!(refusal(&unknown.check(&outside.http).await.unwrap_err()), "40013");
}
