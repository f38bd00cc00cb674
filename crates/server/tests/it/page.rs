//! The page that a phone's camera opens.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use tallymark_testkit::both_engines;

use crate::phone::{PHONE, Phone, nonce};
use crate::world::{Got, World};

/// What the page's button opens and says, where it has one that works without JavaScript.
fn again(page: &Got) -> Option<(String, String)> {
    let text = page.text();
    let (link, rest) = text.split_once("<a class=\"again\" href=\"")?.1.split_once("\">")?;
    Some((link.to_owned(), rest.split('<').next().unwrap().to_owned()))
}

both_engines! { tallymark_server::migrations();
    async fn a_phone_checks_opens_and_sees_its_reward_again(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let mut phone = Phone::new(&world);
        let page = phone.open(&code).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains("正品") && text.contains("天然水 500ml") && text.contains("打开奖励"), "{text}");
        let nonce = nonce(&page);
        let opened = phone.claim(&code, &nonce).await.text();
        assert!(opened.contains("红包") && opened.contains("0.88"), "{opened}");
        assert_eq!(phone.claim(&code, &nonce).await.text().matches("0.88").count(), 1, "a second tap shows the same");
        assert!(phone.open(&code).await.text().contains("0.88"), "coming back shows it again");
        let other = Phone::new(&world).open(&code).await.text();
        assert!(other.contains("奖励已被领取") && !other.contains("0.88"), "{other}");
        assert_eq!(tallymark_scan::verify::discrepancies(&world.context.store).await.unwrap(), Vec::<String>::new());
    }

    async fn recalled_goods_say_what_to_do_in_the_readers_language_at_the_next_scan(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let mut phone = Phone::new(&world);
        assert!(phone.open(&code).await.text().contains("正品"));
        let texts = json!([
            {"language": "zh-CN", "message": "瓶盖可能<漏气>", "instructions": "请停止饮用。\n到任何门店退货。"},
            {"language": "en", "message": "The cap may leak", "instructions": "Bring it back"},
        ]);
        let goods = json!({"kind": "codes", "codes": [format!("HTTPS://SPRING.EXAMPLE/C/{code}")]});
        let asked = world.post("/v1/recalls/preview", json!({"goods": goods})).await.json();
        assert_eq!(asked["items"], 1, "{asked}");
        let made = world.post("/v1/recalls", json!({"goods": goods, "texts": texts, "reason": "complaint 17"})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let page = phone.open(&code).await.text();
        assert!(page.contains("品牌方正在召回此商品") && page.contains("瓶盖可能&lt;漏气&gt;"), "{page}");
        assert!(page.contains("<p>请停止饮用。</p><p>到任何门店退货。</p>") && !page.contains("打开奖励"), "{page}");
        let english = phone.open(&format!("{code}?lang=en")).await.text();
        assert!(english.contains("The cap may leak") && !english.contains("瓶盖"), "{english}");
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["state"], "recalled");
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let lifted = world.post(&format!("/v1/recalls/{id}/lift"), json!({"reason": "it did not leak"})).await;
        assert_eq!(lifted.status, 200, "{}", lifted.text());
        let page = phone.open(&code).await.text();
        assert!(page.contains("正品") && !page.contains("瓶盖"), "{page}");
    }

    async fn programs_and_prefetches_never_count(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let path = format!("/C/{code}");
        let mut phone = Phone::new(&world);
        phone.send("HEAD", &path, PHONE, None).await;
        for agent in ["facebookexternalhit/1.1", "TelegramBot (like TwitterBot)", "Baiduspider/2.0", ""] {
            assert_eq!(phone.send("GET", &path, agent, None).await.status, 200);
        }
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["checks"], 0);
        phone.open(&code).await;
        phone.open(&code).await;
        assert_eq!(world.get(&format!("/v1/codes/{code}")).await.json()["checks"], 1);
    }

    async fn a_form_that_this_page_did_not_make_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        let mut phone = Phone::new(&world);
        let nonce = nonce(&phone.open(&codes[0]).await);
        for (code, nonce) in [(&codes[0], "made-up"), (&codes[1], nonce.as_str())] {
            assert_eq!(phone.claim(code, nonce).await.status, 409);
        }
        let mut stranger = Phone::new(&world);
        assert_eq!(stranger.claim(&codes[0], &nonce).await.status, 409);
    }

    async fn a_page_that_could_not_help_offers_to_try_again(db: TestDb) {
        let world = World::new(db).await;
        let codes = world.codes().await;
        for (language, code, reopen, retry) in
            [("zh-CN", &codes[0], ("zh", "重新打开"), ("zh", "再试一次")), ("en-GB", &codes[1], ("en", "Open it again"), ("en", "Try again"))]
        {
            let button = |path: String, (language, label): (&str, &str)| Some((format!("{path}?lang={language}"), label.to_owned()));
            let mut phone = Phone { language, ..Phone::new(&world) };
            let expired = phone.claim(code, "made-up").await;
            assert_eq!((expired.status.as_u16(), again(&expired)), (409, button(format!("/C/{code}"), reopen)));
            // What the button opens offers the reward anew, and that form works.
            let link = again(&expired).unwrap().0;
            let page = phone.send("GET", &link, PHONE, None).await;
            assert!(phone.claim(code, &nonce(&page)).await.text().contains("0.88"));

            // Trying again asks what was asked, the GTIN of a Digital Link included.
            let path = format!("/01/06901234567892/21/{code}");
            let mut refused = phone.send("GET", &path, PHONE, None).await;
            for _ in 0..60 {
                if refused.status != 200 {
                    break;
                }
                refused = phone.send("GET", &path, PHONE, None).await;
            }
            assert_eq!((refused.status.as_u16(), again(&refused)), (429, button(path, retry)));
        }
    }

    async fn the_page_is_small_strict_and_in_the_readers_language(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let mut phone = Phone { language: "en-GB,en;q=0.9", ..Phone::new(&world) };
        let page = phone.open(&code).await;
        let text = page.text();
        assert!(text.contains("Genuine") && text.contains("lang=\"en\""));
        assert!(!text.contains("http://") && !text.contains("https://"), "no outside assets");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("set-cookie").contains("HttpOnly; SameSite=Lax"));
    }

    async fn strange_paths_and_hosts_get_a_page_and_no_stack_trace(db: TestDb) {
        let world = World::new(db).await;
        let mut phone = Phone::new(&world);
        for path in ["/C/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/C/%E5%AD%97", "/C/0", "/01/06901234567892/21/ABC"] {
            let got = phone.send("GET", path, PHONE, None).await;
            assert_eq!(got.status, 200, "{path}");
            assert!(got.text().contains("查不到此码"), "{path}");
            assert!(!got.text().contains("<script>alert"), "{path}");
        }
        assert_eq!(phone.send("GET", "/C/%FF", PHONE, None).await.status, 400);
        let elsewhere = Request::builder().uri("/C/X").header(header::HOST, "nobody.example").body(Body::empty()).unwrap();
        assert_eq!(world.send(elsewhere).await.status, 404);
    }

    async fn a_code_that_is_asked_for_too_often_waits(db: TestDb) {
        let world = World::new(db).await;
        let code = world.codes().await.remove(0);
        let mut phone = Phone::new(&world);
        let mut refused = None;
        for _ in 0..60 {
            let got = phone.open(&code).await;
            if got.status == 429 {
                refused = Some(got);
                break;
            }
        }
        let refused = refused.expect("a phone may not ask for ever");
        assert!(!refused.header("retry-after").is_empty());
        assert!(refused.text().contains("请稍等"));
    }
}
