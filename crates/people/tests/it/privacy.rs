//! Who demands it gets everything that is kept, or has it erased: from every row, every file, and for ever.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tallymark_base::id::AccountId;
use tallymark_base::seal::Key;
use tallymark_base::{Fault as _, TypedId as _};
use tallymark_partners::Tenant;
use tallymark_people::consent::NewConsent;
use tallymark_people::identity::{self, ChangeKind, Decision};
use tallymark_people::otp::{CodeKeys, CodeRequest, MessageStatus, messages, request_code};
use tallymark_people::privacy::{Erased, erase, export, is_suppressed, lift_suppression};
use tallymark_people::profile::{NewValue, Unkept};
use tallymark_people::{Error, Identifier, MIGRATIONS, consent, profile, reveal, vault};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::consent::say;
use crate::profile::put_all;
use crate::vault::{bytes_on_disk, holds};
use crate::world::{World, assert_sound, card, device, openid, phone, world};

fn because(reason: &str) -> Decision<'_> {
    Decision { by: "usr_1", reason, at: start() }
}

async fn try_erase(db: &TestDb, world: &World, accounts: &[AccountId]) -> Result<Erased, Error> {
    let mut tx = db.store.write().await.unwrap();
    let demanded = because("she asked for it");
    let erased = erase(&mut tx, world.tenant, &world.keys, accounts, demanded, &db.ids, &*db.clock).await?;
    tx.commit().await.unwrap();
    Ok(erased)
}

/// Gives an account a profile and a consent, each with a text to look for.
async fn tell(db: &TestDb, world: &World, accounts: &[AccountId], canary: &str) {
    let fields = ["name", "taste"];
    let value = |(account, field): (AccountId, &'static str)| NewValue {
        account,
        field,
        value: canary,
        source: "shop",
        at: start(),
        verified: true,
    };
    let values: Vec<_> = accounts.iter().flat_map(|account| fields.map(|field| value((*account, field)))).collect();
    put_all(db, world, &values).await;
    let given = |account: &AccountId| NewConsent {
        account: *account,
        purpose: "marketing",
        channel: "sms",
        given: true,
        at: start(),
        evidence: Some(canary),
        text_version: None,
        source: "page",
    };
    say(db, world, &accounts.iter().map(given).collect::<Vec<_>>()).await;
}

fn code_keys(world: &World) -> CodeKeys {
    CodeKeys::new(&Tenant {
        id: world.tenant,
        name: "brand".to_owned(),
        hosts: Vec::new(),
        zone: "Asia/Shanghai".to_owned(),
        secret: Key::new([1; 32]),
        rotated: None,
    })
}

