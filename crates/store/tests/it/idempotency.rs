//! The same key gives the first answer; another body is a conflict.

use tallymark_store::idempotency::{Begin, BeginError, Key, begin, forget};
use tallymark_store::{Options, Store};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

async fn first(db: &TestDb, key: &str, body: &[u8], answer: &str) -> Result<String, BeginError> {
    match begin(&db.context(), 7, "test", key, body).await? {
        Begin::First(once) => {
            let answer = once.finish(201, &answer).await?;
            Ok(String::from_utf8(answer.body).unwrap())
        }
        Begin::Repeat(answer) => Ok(format!("again {} {}", answer.status, String::from_utf8(answer.body).unwrap())),
    }
}

both_engines! { [];
    async fn a_retry_gets_the_first_answer_also_after_a_restart(db: TestDb) {
        assert_eq!(first(&db, "k", b"body", "one").await.unwrap(), "\"one\"");
        assert_eq!(first(&db, "k", b"body", "two").await.unwrap(), "again 201 \"one\"");
        db.store.close().await;
        let reopened = Store::open(&db.url, &Options::default()).await.unwrap();
        let context = tallymark_store::Context { store: reopened, ..db.context() };
        match begin(&context, 7, "test", "k", b"body").await.unwrap() {
            Begin::Repeat(answer) => assert_eq!(answer.body, b"\"one\""),
            Begin::First(_) => panic!("the key was forgotten"),
        }
    }

    async fn another_body_under_the_same_key_is_refused(db: TestDb) {
        first(&db, "k", b"body", "one").await.unwrap();
        assert!(matches!(first(&db, "k", b"other", "two").await, Err(BeginError::Reused)));
    }

    async fn an_unfinished_request_leaves_its_key_free(db: TestDb) {
        drop(begin(&db.context(), 7, "test", "k", b"body").await.unwrap());
        assert_eq!(first(&db, "k", b"body", "one").await.unwrap(), "\"one\"");
    }

    async fn keys_of_tenants_and_operations_do_not_meet(db: TestDb) {
        first(&db, "k", b"body", "one").await.unwrap();
        for (tenant, operation) in [(8, "test"), (7, "other")] {
            let begun = begin(&db.context(), tenant, operation, "k", b"different").await.unwrap();
            assert!(matches!(begun, Begin::First(_)));
        }
    }

    async fn race_a_hundred_copies_of_a_request_do_the_work_once(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let copies: Vec<_> = (0..100)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move { first(&db, "k", b"body", &format!("by {n}")).await })
            })
            .collect();
        let mut firsts = 0;
        for copy in copies {
            // A copy that waited too long for its turn is told to try again; it must not have done the work.
            if let Ok(answer) = copy.await.unwrap() {
                firsts += i32::from(!answer.starts_with("again"));
            }
        }
        assert_eq!(firsts, 1);
    }

    async fn keys_that_are_uuids_of_one_moment_do_not_meet(db: TestDb) {
        // RFC 9562, appendix A.6, and a neighbour of the same millisecond.
        let (one, other) = ("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017F22E2-79B0-7CC3-98C4-DC0C0C073990");
        assert_eq!(Key::new(7, "test", one).hash[..6], [0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0]);
        assert_eq!(first(&db, one, b"body", "one").await.unwrap(), "\"one\"");
        assert_eq!(first(&db, other, b"body", "other").await.unwrap(), "\"other\"");
        assert_eq!(first(&db, one, b"body", "again").await.unwrap(), "again 201 \"one\"");
    }

    async fn old_keys_are_forgotten_in_pieces(db: TestDb) {
        for key in ["a", "b", "c"] {
            first(&db, key, b"body", "one").await.unwrap();
        }
        let later = tallymark_testkit::db::start().plus(std::time::Duration::from_secs(1));
        let mut tx = db.store.write().await.unwrap();
        assert_eq!(forget(&mut tx, later, 2).await.unwrap(), 2);
        assert_eq!(forget(&mut tx, later, 2).await.unwrap(), 1);
    }
}
