//! Short messages through the gateway protocol and through Aliyun.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::random::SeededEntropy;
use tallymark_providers::sms::{Aliyun, Gateway, SmsMessage, SmsProvider};
use tallymark_providers::{Error, Secret};
use tallymark_sim::providers::{SmsTrouble, Trouble};

use crate::outside::{Outside, nobody};

impl Outside {
    fn gateway(&self) -> Gateway {
        Gateway {
            http: self.http.clone(),
            url: self.url(),
            key_id: self.accounts.sms_key_id.clone(),
            secret: Secret::new(self.accounts.sms_secret.clone()).unwrap(),
            sign_name: None,
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        }
    }

    fn aliyun(&self) -> Aliyun {
        let Gateway { http, url, key_id, secret, clock, entropy, .. } = self.gateway();
        Aliyun { http, url, key_id, secret, sign_name: "清泉".into(), clock, entropy }
    }

    fn sms_trouble(&self, sms: SmsTrouble) {
        self.servers.trouble(Trouble { sms, ..Trouble::default() });
    }
}

fn message(id: &str) -> SmsMessage {
    SmsMessage {
        id: id.into(),
        phone: "+8613800138000".into(),
        template: "SMS_1".into(),
        params: BTreeMap::from([("code".into(), "042117".into())]),
    }
}

#[tokio::test]
async fn a_message_is_signed_taken_and_charged() {
    let outside = Outside::new().await;
    let receipt = outside.gateway().send(&message("m1")).await.unwrap();
    assert_eq!((receipt.cost_fen, receipt.is_repeat), (Some(5), false));
    let taken = outside.servers.messages();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].to.as_str(), &taken[0].params["code"]), ("+8613800138000", &"042117".into()));
    assert_eq!(taken[0].provider_id, receipt.provider_id);
    assert!(!format!("{:?}", message("m1")).contains("138"), "a number is not printed");
}

#[tokio::test]
async fn a_message_told_twice_is_sent_once() {
    let outside = Outside::new().await;
    let first = outside.gateway().send(&message("m1")).await.unwrap();
    let second = outside.gateway().send(&message("m1")).await.unwrap();
    assert_eq!((&second.provider_id, second.is_repeat), (&first.provider_id, true));
    let other = SmsMessage { phone: "+8613900139000".into(), ..message("m1") };
    let error = outside.gateway().send(&other).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code, .. } if code == "message_id_reused"), "{error:?}");
    assert_eq!(outside.servers.messages().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_may_have_happened_and_is_found_again_under_the_same_id() {
    let outside = Outside::new().await;
    outside.sms_trouble(SmsTrouble { lost_answers: 1, ..SmsTrouble::default() });
    let error = outside.gateway().send(&message("m1")).await.unwrap_err();
    assert!(error.may_have_happened() && error.is_worth_repeating(), "{error:?}");
    assert!(outside.gateway().send(&message("m1")).await.unwrap().is_repeat);
    assert_eq!(outside.servers.messages().len(), 1);
}

#[tokio::test]
async fn a_wrong_key_an_old_request_and_a_repeated_nonce_are_refused() {
    let outside = Outside::new().await;
    let code_of = async |gateway: Gateway| match gateway.send(&message("m1")).await {
        Err(Error::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let wrong = Gateway { secret: Secret::new("wrong").unwrap(), ..outside.gateway() };
    assert_eq!(code_of(wrong).await, "signature_wrong");
    let late = Arc::new(tallymark_base::time::ManualClock::at("2026-03-01T00:10:00Z".parse().unwrap()));
    assert_eq!(code_of(Gateway { clock: late, ..outside.gateway() }).await, "timestamp_off");
    let same = || Arc::new(SeededEntropy::new([9; 32]));
    Gateway { entropy: same(), ..outside.gateway() }.send(&message("m2")).await.unwrap();
    assert_eq!(code_of(Gateway { entropy: same(), ..outside.gateway() }).await, "nonce_used");
}

#[tokio::test]
async fn refusals_are_final_and_a_busy_or_missing_gateway_is_worth_another_try() {
    let outside = Outside::new().await;
    for (status, code, again) in [(422, "number_invalid", false), (429, "rate_limited", true), (503, "down", true)] {
        outside.sms_trouble(SmsTrouble { times: 1, status, code: code.into(), ..SmsTrouble::default() });
        let error = outside.gateway().send(&message("m1")).await.unwrap_err();
        assert_eq!((error.is_worth_repeating(), error.may_have_happened()), (again, false), "{error:?}");
    }
    let missing = Gateway { url: nobody().await, ..outside.gateway() }.send(&message("m1")).await.unwrap_err();
    assert!(missing.is_worth_repeating() && !missing.may_have_happened(), "{missing:?}");
}

#[tokio::test]
async fn aliyun_takes_a_message_whose_signature_its_own_rules_confirm() {
    let outside = Outside::new().await;
    outside.clock.advance(Duration::from_millis(1_500));
    let receipt = outside.aliyun().send(&message("m1")).await.unwrap();
    assert_eq!(receipt.cost_fen, None);
    let taken = outside.servers.messages();
    assert_eq!((taken[0].to.as_str(), &taken[0].params["code"]), ("13800138000", &"042117".into()));
    let wrong = Aliyun { secret: Secret::new("wrong").unwrap(), ..outside.aliyun() };
    let error = wrong.send(&message("m2")).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code, .. } if code == "SignatureDoesNotMatch"), "{error:?}");
    assert!(!outside.aliyun().is_idempotent());
}