/// Asks for a code for a phone, whose message waits from there on.
async fn ask_for_a_code(db: &TestDb, world: &World, phone: &Identifier, device: &Identifier) {
    let request = CodeRequest {
        phone,
        device,
        address: std::net::IpAddr::from([203, 0, 113, 7]),
        template: "SMS_1",
        price_fen: 5,
        budget_fen: 1_000_000,
        messages_max: 100_000,
        day: 20_513,
        day_ends: start(),
    };
    let mut tx = db.store.write().await.unwrap();
    let keys = code_keys(world);
    request_code(&mut tx, world.tenant, &world.keys, &keys, &request, &db.ids, &*db.clock, &*db.entropy).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(db: &TestDb, sql: &'static str) -> i64 {
    db.store.read().await.unwrap().query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap()
}

both_engines! { [MIGRATIONS];
    async fn an_erased_person_is_gone_and_whoever_shows_the_same_is_somebody_new(db: TestDb) {
        let (world, other_brand) = (world(1), world(2));
        let shown = [device(1), phone(1), card(1)];
        let before = world.one(&db, &shown).await;
        let (neighbour, stranger) = (world.one(&db, &[phone(2)]).await, other_brand.one(&db, &shown).await);
        tell(&db, &world, &[before.component.as_slice(), &[neighbour.account]].concat(), "canary").await;
        ask_for_a_code(&db, &world, &phone(1), &device(1)).await;

        let erased = try_erase(&db, &world, &before.component).await.unwrap();
        assert_eq!((&erased.accounts, erased.suppressed), (&before.component, 2), "a device's value is not kept");
        let change = erased.change.unwrap();
        assert_eq!((change.kind, change.reason.as_str(), change.moved), (ChangeKind::Erased, "she asked for it", 3));
        let again = try_erase(&db, &world, &before.component).await.unwrap();
        assert_eq!(again, Erased { accounts: Vec::new(), suppressed: 0, change: None });

        let own: BTreeSet<i64> = before.component.iter().map(|account| account.raw()).collect();
        for sql in [
            "SELECT account_id FROM account_key",
            "SELECT account_id FROM profile_value",
            "SELECT account_id FROM identifier",
            "SELECT account_id FROM consent_fact WHERE evidence IS NOT NULL",
            "SELECT account_id FROM source_account WHERE sealed IS NOT NULL OR stable <> 0 OR erased_at IS NULL",
        ] {
            let mut tx = db.store.read().await.unwrap();
            let left = tx.query(sql, &[]).await.unwrap();
            assert!(left.iter().all(|row| !own.contains(&row.int(0).unwrap())), "{sql}");
            assert!(!left.is_empty(), "others keep theirs: {sql}");
        }
        assert_eq!(count(&db, "SELECT COUNT(*) FROM phone_code").await, 0);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM sms_message WHERE sealed IS NOT NULL").await, 0);
        let mut tx = db.store.read().await.unwrap();
        let sent = messages(&mut tx, world.tenant, None, 10).await.unwrap();
        assert_eq!((sent.len(), sent[0].status, sent[0].cost_fen), (1, MessageStatus::TooLate, Some(0)));
        for account in &before.component {
            let refused = reveal(&mut tx, world.tenant, &world.keys, *account).await.unwrap_err();
            assert_eq!(refused.code(), "people.erased");
        }
        assert_eq!(consent::stands(&mut tx, world.tenant, &before.component).await.unwrap(), []);
        assert_eq!(reveal(&mut tx, world.tenant, &world.keys, neighbour.account).await.unwrap().unwrap(), "+8613800000002");
        drop(tx);

        let after = world.one(&db, &shown).await;
        assert!(!after.known && after.joined);
        assert!(after.component.iter().all(|account| !own.contains(&account.raw())), "nothing of theirs is hers");
        assert_eq!(other_brand.one(&db, &shown).await.component, stranger.component, "another brand knows her still");
        assert_sound(&db).await;
    }

    async fn an_erased_account_gets_no_key_and_no_value_again(db: TestDb) {
        let world = world(1);
        let account = world.one(&db, &[phone(1)]).await.account;
        try_erase(&db, &world, &[account]).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let wanted = BTreeSet::from([account]);
        let keys = vault::data_keys(&mut tx, world.tenant, &world.keys, &wanted, &*db.entropy).await.unwrap();
        assert!(keys.is_empty());
        tx.commit().await.unwrap();
        let value = NewValue { account, field: "name", value: "x", source: "shop", at: start(), verified: true };
        assert_eq!(put_all(&db, &world, &[value]).await.refused, [(0, Unkept::NoAccount)]);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM account_key").await, 0);
    }

    async fn only_whole_persons_are_erased_and_nobody_is_joined_with_them(db: TestDb) {
        let world = world(1);
        let (one, other) = (world.one(&db, &[phone(1), card(1)]).await, world.one(&db, &[phone(2)]).await);
        let refused = try_erase(&db, &world, &one.component[..1]).await.unwrap_err();
        assert_eq!(refused.code(), "people.not_whole");
        let nobody = AccountId::from_raw(77);
        assert_eq!(try_erase(&db, &world, &[nobody]).await.unwrap_err().code(), "people.account_not_found");
        let stranger = crate::world::world(2);
        let refused = try_erase(&db, &stranger, &one.component).await.unwrap_err();
        assert_eq!(refused.code(), "people.account_not_found");
        let mut tx = db.store.write().await.unwrap();
        let silent = erase(&mut tx, world.tenant, &world.keys, &one.component, because(" "), &db.ids, &*db.clock).await;
        assert_eq!(silent.unwrap_err().code(), "people.reason_missing");
        drop(tx);

        // Joined by somebody, parted by somebody, erased: what was parted does not come together again.
        let pair = (one.account, other.account);
        let mut tx = db.store.write().await.unwrap();
        let (joined, _) = identity::join(&mut tx, world.tenant, pair, because("one voice"), &db.ids, &*db.clock).await.unwrap();
        let (parted, _) = identity::undo(&mut tx, world.tenant, joined.id, because("two"), &db.ids, &*db.clock).await.unwrap();
        tx.commit().await.unwrap();
        let change = try_erase(&db, &world, &one.component).await.unwrap().change.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let codes = [
            identity::join(&mut tx, world.tenant, pair, because("x"), &db.ids, &*db.clock).await.unwrap_err().code(),
            identity::undo(&mut tx, world.tenant, parted.id, because("x"), &db.ids, &*db.clock).await.unwrap_err().code(),
            identity::undo(&mut tx, world.tenant, change.id, because("x"), &db.ids, &*db.clock).await.unwrap_err().code(),
        ];
        assert_eq!(codes, ["people.erased", "people.erased", "people.not_undoable"]);
        drop(tx);
        assert_sound(&db).await;
    }

    async fn evidence_that_waits_never_joins_anybody_with_the_erased(db: TestDb) {
        let world = world(1);
        // An openid was seen with four phones, of which a person has three: one of them waits outside.
        for n in 1..=4 {
            world.one(&db, &[openid(1), phone(n)]).await;
        }
        let person = world.found(&db, &openid(1)).await.unwrap();
        assert_eq!(person.accounts.len(), 4);
        try_erase(&db, &world, &person.accounts).await.unwrap();
        let mut outside = Vec::new();
        for n in 1..=4 {
            outside.extend(world.found(&db, &phone(n)).await);
        }
        assert_eq!(outside.len(), 1);
        let mut tx = db.store.read().await.unwrap();
        let account = outside[0].accounts[0];
        let identity = identity::of(&mut tx, world.tenant, account).await.unwrap();
        let retracted = |standing: &identity::Standing| matches!(standing, identity::Standing::Retracted { .. });
        assert_eq!(identity.accounts.len(), 1);
        assert!(identity.evidence.iter().all(|evidence| retracted(&evidence.standing)), "{:?}", identity.evidence);
        drop(tx);
        let again = world.one(&db, &[openid(1), phone(1)]).await;
        assert!(again.component.iter().all(|account| !person.accounts.contains(account)));
        assert_sound(&db).await;
    }

    async fn the_erased_are_not_brought_back_until_they_come_back(db: TestDb) {
        let world = world(1);
        let account = world.one(&db, &[phone(1)]).await.account;
        try_erase(&db, &world, &[account]).await.unwrap();
        let stranger = crate::world::world(2);
        let mut tx = db.store.write().await.unwrap();
        let list = [phone(2), phone(1), card(1)];
        assert_eq!(is_suppressed(&mut tx, world.tenant, &world.keys, &list).await.unwrap(), [false, true, false]);
        assert_eq!(is_suppressed(&mut tx, stranger.tenant, &stranger.keys, &list).await.unwrap(), [false; 3]);
        // The token is no blind index: whoever has only the key of look-ups learns nothing from it.
        let row = tx.query_one("SELECT token FROM suppression", &[]).await.unwrap().unwrap();
        assert_ne!(row.bytes(0).unwrap(), world.keys.blind_index(&phone(1)));
        assert!(lift_suppression(&mut tx, world.tenant, &world.keys, &phone(1)).await.unwrap());
        assert!(!lift_suppression(&mut tx, world.tenant, &world.keys, &phone(1)).await.unwrap());
        assert_eq!(is_suppressed(&mut tx, world.tenant, &world.keys, &list).await.unwrap(), [false; 3]);
    }

    async fn a_number_that_changes_hands_belongs_to_somebody_new_and_the_former_keeps_the_past(db: TestDb) {
        let world = world(1);
        let former = world.one(&db, &[phone(1), card(1)]).await;
        tell(&db, &world, &[former.account], "李小龙").await;
        let mut tx = db.store.write().await.unwrap();
        let given_up = because("the carrier says so");
        let (change, fresh) =
            identity::reassign(&mut tx, world.tenant, &world.keys, &phone(1), given_up, &db.ids, &*db.clock, &*db.entropy).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((change.kind, change.subject), (ChangeKind::Reassigned, former.account));
        let now = world.one(&db, &[phone(1)]).await;
        assert_eq!((now.account, now.component.as_slice()), (fresh, [fresh].as_slice()));
        assert_eq!(world.found(&db, &card(1)).await.unwrap().accounts, former.component, "still one person");
        let mut tx = db.store.write().await.unwrap();
        for account in [fresh, former.account] {
            let value = reveal(&mut tx, world.tenant, &world.keys, account).await.unwrap();
            assert_eq!(value.as_deref(), Some("+8613800000001"));
        }
        assert_eq!(consent::stands(&mut tx, world.tenant, &[fresh]).await.unwrap(), [], "who is new allowed nothing");
        let refused = identity::undo(&mut tx, world.tenant, change.id, given_up, &db.ids, &*db.clock).await.unwrap_err();
        assert!(refused.to_string().ends_with("the identifier has somebody else since; reassign it again instead"), "{refused}");
        let nobody =
            identity::reassign(&mut tx, world.tenant, &world.keys, &phone(9), given_up, &db.ids, &*db.clock, &*db.entropy).await.unwrap_err();
        assert_eq!(nobody.code(), "people.nobody_known");
        drop(tx);

        // The former holder is erased: that says nothing about who has the number.
        let erased = try_erase(&db, &world, &former.component).await.unwrap();
        assert_eq!(erased.suppressed, 1, "the card alone");
        assert_eq!(world.one(&db, &[phone(1)]).await.account, fresh);
        assert_sound(&db).await;
    }

    async fn who_is_erased_while_others_write_about_them_has_no_key_in_the_end(db: TestDb) {
        // Devices have no key before something is known of them: both want to decide whether they get one.
        let requests: Vec<_> = (0..30).map(|n| vec![device(n)]).collect();
        let seen = world(1).seen(&db, &requests).await.unwrap();
        let accounts: Vec<AccountId> = seen.iter().map(|one| one.account).collect();
        let db = Arc::new(db);
        let (writer, eraser) = ((db.clone(), accounts.clone()), (db.clone(), accounts.clone()));
        let writes = tokio::spawn(async move {
            for account in &writer.1 {
                tell(&writer.0, &world(1), &[*account], "a canary").await;
            }
        });
        let erases = tokio::spawn(async move {
            for account in eraser.1.iter().rev() {
                while let Err(error) = try_erase(&eraser.0, &world(1), &[*account]).await {
                    assert!(matches!(&error, Error::Store(error) if error.is_worth_repeating()), "{error}");
                }
            }
        });
        writes.await.unwrap();
        erases.await.unwrap();
        assert_eq!(count(&db, "SELECT COUNT(*) FROM account_key").await, 0);
        let mut tx = db.store.read().await.unwrap();
        let world = world(1);
        assert_eq!(profile::of(&mut tx, world.tenant, &world.keys, &accounts, &[]).await.unwrap(), []);
        assert_eq!(consent::stands(&mut tx, world.tenant, &accounts).await.unwrap(), []);
        drop(tx);
        try_erase(&db, &world, &accounts).await.unwrap();
        assert_eq!(count(&db, "SELECT COUNT(*) FROM profile_value").await, 0, "what was left is swept up");
    }

    async fn everything_that_is_kept_of_a_person_is_handed_out(db: TestDb) {
        let world = world(1);
        let person = world.one(&db, &[phone(1), device(1)]).await;
        world.one(&db, &[phone(2)]).await;
        tell(&db, &world, &[person.account], "李小龙").await;
        let mut tx = db.store.read().await.unwrap();
        let told = export(&mut tx, world.tenant, &world.keys, &person.component).await.unwrap();
        let expected = serde_json::json!({
            "tags": [],
            "accounts": [
                { "account": person.component[0], "kind": told["accounts"][0]["kind"], "value": told["accounts"][0]["value"],
                  "since": "2026-03-01T00:00:00Z", "erased_at": null },
                { "account": person.component[1], "kind": told["accounts"][1]["kind"], "value": told["accounts"][1]["value"],
                  "since": "2026-03-01T00:00:00Z", "erased_at": null },
            ],
            "profile": [
                { "account": person.account, "field": "name", "value": "李小龙", "source": "shop",
                  "at": "2026-03-01T00:00:00Z", "verified": true },
                { "account": person.account, "field": "taste", "value": "李小龙", "source": "shop",
                  "at": "2026-03-01T00:00:00Z", "verified": true },
            ],
            "consents": [
                { "account": person.account, "purpose": "marketing", "channel": "sms", "given": true,
                  "at": "2026-03-01T00:00:00Z", "evidence": "李小龙", "text_version": null, "source": "page" },
            ],
            "evidence": [
                { "a": person.component[0], "b": person.component[1], "first_seen": "2026-03-01T00:00:00Z",
                  "rule": "shown_together", "taken_back": false },
            ],
        });
        assert_eq!(told, expected);
        let kinds: BTreeSet<(&str, Option<&str>)> = told["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| (account["kind"].as_str().unwrap(), account["value"].as_str()))
            .collect();
        assert_eq!(kinds, BTreeSet::from([("device", None), ("phone", Some("+8613800000001"))]));
        drop(tx);
        try_erase(&db, &world, &person.component).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        let told = export(&mut tx, world.tenant, &world.keys, &person.component).await.unwrap();
        assert!(!told.to_string().contains("李小龙") && !told.to_string().contains("138"), "{told}");
    }

    async fn among_many_only_those_who_are_erased_come_back_as_somebody_new(db: TestDb) {
        let world = world(1);
        let requests: Vec<Vec<Identifier>> =
            (0..200).map(|n| if n % 3 == 0 { vec![phone(n), device(n)] } else { vec![phone(n)] }).collect();
        let before = world.seen(&db, &requests).await.unwrap();
        let is_erased = |n: usize| n % 7 < 2;
        let gone: Vec<AccountId> =
            before.iter().enumerate().filter(|(n, _)| is_erased(*n)).flat_map(|(_, one)| one.component.clone()).collect();
        let erased = try_erase(&db, &world, &gone).await.unwrap();
        assert_eq!(erased.accounts.iter().collect::<HashSet<_>>(), gone.iter().collect());
        assert_eq!(erased.suppressed, (0..200).filter(|n| is_erased(*n)).count() as u64);
        let after = world.seen(&db, &requests).await.unwrap();
        for (n, (before, after)) in before.iter().zip(&after).enumerate() {
            assert_eq!(after.known, !is_erased(n), "{n}");
            assert_eq!(before.component == after.component, !is_erased(n), "{n}");
        }
        assert_sound(&db).await;
    }
}

/// How many of the parts stand somewhere in the bytes. They are random, so that their beginnings tell them apart.
fn found(bytes: &[u8], parts: &[Vec<u8>]) -> usize {
    const HEAD: usize = 12;
    let by_head: HashMap<&[u8], &[u8]> = parts.iter().map(|part| (&part[..HEAD], part.as_slice())).collect();
    // Most places are told from all parts by two bytes already.
    let mut begins = vec![false; 1 << 16];
    parts.iter().for_each(|part| begins[usize::from(u16::from_be_bytes([part[0], part[1]]))] = true);
    let may_begin = |at: &usize| begins[usize::from(u16::from_be_bytes([bytes[*at], bytes[*at + 1]]))];
    let places = (0..=bytes.len() - HEAD).filter(may_begin);
    let places = places.filter_map(|at| Some((at, *by_head.get(&bytes[at..at + HEAD])?)));
    places.filter(|(at, part)| bytes[*at..].starts_with(part)).map(|(_, part)| part).collect::<HashSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_of_an_erased_person_or_of_their_keys_is_left_in_the_files() {
    let Some(db) = TestDb::on(Engine::Sqlite, &[MIGRATIONS]).await else { return };
    let world = world(1);
    // Enough others that rows are moved between pages while they come. Some stand alone among others, some fill whole pages.
    let mut gone = Vec::new();
    let mut indexes = Vec::new();
    for round in 0..20_u64 {
        let requests: Vec<_> = (0..50).map(|n| vec![phone(round * 50 + n), card(round * 50 + n)]).collect();
        let seen = world.seen(&db, &requests).await.unwrap();
        for (number, one) in seen.iter().enumerate().filter(|(number, _)| round == 7 || number % 10 == 3) {
            indexes.extend(requests[number].iter().map(|identifier| world.keys.blind_index(identifier)));
            gone.extend(one.component.iter().copied());
        }
        tell(&db, &world, &seen.iter().map(|one| one.account).collect::<Vec<_>>(), "a canary").await;
    }
    let (mut sealed, mut of_others) = (Vec::new(), Vec::new());
    let own: HashSet<i64> = gone.iter().map(|account| account.raw()).collect();
    let mut tx = db.store.read().await.unwrap();
    for sql in [
        "SELECT account_id, sealed_key FROM account_key",
        "SELECT account_id, sealed FROM source_account",
        "SELECT account_id, sealed FROM profile_value",
        "SELECT account_id, evidence FROM consent_fact",
    ] {
        for row in tx.query(sql, &[]).await.unwrap() {
            let list = if own.contains(&row.int(0).unwrap()) { &mut sealed } else { &mut of_others };
            list.extend(row.opt_bytes(1).unwrap());
        }
    }
    drop(tx);
    assert_eq!((sealed.len(), indexes.len()), (290 + 290 + 290 + 145, 290));
    let indexes: Vec<Vec<u8>> = indexes.iter().map(|index| index.to_vec()).collect();
    let before = bytes_on_disk(&db);
    assert_eq!((found(&before, &sealed), found(&before, &indexes)), (sealed.len(), 290), "the search itself works");

    for some in gone.chunks(40) {
        try_erase(&db, &world, some).await.unwrap();
    }
    assert!(db.store.empty_log().await.unwrap());
    let bytes = bytes_on_disk(&db);
    assert_eq!((found(&bytes, &sealed), found(&bytes, &indexes)), (0, 0), "of {} and 290", sealed.len());
    assert_eq!(found(&bytes, &of_others), of_others.len(), "what others have is there");
    // With what the tenant's keys opened before, nothing that is left opens: there is nothing left to open.
    let mut tx = db.store.read().await.unwrap();
    for account in &gone {
        assert_eq!(reveal(&mut tx, world.tenant, &world.keys, *account).await.unwrap_err().code(), "people.erased");
    }
    assert!(!holds(&bytes, b"canary"), "nor was it ever readable");
}
