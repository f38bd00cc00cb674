//! What is known of people: the latest counts in whatever order it comes, and nobody reads it without the key.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tallymark_base::id::AccountId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_people::profile::{FIELDS_MAX, NewValue, Put, Said, Unkept, VALUE_BYTES_MAX, VALUES_MAX, of, put};
use tallymark_people::rules::mask::{Sight, shown, shown_identifier};
use tallymark_people::rules::profile::{choose, normal};
use tallymark_people::{Error, IdentifierKind, MIGRATIONS};
use tallymark_store::Engine;
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

use crate::world::{World, phone, world};

/// A moment, some seconds before the tests.
fn before(seconds: i64) -> Timestamp {
    Timestamp(start().0 - seconds * Timestamp::SECOND)
}

fn said(account: AccountId, field: &'static str, value: &'static str) -> NewValue<'static> {
    NewValue { account, field, value, source: "shop", at: before(60), verified: false }
}

pub(crate) async fn put_all(db: &TestDb, world: &World, values: &[NewValue<'_>]) -> Put {
    let mut tx = db.store.write().await.unwrap();
    let done = put(&mut tx, world.tenant, &world.keys, values, start(), &*db.entropy).await.unwrap();
    tx.commit().await.unwrap();
    done
}

/// The fields of accounts: name, value, and what contradicts it.
async fn fields(db: &TestDb, world: &World, accounts: &[AccountId]) -> Vec<(String, String, Vec<String>)> {
    let mut tx = db.store.read().await.unwrap();
    let fields = of(&mut tx, world.tenant, &world.keys, accounts, &["crm", "shop"]).await.unwrap();
    let texts = |others: Vec<Said>| others.into_iter().map(|other| other.value).collect();
    fields.into_iter().map(|field| (field.field, field.said.value, texts(field.others))).collect()
}

both_engines! { [MIGRATIONS];
    async fn a_person_has_the_values_of_all_its_accounts_and_those_that_contradict(db: TestDb) {
        let world = world(1);
        let (a, b) = (world.one(&db, &[phone(1)]).await.account, world.one(&db, &[phone(2)]).await.account);
        let values = [
            said(a, "name", "李小龙"),
            NewValue { at: before(30), ..said(b, "name", "李小农") },
            said(a, "birthday", "1990-05-12"),
            NewValue { source: "crm", at: before(900), ..said(b, "birthday", "1991/5/12") },
            NewValue { source: "mini_program", at: before(1), ..said(b, "birthday", "0000-05-12") },
            NewValue { verified: true, at: before(9_000), ..said(a, "city", "深圳") },
            NewValue { source: "crm", ..said(b, "city", "广州") },
            said(a, "level", "{\"points\":3}"),
        ];
        assert_eq!(put_all(&db, &world, &values).await, Put { kept: 8, refused: Vec::new() });
        let text = |text: &str| text.to_owned();
        let expected = [
            // Checked is stronger than a better source.
            (text("birthday"), text("1991-05-12"), vec![text("1990-05-12")]),
            (text("city"), text("深圳"), vec![text("广州")]),
            (text("level"), text("{\"points\":3}"), Vec::new()),
            (text("name"), text("李小农"), vec![text("李小龙")]),
        ];
        assert_eq!(fields(&db, &world, &[a, b]).await, expected);
        assert_eq!(fields(&db, &world, &[b]).await.len(), 3, "parted, each has its own");

        // A source that clears a field says nothing any more.
        put_all(&db, &world, &[NewValue { at: before(2), ..said(b, "name", "null") }]).await;
        assert_eq!(fields(&db, &world, &[a, b]).await[3], (text("name"), text("李小龙"), Vec::new()));
        // What another tenant asks about the same accounts is nobody's.
        let stranger = crate::world::world(2);
        assert_eq!(fields(&db, &stranger, &[a, b]).await, []);
        let refused = put_all(&db, &stranger, &values[..1]).await;
        assert_eq!(refused, Put { kept: 0, refused: vec![(0, Unkept::NoAccount)] });
    }

    async fn an_account_has_as_many_fields_as_it_may_and_is_told_of_further_ones(db: TestDb) {
        let world = world(1);
        let (full, other) = (world.one(&db, &[phone(1)]).await.account, world.one(&db, &[phone(2)]).await.account);
        let names: Vec<String> = (0..FIELDS_MAX + 2).map(|n| format!("field {n:03}")).collect();
        let value = |account, name, source| NewValue { field: name, source, ..said(account, "", "x") };
        let all: Vec<_> = names.iter().map(|name| value(full, name, "shop")).collect();
        let done = put_all(&db, &world, &all).await;
        assert_eq!(done.kept, FIELDS_MAX as u64);
        assert_eq!(done.refused, [(FIELDS_MAX, Unkept::TooManyFields), (FIELDS_MAX + 1, Unkept::TooManyFields)]);
        // What it has may change, another source may say it too, and others have room.
        let more = [
            NewValue { at: before(1), ..value(full, &names[0], "shop") },
            value(full, &names[0], "crm"),
            value(full, "one more", "shop"),
            value(other, "one more", "shop"),
        ];
        let done = put_all(&db, &world, &more).await;
        assert_eq!(done, Put { kept: 3, refused: vec![(2, Unkept::TooManyFields)] });
        let again: Vec<_> = names.iter().map(|name| value(full, name, "crm")).collect();
        let done = put_all(&db, &world, &again).await;
        assert_eq!(done.kept, (VALUES_MAX - FIELDS_MAX - 1) as u64);
        let once_more = put_all(&db, &world, &[value(full, &names[1], "import")]).await;
        assert_eq!(once_more.refused, [(0, Unkept::TooManyValues)]);
    }

    async fn mistakes_keep_nothing_else_out(db: TestDb) {
        let world = world(1);
        let account = world.one(&db, &[phone(1)]).await.account;
        let (long, huge) = ("x".repeat(VALUE_BYTES_MAX), "x".repeat(10_000_000));
        let name = "n".repeat(65);
        let good = said(account, "nickname", "ok");
        let values = [
            NewValue { value: &huge, ..said(account, "trait", "") },
            NewValue { value: &long, ..said(account, "trait", "") },
            said(account, "", "x"),
            NewValue { field: &name, ..good },
            said(account, "a\nb", "x"),
            NewValue { source: "The Shop", ..good },
            said(account, "birthday", "9999-12-31"),
            said(account, "gender", "unknown"),
            said(account, "note", "a\0b"),
            said(AccountId::from_raw(77), "nickname", "ok"),
            NewValue { at: Timestamp(i64::MAX), ..said(account, "nickname", "from the future") },
            good,
        ];
        let done = put_all(&db, &world, &values).await;
        let expected = vec![
            (0, Unkept::TooLong { bytes: 10_000_000 }),
            (2, Unkept::FieldName),
            (3, Unkept::FieldName),
            (4, Unkept::FieldName),
            (5, Unkept::SourceName),
            (6, Unkept::Malformed { field: "birthday" }),
            (7, Unkept::SaysNothing),
            (8, Unkept::NotText),
            (9, Unkept::NoAccount),
        ];
        assert_eq!(done, Put { kept: 2, refused: expected });
        assert!(Unkept::TooLong { bytes: 10_000_000 }.to_string().contains("at most 4096 bytes, not 10000000"));
        // A wrong clock wins until the right one has caught up, and no longer.
        let now = NewValue { at: start(), verified: true, ..said(account, "nickname", "from today") };
        assert_eq!(put_all(&db, &world, &[now]).await.kept, 1);
        let too_many = vec![good; 1_025];
        let mut tx = db.store.write().await.unwrap();
        let refused = put(&mut tx, world.tenant, &world.keys, &too_many, start(), &*db.entropy).await;
        assert!(matches!(refused, Err(Error::BatchTooLarge { given: 1_025, max: 1_024 })));
    }

    async fn a_value_copied_to_another_field_or_account_does_not_open(db: TestDb) {
        let world = world(1);
        let (a, b) = (world.one(&db, &[phone(1)]).await.account, world.one(&db, &[phone(2)]).await.account);
        put_all(&db, &world, &[said(a, "name", "one"), said(a, "city", "two"), said(b, "name", "three")]).await;
        for (account, field) in [(a, "city"), (b, "name")] {
            let mut tx = db.store.write().await.unwrap();
            let copy = "UPDATE profile_value
                           SET sealed = (SELECT sealed FROM profile_value WHERE account_id = $1 AND field = 'name')
                         WHERE account_id = $2 AND field = $3";
            tx.execute(copy, &[a.raw().into(), account.raw().into(), field.into()]).await.unwrap();
            let read = of(&mut tx, world.tenant, &world.keys, &[account], &[]).await;
            assert!(matches!(read, Err(Error::Seal(_))), "{field}");
        }
    }
}

/// A value of the property test: account, field, source, value, time, checked.
type Told = (usize, usize, usize, u8, i64, bool);

const FIELDS: [&str; 2] = ["nickname", "size"];
const SOURCES: [&str; 2] = ["shop", "crm"];

async fn kept_after(
    db: &TestDb,
    told: &[Told],
    sizes: &[usize],
) -> BTreeMap<(usize, String, String), (i64, bool, String)> {
    let world = world(1);
    let accounts = [world.one(db, &[phone(1)]).await.account, world.one(db, &[phone(2)]).await.account];
    let texts: Vec<String> = told.iter().map(|told| format!("v{}", told.3)).collect();
    let values: Vec<NewValue<'_>> = told
        .iter()
        .zip(&texts)
        .map(|((account, field, source, _, at, verified), value)| NewValue {
            account: accounts[*account],
            field: FIELDS[*field],
            value,
            source: SOURCES[*source],
            at: before(100 - at),
            verified: *verified,
        })
        .collect();
    let mut rest = values.as_slice();
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let (batch, tail) = rest.split_at(sizes.next().copied().unwrap_or(1).min(rest.len()));
        put_all(db, &world, batch).await;
        rest = tail;
    }
    let mut kept = BTreeMap::new();
    for (number, account) in accounts.iter().enumerate() {
        for source in SOURCES {
            let mut tx = db.store.read().await.unwrap();
            for field in of(&mut tx, world.tenant, &world.keys, &[*account], &[source]).await.unwrap() {
                for said in [vec![field.said], field.others].concat() {
                    let key = (number, field.field.clone(), said.source);
                    kept.insert(key, ((said.at.0 - before(100).0) / Timestamp::SECOND, said.verified, said.value));
                }
            }
        }
    }
    kept
}

