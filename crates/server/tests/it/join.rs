//! Joining by phone on the page.

use std::time::Duration;

use serde_json::{Value, json};
use tallymark_base::id::MessageId;
use tallymark_partners::tenant;
use tallymark_people::otp::{Begun, CodeKeys, SEND_JOB, begin_sending};
use tallymark_store::{job, outbox};
use tallymark_testkit::both_engines;

use crate::outside::Outside;
use crate::phone::{Phone, nonce};
use crate::world::Got;

const ENOUGH_FEN: u32 = 10_000;

impl Outside {
    /// What the phone would read: the code of the youngest message. No worker runs here.
    async fn code(&self) -> String {
        let context = &self.world.context;
        let mut tx = context.store.write().await.unwrap();
        let jobs = job::claim(&mut tx, 1, context.clock.now(), &[SEND_JOB], 100).await.unwrap();
        let job = jobs.iter().max_by_key(|job| job.id).expect("a message waits");
        let id: MessageId = job.args["message"].as_str().unwrap().parse().unwrap();
        let brand = tenant::find(&mut tx, &context.master, job.tenant).await.unwrap().unwrap();
        let (keys, now) = (CodeKeys::new(&brand), context.clock.now());
        let begun = begin_sending(&mut tx, job.tenant, &keys, id, true, now).await.unwrap();
        tx.commit().await.unwrap();
        let Begun::Send(outgoing) = begun else { panic!("{begun:?}") };
        outgoing.params["code"].clone()
    }
}

/// The page of a code whose reward was opened, which invites to join.
async fn invited(phone: &mut Phone<'_>, code: &str) -> Got {
    let page = phone.open_reward(code).await;
    assert!(page.text().contains("用手机号加入"), "{}", page.text());
    page
}

async fn ask(phone: &mut Phone<'_>, code: &str, page: &Got, number: &str) -> Got {
    let form = format!("nonce={}&phone={number}", nonce(page));
    phone.post(&format!("/join/{code}"), form).await
}

async fn answer(phone: &mut Phone<'_>, code: &str, page: &Got, number: &str, typed: &str) -> Got {
    let form = format!("nonce={}&phone={number}&answer={typed}", nonce(page));
    phone.post(&format!("/join/{code}/answer"), form).await
}

