//! What a scan says of itself for those who count scans: each fact is decided with the scan.

use serde_json::{Value, json};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_scan::ALL_MIGRATIONS;
use tallymark_scan::types::Request;
use tallymark_store::outbox;
use tallymark_testkit::both_engines;

use crate::world::World;

/// These fields of all events of a type, in the order in which they were saved.
async fn facts(world: &World, event_type: &str, fields: &[&str]) -> Value {
    let mut tx = world.context.store.read().await.unwrap();
    let bodies = outbox::bodies(&mut tx, event_type, 0, 100).await.unwrap();
    let lines = bodies.iter().flat_map(|(_, body)| body.split(|byte| *byte == b'\n')).filter(|line| !line.is_empty());
    let events = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    events.map(|event| fields.iter().map(|field| event["data"][*field].clone()).collect::<Value>()).collect()
}

fn with(request: Request, kind: IdentifierKind, value: &str) -> Request {
    let mut identifiers = request.identifiers.clone();
    identifiers.push(Identifier::parse(kind, value).unwrap());
    Request { identifiers, ..request }
}

both_engines! { *ALL_MIGRATIONS;
    async fn a_scan_says_whether_person_and_code_were_met_before_and_what_it_won(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        world.scan(world.view(1, 1)).await;
        world.scan(world.claim(1, 1)).await;
        world.scan(world.claim(1, 2)).await;
        world.scan(world.claim(2, 2)).await;
        world.scan(world.request("0000000000000000", 3, false, "unknown")).await;
        let nobody = Request { identifiers: vec![], ..world.view(2, 9) };
        world.scan(nobody).await;
        // Known, checked before, prizes: by hand.
        let expected = json!([
            [false, false, 0],
            [true, true, 1],
            [false, true, 0],
            [true, false, 1],
            [null, null, 0],
            [null, true, 0],
        ]);
        assert_eq!(facts(&world, "scan.decided", &["known", "again", "prizes"]).await, expected);
    }

    async fn a_winner_is_a_newcomer_only_with_the_code_that_made_them_known(db: TestDb) {
        let (world, _) = World::with_campaign(db, |_| ()).await;
        // New with the claim itself.
        world.scan(world.claim(1, 1)).await;
        // Known by then.
        world.scan(world.claim(2, 1)).await;
        // New with a look at the very code, which is claimed later, in another batch.
        world.scan(world.view(3, 2)).await;
        world.scan(world.claim(3, 2)).await;
        // Looked at by somebody new, claimed by somebody who was known.
        world.scan(world.view(4, 3)).await;
        world.scan(world.claim(4, 1)).await;
        // Looked at by somebody who was known, claimed by somebody new.
        world.scan(world.view(5, 1)).await;
        world.scan(world.claim(5, 4)).await;
        assert_eq!(facts(&world, "scan.reward_won", &["newcomer"]).await, json!([[true], [false], [true], [false], [true]]));
        let named = facts(&world, "scan.reward_won", &["person", "product", "place"]).await;
        assert!(named[0][0].as_str().unwrap().starts_with("per_") && named[0][1].as_str().unwrap().starts_with("prd_"));
        assert_eq!(named[0][2], Value::Null);
        world.assert_books().await;
    }

    async fn a_person_joins_once_with_the_first_phone_number_or_card(db: TestDb) {
        let world = World::new(db).await;
        world.scan(world.view(1, 1)).await;
        assert_eq!(facts(&world, "people.member_joined", &["scan"]).await, json!([]));
        world.scan(with(world.view(1, 1), IdentifierKind::WechatOpenid, "wx0123456789abcdef:oABCDEFGHIJKLMNOPQRSTUVWXYZ0")).await;
        assert_eq!(facts(&world, "people.member_joined", &["scan"]).await, json!([]), "nobody joins by looking");
        let joined = world.scan(with(world.view(2, 1), IdentifierKind::Phone, "13800138000")).await;
        // The same number on another phone, and a second number of the same person.
        world.scan(with(world.view(2, 2), IdentifierKind::Phone, "13800138000")).await;
        world.scan(with(world.view(2, 1), IdentifierKind::Phone, "13800138001")).await;
        let person = joined.decision.person.unwrap();
        let expected = json!([[joined.id, person]]);
        assert_eq!(facts(&world, "people.member_joined", &["scan", "person"]).await, expected);
    }
}
