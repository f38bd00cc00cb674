//! Signing in inside WeChat.

use std::time::Duration;

use tallymark_sim::providers::{Trouble, WechatTrouble};
use tallymark_testkit::both_engines;

use crate::outside::Outside;
use crate::phone::{PHONE, Phone, WECHAT};
use crate::world::Got;

/// What WeChat does with a browser: the address that it is sent back to, and who it is to WeChat.
async fn at_wechat(away: &Got, user: Option<&str>) -> (String, String) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let mut request = client.get(away.header("location"));
    if let Some(user) = user {
        request = request.header("cookie", format!("wx_user={user}"));
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 302, "{}", away.header("location"));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let user = cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    let back = answer.headers()["location"].to_str().unwrap();
    (back.strip_prefix("http://spring.example:8080").expect("back to the same site").to_owned(), user)
}

/// A phone inside WeChat opens a code and follows where it is sent; who it is to WeChat, and the page at the end.
async fn sign_in(phone: &mut Phone<'_>, code: &str, user: Option<&str>) -> (String, Got) {
    let away = phone.open(code).await;
    assert_eq!(away.status, 302, "{}", away.text());
    let (back, user) = at_wechat(&away, user).await;
    let returned = phone.get(&back).await;
    assert_eq!(returned.status, 303);
    (user, phone.get(returned.header("location")).await)
}

fn inside_wechat(outside: &Outside) -> Phone<'_> {
    Phone { agent: WECHAT, ..Phone::new(&outside.world) }
}

/// The page that everybody sees.
fn is_page(got: &Got) -> bool {
    got.status == 200 && got.text().contains("正品")
}