/// Another code of six digits.
fn another(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

/// What was done on a page besides scanning; it is stored after the answer.
async fn touched(outside: &Outside) -> String {
    for _ in 0..200 {
        let mut tx = outside.world.context.store.read().await.unwrap();
        let saved = outbox::bodies(&mut tx, "intake.event", 0, 10).await.unwrap();
        tx.commit().await.unwrap();
        if let Some((_, body)) = saved.first() {
            let event: Value = serde_json::from_slice(body).unwrap();
            return event["data"]["name"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no event came")
}

both_engines! { tallymark_server::migrations();
    async fn a_number_and_its_code_join_two_phones_to_one_person(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_sms(ENOUGH_FEN).await;
        let code = outside.world.codes().await.remove(0);
        let mut first = Phone::new(&outside.world);
        let page = invited(&mut first, &code).await;
        let asked = ask(&mut first, &code, &page, "138+0013+8000").await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        assert!(asked.text().contains("one-time-code"), "{}", asked.text());
        let sent = outside.code().await;
        let wrong = answer(&mut first, &code, &asked, "%2B8613800138000", &another(&sent)).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("还可以试 4 次"), "{}", wrong.text());
        let slip = answer(&mut first, &code, &wrong, "13800138000", "12").await;
        assert!(slip.status == 422 && slip.text().contains("6 位数字"), "{}", slip.text());
        let joined = answer(&mut first, &code, &slip, "13800138000", &sent).await;
        assert!(joined.status == 200 && joined.text().contains("已加入"), "{}", joined.text());
        assert!(!first.open(&code).await.text().contains("用手机号加入"), "who joined is not asked again");

        // The report counts who joined with the product on whose page it was.
        let store = &outside.world.context.store;
        let mut tx = store.read().await.unwrap();
        let saved = outbox::bodies(&mut tx, "people.member_joined", 0, 10).await.unwrap();
        tx.commit().await.unwrap();
        let event: Value = serde_json::from_slice(&saved[0].1).unwrap();
        let product = outside.world.get("/v1/products").await.json()["items"][0]["id"].clone();
        assert_eq!((&event["data"]["product"], &event["data"]["scan"]), (&product, &Value::Null));
        assert_eq!(touched(&outside).await, "Code Requested");

        // Another phone of the same person sees the reward as its own.
        outside.world.db.clock.advance(Duration::from_secs(61));
        let mut second = Phone::new(&outside.world);
        let page = second.open(&code).await;
        assert!(page.text().contains("奖励已被领取"));
        let asked = ask(&mut second, &code, &page, "13800138000").await;
        let sent = outside.code().await;
        let joined = answer(&mut second, &code, &asked, "13800138000", &sent).await;
        assert!(joined.text().contains("已加入"));
        assert!(second.open(&code).await.text().contains("0.88"));
        let person = outside.person("phone", "13800138000").await;
        assert_eq!(person["cny_fen"], 88);
        assert_eq!(person["id"], outside.person("device", &first.device()).await["id"]);
        assert_eq!(person["id"], outside.person("device", &second.device()).await["id"]);
        let messages = outside.world.get("/v1/messages").await;
        assert_eq!(messages.json()["items"].as_array().unwrap().len(), 2);
        assert!(!messages.text().contains("138"), "{}", messages.text());
    }

    async fn a_known_and_an_unknown_number_are_answered_alike(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_sms(ENOUGH_FEN).await;
        let codes = outside.world.codes().await;
        let scan = json!({"code": codes[1], "identifiers": [{"kind": "phone", "value": "13800138000"}]});
        assert_eq!(outside.world.post("/v1/scans", scan).await.status, 200);
        let mut answers = Vec::new();
        for number in ["13800138000", "13900139000"] {
            let mut phone = Phone::new(&outside.world);
            let page = phone.open(&codes[0]).await;
            let form = format!("nonce={}", nonce(&page));
            let page = if page.text().contains("/join/") { page } else { phone.post(&format!("/C/{}", codes[0]), form).await };
            let asked = ask(&mut phone, &codes[0], &page, number).await;
            let wrong = answer(&mut phone, &codes[0], &asked, number, &another(&outside.code().await)).await;
            for got in [asked, wrong] {
                // The policy's nonce, the form's nonce and the number itself are each page's own.
                let text: Vec<String> = got.text().split('"').map(|part| match part {
                    part if part.len() > 20 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) => String::new(),
                    part => part.replace(number, ""),
                }).collect();
                answers.push((got.status, text));
            }
        }
        assert_eq!(answers[0], answers[2]);
        assert_eq!(answers[1], answers[3]);
    }

    async fn a_flood_is_told_to_wait_and_how_long(db: TestDb) {
        let outside = Outside::new(db).await;
        outside.set_sms(ENOUGH_FEN).await;
        let code = outside.world.codes().await.remove(0);
        let mut phone = Phone { language: "en", ..Phone::new(&outside.world) };
        let page = phone.open_reward(&code).await;
        for _ in 0..5 {
            assert_eq!(ask(&mut phone, &code, &page, "13800138000").await.status, 200);
            let soon = ask(&mut phone, &code, &page, "13800138000").await;
            assert_eq!((soon.status.as_u16(), soon.header("retry-after")), (429, "60"));
            assert!(soon.text().contains("Try again in 60 seconds") && soon.text().contains("one-time-code"));
            outside.world.db.clock.advance(Duration::from_secs(60));
        }
        let refused = ask(&mut phone, &code, &page, "13800138000").await;
        assert_eq!(refused.status, 429);
        // It is 08:05 in Shanghai: 57,300 seconds before midnight.
        assert_eq!(refused.header("retry-after"), "57300");
        assert!(refused.text().contains("Try again tomorrow"), "{}", refused.text());
        assert_eq!(outside.world.get("/v1/messages").await.json()["items"].as_array().unwrap().len(), 5);
    }

    async fn many_numbers_from_one_address_and_the_days_budget_are_limits(db: TestDb) {
        let outside = Outside::new(db).await;
        // Seven messages of 5 fen.
        outside.set_sms(39).await;
        let code = outside.world.codes().await.remove(0);
        let mut sent = 0;
        for n in 0..9 {
            let mut phone = Phone::new(&outside.world);
            let page = if n == 0 { phone.open_reward(&code).await } else { phone.open(&code).await };
            let asked = ask(&mut phone, &code, &page, &format!("1380013800{n}")).await;
            if asked.status == 200 {
                sent += 1;
            } else {
                assert_eq!(asked.status, 429);
                assert!(asked.text().contains("今天的验证码已发完") && !asked.header("retry-after").is_empty());
            }
        }
        assert_eq!(sent, 7);
    }

    async fn only_a_form_of_this_page_asks_for_codes(db: TestDb) {
        let outside = Outside::new(db).await;
        let codes = outside.world.codes().await;
        let mut phone = Phone::new(&outside.world);
        let page = phone.open_reward(&codes[0]).await;
        assert!(!page.text().contains("/join/"), "nobody sends messages here");
        outside.set_sms(ENOUGH_FEN).await;
        let page = phone.open(&codes[0]).await;
        assert!(page.text().contains("/join/"));
        let claim_nonce = nonce(&phone.open(&codes[1]).await);
        for (code, form) in [
            (&codes[0], "nonce=made-up&phone=13800138000".to_owned()),
            (&codes[1], format!("nonce={}&phone=13800138000", nonce(&page))),
            (&codes[1], format!("nonce={claim_nonce}&phone=13800138000")),
        ] {
            assert_eq!(phone.post(&format!("/join/{code}"), form).await.status, 409);
        }
        let stranger = Phone::new(&outside.world).post(&format!("/join/{}", codes[0]), format!("nonce={}&phone=13800138000", nonce(&page))).await;
        assert_eq!(stranger.status, 409);
        let odd = ask(&mut phone, &codes[0], &page, "%3Cscript%3E").await;
        assert!(odd.status == 422 && !odd.text().contains("<script>\""), "{}", odd.text());
        assert!(odd.text().contains("&lt;script&gt;"));
        let opened = phone.get(&format!("/join/{}", codes[0])).await;
        assert_eq!((opened.status.as_u16(), opened.header("location")), (303, format!("/C/{}", codes[0]).as_str()));
        assert_eq!(outside.world.get("/v1/messages").await.json()["items"], json!([]));
    }

    async fn providers_are_set_listed_and_tested_without_showing_a_secret(db: TestDb) {
        let outside = Outside::new(db).await;
        assert_eq!(outside.world.get("/v1/providers").await.json(), json!({"items": []}));
        assert_eq!(outside.world.post("/v1/providers/wechat/test", json!({})).await.problem(), (404, "provider.not_set".into()));
        outside.set_wechat().await;
        outside.set_sms(ENOUGH_FEN).await;
        let listed = outside.world.get("/v1/providers").await;
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), 2);
        assert!(!listed.text().contains(&outside.accounts.sms_secret) && !listed.text().contains(&outside.accounts.wechat_secret));
        assert_eq!(outside.world.post("/v1/providers/wechat/test", json!({})).await.status, 204);
        let test = outside.world.post("/v1/providers/sms/test", json!({"phone": "13800138000"})).await;
        assert_eq!(test.json()["cost_fen"], 5, "{}", test.text());
        let told = outside.world.get("/v1/audit?limit=1").await.json();
        assert_eq!(told["items"][0]["action"], "provider.tested", "{told}");
        assert_eq!(outside.servers.messages()[0].params, json!({"code": "000000"}));
        let plain = outside.put("/v1/providers/wechat", json!({"app_id": "wx0000", "api_url": "http://10.0.0.1"})).await;
        assert_eq!(plain.problem(), (422, "provider.address".into()));
        let wrong = outside.put("/v1/providers/wechat", json!({"app_id": "wx0000", "secret": "x"})).await;
        assert_eq!(wrong.status, 200, "{}", wrong.text());
    }
}
