//! What people allowed: joining them never widens it, parting them puts back what would be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tallymark_base::id::AccountId;
use tallymark_base::{Fault as _, Timestamp, TypedId as _};
use tallymark_people::consent::{
    ANY_CHANNEL, NewConsent, SUBJECTS_MAX, Stand, Unrecorded, allows, of, publish_text, record, stands, text,
};
use tallymark_people::identity::{self, Decision};
use tallymark_people::{MIGRATIONS, Person};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{World, phone, world};

/// A moment of a story, in seconds.
fn at(second: i64) -> Timestamp {
    Timestamp(start().0 + second * Timestamp::SECOND)
}

/// The end of every story.
fn now() -> Timestamp {
    at(1_000)
}

fn fact(account: AccountId, given: bool, second: i64) -> NewConsent<'static> {
    NewConsent {
        account,
        purpose: "marketing",
        channel: "sms",
        given,
        at: at(second),
        evidence: None,
        text_version: None,
        source: "page",
    }
}

pub(crate) async fn say(db: &TestDb, world: &World, facts: &[NewConsent<'_>]) -> Vec<(usize, Unrecorded)> {
    let mut tx = db.store.write().await.unwrap();
    let refused = record(&mut tx, world.tenant, &world.keys, facts, now(), &*db.entropy).await.unwrap();
    tx.commit().await.unwrap();
    refused
}

/// Whether a message may be sent to the n-th phone, as whoever sends asks: by its person.
async fn may(db: &TestDb, world: &World, number: u64, purpose: &str, channel: &str) -> bool {
    let Person { accounts, .. } = world.found(db, &phone(number)).await.unwrap();
    let account = world.one(db, &[phone(number)]).await.account;
    let mut tx = db.store.read().await.unwrap();
    allows(&stands(&mut tx, world.tenant, &accounts).await.unwrap(), purpose, channel, account)
}

both_engines! { [MIGRATIONS];
    async fn what_was_said_last_counts_and_of_one_moment_the_taking_back(db: TestDb) {
        let world = world(1);
        let a = world.one(&db, &[phone(1)]).await.account;
        assert!(!may(&db, &world, 1, "marketing", "sms").await, "nobody asked");
        say(&db, &world, &[fact(a, true, 5)]).await;
        assert!(may(&db, &world, 1, "marketing", "sms").await);
        assert!(!may(&db, &world, 1, "marketing", "email").await, "another channel");
        assert!(!may(&db, &world, 1, "research", "sms").await, "another purpose");
        say(&db, &world, &[fact(a, false, 4)]).await;
        assert!(may(&db, &world, 1, "marketing", "sms").await, "taken back before it was given");
        say(&db, &world, &[fact(a, false, 5)]).await;
        assert!(!may(&db, &world, 1, "marketing", "sms").await, "taken back at the same moment");
        let any = NewConsent { channel: ANY_CHANNEL, ..fact(a, true, 6) };
        say(&db, &world, &[any, any]).await;
        assert!(may(&db, &world, 1, "marketing", "sms").await);
        assert!(may(&db, &world, 1, "marketing", "email").await);
        say(&db, &world, &[fact(a, false, 7)]).await;
        assert!(!may(&db, &world, 1, "marketing", "sms").await);
        assert!(may(&db, &world, 1, "marketing", "email").await, "only one channel was taken back");
        assert!(!may(&db, &world, 1, "marketing", ANY_CHANNEL).await, "not any channel any more");

        let far = NewConsent { at: Timestamp(i64::MAX), ..fact(a, true, 0) };
        say(&db, &world, &[far, fact(a, false, 1_000)]).await;
        assert!(!may(&db, &world, 1, "marketing", "sms").await, "a wrong clock does not outlast the taking back");
    }

    async fn what_shows_a_consent_is_kept_with_it_and_its_text_never_changes(db: TestDb) {
        let world = world(1);
        let a = world.one(&db, &[phone(1)]).await.account;
        let given = NewConsent { evidence: Some("form 7, 203.0.113.9"), text_version: Some(2), ..fact(a, true, 5) };
        assert_eq!(say(&db, &world, &[given]).await, [(0, Unrecorded::UnknownText)]);
        let mut tx = db.store.write().await.unwrap();
        let key = ("marketing", 2, "zh");
        publish_text(&mut tx, world.tenant, key, "我同意接收短信。", at(1)).await.unwrap();
        publish_text(&mut tx, world.tenant, key, "我同意接收短信。", at(2)).await.unwrap();
        let changed = publish_text(&mut tx, world.tenant, key, "我同意一切。", at(3)).await.unwrap_err();
        assert_eq!(changed.code(), "people.text_published");
        let empty = publish_text(&mut tx, world.tenant, ("marketing", 3, "zh"), " ", at(3)).await.unwrap_err();
        assert_eq!(empty.code(), "people.consent_text");
        let kept = text(&mut tx, world.tenant, key).await.unwrap().unwrap();
        assert_eq!((kept.text.as_str(), kept.published_at), ("我同意接收短信。", at(1)));
        tx.commit().await.unwrap();
        assert_eq!(say(&db, &world, &[given]).await, []);
        let mut tx = db.store.read().await.unwrap();
        let views = of(&mut tx, world.tenant, &world.keys, &[a]).await.unwrap();
        assert_eq!(views.len(), 1);
        assert_eq!((views[0].evidence.as_deref(), views[0].text_version), (Some("form 7, 203.0.113.9"), Some(2)));
        let stranger = crate::world::world(2);
        assert_eq!(of(&mut tx, stranger.tenant, &stranger.keys, &[a]).await.unwrap(), []);
        assert_eq!(text(&mut tx, stranger.tenant, key).await.unwrap(), None);
    }

    async fn there_is_an_end_to_what_is_given_but_not_to_what_is_taken_back(db: TestDb) {
        let world = world(1);
        let a = world.one(&db, &[phone(1)]).await.account;
        let purposes: Vec<String> = (0..=SUBJECTS_MAX).map(|n| format!("purpose_{n}")).collect();
        let about = |given: bool| {
            purposes.iter().map(|purpose| NewConsent { purpose, ..fact(a, given, 5) }).collect::<Vec<_>>()
        };
        assert_eq!(say(&db, &world, &about(true)).await, [(SUBJECTS_MAX, Unrecorded::TooMany)]);
        assert_eq!(say(&db, &world, &about(true)[..SUBJECTS_MAX]).await, [], "the same again is nothing new");
        assert_eq!(say(&db, &world, &about(false)).await, []);
        let long = "x".repeat(1_001);
        let mistakes = [
            NewConsent { purpose: "All Of It", ..fact(a, true, 5) },
            NewConsent { channel: "", ..fact(a, true, 5) },
            NewConsent { evidence: Some(&long), ..fact(a, true, 5) },
            fact(AccountId::from_raw(77), true, 5),
        ];
        let why: Vec<_> = say(&db, &world, &mistakes).await.into_iter().map(|(_, why)| why).collect();
        assert_eq!(why, [Unrecorded::NotAWord, Unrecorded::NotAWord, Unrecorded::Evidence, Unrecorded::NoAccount]);
    }

    async fn after_parting_everything_is_as_if_they_had_never_been_joined(db: TestDb) {
        // Two brands: in one of them the two phones are one person for a while. Both hear the same.
        let (joined, apart) = (world(1), world(2));
        let mut answers = Vec::new();
        for world in [&joined, &apart] {
            let (a, b) = (world.one(&db, &[phone(1)]).await.account, world.one(&db, &[phone(2)]).await.account);
            say(&db, world, &[fact(a, true, 1)]).await;
            assert!(may(&db, world, 1, "marketing", "sms").await && !may(&db, world, 2, "marketing", "sms").await);
            let decision = Decision { by: "usr_1", reason: "the same voice", at: at(2) };
            let mut change = None;
            if world.tenant == joined.tenant {
                let mut tx = db.store.write().await.unwrap();
                let made = identity::join(&mut tx, world.tenant, (a, b), decision, &db.ids, &*db.clock).await.unwrap();
                tx.commit().await.unwrap();
                change = Some(made.0.id);
                assert!(may(&db, world, 1, "marketing", "sms").await, "still its own");
                assert!(!may(&db, world, 2, "marketing", "sms").await, "joining does not widen it");
            }
            say(&db, world, &[fact(b, true, 3), fact(a, false, 4)]).await;
            if let Some(change) = change {
                assert!(!may(&db, world, 2, "marketing", "sms").await, "one of them took it back: for all");
                let mut tx = db.store.write().await.unwrap();
                identity::undo(&mut tx, world.tenant, change, decision, &db.ids, &*db.clock).await.unwrap();
                tx.commit().await.unwrap();
            }
            answers.push((may(&db, world, 1, "marketing", "sms").await, may(&db, world, 2, "marketing", "sms").await));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[1], (false, true));
    }
}

/// A fact of the property test: account, channel, whether it was given, when.
type Said = (usize, usize, bool, i64);

const CHANNELS: [&str; 3] = ["sms", "email", ANY_CHANNEL];
const ACCOUNTS: usize = 4;

fn account(number: usize) -> AccountId {
    AccountId::from_raw(number as i64 + 1)
}

/// What an account said last about each channel that is asked about, by going through all it ever said in order of time.
/// Any channel is each of those that are ever named, and one that is not.
fn last_said(said: &[Said], number: usize, channel: &'static str) -> Vec<Option<bool>> {
    let mut own: Vec<&Said> = said.iter().filter(|one| one.0 == number).collect();
    own.sort_by_key(|one| (one.3, !one.2));
    let asked = if channel == ANY_CHANNEL { vec!["sms", "email", "fax"] } else { vec![channel] };
    let covers = |one: &&&Said, channel: &str| [channel, ANY_CHANNEL].contains(&CHANNELS[one.1]);
    asked.into_iter().map(|channel| own.iter().rfind(|one| covers(one, channel)).map(|one| one.2)).collect()
}

/// The latest of each account and channel, as the database keeps it.
fn latest(said: &[Said]) -> Vec<Stand> {
    let mut latest: BTreeMap<(usize, usize), (i64, bool)> = BTreeMap::new();
    for (number, channel, given, second) in said {
        let rank = (*second, !*given);
        let kept = latest.entry((*number, *channel)).or_insert(rank);
        *kept = (*kept).max(rank);
    }
    let stand = |((number, channel), (second, is_back)): ((usize, usize), (i64, bool))| Stand {
        account: account(number),
        purpose: "marketing".to_owned(),
        channel: CHANNELS[channel].to_owned(),
        given: !is_back,
        at: at(second),
    };
    latest.into_iter().map(stand).collect()
}

/// The answers for each account and channel, where `persons` says which accounts are one.
fn answers(said: &[Said], persons: &[usize; ACCOUNTS]) -> BTreeMap<(usize, &'static str), bool> {
    let mut answers = BTreeMap::new();
    for number in 0..ACCOUNTS {
        let own: BTreeSet<AccountId> =
            (0..ACCOUNTS).filter(|other| persons[*other] == persons[number]).map(account).collect();
        let stands: Vec<Stand> = latest(said).into_iter().filter(|stand| own.contains(&stand.account)).collect();
        for channel in CHANNELS {
            answers.insert((number, channel), allows(&stands, "marketing", channel, account(number)));
        }
    }
    answers
}

fn facts() -> impl Strategy<Value = Vec<Said>> {
    prop::collection::vec((0..ACCOUNTS, 0..CHANNELS.len(), any::<bool>(), 0..8_i64), 0..24)
}

proptest! {
    #[test]
    fn joining_never_widens_a_consent_and_parting_puts_back_what_was(
        said in facts(),
        persons in prop::array::uniform4(0..ACCOUNTS),
    ) {
        let alone = answers(&said, &[0, 1, 2, 3]);
        let joined = answers(&said, &persons);
        for ((number, channel), is_allowed) in &joined {
            let members = (0..ACCOUNTS).filter(|other| persons[*other] == persons[*number]);
            let nobody_took_it_back = members.clone().all(|other| !last_said(&said, other, channel).contains(&Some(false)));
            let own = last_said(&said, *number, channel).iter().all(|last| *last == Some(true));
            prop_assert_eq!(*is_allowed, own && nobody_took_it_back);
            prop_assert!(!is_allowed || alone[&(*number, *channel)], "joining widened it");
        }
        // Parted again, and then joined otherwise: only who is together at that moment matters.
        prop_assert_eq!(answers(&said, &[3, 2, 1, 0]), alone);
        let renamed = persons.map(|person| person + 7);
        prop_assert_eq!(answers(&said, &renamed), joined);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_the_order_in_which_facts_come_the_database_keeps_the_latest(
        (said, shuffled) in facts().prop_flat_map(|said| (Just(said.clone()), Just(said).prop_shuffle())),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                let Some(db) = TestDb::on(engine, &[MIGRATIONS]).await else { continue };
                let world = world(1);
                let mut accounts = Vec::new();
                for number in 0..ACCOUNTS {
                    accounts.push(world.one(&db, &[phone(number as u64)]).await.account);
                }
                let new = |one: &Said| NewConsent { channel: CHANNELS[one.1], ..fact(accounts[one.0], one.2, one.3) };
                for one in &said {
                    say(&db, &world, &[new(one)]).await;
                }
                let mut tx = db.store.read().await.unwrap();
                let kept = stands(&mut tx, world.tenant, &accounts).await.unwrap();
                drop(tx);
                say(&db, &world, &shuffled.iter().map(new).collect::<Vec<_>>()).await;
                let mut tx = db.store.read().await.unwrap();
                prop_assert_eq!(&stands(&mut tx, world.tenant, &accounts).await.unwrap(), &kept, "heard again");
                let number_of = |account: AccountId| accounts.iter().position(|own| *own == account).unwrap();
                let mut kept: Vec<_> =
                    kept.into_iter().map(|stand| (number_of(stand.account), stand.channel, stand.given, stand.at)).collect();
                kept.sort();
                let mut expected: Vec<_> = latest(&said)
                    .into_iter()
                    .map(|stand| (stand.account.raw() as usize - 1, stand.channel, stand.given, stand.at))
                    .collect();
                expected.sort();
                prop_assert_eq!(kept, expected);
            }
            Ok(())
        })?;
    }
}
