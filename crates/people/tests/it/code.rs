//! One-time codes: what they are good for, what they cost, and how many there are.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tallymark_base::id::{MessageId, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Clock as _, Timestamp, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_people::otp::{
    ANSWERS_MAX, Answered, Begun, CODE_LIFE, CODES_PER_ADDRESS_MAX, CODES_PER_PHONE_MAX, CodeError, CodeKeys,
    CodeRequest, Ended, Limit, MessageStatus, Outgoing, Page, RESEND_AFTER, SEND_JOB, begin_sending, end_sending,
    forget, join_by_code, left_behind, messages, request_code,
};
use tallymark_people::{Identifier, MIGRATIONS, PeopleKeys};
use tallymark_store::outbox;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::TestDb;

use crate::world::{assert_sound, device, phone, world};

/// A brand and its keys.
struct Brand {
    tenant: TenantId,
    people: PeopleKeys,
    codes: CodeKeys,
}

fn brand() -> Brand {
    let tenant = Tenant {
        id: world(1).tenant,
        name: "brand 1".to_owned(),
        hosts: Vec::new(),
        zone: "Asia/Shanghai".to_owned(),
        secret: Key::new([1; 32]),
        rotated: None,
    };
    Brand { tenant: tenant.id, people: PeopleKeys::new(&tenant), codes: CodeKeys::new(&tenant) }
}

const PRICE_FEN: i64 = 5;

/// What is asked for, with generous limits.
fn asked<'a>(db: &TestDb, phone: &'a Identifier, device: &'a Identifier) -> CodeRequest<'a> {
    let now = db.clock.now();
    let day = now.0.div_euclid(Timestamp::DAY);
    CodeRequest {
        phone,
        device,
        address: IpAddr::from([203, 0, 113, 7]),
        template: "SMS_1",
        price_fen: PRICE_FEN,
        budget_fen: 1_000_000,
        messages_max: 100_000,
        day,
        day_ends: Timestamp((day + 1) * Timestamp::DAY),
    }
}