fn told_and_another_order() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    let told = (0..2_usize, 0..2_usize, 0..2_usize, 0..4_u8, 0..4_i64, any::<bool>());
    prop::collection::vec(told, 0..40).prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_the_order_and_the_batches_the_latest_value_is_kept(
        (told, shuffled) in told_and_another_order(),
        sizes in prop::collection::vec(1_usize..12, 1..4),
    ) {
        let mut latest: BTreeMap<(usize, String, String), (i64, bool)> = BTreeMap::new();
        for (account, field, source, _, at, verified) in &told {
            let key = (*account, FIELDS[*field].to_owned(), SOURCES[*source].to_owned());
            let rank = latest.entry(key).or_insert((*at, *verified));
            *rank = (*rank).max((*at, *verified));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                let mut stored = Vec::new();
                for (order, sizes) in [(&told, sizes.as_slice()), (&shuffled, &[1])] {
                    let Some(db) = TestDb::on(engine, &[MIGRATIONS]).await else { continue };
                    stored.push(kept_after(&db, order, sizes).await);
                }
                // What agrees is told once, so a field may be missing here, but none may be otherwise.
                for (key, (at, verified, value)) in stored.iter().flatten() {
                    prop_assert_eq!(latest.get(key), Some(&(*at, *verified)));
                    let (account, field, source) = key;
                    let is_told = told.iter().any(|told| told.0 == *account && FIELDS[told.1] == field.as_str()
                        && SOURCES[told.2] == source.as_str() && format!("v{}", told.3) == *value
                        && told.4 == *at && told.5 == *verified);
                    prop_assert!(is_told, "{key:?} was never told as {value}");
                }
                prop_assert!(stored.windows(2).all(|pair| pair[0] == pair[1]), "{stored:?}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn which_value_counts_does_not_depend_on_the_order_of_what_was_said(
        (told, shuffled) in told_and_another_order(),
    ) {
        let said = |told: &Told| {
            let (account, field, source, value, at, verified) = *told;
            let account = AccountId::from_raw(account as i64);
            let (value, source) = (format!("v{value}"), SOURCES[source].to_owned());
            (FIELDS[field].to_owned(), Said { value, account, source, at: Timestamp(at), verified })
        };
        let (one, other): (Vec<_>, Vec<_>) = (told.iter().map(said).collect(), shuffled.iter().map(said).collect());
        prop_assert_eq!(choose(one, &["crm"]), choose(other, &["crm"]));
    }
}

#[test]
fn fields_with_a_normal_form_have_one() {
    let cases = [
        ("name", "  李  小龙 ", Ok("李 小龙")),
        ("name", "\"\\u674e\\u5c0f\\u9f99\"", Ok("李小龙")),
        ("name", " ", Err(Unkept::SaysNothing)),
        ("birthday", "1990-05-12", Ok("1990-05-12")),
        ("birthday", "19900512", Ok("1990-05-12")),
        ("birthday", "1990年5月12日", Ok("1990-05-12")),
        ("birthday", "1990/5/12", Ok("1990-05-12")),
        ("birthday", "1990-05-12T00:00:00+08:00", Ok("1990-05-12")),
        ("birthday", "--02-29", Ok("--02-29")),
        ("birthday", "0000-05-12", Ok("--05-12")),
        ("birthday", "0000-01-01", Err(Unkept::SaysNothing)),
        ("birthday", "0000-00-00", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "0001-01-01", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "9999-12-31", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "1900-02-29", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "2000-02-29", Ok("2000-02-29")),
        ("birthday", "2023-02-29", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "2026-03-02", Ok("2026-03-02")),
        ("birthday", "2026-03-03", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "642470400", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "1990-4294967301-12", Err(Unkept::Malformed { field: "birthday" })),
        ("birthday", "年月日", Err(Unkept::Malformed { field: "birthday" })),
        ("gender", "女", Ok("female")),
        ("gender", "M", Ok("male")),
        ("gender", "0", Err(Unkept::SaysNothing)),
        ("gender", "x", Err(Unkept::Malformed { field: "gender" })),
        ("phone", "138 0013 8000", Ok("+8613800138000")),
        ("email", "someone", Err(Unkept::Malformed { field: "email" })),
        ("address", "深圳市\n南山区", Ok("深圳市 南山区")),
        ("size", "42", Ok("42")),
        ("size", " null ", Ok(" null ")),
        ("name", " null ", Ok("null")),
    ];
    for (field, value, expected) in cases {
        assert_eq!(normal(field, value, start()), expected.map(str::to_owned), "{field}: {value}");
    }
}

#[test]
fn a_masked_value_shows_enough_to_recognise_and_not_enough_to_reach() {
    let cases = [
        ("phone", "+8613812341234", "138****1234"),
        ("phone", "+85291234567", "+852****4567"),
        ("name", "李小龙", "李**"),
        ("name", "李", "**"),
        ("email", "lily@example.com", "l***@example.com"),
        ("email", "l@example.com", "***@example.com"),
        ("address", "广东省深圳市南山区科技路1号", "广东省深圳市"),
        ("address", "上海市浦东新区世纪大道100号", "上海市"),
        ("address", "江苏省镇江市京口区", "江苏省镇江市"),
        ("address", "新疆维吾尔自治区伊犁哈萨克自治州伊宁市", "新疆维吾尔自治区伊犁哈萨克自治州"),
        ("address", "朝阳门内大街市场5号", "***"),
        ("address", "221B Baker Street", "***"),
        ("birthday", "1990-05-12", "1990"),
        ("birthday", "--05-12", "***"),
        ("city", "深圳", "深圳"),
        ("gender", "female", "female"),
        ("favourite", "green tea", "***"),
    ];
    for (field, value, expected) in cases {
        assert_eq!(shown(Sight::Masked, field, value).as_deref(), Some(expected), "{field}: {value}");
        assert_eq!(shown(Sight::Whole, field, value).as_deref(), Some(value));
        assert_eq!(shown(Sight::Hidden, field, value), None);
    }
    let openid = "wxd930ea5d5a258f4f:oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
    let masked = |kind, value| shown_identifier(Sight::Masked, kind, value).unwrap();
    assert_eq!(masked(IdentifierKind::WechatOpenid, openid), "***eS6o");
    assert_eq!(masked(IdentifierKind::Card, "VIP1"), "***");
    assert_eq!(masked(IdentifierKind::Phone, "+8613800138000"), "138****8000");
}