both_engines! { tallymark_server::migrations();
    async fn a_phone_inside_wechat_is_known_by_its_openid_on_any_device(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_wechat().await;
        let code = outside.world.codes().await.remove(0);
        let mut phone = inside_wechat(&outside);
        let (user, page) = sign_in(&mut phone, &code, None).await;
        assert!(is_page(&page), "{}", page.text());
        assert!(phone.open_reward(&code).await.text().contains("0.88"));
        let openid = format!("{}:{user}", outside.accounts.wechat_app_id);
        let person = outside.person("wechat_openid", &openid).await;
        assert_eq!(person["cny_fen"], 88);
        assert_eq!(person["id"], outside.person("device", &phone.device()).await["id"]);
        // The same person on another device sees that the reward is their own; a stranger does not.
        let mut other = inside_wechat(&outside);
        let (_, page) = sign_in(&mut other, &code, Some(&user)).await;
        assert!(page.text().contains("0.88"), "{}", page.text());
        let (_, page) = sign_in(&mut inside_wechat(&outside), &code, None).await;
        assert!(page.text().contains("奖励已被领取"), "{}", page.text());
        assert!(is_page(&phone.open(&code).await), "WeChat is not asked again");
    }

    async fn a_wrong_used_or_old_state_signs_nobody_in_and_the_page_opens(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_wechat().await;
        let code = outside.world.codes().await.remove(0);
        let trouble = |wechat| outside.servers.trouble(Trouble { wechat, ..Trouble::default() });

        trouble(WechatTrouble { wrong_state: true, ..WechatTrouble::default() });
        let mut phone = inside_wechat(&outside);
        let (_, page) = sign_in(&mut phone, &code, None).await;
        assert!(is_page(&page) && page.text().contains("微信登录没有完成"), "{}", page.text());
        assert_eq!(phone.cookies["tm_wechat"], "0");
        assert!(is_page(&phone.open(&code).await), "no second try at once");
        trouble(WechatTrouble::default());

        // The state of another phone: whoever follows a link that a stranger made stays who they are.
        let (back, user) = at_wechat(&inside_wechat(&outside).open(&code).await, None).await;
        let mut victim = inside_wechat(&outside);
        victim.open(&code).await;
        let returned = victim.get(&back).await;
        assert!(returned.header("location").contains("wechat=failed"));
        // The same state a second time, with the code that was not used.
        let mut phone = inside_wechat(&outside);
        let away = phone.open(&code).await;
        let (back, _) = at_wechat(&away, None).await;
        assert!(phone.get(&back).await.header("location").contains("wechat=ok"));
        let (again, _) = at_wechat(&away, None).await;
        assert!(phone.get(&again).await.header("location").contains("wechat=failed"));
        // The right state for another page.
        let mut phone = inside_wechat(&outside);
        let (back, _) = at_wechat(&phone.open(&code).await, None).await;
        let elsewhere = back.replace(&code, &format!("{code}A"));
        assert!(phone.get(&elsewhere).await.header("location").contains("wechat=failed"));
        // Too late.
        let mut phone = inside_wechat(&outside);
        let (back, _) = at_wechat(&phone.open(&code).await, None).await;
        outside.world.db.clock.advance(Duration::from_secs(601));
        assert!(phone.get(&back).await.header("location").contains("wechat=failed"));
        let openid = format!("{}:{user}", outside.accounts.wechat_app_id);
        assert_eq!(outside.person("wechat_openid", &openid).await["code"], "people.not_found");
    }

    async fn when_wechat_fails_the_page_works_as_before(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_wechat().await;
        let codes = outside.world.codes().await;
        let troubles = [
            WechatTrouble { times: 2, errcode: -1, ..WechatTrouble::default() },
            WechatTrouble { times: 1, errcode: 40_125, ..WechatTrouble::default() },
            WechatTrouble { garbled: 1, ..WechatTrouble::default() },
            WechatTrouble { wrong_code: true, ..WechatTrouble::default() },
            WechatTrouble { snapshot: true, ..WechatTrouble::default() },
        ];
        for (trouble, code) in troubles.into_iter().zip(&codes) {
            outside.servers.trouble(Trouble { wechat: trouble.clone(), ..Trouble::default() });
            let mut phone = inside_wechat(&outside);
            let (_, page) = sign_in(&mut phone, code, None).await;
            assert!(is_page(&page), "{trouble:?}: {}", page.text());
            assert!(phone.open_reward(code).await.text().contains("0.88"), "{trouble:?}");
        }
    }

    async fn only_wechat_itself_is_sent_away_and_only_where_the_brand_has_an_account(db: TestDb) {
        let outside = Outside::new(db).await;
        let code = outside.world.codes().await.remove(0);
        assert!(is_page(&inside_wechat(&outside).open(&code).await), "no account");
        outside.set_wechat().await;
        assert!(is_page(&Phone::new(&outside.world).open(&code).await), "another browser");
        let wecom = "Mozilla/5.0 (iPhone) wxwork/4.1.22 MicroMessenger/7.0.1";
        assert!(is_page(&Phone { agent: wecom, ..Phone::new(&outside.world) }.open(&code).await));
        let mut phone = inside_wechat(&outside);
        assert_eq!(phone.send("HEAD", &format!("/C/{code}"), WECHAT, None).await.status, 200);
        let away = phone.open(&code).await;
        assert!(away.header("location").contains("scope=snsapi_base") && away.header("set-cookie").contains("tm_device"));
        let gone = outside.world.call("DELETE", "/v1/providers/wechat", Some(&outside.world.owner), None, None).await;
        assert_eq!(gone.status, 204);
        assert!(is_page(&inside_wechat(&outside).open(&code).await), "the account was removed");
    }

    async fn nobody_is_sent_to_another_site(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_wechat().await;
        for to in ["//evil.example/C/A", "https://evil.example/C/A", "/v1/products", "", "/C/A%5Cevil", "/C/A%0d%0ax"] {
            let got = Phone::new(&outside.world).get(&format!("/wechat?to={to}&code=a&state=b")).await;
            let location = got.header("location");
            assert!(got.status == 409 || location.starts_with("/C/A?wechat=failed"), "{to}: {} {location}", got.status);
        }
        let mut plain = Phone { agent: PHONE, ..Phone::new(&outside.world) };
        assert_eq!(plain.get("/wechat").await.status, 409);
        assert_eq!(plain.get("/wechat?to=/C/A&code=%FF").await.status, 400);
    }
}