impl Brand {
    async fn request(&self, db: &TestDb, request: &CodeRequest<'_>) -> Result<MessageId, CodeError> {
        let mut tx = db.store.write().await.unwrap();
        let (ids, clock, entropy) = (&*db.ids, &*db.clock, &*db.entropy);
        let id = request_code(&mut tx, self.tenant, &self.people, &self.codes, request, ids, clock, entropy).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn begin(&self, db: &TestDb, id: MessageId, is_idempotent: bool) -> Begun {
        let mut tx = db.store.write().await.unwrap();
        let now = db.clock.now();
        let begun = begin_sending(&mut tx, self.tenant, &self.codes, id, is_idempotent, now).await.unwrap();
        tx.commit().await.unwrap();
        begun
    }

    async fn end(&self, db: &TestDb, id: MessageId, ended: Ended<'_>) {
        let mut tx = db.store.write().await.unwrap();
        end_sending(&mut tx, self.tenant, &self.codes, id, "gateway", ended, db.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What the phone is sent.
    async fn sent(&self, db: &TestDb, id: MessageId) -> Outgoing {
        let Begun::Send(outgoing) = self.begin(db, id, true).await else { panic!("nothing to send") };
        self.end(db, id, Ended::Sent { provider_id: "p1", cost_fen: Some(4) }).await;
        outgoing
    }

    /// Asks for a code and reads it on the phone.
    async fn code(&self, db: &TestDb, phone: &Identifier, device: &Identifier) -> String {
        let id = self.request(db, &asked(db, phone, device)).await.unwrap();
        self.sent(db, id).await.params["code"].clone()
    }

    async fn answer(&self, db: &TestDb, who: (&Identifier, &Identifier), typed: &str) -> Result<Answered, CodeError> {
        let mut tx = db.store.write().await.unwrap();
        let (ids, clock, entropy) = (&*db.ids, &*db.clock, &*db.entropy);
        let answered = join_by_code(
            &mut tx,
            self.tenant,
            &self.people,
            &self.codes,
            who,
            typed,
            Page::default(),
            ids,
            clock,
            entropy,
        )
        .await?;
        tx.commit().await?;
        Ok(answered)
    }

    async fn statuses(&self, db: &TestDb) -> Vec<(MessageStatus, Option<i64>)> {
        let mut tx = db.store.read().await.unwrap();
        let found = messages(&mut tx, self.tenant, None, 100).await.unwrap();
        found.into_iter().map(|message| (message.status, message.cost_fen)).collect()
    }
}

/// What counts of the tenant's budget.
async fn spent_fen(db: &TestDb) -> i64 {
    let mut tx = db.store.read().await.unwrap();
    let row = tx.query_one("SELECT CAST(SUM(cost_fen) AS BIGINT) FROM message_quota", &[]).await.unwrap().unwrap();
    row.opt_int(0).unwrap().unwrap_or(0)
}

fn limit_of<T: std::fmt::Debug>(result: Result<T, CodeError>) -> (Limit, u64) {
    match result {
        Err(CodeError::Limited { limit, wait }) => (limit, wait.as_secs()),
        other => panic!("{other:?}"),
    }
}

/// A code that is not this one.
fn another(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

both_engines! { [MIGRATIONS];
    async fn the_right_code_joins_phone_and_device(db: TestDb) {
        let brand = brand();
        let code = brand.code(&db, &phone(1), &device(1)).await;
        let joined = brand.answer(&db, (&phone(1), &device(1)), &format!(" {} {}", &code[..3], &code[3..])).await.unwrap();
        let person = world(1).found(&db, &phone(1)).await.unwrap();
        assert_eq!(joined, Answered::Joined(person.id));
        assert_eq!(person.accounts.len(), 2);
        assert_eq!(world(1).found(&db, &device(1)).await.unwrap(), person);
        let again = brand.answer(&db, (&phone(1), &device(1)), &code).await.unwrap();
        assert_eq!(again, joined, "a second tap is told the same");
        let mut tx = db.store.read().await.unwrap();
        let saved = outbox::waiting(&mut tx).await.unwrap();
        assert_eq!(saved.get("people.member_joined"), Some(&1), "who joins does so once");
        tx.commit().await.unwrap();
        // Another device of the same person.
        db.clock.advance(RESEND_AFTER);
        let code = brand.code(&db, &phone(1), &device(2)).await;
        assert_eq!(brand.answer(&db, (&phone(1), &device(2)), &code).await.unwrap(), joined);
        assert_sound(&db).await;
    }

    async fn a_code_is_good_on_its_device_for_its_phone_and_its_time_alone(db: TestDb) {
        let brand = brand();
        let code = brand.code(&db, &phone(1), &device(1)).await;
        assert_eq!(brand.answer(&db, (&phone(1), &device(2)), &code).await.unwrap(), Answered::NoCode);
        assert_eq!(brand.answer(&db, (&phone(2), &device(1)), &code).await.unwrap(), Answered::NoCode);
        db.clock.advance(CODE_LIFE);
        assert_eq!(brand.answer(&db, (&phone(1), &device(1)), &code).await.unwrap(), Answered::NoCode);
        assert!(world(1).found(&db, &phone(1)).await.is_none(), "a number that proved nothing is nobody's");
        let old = code;
        let new = brand.code(&db, &phone(1), &device(1)).await;
        assert_ne!(old, new);
        let wrong = brand.answer(&db, (&phone(1), &device(1)), &old).await.unwrap();
        assert_eq!(wrong, Answered::Wrong { answers_left: ANSWERS_MAX - 1 }, "a new code ends the former");
    }

    async fn five_wrong_answers_end_a_code_and_slips_do_not_count(db: TestDb) {
        let brand = brand();
        let code = brand.code(&db, &phone(1), &device(1)).await;
        let who = (&phone(1), &device(1));
        for slip in ["", "12345", "abcdef"] {
            assert_eq!(brand.answer(&db, who, slip).await.unwrap(), Answered::NotACode);
        }
        for answers_left in (1..ANSWERS_MAX).rev() {
            let answered = brand.answer(&db, who, &another(&code)).await.unwrap();
            assert_eq!(answered, Answered::Wrong { answers_left });
        }
        assert_eq!(brand.answer(&db, who, &another(&code)).await.unwrap(), Answered::NoCode);
        assert_eq!(brand.answer(&db, who, &code).await.unwrap(), Answered::NoCode, "too late for the right one");
    }

    async fn guesses_at_once_are_counted_one_by_one(db: TestDb) {
        let code = brand().code(&db, &phone(1), &device(1)).await;
        let db = Arc::new(db);
        let guesses: Vec<_> = (0..12)
            .map(|_| {
                let (db, guess) = (db.clone(), another(&code));
                tokio::spawn(async move {
                    loop {
                        match brand().answer(&db, (&phone(1), &device(1)), &guess).await {
                            Ok(answered) => return answered,
                            Err(error) if error.is_worth_repeating() => tokio::task::yield_now().await,
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        let mut left = Vec::new();
        for guess in guesses {
            match guess.await.unwrap() {
                Answered::Wrong { answers_left } => left.push(answers_left),
                Answered::NoCode => {}
                other => panic!("{other:?}"),
            }
        }
        left.sort_unstable();
        assert_eq!(left, [1, 2, 3, 4], "five answers were heard, the fifth ended the code");
    }

    async fn a_phone_waits_a_minute_and_gets_five_codes_a_day(db: TestDb) {
        let brand = brand();
        let (phone, first, second) = (phone(1), device(1), device(2));
        brand.request(&db, &asked(&db, &phone, &first)).await.unwrap();
        db.clock.advance(Duration::from_secs(20));
        // Whoever asks: it is the phone that rings.
        let other = CodeRequest { address: IpAddr::from([198, 51, 100, 1]), ..asked(&db, &phone, &second) };
        assert_eq!(limit_of(brand.request(&db, &other).await), (Limit::Resend, 40));
        for _ in 1..CODES_PER_PHONE_MAX {
            db.clock.advance(RESEND_AFTER);
            brand.request(&db, &asked(&db, &phone, &first)).await.unwrap();
        }
        db.clock.advance(RESEND_AFTER);
        let request = asked(&db, &phone, &first);
        let rest = request.day_ends.since(db.clock.now()) / Timestamp::SECOND;
        assert_eq!(limit_of(brand.request(&db, &request).await), (Limit::Phone, rest as u64));
        db.clock.advance(Duration::from_secs(rest as u64));
        brand.request(&db, &asked(&db, &phone, &first)).await.unwrap();
    }

    async fn an_address_gets_so_many_codes_a_day_whatever_the_numbers(db: TestDb) {
        let brand = brand();
        for n in 0..CODES_PER_ADDRESS_MAX as u64 {
            brand.request(&db, &asked(&db, &phone(n), &device(n))).await.unwrap();
        }
        let refused = brand.request(&db, &asked(&db, &phone(9_999), &device(1))).await;
        assert_eq!(limit_of(refused).0, Limit::Address);
        let (phone, device) = (phone(9_999), device(1));
        let elsewhere = CodeRequest { address: IpAddr::from([198, 51, 100, 1]), ..asked(&db, &phone, &device) };
        brand.request(&db, &elsewhere).await.expect("the refusal counted for nobody");
    }

    async fn the_days_messages_and_money_are_hard_limits_among_many_at_once(db: TestDb) {
        let db = Arc::new(db);
        let requests: Vec<_> = (0..24)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    let (phone, device) = (phone(n), device(n));
                    // Seven messages of 5 fen fit into 39.
                    let request = CodeRequest { budget_fen: 39, ..asked(&db, &phone, &device) };
                    loop {
                        match brand().request(&db, &request).await {
                            Ok(_) => return true,
                            Err(CodeError::Limited { limit: Limit::Budget, .. }) => return false,
                            Err(error) if error.is_worth_repeating() => tokio::task::yield_now().await,
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        let mut taken = 0;
        for request in requests {
            taken += i64::from(request.await.unwrap());
        }
        assert_eq!((taken, spent_fen(&db).await), (7, 35));
        let (phone, device) = (phone(99), device(99));
        let request = CodeRequest { messages_max: 7, ..asked(&db, &phone, &device) };
        assert_eq!(limit_of(brand().request(&db, &request).await).0, Limit::Messages);
    }

    async fn a_code_and_the_job_that_sends_it_are_one(db: TestDb) {
        let brand = brand();
        let id = brand.request(&db, &asked(&db, &phone(1), &device(1))).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let jobs = tallymark_store::job::claim(&mut tx, 1, db.clock.now(), &[SEND_JOB], 10).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].args, serde_json::json!({ "message": id }));
        drop(tx);
        // A refused request leaves neither.
        brand.request(&db, &asked(&db, &phone(1), &device(1))).await.unwrap_err();
        let mut tx = db.store.read().await.unwrap();
        let count = tx.query_one("SELECT COUNT(*) FROM job", &[]).await.unwrap().unwrap();
        assert_eq!(count.int(0).unwrap(), 1);
    }

    async fn what_a_message_cost_takes_the_place_of_what_was_set_aside(db: TestDb) {
        let brand = brand();
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(brand.request(&db, &asked(&db, &phone(n), &device(n))).await.unwrap());
        }
        assert_eq!(spent_fen(&db).await, 4 * PRICE_FEN);
        brand.sent(&db, ids[0]).await;
        brand.begin(&db, ids[1], true).await;
        brand.end(&db, ids[1], Ended::Refused { error: "number_invalid" }).await;
        brand.begin(&db, ids[2], true).await;
        brand.end(&db, ids[2], Ended::Sent { provider_id: "p", cost_fen: None }).await;
        brand.end(&db, ids[2], Ended::Refused { error: "late" }).await;
        assert_eq!(spent_fen(&db).await, 4 + 5 + PRICE_FEN);
        db.clock.advance(CODE_LIFE);
        assert_eq!(brand.begin(&db, ids[3], true).await, Begun::Over(MessageStatus::TooLate));
        assert_eq!(spent_fen(&db).await, 4 + 5, "what was not sent costs nothing");
        let expected = [
            (MessageStatus::TooLate, Some(0)),
            (MessageStatus::Sent, Some(5)),
            (MessageStatus::Refused, Some(0)),
            (MessageStatus::Sent, Some(4)),
        ];
        assert_eq!(brand.statuses(&db).await, expected);
        assert_eq!(brand.begin(&db, ids[0], true).await, Begun::Over(MessageStatus::Sent), "never twice");
    }

    async fn a_provider_that_might_send_twice_is_told_once(db: TestDb) {
        let brand = brand();
        let id = brand.request(&db, &asked(&db, &phone(1), &device(1))).await.unwrap();
        assert!(matches!(brand.begin(&db, id, false).await, Begun::Send(_)));
        // The worker died here; another takes the job.
        assert_eq!(brand.begin(&db, id, false).await, Begun::Over(MessageStatus::PerhapsSent));
        assert_eq!(brand.statuses(&db).await, [(MessageStatus::PerhapsSent, Some(PRICE_FEN))]);
        // One that was busy did not take it and is told again.
        let id = brand.request(&db, &asked(&db, &phone(2), &device(1))).await.unwrap();
        brand.begin(&db, id, false).await;
        brand.end(&db, id, Ended::Later).await;
        assert!(matches!(brand.begin(&db, id, false).await, Begun::Send(_)));
        // One that keeps ids is told again whatever happened.
        let id = brand.request(&db, &asked(&db, &phone(3), &device(1))).await.unwrap();
        brand.begin(&db, id, true).await;
        assert!(matches!(brand.begin(&db, id, true).await, Begun::Send(_)));
    }

    async fn a_message_that_nobody_ended_is_found_and_ended(db: TestDb) {
        let brand = brand();
        let waiting = brand.request(&db, &asked(&db, &phone(1), &device(1))).await.unwrap();
        let told = brand.request(&db, &asked(&db, &phone(2), &device(1))).await.unwrap();
        brand.begin(&db, told, true).await;
        let left = async |db: &TestDb| {
            let mut tx = db.store.read().await.unwrap();
            left_behind(&mut tx, db.clock.now(), 10).await.unwrap()
        };
        db.clock.advance(CODE_LIFE);
        assert_eq!(left(&db).await, []);
        db.clock.advance(Duration::from_secs(601));
        assert_eq!(left(&db).await, [(brand.tenant, waiting), (brand.tenant, told)]);
        assert_eq!(brand.begin(&db, waiting, true).await, Begun::Over(MessageStatus::TooLate));
        assert_eq!(brand.begin(&db, told, true).await, Begun::Over(MessageStatus::PerhapsSent));
        assert_eq!(left(&db).await, []);
        assert_eq!(spent_fen(&db).await, PRICE_FEN, "what may have been sent counts");
    }

    async fn neither_number_nor_code_is_stored_readable_and_both_go_with_the_message(db: TestDb) {
        let brand = brand();
        let id = brand.request(&db, &asked(&db, &phone(1), &device(1))).await.unwrap();
        let outgoing = brand.sent(&db, id).await;
        assert_eq!(outgoing.phone, "+8613800000001");
        assert!(!format!("{outgoing:?}").contains("138"));
        let mut tx = db.store.read().await.unwrap();
        let row = tx.query_one("SELECT sealed FROM sms_message", &[]).await.unwrap().unwrap();
        assert_eq!(row.opt_bytes(0).unwrap(), None);
        drop(tx);
        let waiting = brand.request(&db, &asked(&db, &phone(2), &device(1))).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        let sql = "SELECT sealed FROM sms_message WHERE message_id = $1";
        let sealed = tx.query_one(sql, &[waiting.raw().into()]).await.unwrap().unwrap().bytes(0).unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"13800"));
        drop(tx);
        // Under another tenant's keys it does not open.
        let stranger = Brand { codes: CodeKeys::new(&Tenant {
            id: world(2).tenant, name: String::new(), hosts: Vec::new(), zone: "UTC".into(), secret: Key::new([2; 32]), rotated: None,
        }), ..self::brand() };
        let mut tx = db.store.write().await.unwrap();
        let opened = begin_sending(&mut tx, stranger.tenant, &stranger.codes, waiting, true, db.clock.now()).await;
        assert!(matches!(opened, Err(CodeError::Seal(_))), "{opened:?}");
    }

    async fn old_codes_and_counts_are_forgotten_and_young_ones_kept(db: TestDb) {
        let brand = brand();
        brand.code(&db, &phone(1), &device(1)).await;
        db.clock.advance(Duration::from_secs(4 * 24 * 3600));
        brand.code(&db, &phone(2), &device(2)).await;
        let mut tx = db.store.write().await.unwrap();
        // A code; the phone's last message, its day, the address's and the tenant's.
        assert_eq!(forget(&mut tx, db.clock.now(), 100).await.unwrap(), 1 + 4);
        assert_eq!(forget(&mut tx, db.clock.now(), 100).await.unwrap(), 0);
    }
}
