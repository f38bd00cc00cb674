//! Runs: what becomes of rows, and that a run goes on where it stopped.

use tallymark_imports::{Begun, Error, State, cancel, carry_out};
use tallymark_partners::tenant;
use tallymark_people::consent;
use tallymark_people::identity::Decision;
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys, privacy};
use tallymark_tables::Source;
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World, file, mapping, members, phone_of};

both_engines! { MIGRATIONS;
    async fn a_file_becomes_people_with_what_is_known_of_them(db: TestDb) {
        let world = World::new(&db).await;
        let text = "卡号,手机号,姓名,生日,短信,注册时间,备注\n\
                    VIP001,13912345670,李小龙,1990/5/12,是,2024-02-29 08:30:05,x\n\
                    ,139 1234 5671,王五,tomorrow,maybe,2024/3/1,\n\
                    VIP003,,赵六,,是,2024/3/1,\n\
                    ,12,钱七,,,2024/3/1,\n\
                    VIP004,13912345672,孙八,,,someday,\n\
                    VIP001,13912345673,,null,否,,,too much\n";
        let run = world.import(text, &members()).await;
        assert_eq!((run.state, run.rows_total, run.file.as_str()), (State::Done, Some(6), "members.csv"));
        assert_eq!((run.rows_read, run.rows_accepted, run.rows_refused, run.rows_suppressed), (6, 4, 2, 0));
        let expected = [
            (3, "生日", "malformed_value"),
            (3, "短信", "unknown_word"),
            (4, "短信", "consent_of_nobody"),
            (5, "手机号", "malformed_identifier"),
            (5, "", "no_identifier"),
            (6, "注册时间", "malformed_time"),
            (7, "", "beyond_header"),
        ];
        let expected: Vec<(u64, String, String)> =
            expected.iter().map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned())).collect();
        assert_eq!(world.rejects(&run).await, expected);
        assert_eq!(world.known("13912345670").await, ["birthday=1990-05-12", "name=李小龙"]);
        assert_eq!(world.known("13912345671").await, ["name=王五"]);
        // The card is shown with two phone numbers: both are the same person.
        let (one, two) = (world.person(IdentifierKind::Phone, "13912345670").await.unwrap(),
                          world.person(IdentifierKind::Phone, "13912345673").await.unwrap());
        assert_eq!((one.id, one.accounts.len()), (two.id, 3));
        assert_eq!(one.since.to_string(), "2024-02-29T00:30:05Z", "08:30:05 in Shanghai");
        assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE event_type = 'people.member_joined'").await, 1, "a row a batch and type");

        // What was given counts for the phone number alone, and what the other number took back later stops both.
        let mut tx = world.context.store.read().await.unwrap();
        let history = consent::of(&mut tx, world.tenant, &world.keys, &one.accounts).await.unwrap();
        let told: Vec<(bool, Option<&str>, &str)> =
            history.iter().map(|one| (one.given, one.evidence.as_deref(), one.source.as_str())).collect();
        assert!(told.contains(&(true, Some("members.csv"), "crm")) && told.contains(&(false, Some("members.csv"), "crm")), "{told:?}");
    }

    async fn a_run_that_stopped_goes_on_and_ends_as_one_that_did_not(db: TestDb) {
        let (world, text) = (World::new(&db).await, file(2_100));
        let begun = world.begin(&text, &members(), false).await.unwrap();
        let run = begun.run();
        for batches in [1, 2] {
            let stopped = world.carry(run, &text, batches).await.unwrap_err();
            assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
        }
        let Begun::GoesOn(known) = world.begin(&text, &members(), false).await.unwrap() else { panic!("it was not done") };
        assert_eq!((known.id, known.rows_read), (run.id, 1_500));
        let done = world.carry(&known, &text, usize::MAX).await.unwrap();
        assert_eq!((done.state, done.rows_read, done.rows_total), (State::Done, 2_100, Some(2_100)));

        // Another brand imports the same at one go.
        let other = World::new(&db).await;
        let both = world.totals().await;
        let at_once = other.import(&text, &members()).await;
        assert_eq!((at_once.rows_accepted, at_once.rows_refused, at_once.rejects), (done.rows_accepted, done.rows_refused, done.rejects));
        assert_eq!(other.totals().await, both.map(|count| count * 2));
        assert_eq!(world.known(&phone_of(3)).await, other.known(&phone_of(3)).await);
        assert_eq!(world.rejects(&done).await, other.rejects(&at_once).await);
        // 42 rows in 2,100 have an unreadable birthday, 42 no identifier, which is told twice.
        assert_eq!((done.rows_refused, done.rejects), (42, 42 * 3));
    }

    async fn the_same_file_again_is_told_and_changes_nothing_and_once_more_only_when_asked(db: TestDb) {
        let (world, text) = (World::new(&db).await, file(60));
        let run = world.import(&text, &members()).await;
        let before = world.totals().await;
        let Begun::Already(known) = world.begin(&text, &members(), false).await.unwrap() else { panic!("it was imported") };
        assert_eq!(known, run);
        let Begun::New(again) = world.begin(&text, &members(), true).await.unwrap() else { panic!("it was asked for") };
        let done = world.carry(&again, &text, usize::MAX).await.unwrap();
        assert_eq!(done.rows_accepted, run.rows_accepted);
        let after = world.totals().await;
        assert_eq!(after[..4], before[..4], "twice is once");
        let Begun::Already(latest) = world.begin(&text, &members(), false).await.unwrap() else { panic!("twice") };
        assert_eq!(latest.id, again.id);
        // With another mapping it is another import.
        let phones = mapping(r#"{"identifiers": [{"column": "手机号", "kind": "phone"}]}"#);
        assert!(matches!(world.begin(&text, &phones, false).await.unwrap(), Begun::New(_)));
    }

    async fn a_run_that_two_carry_out_takes_no_row_twice(db: TestDb) {
        let (world, text) = (World::new(&db).await, file(3_000));
        let begun = world.begin(&text, &members(), false).await.unwrap();
        let (a, b) = tokio::join!(world.carry(begun.run(), &text, usize::MAX), world.carry(begun.run(), &text, usize::MAX));
        let is_elsewhere = |ended: &Result<_, Error>| matches!(ended, Err(Error::Elsewhere { .. }));
        assert!(!(is_elsewhere(&a) && is_elsewhere(&b)) , "{a:?} {b:?}");
        let done = a.or(b).unwrap();
        assert_eq!((done.state, done.rows_read), (State::Done, 3_000));
        assert_eq!(done.rows_accepted + done.rows_refused, 3_000);
    }

    async fn who_was_erased_is_not_brought_back_by_a_file(db: TestDb) {
        let world = World::new(&db).await;
        let text = "卡号,手机号,姓名,生日,短信,注册时间\nVIP001,13912345670,李小龙,,,\nVIP002,13912345671,王五,,,\n";
        world.import(text, &members()).await;
        let person = world.person(IdentifierKind::Phone, "13912345670").await.unwrap();
        let mut tx = world.context.store.write().await.unwrap();
        let decision = Decision { by: "operator", reason: "asked", at: world.context.clock.now() };
        let (ids, clock) = (&world.context.ids, &*world.context.clock);
        privacy::erase(&mut tx, world.tenant, &world.keys, &person.accounts, decision, ids, clock).await.unwrap();
        tx.commit().await.unwrap();

        // An export of before, with other rows in it: the card alone is enough to know them by.
        let old = "卡号,手机号,姓名,生日,短信,注册时间\nVIP001,13912345679,李小龙,,,\n,13912345670,李小龙,,,\nVIP002,,王五,,,\n";
        let run = world.import(old, &members()).await;
        assert_eq!((run.rows_accepted, run.rows_suppressed, run.rows_refused), (1, 2, 0));
        let codes: Vec<String> = world.rejects(&run).await.into_iter().map(|(line, _, code)| format!("{line} {code}")).collect();
        assert_eq!(codes, ["2 suppressed", "3 suppressed"]);
        for phone in ["13912345670", "13912345679"] {
            assert_eq!(world.person(IdentifierKind::Phone, phone).await, None, "{phone}");
        }
    }

    async fn keys_that_are_changed_while_a_file_is_read_hold_for_what_comes_after(db: TestDb) {
        let (mut world, text) = (World::new(&db).await, file(1_200));
        let begun = world.begin(&text, &members(), false).await.unwrap();
        let (source, mut batches) = (Source::Bytes(text.as_bytes().to_vec().into()), 0);
        let mut tell = |_| {
            batches += 1;
            if batches == 1 {
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(world.rotate()));
            }
        };
        let done = carry_out(&world.context, world.tenant, begun.run().id, &source, &mut tell, &|| false).await.unwrap();
        assert_eq!((done.state, done.rows_read), (State::Done, 1_200));
        let mut tx = world.context.store.read().await.unwrap();
        let owner = tenant::find(&mut tx, &world.context.master, world.tenant).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        world.keys = PeopleKeys::new(&owner);
        // One of the first batch, and one of the last.
        for row in [3, 1_103] {
            assert!(world.person(IdentifierKind::Phone, &phone_of(row)).await.is_some(), "row {row}");
        }
        let events = "SELECT CAST(COALESCE(SUM(events), 0) AS BIGINT) FROM outbox WHERE event_type = 'people.consent_changed'";
        let facts = world.count("SELECT COUNT(*) FROM consent_fact").await;
        assert!(facts > 0 && world.count(events).await == facts, "each consent is told once");
    }

    async fn a_cancelled_run_stops_between_two_batches(db: TestDb) {
        let (world, text) = (World::new(&db).await, file(1_200));
        let begun = world.begin(&text, &members(), false).await.unwrap();
        world.carry(begun.run(), &text, 1).await.unwrap_err();
        let mut tx = world.context.store.write().await.unwrap();
        let run = cancel(&mut tx, &world.context, world.act(), begun.run().id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((run.state, run.rows_read), (State::Cancelled, 500));
        assert_eq!(world.carry(&run, &text, usize::MAX).await.unwrap().state, State::Cancelled);
        let mut tx = world.context.store.write().await.unwrap();
        let error = cancel(&mut tx, &world.context, world.act(), run.id).await.unwrap_err();
        assert!(matches!(error, Error::Ended { .. }));
        drop(tx);
        let Begun::GoesOn(again) = world.begin(&text, &members(), false).await.unwrap() else { panic!("it goes on") };
        assert_eq!(world.carry(&again, &text, usize::MAX).await.unwrap().rows_read, 1_200);
    }

    async fn a_file_that_cannot_be_read_to_its_end_fails_before_anything_is_taken(db: TestDb) {
        let world = World::new(&db).await;
        let good = file(1_200);
        let open = format!("{good}VIP,\"13912345670\n");
        let failed = world.import(&open, &members()).await;
        assert_eq!((failed.state, failed.rows_read, failed.error_code.as_deref()), (State::Failed, 0, Some("table.open_quote")));
        let other = mapping(r#"{"identifiers": [{"column": "电话", "kind": "phone"}]}"#);
        let failed = world.import(&good, &other).await;
        assert_eq!(failed.error_code.as_deref(), Some("table.no_column"));
        assert!(failed.error.unwrap().starts_with("there is no column \"电话\"; there are 卡号, 手机号"));
        assert_eq!(world.totals().await, [0; 5]);
    }

    async fn no_more_rejects_are_kept_than_may_be_and_all_are_counted(db: TestDb) {
        let world = World::new(&db).await;
        let text = format!("手机号\n{}", "12\n".repeat(5_200));
        let run = world.import(&text, &mapping(r#"{"identifiers": [{"column": "手机号", "kind": "phone"}]}"#)).await;
        assert_eq!((run.rows_refused, run.rejects), (5_200, 10_400));
        let rejects = world.rejects(&run).await;
        assert_eq!((rejects.len(), rejects[9_999].0), (10_000, 5_001));
    }

    async fn a_brand_sees_its_own_runs_alone(db: TestDb) {
        let (world, other) = (World::new(&db).await, World::new(&db).await);
        let run = world.import("手机号\n13912345670\n", &mapping(r#"{"identifiers": [{"column": "手机号", "kind": "phone"}]}"#)).await;
        let mut tx = other.context.store.read().await.unwrap();
        let error = tallymark_imports::find(&mut tx, other.tenant, run.id).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }));
        assert_eq!(tallymark_imports::runs(&mut tx, other.tenant, None, None, 10).await.unwrap(), []);
        let identifier = Identifier::parse(IdentifierKind::Phone, "13912345670").unwrap();
        assert_eq!(tallymark_people::find(&mut tx, other.tenant, &other.keys, &identifier).await.unwrap(), None);
    }
}
