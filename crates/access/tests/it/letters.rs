//! Letters: to whom, with which link.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tallymark_access::mail::{Letter, Mailer};
use tallymark_access::{LinkPurpose, Role};
use tallymark_testkit::both_engines;
use tokio::sync::mpsc;

use crate::world::{World, migrations};

/// Hands letters to the test.
#[derive(Debug)]
struct Postbox(mpsc::UnboundedSender<Letter>);

impl Mailer for Postbox {
    fn deliver(&self, letter: Letter) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.send(letter).unwrap();
        Box::pin(async {})
    }
}

both_engines! { migrations();
    async fn a_reset_letter_goes_to_the_user_with_a_link_at_the_brands_own_host(db: TestDb) {
        let (sender, mut letters) = mpsc::unbounded_channel();
        let world = World::new(db, Some(Arc::new(Postbox(sender)))).await;
        world.user("li@spring.example", Role::Analyst).await;
        for email in ["nobody@spring.example", "LI@spring.example"] {
            let asked = world.post("b.spring.example:8443", "/password/reset-requests", json!({"email": email})).await;
            assert_eq!(asked.0, 202, "{email}");
        }
        let letter = tokio::time::timeout(Duration::from_secs(20), letters.recv()).await.unwrap().unwrap();
        assert_eq!((letter.to.as_str(), letter.purpose), ("li@spring.example", LinkPurpose::Reset));
        // Not at the host that the request named: whoever asks could name any.
        let token = letter.link.strip_prefix("https://a.spring.example/console/password#").expect("the brand's first host");
        assert_eq!(letter.expires_at.to_string(), "2026-03-01T00:30:00Z");
        let set = json!({"token": token, "password": "an entirely other phrase"});
        assert_eq!(world.post("b.spring.example", "/password/by-link", set).await.0, 204);
        let signed_in = json!({"email": "li@spring.example", "password": "an entirely other phrase"});
        assert_eq!(world.post("b.spring.example", "/session", signed_in).await.0, 201);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(letters.try_recv().is_err(), "one letter, to the one who exists");
    }
}
